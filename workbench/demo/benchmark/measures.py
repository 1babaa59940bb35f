"""Measure how well an order of suspicion finds wrong captions: AUROC, AP, precision, how much to review."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from workbench.demo.benchmark.controls import Matched
from workbench.metrics import Metric
from workbench.statistics import auroc, bootstrap_bounds

__all__ = [
    "alarm_share",
    "average_precision",
    "matched_auroc",
    "matched_precision",
    "precision_at",
    "review_share",
    "span_overlap",
]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
ROUNDS = 200


def matched_auroc(suspicion: Floats, matched: Matched, groups: npt.NDArray[np.str_]) -> Metric:
    """Return the chance that a wrong caption is more suspicious than a control, with a 95 % interval.

    A caption without a score ranks below every scored one, as it does in the queue. Whole scenes are drawn
    for the interval.

    Args:
        suspicion: (n,) higher is worse; NaN where the scorer abstained.
        matched: pairs of rows.
        groups: (n,) the scene of each row.
    """
    values, is_wrong = lowest_if_absent(suspicion[matched.rows]), matched.is_wrong
    if not matched.wrong.size:
        return Metric(math.nan, 0, "AUROC")
    bounds = bootstrap_bounds(
        lambda rows: auroc(values[rows], is_wrong[rows]), groups[matched.rows], rounds=ROUNDS
    )
    return Metric(auroc(values, is_wrong), int(matched.wrong.size), "AUROC", bounds.low, bounds.high)


def matched_precision(suspicion: Floats, matched: Matched) -> float:
    """Return the average precision on the pairs; their prevalence, and so chance, is one half."""
    return average_precision(lowest_if_absent(suspicion[matched.rows]), matched.is_wrong)


def average_precision(values: Floats, is_wrong: Bools) -> float:
    """Return the mean precision over the wrong ones, tied values taken together; NaN without a wrong one.

    Example:
        >>> average_precision(np.array([0.9, 0.8, 0.1]), np.array([True, False, True]))
        0.8333333333333333
    """
    if not is_wrong.any():
        return math.nan
    levels, place = np.unique(-values, return_inverse=True)
    found = np.cumsum(np.bincount(place, is_wrong, levels.size))
    looked_at = np.cumsum(np.bincount(place, minlength=levels.size))
    gained = np.diff(found, prepend=0.0)
    return float((gained * found / looked_at).sum() / is_wrong.sum())


def precision_at(values: Floats, is_wrong: Bools, share: float) -> float:
    """Return the share of wrong ones among the most suspicious share of all."""
    top = np.argsort(-values, kind="stable")[: max(1, round(share * values.size))]
    return float(is_wrong[top].mean())


def review_share(values: Floats, is_wrong: Bools, recall: float = 0.9) -> float:
    """Return what share of all must be looked at, worst first, to find this share of the wrong ones."""
    if not is_wrong.any():
        return math.nan
    found = np.cumsum(is_wrong[np.argsort(-values, kind="stable")])
    return float((np.searchsorted(found, recall * found[-1] - 1e-9) + 1) / values.size)


def alarm_share(suspicion: Floats, wrong: Ints, harmless: Ints, recall: float = 0.9) -> Metric:
    """Return the share of harmless edits flagged at the threshold that flags this share of the wrong ones.

    NaN where so many wrong ones have no score that no threshold flags enough of them.
    """
    values = lowest_if_absent(suspicion)
    ordered = np.sort(values[wrong])[::-1]
    if not wrong.size or not harmless.size:
        return Metric(math.nan, int(harmless.size), "share")
    threshold = ordered[math.ceil(recall * ordered.size) - 1]
    if threshold == -np.inf:
        return Metric(math.nan, int(harmless.size), "share")
    flagged = (values[harmless] >= threshold).astype(np.float64)
    bounds = bootstrap_bounds(lambda rows: float(flagged[rows].mean()), np.arange(flagged.size))
    return Metric(float(flagged.mean()), int(flagged.size), "share", bounds.low, bounds.high)


def span_overlap(flagged: tuple[int, int], true: list[tuple[int, int]]) -> float:
    """Return intersection over union, in characters, of a flagged span and the false words.

    Example:
        >>> span_overlap((2, 6), [(2, 4), (8, 10)])
        0.3333333333333333
    """
    wanted = {place for start, end in true for place in range(start, end)}
    given = set(range(*flagged))
    return len(given & wanted) / max(1, len(given | wanted))


def lowest_if_absent(values: Floats) -> Floats:
    """Return the values with an absent one below every other: what has no score comes last in the queue."""
    return np.where(np.isnan(values), -np.inf, values)
