"""Write down what an engine tells, look out for what goes wrong, and keep the last checkpoints."""

from __future__ import annotations

import json
import math
import os
import shutil
import sys
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

import polars as pl

from workbench.errors import RunError
from workbench.finetune.alarms import Alarm, Alarms
from workbench.finetune.config import RunConfig
from workbench.finetune.curves import STEP_COLUMNS
from workbench.finetune.directory import RunFolder
from workbench.finetune.engines.base import HeldOut, Step
from workbench.finetune.events import EventLog
from workbench.finetune.losses.groups import by_group
from workbench.statistics import binomial_bounds

__all__ = ["EventWatch", "memory_bytes"]

_KEPT_CHECKPOINTS: Final = 2
_RECENT_STEPS: Final = 20


class EventWatch:
    """The watch of a run: tells its events and asks whether it should stop.

    Args:
        folder: of the run.
        config: of the run.
        should_stop: whether to save and end.
        rows: the pairs, for the groups of who judged them.
        before: what was said of the flagged items, by caption id.
        attempt: how often it was started, this one counted.
        from_step: the checkpoint it goes on from; 0 to begin.
        seconds: spent in steps by earlier attempts, up to that checkpoint.
    """

    def __init__(
        self,
        folder: RunFolder,
        config: RunConfig,
        should_stop: Callable[[], bool],
        *,
        rows: pl.DataFrame | None = None,
        before: Mapping[str, str] | None = None,
        attempt: int = 1,
        from_step: int = 0,
        seconds: float = 0.0,
    ) -> None:
        self.seconds = seconds
        self._folder, self._log = folder, EventLog(folder.events)
        self._stop = should_stop
        self._alarms = Alarms(config, before or {})
        self._rows = rows
        self._attempt, self._from = attempt, from_step
        self._recent: deque[tuple[int, float]] = deque(maxlen=_RECENT_STEPS)

    def start(self, facts: Mapping[str, object]) -> None:
        """Tell what begins, and what a look at the loaded model found."""
        told = dict(facts)
        findings = told.pop("findings", ())
        self._log.tell("started", {"attempt": self._attempt, "from_step": self._from} | told)
        for finding in findings if isinstance(findings, Sequence) else ():
            self._log.tell("finding", finding)

    def step(self, done: Step) -> None:
        """Tell of one step.

        Raises:
            RunError: when its loss or gradient is no number: the weights after it are worth nothing.
        """
        self.seconds += done.seconds
        self._recent.append((done.tokens, done.seconds))
        spent = sum(seconds for _, seconds in self._recent)
        self._log.tell(
            "step",
            {name: getattr(done, name) for name in _STEP_FIELDS}
            | {
                "tokens_per_s": sum(tokens for tokens, _ in self._recent) / spent if spent else None,
                "memory_bytes": memory_bytes(),
                "seconds": self.seconds,
                "seconds_left": (done.steps - done.step) * spent / len(self._recent),
            },
        )
        self._keep_margins(done.step, "train", done.pair_margins)
        self._raise_alarms(self._alarms.hear_step(done))
        if not (math.isfinite(done.loss) and math.isfinite(done.grad_norm)):
            raise RunError(
                f"The loss of step {done.step} is {done.loss} and its gradient {done.grad_norm}: the weights "
                "after it are worth nothing.",
                "Lower the learning rate or take precision='f32', and clone the run with that change.",
            )

    def held_out(self, seen: HeldOut) -> None:
        """Tell of a look at the held-out pairs."""
        margins = list(seen.margins.values())
        if not margins:
            return
        self._log.tell(
            "held_out", {"step": seen.step, "loss": seen.loss} | _told(margins) | self._by_group(seen)
        )
        self._keep_margins(seen.step, "held_out", seen.margins)
        self._raise_alarms(self._alarms.hear_held_out(seen))

    def samples(self, step: int, texts: Sequence[tuple[str, str]]) -> None:
        """Tell what the model says of flagged items now."""
        items = [{"caption_id": caption, "text": text} for caption, text in texts]
        self._log.tell("samples", {"step": step, "items": items})
        self._raise_alarms(self._alarms.hear_samples(step, texts))

    def checkpoint(self, step: int, path: Path) -> None:
        """Tell that a checkpoint is whole, and drop all but the newest."""
        self._log.tell("checkpoint", {"step": step, "path": os.path.relpath(path, self._folder.path)})
        for old in sorted(self._folder.checkpoints.glob("step-??????"))[:-_KEPT_CHECKPOINTS]:
            shutil.rmtree(old, ignore_errors=True)

    def should_stop(self) -> bool:
        """Say whether to save and end after this step."""
        return self._stop()

    def _raise_alarms(self, alarms: Sequence[Alarm]) -> None:
        for alarm in alarms:
            self._log.tell(
                "alarm",
                {"step": alarm.step, "name": alarm.name, "message": alarm.message, "remedy": alarm.remedy},
            )

    def _by_group(self, seen: HeldOut) -> dict[str, object]:
        found = by_group(self._rows, seen.margins) if self._rows is not None else []
        return {"by_group": [one.as_facts() for one in found]}

    def _keep_margins(self, step: int, split: str, margins: Mapping[str, float]) -> None:
        if margins:
            told = {pair: margin if math.isfinite(margin) else None for pair, margin in margins.items()}
            with self._folder.margins.open("a", encoding="utf-8") as file:
                file.write(json.dumps({"step": step, "split": split, "margins": told}) + "\n")


#: What a step says of itself; the rest of the event is measured here.
_STEP_FIELDS: Final = (
    "step",
    *(name for name in STEP_COLUMNS if name in Step.__dataclass_fields__ and name != "seconds"),
)


def memory_bytes() -> int | None:
    """Return the most memory the GPU gave this process, or without one what the process holds now."""
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_initialized():
        return int(torch.cuda.max_memory_allocated())
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except (OSError, ValueError, IndexError):
        return _most_memory_bytes()
    return pages * os.sysconf("SC_PAGE_SIZE")


def _most_memory_bytes() -> int | None:
    try:
        import resource
    except ImportError:
        return None
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def _told(margins: Sequence[float]) -> dict[str, object]:
    """Mean margin, accuracy and its exact interval; a tie is half a win."""
    right = sum(1.0 if margin > 0 else 0.5 if margin == 0 else 0.0 for margin in margins)
    return {
        "pairs": len(margins),
        "margin": sum(margins) / len(margins),
        "accuracy": right / len(margins),
        "low": binomial_bounds(len(margins), math.floor(right)).low,
        "high": binomial_bounds(len(margins), math.ceil(right)).high,
    }
