"""What a run tells while it goes: one JSON line an event, written by the run, read by whoever looks.

A line is written whole and flushed; a run killed in the middle of one leaves a torn last line, which readers
leave out and the run's next start cuts off.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from workbench.errors import UnknownNameError
from workbench.records import utc_now

__all__ = ["KINDS", "EventLog", "read_events"]

#: What can be told. Numbers of `step` and `held_out` are means over pairs unless they say otherwise.
KINDS: Final = {
    "queued": "waits for its device: `behind` (runs before it)",
    "started": "`attempt`, `device`, `engine`, `why` this engine, `steps` in all, `pairs`, `parameters`",
    "finding": "of the pre-flight: `rule`, `severity`, `message`, `remedy`",
    "step": (
        "`step`, `loss`, `margin`, `accuracy` (ties count a half), `chosen_logp`, `rejected_logp` (sums over "
        "the answer's tokens, nats), `chosen_reward`, `rejected_reward`, `grad_norm`, `learning_rate`, "
        "`tokens_per_s`, `memory_bytes`, `seconds_left`"
    ),
    "held_out": "`step`, `pairs`, `loss`, `margin`, `accuracy`, `low`, `high` (95 %), `by_group`",
    "samples": "`step`, `items`: [{`caption_id`, `text`}], what the model says of flagged items now",
    "alarm": "`step`, `name`, `message`, `remedy`: something goes wrong; nothing is changed for the user",
    "checkpoint": "`step`, `path` below the run's folder",
    "stopped": "`step`: asked to stop; a checkpoint was kept",
    "finished": "`step`, `path` of the tuned weights below the run's folder, `seconds`",
    "failed": "`message`, `remedy`, and `step` of the last good checkpoint (null when there is none)",
    "note": "`text`: what a person wrote",
}


class EventLog:
    """Append events to a file.

    Args:
        file: `events.jsonl` of a run.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        _cut_torn_line(file)

    def tell(self, kind: str, facts: Mapping[str, object] | None = None) -> None:
        """Append one event; on disk when this returns.

        Raises:
            UnknownNameError: for a kind that does not exist.
            OSError: when it cannot be written, such as on a full disk.
        """
        if kind not in KINDS:
            raise UnknownNameError("kind of event", kind, KINDS)
        line = json.dumps({"kind": kind, "at": utc_now().isoformat()} | dict(facts or {})) + "\n"
        handle = os.open(self._file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        try:
            os.write(handle, line.encode())
            if kind not in ("step", "samples"):
                os.fsync(handle)
        finally:
            os.close(handle)


def read_events(file: Path, start: int = 0) -> tuple[list[dict[str, object]], int]:
    """Return the whole events from a byte on, and the byte to go on from.

    Args:
        file: `events.jsonl` of a run; may not be there yet.
        start: what the last call returned.
    """
    try:
        with file.open("rb") as opened:
            opened.seek(start)
            content = opened.read()
    except FileNotFoundError:
        return [], 0
    whole = content[: content.rfind(b"\n") + 1]
    return [json.loads(line) for line in whole.splitlines()], start + len(whole)


def _cut_torn_line(file: Path) -> None:
    try:
        content = file.read_bytes()
    except FileNotFoundError:
        return
    if content and not content.endswith(b"\n"):
        os.truncate(file, content.rfind(b"\n") + 1)
