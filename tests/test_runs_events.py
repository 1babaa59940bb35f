"""Events are whole lines of plain JSON, whatever happens to the disk or the loss."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path

import pytest

from workbench.errors import RunError, UnknownNameError
from workbench.finetune.config import RunConfig
from workbench.finetune.directory import RunFolder
from workbench.finetune.events import EventLog, cut_torn_line, read_events
from workbench.finetune.failures import explain_failure, is_disk_full
from workbench.finetune.progress import Progress


def test_what_was_told_is_read_from_where_the_last_reading_ended(tmp_path: Path) -> None:
    log = EventLog(tmp_path / "events.jsonl")
    log.tell("note", {"text": "one"})
    first, place = read_events(tmp_path / "events.jsonl")
    log.tell("note", {"text": "two"})
    second, _ = read_events(tmp_path / "events.jsonl", place)
    assert [event["text"] for event in first + second] == ["one", "two"]


def test_a_torn_line_is_left_out_and_cut_off(tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    EventLog(file).tell("note", {"text": "whole"})
    with file.open("a") as opened:
        opened.write('{"kind": "no')
    assert len(read_events(file)[0]) == 1
    cut_torn_line(file)
    EventLog(file).tell("note", {"text": "next"})
    assert [event["text"] for event in read_events(file)[0]] == ["whole", "next"]


def test_a_line_that_the_disk_took_in_part_is_taken_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "events.jsonl"
    log = EventLog(file)
    log.tell("note", {"text": "one"})
    write = os.write
    monkeypatch.setattr(os, "write", lambda handle, data: write(handle, data[:7]))
    with pytest.raises(OSError, match="No space left"):
        log.tell("note", {"text": "two"})
    assert [event["text"] for event in read_events(file)[0]] == ["one"]
    assert file.read_bytes().endswith(b"\n")


def test_what_is_no_number_is_null_so_that_any_reader_can_read_it(tmp_path: Path) -> None:
    EventLog(tmp_path / "events.jsonl").tell("step", {"loss": float("nan"), "deep": [{"x": float("inf")}]})
    told = json.loads((tmp_path / "events.jsonl").read_text(), parse_constant=pytest.fail)
    assert (told["loss"], told["deep"]) == (None, [{"x": None}])


def test_an_unknown_kind_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match="kind of event"):
        EventLog(tmp_path / "events.jsonl").tell("stpe")


@pytest.mark.parametrize(
    "cause",
    [
        OSError(errno.ENOSPC, "No space left on device"),
        OSError(errno.EDQUOT, "Disk quota exceeded"),
        ValueError("Error while serializing: I/O error: No space left on device (os error 28)"),
    ],
)
def test_a_full_disk_is_known_beneath_whatever_wraps_it(tmp_path: Path, cause: Exception) -> None:
    wrapped = RunError("The checkpoint cannot be written.")
    wrapped.__cause__ = cause
    assert is_disk_full(wrapped)
    message, remedy = explain_failure(wrapped, RunFolder(tmp_path / "run"), RunConfig())
    assert "takes no more" in message
    assert "Free some space" in remedy


def test_too_little_memory_names_the_settings_that_need_less(tmp_path: Path) -> None:
    error = RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB")
    message, remedy = explain_failure(error, RunFolder(tmp_path), RunConfig(device="cuda", batch_pairs=16))
    assert message.startswith("The memory of cuda was not enough")
    assert "batch_pairs (now 16)" in remedy


def test_progress_tells_queued_from_running_and_forgets_an_end_that_was_resumed() -> None:
    progress = Progress()
    assert progress.state(is_alive=False) == "dead"
    progress.hear({"kind": "queued", "attempt": 1, "behind": None})
    assert progress.state(is_alive=True) == "queued"
    progress.hear({"kind": "queued", "attempt": 1, "behind": 0})
    assert progress.state(is_alive=True) == "running"
    progress.hear({"kind": "failed", "message": "no", "remedy": "yes", "step": None})
    assert (progress.state(is_alive=True), progress.message) == ("failed", "no")
    progress.hear({"kind": "queued", "attempt": 2, "behind": None})
    assert (progress.state(is_alive=True), progress.message) == ("queued", "")
