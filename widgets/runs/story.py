"""The story of a run: its events folded into how it stands, its curves, and what it said of flagged items."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from workbench.finetune.curves import LOOK_COLUMNS, STEP_COLUMNS
from workbench.finetune.progress import ENDED

__all__ = ["CURVES", "LOOKS", "STATES", "Story"]

#: What is kept of every step.
CURVES: Final = tuple(name for name in STEP_COLUMNS if name not in ("seconds", "seconds_left"))
#: What is kept of every look at the held-out pairs.
LOOKS: Final = tuple(name for name in LOOK_COLUMNS if name != "pairs")
#: How a run can stand -> what the page says.
STATES: Final = {
    "queued": "waiting",
    "starting": "starting",
    "running": "running",
    "stopping": "stopping",
    "stopped": "stopped",
    "finished": "finished",
    "failed": "failed",
    "dead": "broken off",
}

Event = Mapping[str, object]


class Columns:
    """Numbers by step, in order; a step that is told again replaces it and all that came after it.

    A run that was killed goes on from its last checkpoint and does some steps a second time.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self.steps: list[int] = []
        self.values: dict[str, list[float | None]] = {name: [] for name in names}

    def add(self, event: Event) -> None:
        """Take the numbers of one event; what is missing is None."""
        step = _whole(event.get("step"))
        if step is None:
            return
        self.cut(step - 1)
        self.steps.append(step)
        for name, column in self.values.items():
            column.append(_number(event.get(name)))

    def cut(self, step: int) -> None:
        """Forget what was told of later steps."""
        while self.steps and self.steps[-1] > step:
            self.steps.pop()
            for column in self.values.values():
                column.pop()

    def last(self, name: str) -> float | None:
        """Return the newest value that is known; None when there is none."""
        return next((value for value in reversed(self.values[name]) if value is not None), None)


@dataclass
class Story:
    """What is known of one run from its events alone.

    Attributes:
        curves: the numbers of every step.
        looks: the numbers of every look at the held-out pairs.
        started: the newest event `started`.
        life: the newest event that says whether the run waits, goes or has ended.
        texts: what the model said of flagged items at each look: step -> caption id -> text.
        groups: how each group of people fared at the newest look, the worst first.
        held_out_pairs: pairs of the newest look.
        seconds: spent in attempts that are over; `since` is when the present one began.
    """

    curves: Columns = field(default_factory=lambda: Columns(CURVES))
    looks: Columns = field(default_factory=lambda: Columns(LOOKS))
    started: Event = field(default_factory=dict)
    life: Event = field(default_factory=dict)
    failure: Event = field(default_factory=dict)
    checkpoint: Event = field(default_factory=dict)
    alarms: list[Event] = field(default_factory=list)
    findings: list[Event] = field(default_factory=list)
    notes: list[Event] = field(default_factory=list)
    texts: dict[int, dict[str, str]] = field(default_factory=dict)
    groups: list[Event] = field(default_factory=list)
    held_out_pairs: int | None = None
    seconds: float = 0.0
    since: datetime | None = None
    last_at: datetime | None = None
    seconds_left: float | None = None

    def take(self, events: Iterable[Event]) -> None:
        """Fold in events, in the order they were told."""
        for event in events:
            take = getattr(self, f"_take_{event.get('kind')}", None)
            if take is not None:
                take(event)
            if event.get("kind") not in ("note", "queued"):  # told while it does not train
                self.last_at = _when(event)

    def state(self, *, is_alive: bool, is_asked_to_stop: bool) -> str:
        """Return one of `STATES`.

        Args:
            is_alive: whether the process of the run is there.
            is_asked_to_stop: whether somebody has asked it to end.
        """
        kind = str(self.life.get("kind", ""))
        if kind in ENDED or not is_alive:
            return kind if kind in ENDED else "dead"
        if is_asked_to_stop:
            return "stopping"
        if kind == "started":
            return "running"
        return "starting" if not kind or self.life.get("behind") == 0 else "queued"

    def gone_s(self, now: datetime, *, is_running: bool) -> float:
        """Return the seconds that the run has trained, over all attempts."""
        until = now if is_running else self.last_at
        running = (until - self.since).total_seconds() if until and self.since else 0.0
        return self.seconds + max(running, 0.0)

    def _take_queued(self, event: Event) -> None:
        self.life = event
        self.failure = {}

    def _take_started(self, event: Event) -> None:
        self.seconds = self.gone_s(_when(event), is_running=False)
        self.since = _when(event)
        self.started = self.life = event
        self.failure = {}
        step = _whole(event.get("from_step"))
        if step is not None:
            self.curves.cut(step)
            self.looks.cut(step)

    def _take_step(self, event: Event) -> None:
        self.curves.add(event)
        self.seconds_left = _number(event.get("seconds_left"))

    def _take_held_out(self, event: Event) -> None:
        self.looks.add(event)
        by_group = event.get("by_group")
        self.groups = by_group if isinstance(by_group, list) else []
        self.held_out_pairs = _whole(event.get("pairs"))

    def _take_samples(self, event: Event) -> None:
        step, items = _whole(event.get("step")), event.get("items")
        if step is None or not isinstance(items, list):
            return
        self.texts = {seen: said for seen, said in self.texts.items() if seen < step}
        self.texts[step] = {str(item["caption_id"]): str(item["text"]) for item in items}

    def _take_alarm(self, event: Event) -> None:
        self.alarms.append(event)

    def _take_finding(self, event: Event) -> None:
        self.findings.append(event)

    def _take_note(self, event: Event) -> None:
        self.notes.append(event)

    def _take_checkpoint(self, event: Event) -> None:
        self.checkpoint = event

    def _take_stopped(self, event: Event) -> None:
        self._end(event)

    def _take_finished(self, event: Event) -> None:
        self._end(event)

    def _take_failed(self, event: Event) -> None:
        self.failure = event
        self._end(event)

    def _end(self, event: Event) -> None:
        self.life = event
        self.seconds = self.gone_s(_when(event), is_running=True)
        self.since = None


def _when(event: Event) -> datetime:
    return datetime.fromisoformat(str(event["at"]))


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value)


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
