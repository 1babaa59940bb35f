"""Who came first goes first, on each device apart, and a crash blocks nobody."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from workbench.finetune.holding import hold, holder_of, is_held, keep_hold, sign
from workbench.finetune.queueing import Queue, device_key

EARLY, LATE = "2026-01-01T00:00:00.000001+00:00", "2026-01-01T00:00:00.000002+00:00"


@pytest.fixture
def queue(tmp_path: Path) -> Queue:
    return Queue(tmp_path / "cpu")


def never() -> bool:
    return False


def test_alone_a_turn_comes_at_once_and_its_end_frees_everything(queue: Queue) -> None:
    told: list[int] = []
    with queue.turn(EARLY, told.append, never) as has_turn:
        assert has_turn
        assert len(queue.waiting()) == 1
    assert told == [0]
    assert queue.waiting() == []
    assert [file.name for file in queue.folder.iterdir()] == ["device.lock"]


def test_the_later_one_hears_how_many_are_before_it_and_can_be_stopped(queue: Queue) -> None:
    told: list[int] = []
    with queue.turn(EARLY, [].append, never), queue.turn(LATE, told.append, lambda: bool(told)) as has_turn:
        assert not has_turn
    assert told == [1]


def test_an_earlier_ticket_that_comes_late_waits_for_who_has_the_device(queue: Queue) -> None:
    told: list[int] = []
    with queue.turn(LATE, [].append, never), queue.turn(EARLY, told.append, lambda: bool(told)) as has_turn:
        assert not has_turn
    assert told == [1]


def test_a_ticket_left_behind_by_a_crash_is_cleared_away(queue: Queue) -> None:
    queue.folder.mkdir()
    (queue.folder / "20250101-1.ticket").touch()
    with queue.turn(EARLY, [].append, never) as has_turn:
        assert has_turn
        assert len(list(queue.folder.glob("*.ticket"))) == 1


def test_a_device_has_one_name_however_a_process_sees_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    assert device_key("cuda") == device_key("cuda:0") == "cuda-0"
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "3,5")
    assert device_key("cuda") == "cuda-3"
    assert device_key("cuda:1") == "cuda-5"


def test_a_lock_is_seen_held_and_free_and_told_by_whom(tmp_path: Path) -> None:
    file = tmp_path / "lock"
    assert not is_held(file)
    handle = hold(file)
    assert handle is not None
    sign(handle)
    assert is_held(file)
    assert holder_of(file) == os.getpid()
    assert hold(file) is None
    assert keep_hold(handle)
    os.close(handle)
    assert not is_held(file)
    assert holder_of(file) is None
