"""Make ready what a training stands on: the model, pairs as tokens, pictures as seen, the loop itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import polars as pl

from workbench.errors import RunError
from workbench.finetune.engines.base import Job
from workbench.finetune.engines.fast.batches import BatchScorer
from workbench.finetune.engines.fast.features import PictureFeatures
from workbench.finetune.engines.fast.optimizing import trained_weights
from workbench.finetune.engines.fast.reference import FormerWeights, ReferenceCache
from workbench.finetune.engines.fast.scoring import Scorer
from workbench.finetune.engines.fast.training import Pairs, Training
from workbench.finetune.examples import make_examples
from workbench.finetune.methods import method_of
from workbench.finetune.models import Loaded, prepare_training
from workbench.finetune.rows import HELD_OUT, TRAIN, fit_rows

__all__ = ["Prepared", "prepare_run"]

#: What a method may need that asks the model as it was something new in every step.
_ASKS_ANEW: Final = frozenset({"hidden", "mismatched", "moving_reference"})


@dataclass(frozen=True)
class Prepared:
    """A training that can begin.

    Attributes:
        loaded: the model, with what is trained in it.
        pairs, held_out: those that are not too long.
        training: the loop.
    """

    loaded: Loaded
    pairs: Pairs
    held_out: Pairs
    training: Training


def prepare_run(job: Job, loaded: Loaded) -> Prepared:
    """Make a run ready to begin; the reference has not been asked yet.

    Args:
        job: what to train.
        loaded: of `load_model`; it is trained in place.

    Raises:
        RunError: when there is nothing to train, or nothing to train on.
    """
    loaded = prepare_training(loaded, job.config)
    trained = trained_weights(loaded.model)
    if not trained:
        raise RunError("Nothing of the model would be trained.", "Name other lora_targets.")
    method = method_of(job.config.method)
    features = None
    if loaded.takes_pictures:
        features = PictureFeatures(loaded, with_spoiled="hidden" in method.needs)
    pairs, held_out = (_pairs(job, split, loaded, features) for split in (TRAIN, HELD_OUT))
    if not pairs.examples:
        raise RunError("No pair is left to train on.", "See what the pre-flight says of the pairs.")
    scorer = BatchScorer(
        Scorer(loaded, features),
        method,
        ReferenceCache(job.folder / "cache" if job.cache is None else job.cache, loaded),
        FormerWeights(trained) if _ASKS_ANEW & method.needs else None,
        is_moving="moving_reference" in method.needs,
    )
    return Prepared(loaded, pairs, held_out, Training(loaded, job.config, pairs, scorer))


def _pairs(job: Job, split: str, loaded: Loaded, features: PictureFeatures | None) -> Pairs:
    rows = fit_rows(job.rows, split)
    examples = make_examples(rows, loaded, job.config, features.see if features else None)
    frame = rows.filter(pl.col("pair_id").is_in([one.pair_id for one in examples]))
    return Pairs(frame, frame.rows(named=True), examples)
