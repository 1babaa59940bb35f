"""Tune a captioner on the pairs of a workspace by an engine of the workbench, in this process."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from workbench.errors import RunError
from workbench.finetune.config import RunConfig
from workbench.finetune.engines.base import HeldOut, Job, Step
from workbench.finetune.rows import FLAGGED_SCHEMA, training_rows
from workbench.finetune.training import train
from workbench.pairs import standing_pairs
from workbench.store import Store

__all__ = ["Listener", "Tuned", "prepare_rows", "tune"]


@dataclass(frozen=True, slots=True)
class Tuned:
    """What a tuning left.

    Attributes:
        weights: folder of the tuned model.
        steps: of the optimiser.
        seconds: from opening the model to its weights on disk.
        engine: which one trained.
        losses: one a step.
        held_out: margin of each held-out pair at the end, by pair id.
    """

    weights: Path
    steps: int
    seconds: float
    engine: str
    losses: tuple[float, ...]
    held_out: Mapping[str, float]


@dataclass
class Listener:
    """Keep what an engine tells, and never ask it to stop."""

    engine: str = ""
    losses: list[float] = field(default_factory=list)
    margins: Mapping[str, float] = field(default_factory=dict)

    def start(self, facts: Mapping[str, object]) -> None:
        """Keep which engine was taken."""
        self.engine = str(facts.get("engine", ""))

    def step(self, done: Step) -> None:
        """Keep the loss."""
        self.losses.append(done.loss)

    def held_out(self, seen: HeldOut) -> None:
        """Keep the margins of the last look."""
        self.margins = dict(seen.margins)

    def samples(self, step: int, texts: Sequence[tuple[str, str]]) -> None:
        """Hear what the model says now."""

    def checkpoint(self, step: int, path: Path) -> None:
        """Hear that a checkpoint is whole."""

    def should_stop(self) -> bool:
        """Say that nobody asked to stop."""
        return False


def prepare_rows(store: Store, config: RunConfig) -> pl.DataFrame:
    """Return the pairs of a workspace as rows of a run."""
    return training_rows(store, standing_pairs(store), config)


def tune(config: RunConfig, rows: pl.DataFrame, folder: Path) -> Tuned:
    """Train to the end.

    Args:
        config: of the run.
        rows: of `prepare_rows`.
        folder: a new folder for checkpoints and weights.

    Raises:
        RunError: when it ends without weights.
    """
    began_s = time.perf_counter()
    folder.mkdir(parents=True, exist_ok=True)
    heard = Listener()
    done = train(Job(config, rows, pl.DataFrame(schema=FLAGGED_SCHEMA), folder), heard)
    if done.weights is None:
        raise RunError(f"The tuning ended at step {done.step} without weights.", f"Look into {folder}.")
    seconds = time.perf_counter() - began_s
    return Tuned(done.weights, done.step, seconds, heard.engine, tuple(heard.losses), heard.margins)
