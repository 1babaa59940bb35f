"""Train: the one way in for the process of a run, the benchmark and tests."""

from __future__ import annotations

from dataclasses import replace

from workbench.errors import RunError
from workbench.finetune.engines.base import Job, Trained, Watch
from workbench.finetune.engines.choosing import choose_engine, engine_of

__all__ = ["train"]


def train(job: Job, watch: Watch) -> Trained:
    """Train in this process, by the engine that the config asks for.

    Args:
        job: what to train, and where it is kept.
        watch: who hears of every step; `start` hears which engine was taken and `why`.

    Returns:
        The last step, and the folder of the tuned weights unless it was asked to stop.

    Raises:
        RunError: when it cannot be trained; the last good checkpoint stays.
        MissingExtraError: when torch, transformers or the engine's package is not installed.
    """
    choice = choose_engine(job)
    engine = engine_of(choice.name)
    if why := engine.refuse(job):
        raise RunError(f"The engine {choice.name} cannot do this run: {why}.", "Take engine='auto'.")
    return engine.train(replace(job, why=choice.why), watch)
