"""The fast engine: load, look at every picture once, ask the model once what it says before, then train."""

from __future__ import annotations

import polars as pl

from workbench.errors import RunError
from workbench.finetune.allocator import keep_freed_memory
from workbench.finetune.directory import RunFolder
from workbench.finetune.engines.base import Job, Trained, Watch
from workbench.finetune.engines.fast.batches import BatchScorer
from workbench.finetune.engines.fast.features import PictureFeatures
from workbench.finetune.engines.fast.optimizing import trained_weights
from workbench.finetune.engines.fast.proven import why_not_proven
from workbench.finetune.engines.fast.reference import FormerWeights, ReferenceCache
from workbench.finetune.engines.fast.scoring import Scorer
from workbench.finetune.engines.fast.training import Pairs, Training
from workbench.finetune.examples import make_examples
from workbench.finetune.methods import method_of
from workbench.finetune.models import Loaded, load_model, prepare_training
from workbench.finetune.preflight import preflight_model
from workbench.finetune.rows import HELD_OUT, TRAIN, fit_rows
from workbench.finetune.weights import save_weights

__all__ = ["FastEngine"]

#: What a method may need that asks the model as it was something new in every step.
_ASKS_ANEW = frozenset({"hidden", "mismatched", "moving_reference"})


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
        config, folder = job.config, RunFolder(job.folder)
        loaded = prepare_training(loaded, config)
        trained = trained_weights(loaded.model)
        if not trained:
            raise RunError("Nothing of the model would be trained.", "Name other lora_targets.")
        method = method_of(config.method)
        features = None
        if loaded.takes_pictures:
            features = PictureFeatures(loaded, with_spoiled="hidden" in method.needs)
        pairs = {
            split: _pairs(fit_rows(job.rows, split), loaded, job, features) for split in (TRAIN, HELD_OUT)
        }
        if not pairs[TRAIN].examples:
            raise RunError("No pair is left to train on.", "See what the pre-flight says of the pairs.")
        cache = ReferenceCache(job.folder / "cache" if job.cache is None else job.cache, loaded)
        scorer = BatchScorer(
            Scorer(loaded, features),
            method,
            cache,
            FormerWeights(trained) if _ASKS_ANEW & method.needs else None,
            is_moving="moving_reference" in method.needs,
        )
        training = Training(loaded, config, pairs[TRAIN], scorer)
        looked = (
            None
            if job.resume_from
            else preflight_model(
                loaded, fit_rows(job.rows, TRAIN), pairs[TRAIN].examples, config, take_step=training.try_step
            )
        )
        watch.start(
            {
                "engine": self.name,
                "why": job.why,
                "device": loaded.device,
                "precision": loaded.precision,
                "steps": len(training.plan),
                "pairs": len(pairs[TRAIN].examples),
                "parameters": training.parameters,
                "findings": looked.as_events() if looked else [],
            }
        )
        if looked:
            looked.refuse()
        training.ask_reference(pairs[HELD_OUT])
        if job.resume_from is not None:
            training.resume(job.resume_from)
        is_whole = training.run(watch, folder, pairs[HELD_OUT], job.flagged)
        weights = save_weights(loaded, config, folder.weights) if is_whole else None
        return Trained(training.step, is_whole, weights)


def _pairs(rows: pl.DataFrame, loaded: Loaded, job: Job, features: PictureFeatures | None) -> Pairs:
    examples = make_examples(rows, loaded, job.config, features.see if features else None)
    taken = {one.pair_id for one in examples}
    frame = rows.filter(pl.col("pair_id").is_in(taken))
    return Pairs(frame, frame.rows(named=True), examples)
