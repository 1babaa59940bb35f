"""The scorer `neighbours`: a pair beside the pairs whose media, or whose captions, are most like its own."""

from __future__ import annotations

import numpy as np
import polars as pl

from workbench.alignment.evidence import say_place
from workbench.alignment.neighbours import PUBLISHED, Neighbours, measure_neighbours
from workbench.alignment.pairs import Pairs
from workbench.scoring.base import Compared, Run
from workbench.scoring.pairwise import Measured, details, score_pairwise

__all__ = ["score_neighbours"]

_VERSION = "neighbours-1"
_QUOTED = 60  # characters of the neighbour's caption in the evidence
_THINGS = {"image": "photos", "video": "videos", "audio": "sounds"}


def score_neighbours(run: Run) -> pl.DataFrame:
    """Score every caption by LEMoN with its published fixed setting."""
    return score_pairwise(run, _VERSION, _measure)


def _measure(compared: Compared, pairs: Pairs) -> Measured:
    found = measure_neighbours(pairs)
    value = np.where(found.heard > 0, found.value, np.nan)
    columns = {
        "distance": found.distance,
        "by_media": found.by_media,
        "by_text": found.by_text,
        "neighbours": found.heard,
    }
    return Measured(
        value,
        np.where(found.heard > 0, found.percentile, np.nan),
        _explain(found, compared),
        details(columns, setting=f"k={PUBLISHED.neighbours} beta=gamma=5 tau1=0.1 tau2=5"),
        "there is no other sample whose captions could be heard",
    )


def _explain(found: Neighbours, compared: Compared) -> list[str]:
    texts, things = compared.rows["text"].to_list(), _THINGS[compared.media]
    return [
        f"{say_place(float(found.percentile[i]))}: by the {found.heard[i]} nearest on each side; the caption "
        f"of the most similar of the other {things} is {_quote(texts[found.nearest_by_media[i]])}; blind to "
        "a right caption unlike all others."
        for i in range(len(texts))
    ]


def _quote(text: str) -> str:
    return f"“{text if len(text) <= _QUOTED else text[: _QUOTED - 1].rstrip() + '…'}”"
