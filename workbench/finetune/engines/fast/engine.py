"""The fast engine: load, look at every picture once, ask the model once what it says before, then train."""

from __future__ import annotations

from workbench.finetune.allocator import keep_freed_memory
from workbench.finetune.directory import RunFolder
from workbench.finetune.engines.base import Job, Trained, Watch
from workbench.finetune.engines.fast.preparing import prepare_run
from workbench.finetune.engines.fast.proven import why_not_proven
from workbench.finetune.models import Loaded, load_model
from workbench.finetune.preflight import preflight_model
from workbench.finetune.rows import TRAIN, fit_rows
from workbench.finetune.weights import save_weights

__all__ = ["FastEngine"]


class FastEngine:
    """Train by trees of shared openings, a cached reference and cached pictures."""

    name = "fast"

    def refuse(self, job: Job) -> str:
        """Return why this engine cannot do this job; "" when it can."""
        return why_not_proven(job.config)

    def train(self, job: Job, watch: Watch) -> Trained:
        """Train, resume, stop and save; see `Engine`."""
        keep_freed_memory()
        return self.train_loaded(job, watch, load_model(job.config))

    def train_loaded(self, job: Job, watch: Watch, loaded: Loaded) -> Trained:
        """Train a model that is open already.

        Args:
            job: what to train.
            watch: who hears of it.
            loaded: of `load_model`; it is trained in place.
        """
        ready = prepare_run(job, loaded)
        training, config, folder = ready.training, job.config, RunFolder(job.folder)
        looked = None
        if job.resume_from is None:
            rows = fit_rows(job.rows, TRAIN)
            looked = preflight_model(
                ready.loaded, rows, ready.pairs.examples, config, take_step=training.try_step
            )
        watch.start(
            {
                "engine": self.name,
                "why": job.why,
                "device": ready.loaded.device,
                "precision": ready.loaded.precision,
                "steps": len(training.plan),
                "pairs": len(ready.pairs.examples),
                "parameters": training.parameters,
                "findings": looked.as_events() if looked else [],
            }
        )
        if looked:
            looked.refuse()
        training.ask_reference(ready.held_out)
        if job.resume_from is not None:
            training.resume(job.resume_from)
        is_whole = training.run(watch, folder, ready.held_out, job.flagged)
        weights = save_weights(ready.loaded, config, folder.weights) if is_whole else None
        return Trained(training.step, is_whole, weights)
