"""How far a run is, by what it told and whether its process lives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

__all__ = ["ENDED", "RESUMABLE", "STATES", "Progress"]

STATES: Final = {
    "queued": "waits for its device, or is being started",
    "running": "its process lives and has its device",
    "stopped": "was asked to stop; its checkpoint is kept",
    "finished": "all steps are done; its weights are kept",
    "failed": "ended with an error that it told",
    "dead": "its process ended without a word: killed, or the machine went down",
}
ENDED: Final = ("stopped", "finished", "failed")
RESUMABLE: Final = ("stopped", "failed", "dead")


@dataclass(slots=True)
class Progress:
    """What the events of a run come to, so far.

    Attributes:
        attempt: how often it was started.
        behind: runs before it on its device; 0 once its turn has come; None before that is known.
        step, steps: done, and in all; None before the first is known.
        pairs: that it trains on.
        engine, why, device: what trains, why that, and where.
        parameters: that are trained.
        checkpoint: the step of the last whole checkpoint.
        seconds: spent in steps, all attempts together; `seconds_left` as it was told last.
        memory_bytes: as it was told last.
        ended: one of `ENDED` once that was told.
        message, remedy: of an error.
    """

    attempt: int = 0
    behind: int | None = None
    step: int | None = None
    steps: int | None = None
    pairs: int | None = None
    engine: str = ""
    why: str = ""
    device: str = ""
    parameters: int | None = None
    checkpoint: int | None = None
    seconds: float | None = None
    seconds_left: float | None = None
    memory_bytes: int | None = None
    ended: str = ""
    message: str = ""
    remedy: str = ""

    def hear(self, event: Mapping[str, object]) -> None:
        """Take in one more event."""
        kind = str(event["kind"])
        if kind == "queued":
            self.ended = self.message = self.remedy = ""
            self.seconds_left = None
        if kind == "held_out":
            return  # its `pairs` are other pairs
        for name in _KEPT.get(kind, ()):
            if name in event:
                setattr(self, name, event[name])
        if kind == "checkpoint":
            self.checkpoint = _whole(event.get("step"))
        if kind in ENDED:
            self.ended, self.seconds_left = kind, None

    def state(self, *, is_alive: bool) -> str:
        """Return one of `STATES`. Look whether it lives before reading the last events, not after."""
        if self.ended:
            return self.ended
        if not is_alive:
            return "dead"
        return "running" if self.behind == 0 else "queued"


_KEPT: Final[dict[str, tuple[str, ...]]] = {
    "queued": ("behind", "attempt"),
    "started": ("steps", "pairs", "engine", "why", "device", "parameters", "attempt"),
    "step": ("step", "seconds", "seconds_left", "memory_bytes"),
    "stopped": ("step",),
    "finished": ("step", "seconds"),
    "failed": ("message", "remedy"),
}


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) else None
