"""The scorer `neg_clip_loss`: how much of a batch's soft choice a pair holds."""

from __future__ import annotations

from typing import Final, Protocol, runtime_checkable

import numpy as np
import polars as pl

from workbench.alignment.evidence import say_place
from workbench.alignment.negatives import (
    NegClipLoss,
    approximate_neg_clip_loss,
    measure_neg_clip_loss,
)
from workbench.alignment.pairs import Pairs
from workbench.encoders import Encoder
from workbench.scoring.base import Compared, Run
from workbench.scoring.pairwise import Measured, details, score_pairwise

__all__ = ["CENTROIDS_FROM", "score_neg_clip_loss", "temperature_of"]

_VERSION = "neg_clip_loss-1"
#: From this many captions on the rivals are gathered into clusters: rank correlation with the full score .99.
CENTROIDS_FROM: Final = 30_000
_TRAINED: Final = 0.01  # where CLIP's learnt temperature ends up, and where it is clipped
_BRIDGE: Final = 0.03  # the bridge was not trained with one; best of .01 to .2 on photos of development seeds


@runtime_checkable
class _Tempered(Protocol):
    """An encoder that knows the temperature that it was trained with."""

    temperature: float


def score_neg_clip_loss(run: Run) -> pl.DataFrame:
    """Score every caption by negCLIPLoss at the temperature of the encoder."""
    return score_pairwise(run, _VERSION, _measure)


def temperature_of(encoder: Encoder) -> float:
    """Return the temperature of an encoder: its own where it has one, .03 for a bridge, else CLIP's .01."""
    if isinstance(encoder, _Tempered):
        return encoder.temperature
    return _BRIDGE if encoder.space == "bridge" else _TRAINED


def _measure(compared: Compared, pairs: Pairs) -> Measured:
    temperature = temperature_of(compared.encoder)
    is_large = len(pairs.texts) > CENTROIDS_FROM
    found = (
        approximate_neg_clip_loss(pairs, temperature=temperature)
        if is_large
        else measure_neg_clip_loss(pairs, temperature=temperature)
    )
    is_lone = len(np.unique(pairs.caption_sample)) < 2
    value = np.full(len(found.value), np.nan) if is_lone else found.value
    columns = {"odds": found.odds, "cosine": pairs.own.astype(np.float64)}
    described = details(
        columns,
        temperature=temperature,
        negatives=found.negatives,
        batches=found.batches,
        rivals="centroids of clusters" if is_large else "random batches, near-duplicates down-weighted",
    )
    reason = "there is no other sample to tell it apart from"
    return Measured(value, found.percentile, _explain(found, temperature), described, reason)


def _explain(found: NegClipLoss, temperature: float) -> list[str]:
    return [
        f"{say_place(float(found.percentile[i]))}: among {found.negatives:,} others the two find each other "
        f"with odds {found.odds[i]:.2g} (temperature {temperature:g}); blind to what the encoder misses."
        for i in range(len(found.value))
    ]
