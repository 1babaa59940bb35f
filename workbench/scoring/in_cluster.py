"""The scorer `in_cluster`: a caption against the captions and media of its own topic only."""

from __future__ import annotations

import numpy as np
import polars as pl

from workbench.alignment.evidence import say_place
from workbench.alignment.negatives import InCluster, measure_in_cluster
from workbench.alignment.pairs import Pairs
from workbench.scoring.base import Compared, Run
from workbench.scoring.pairwise import Measured, details, score_pairwise

__all__ = ["score_in_cluster"]

_VERSION = "in_cluster-1"


def score_in_cluster(run: Run) -> pl.DataFrame:
    """Score every caption against rivals from its media's own cluster.

    It is filed under wrong pairs: rivals of the same topic ask for details, but what it answers is still
    which pair belongs together.
    """
    return score_pairwise(run, _VERSION, _measure)


def _measure(compared: Compared, pairs: Pairs) -> Measured:
    found = measure_in_cluster(pairs)
    columns: dict[str, np.ndarray[tuple[int, ...], np.dtype[np.generic]]] = {
        "margin": np.nan_to_num(found.margin),
        "rivals": found.rivals,
        "cluster": found.cluster,
    }
    reason = "fewer than 5 other samples of its topic to compare it with"
    return Measured(found.value, found.percentile, _explain(found), details(columns), reason)


def _explain(found: InCluster) -> list[str]:
    return [
        f"{say_place(float(found.percentile[i]))}: it beats {100 * found.value[i]:.0f} % of the "
        f"{found.rivals[i]:,} others of its own topic; blind to what the encoder does not see."
        if np.isfinite(found.value[i])
        else ""
        for i in range(len(found.value))
    ]
