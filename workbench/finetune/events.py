"""What a run tells while it goes: one JSON line an event, written by the run, read by whoever looks.

A line is written whole or not at all; a run killed in the middle of one leaves a torn last line, which
readers leave out and the run's next start cuts off. Numbers that are none (NaN, infinities) are null.
"""

from __future__ import annotations

import errno
import json
import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from workbench.errors import UnknownNameError
from workbench.records import utc_now

__all__ = ["KINDS", "EventLog", "cut_torn_line", "read_events"]

#: What can be told. Numbers of `step` and `held_out` are means over pairs unless they say otherwise.
KINDS: Final = {
    "queued": (
        "an attempt begins: `attempt`, `behind` (runs before it on its device; null until that is known; 0 "
        "once its turn has come and the model is being opened)"
    ),
    "started": (
        "`attempt`, `device`, `engine`, `why` this engine, `steps` in all, `pairs`, `parameters`, "
        "`from_step`: what was told of later steps by an earlier attempt no longer counts"
    ),
    "finding": "of the pre-flight: `rule`, `severity`, `message`, `remedy`, `column`, `rows`, `pairs`",
    "step": (
        "`step`, `loss`, `margin`, `accuracy` (ties count a half), `chosen_logp`, `rejected_logp` (sums over "
        "the answer's tokens, nats), `chosen_reward`, `rejected_reward`, `grad_norm`, `learning_rate`, "
        "`tokens_per_s`, `memory_bytes`, `seconds` (spent in steps so far), `seconds_left`"
    ),
    "held_out": (
        "`step`, `pairs`, `loss`, `margin`, `accuracy`, `low`, `high` (95 %), `by_group`: the same of each "
        "group of annotators, the worst first"
    ),
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

    def tell(self, kind: str, facts: Mapping[str, object] | None = None) -> None:
        """Append one event; on disk when this returns.

        Raises:
            UnknownNameError: for a kind that does not exist.
            OSError: when it cannot be written, such as on a full disk.
        """
        if kind not in KINDS:
            raise UnknownNameError("kind of event", kind, KINDS)
        told = {"kind": kind, "at": utc_now().isoformat()} | dict(facts or {})
        line = (json.dumps(_plain(told), allow_nan=False) + "\n").encode()
        handle = os.open(self._file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        try:
            if (written := os.write(handle, line)) < len(line):  # the disk took a part of it: take that back
                os.ftruncate(handle, os.fstat(handle).st_size - written)
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self._file))
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


def cut_torn_line(file: Path) -> None:
    """Cut off a last line that was never finished; only while nobody else writes."""
    try:
        content = file.read_bytes()
    except FileNotFoundError:
        return
    if content and not content.endswith(b"\n"):
        os.truncate(file, content.rfind(b"\n") + 1)


def _plain(value: object) -> object:
    match value:
        case float() if not math.isfinite(value):
            return None
        case Mapping():
            return {str(name): _plain(one) for name, one in value.items()}
        case list() | tuple():
            return [_plain(one) for one in value]
        case _:
            return value
