"""What an engine is handed, what it tells while it trains, and what it leaves behind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import polars as pl

from workbench.finetune.config import RunConfig

__all__ = ["Engine", "HeldOut", "Job", "Step", "Trained", "Watch"]


@dataclass(frozen=True, slots=True)
class Job:
    """What to train.

    Attributes:
        config: with `epsilon` and whatever else is found from the pairs filled in.
        rows: `ROW_SCHEMA`; the engine takes the fit rows of `train` and looks at those of `held_out`.
        flagged: `FLAGGED_SCHEMA`, the items to caption at each look; may be empty.
        folder: where checkpoints and weights go (a `RunFolder`).
        resume_from: a checkpoint of the same engine to go on from; None to begin.
        cache: where log-probabilities of the untuned model are kept for the next run; the run's own folder
            when None.
        why: this engine was taken, to be told with what begins.
    """

    config: RunConfig
    rows: pl.DataFrame
    flagged: pl.DataFrame
    folder: Path
    resume_from: Path | None = None
    cache: Path | None = None
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of the optimiser; the names are those of the event `step`. Means over the pairs of the step.

    Attributes:
        step: from 1; `steps` in all.
        loss: as the method defines it.
        margin: reward of chosen less rejected; `accuracy` its share above 0, ties a half.
        chosen_logp, rejected_logp: sums over the answer's tokens, nats; None where the method has no such.
        grad_norm: before it is clipped.
        tokens: read in this step, as the model saw them.
        seconds: it took.
        pair_margins: margin by pair id, for the pairs that the model fights.
    """

    step: int
    steps: int
    loss: float
    margin: float
    accuracy: float
    chosen_reward: float
    rejected_reward: float
    grad_norm: float
    learning_rate: float
    tokens: int
    seconds: float
    chosen_logp: float | None = None
    rejected_logp: float | None = None
    pair_margins: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldOut:
    """One look at the held-out pairs: the margin of each, by pair id, and the mean loss."""

    step: int
    loss: float
    margins: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Trained:
    """How training ended.

    Attributes:
        step: the last one done.
        is_whole: whether all steps were done; False when it was asked to stop.
        weights: the folder with the tuned weights; None when stopped.
    """

    step: int
    is_whole: bool
    weights: Path | None


class Watch(Protocol):
    """Who listens to an engine. The product's writes events; a test's keeps lists."""

    def start(self, facts: Mapping[str, object]) -> None:
        """Hear what begins: `steps`, `pairs`, `parameters`, `engine`, `device`, `why`, `findings`."""

    def step(self, done: Step) -> None:
        """Hear of one step."""

    def held_out(self, seen: HeldOut) -> None:
        """Hear of a look at the held-out pairs."""

    def samples(self, step: int, texts: Sequence[tuple[str, str]]) -> None:
        """Hear what the model says of flagged items now: (caption id, text)."""

    def checkpoint(self, step: int, path: Path) -> None:
        """Hear that a checkpoint is whole."""

    def should_stop(self) -> bool:
        """Say whether to save and end after this step."""


class Engine(Protocol):
    """A way to train."""

    name: str

    def refuse(self, job: Job) -> str:
        """Return why this engine cannot do this job, without loading a model; "" when it can."""

    def train(self, job: Job, watch: Watch) -> Trained:
        """Train, resume, stop and save; a crash at any instant leaves the checkpoints whole.

        Raises:
            RunError: when it cannot go on; the last good checkpoint stays.
        """
