"""Choose the engine: ours where it is proven, TRL for everything else, and say why."""

from __future__ import annotations

from dataclasses import dataclass

from workbench.errors import UnknownNameError
from workbench.finetune.config import ENGINES
from workbench.finetune.engines.base import Engine, Job

__all__ = ["Choice", "choose_engine", "engine_of"]


@dataclass(frozen=True, slots=True)
class Choice:
    """An engine and why it was taken."""

    name: str
    why: str


def choose_engine(job: Job) -> Choice:
    """Return the engine of a job; `auto` takes `fast` where it gives TRL's losses as tests show.

    Raises:
        MissingExtraError: when torch or transformers is not installed.
        RunError: when the model's config cannot be read.
    """
    if job.config.engine != "auto":
        return Choice(job.config.engine, "asked for")
    why_not = engine_of("fast").refuse(job)
    if why_not:
        return Choice("trl", f"fast was not taken: {why_not}")
    return Choice("fast", "proven for this model: the same losses as TRL in less time")


def engine_of(name: str) -> Engine:
    """Return an engine by name.

    Raises:
        UnknownNameError: when there is none; lists those there are.
    """
    if name == "fast":
        from workbench.finetune.engines.fast import FastEngine

        return FastEngine()
    if name == "trl":
        from workbench.finetune.engines.trl import TrlEngine

        return TrlEngine()
    raise UnknownNameError("engine", name, ENGINES[1:])
