"""Calibration: what a suspicion means as a chance, learned from verdicts, and how far to trust it.

Verdicts come from a ranked review and are a biased draw: the worst captions are looked at most. Each verdict
is therefore weighted by one over its caption's chance of being looked at; a share, a calibration error or an
AUROC weighted so speaks of the whole workspace. What is *not* cured: verdicts that are wrong, and captions
that a person picked by hand, whose chance nobody knows (weight 0). Weights cost precision: a few random looks
that stand for many captions count as few, whatever the number of verdicts.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import numpy.typing as npt
import polars as pl

from workbench.statistics import Bounds, bootstrap_bounds, hypergeometric_bounds

__all__ = [
    "FEWEST_OF_A_KIND",
    "FEWEST_VERDICTS",
    "ISOTONIC_FROM",
    "Calibration",
    "Share",
    "bins_of",
    "bound_auroc",
    "bound_share",
    "calibrate",
    "expected_calibration_error",
    "most_probable",
    "weighted_auroc",
]

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

#: Below this many verdicts a score only ranks: a probability would rest on a handful.
FEWEST_VERDICTS: Final = 50
#: Fewer bad, or fewer fine, verdicts than this and there is nothing to fit.
FEWEST_OF_A_KIND: Final = 5
#: From this many verdicts on isotonic regression; below it a logistic curve, which has two numbers to learn.
ISOTONIC_FROM: Final = 200
_FOLDS = 5
_BINS = 10
_FEWEST_IN_BIN = 10


@dataclass(frozen=True)
class Calibration:
    """A map from suspicion to the chance of being bad.

    Attributes:
        method: `logistic` or `isotonic`.
        crossed: (n,) the chance of each verdict's caption, by a map that saw no verdict on its sample.
        predict: the map fitted on all verdicts, for captions that have none.
        ece: expected calibration error of `crossed`, in [0, 1]; lower is better.
        brier: mean squared error of `crossed`; `brier_base` is that of saying the base rate of every caption.
    """

    method: Literal["logistic", "isotonic"]
    crossed: Floats
    predict: Callable[[Floats], Floats]
    ece: float
    brier: float
    brier_base: float


@dataclass(frozen=True, slots=True)
class Share:
    """The share of bad captions in a part of the workspace, with an exact 95 % interval."""

    value: float
    low: float
    high: float
    members: int
    decided: int


def calibrate(suspicion: Floats, is_bad: Bools, groups: npt.ArrayLike, weights: Floats) -> Calibration:
    """Fit a map from suspicion to the chance of being bad, judged on samples it has not seen.

    Args:
        suspicion: (n,) higher is worse, finite.
        is_bad: (n,) the verdicts.
        groups: (n,) the sample of each; captions of one sample are never on both sides of a fold.
        weights: (n,) for how many captions each verdict stands, more than 0.

    Raises:
        ValueError: with fewer than two groups or verdicts of one kind only.

    Source:
        Platt 1999, "Probabilistic outputs for support vector machines" (logistic); Zadrozny and Elkan 2002,
        "Transforming classifier scores into accurate multiclass probability estimates" (isotonic).
    """
    _, group = np.unique(np.asarray(groups), return_inverse=True)
    if is_bad.all() or not is_bad.any() or group.max() == 0:
        raise ValueError("calibration needs verdicts of both kinds on two samples or more")
    method: Literal["logistic", "isotonic"] = "isotonic" if len(is_bad) >= ISOTONIC_FROM else "logistic"
    folds = np.random.default_rng(0).permutation(group.max() + 1)[group] % _FOLDS
    crossed = np.empty(len(is_bad))
    for fold in np.unique(folds):
        held = folds == fold
        crossed[held] = _fit(method, suspicion[~held], is_bad[~held], weights[~held])(suspicion[held])
    base = np.full(len(is_bad), np.average(is_bad, weights=weights))
    return Calibration(
        method=method,
        crossed=crossed,
        predict=_fit(method, suspicion, is_bad, weights),
        ece=expected_calibration_error(crossed, is_bad, weights),
        brier=_brier(crossed, is_bad, weights),
        brier_base=_brier(base, is_bad, weights),
    )


def expected_calibration_error(chances: Floats, is_bad: Bools, weights: Floats) -> float:
    """Return the mean distance between the chance said and the share found, over bins of equal count.

    Ten bins, fewer where a bin would hold less than ten verdicts. The value depends on the binning and is
    biased upwards on few verdicts, so compare it only between scores judged on the same verdicts.

    Source:
        Naeini, Cooper and Hauskrecht 2015, "Obtaining well calibrated probabilities using Bayesian binning";
        bins of equal count after Nixon et al. 2019, "Measuring calibration in deep learning".

    Example:
        >>> said, found = np.array([0.2] * 10), np.array([True] * 2 + [False] * 8)
        >>> round(expected_calibration_error(said, found, np.ones(10)), 6)
        0.0
    """
    parts = bins_of(chances)
    gaps = [
        abs(
            np.average(chances[part], weights=weights[part]) - np.average(is_bad[part], weights=weights[part])
        )
        for part in parts
    ]
    return float(np.average(gaps, weights=[weights[part].sum() for part in parts]))


def bins_of(chances: Floats) -> list[npt.NDArray[np.intp]]:
    """Return the rows of each bin of about equal count, lowest chances first."""
    count = max(1, min(_BINS, len(chances) // _FEWEST_IN_BIN))
    return [part for part in np.array_split(np.argsort(chances, kind="stable"), count) if part.size]


def weighted_auroc(suspicion: Floats, is_bad: Bools, weights: Floats) -> float:
    """Return the chance that a bad caption is more suspicious than one that is not; ties count half.

    Each caption counts by its weight, so that a ranked draw speaks of the whole. NaN without both kinds.

    Example:
        >>> is_bad, weights = np.array([True, False, True]), np.array([1.0, 1.0, 3.0])
        >>> weighted_auroc(np.array([3.0, 2.0, 1.0]), is_bad, weights)
        0.25
    """
    bad, good = weights * is_bad, weights * ~is_bad
    if not bad.sum() or not good.sum():
        return math.nan
    _, place = np.unique(suspicion, return_inverse=True)
    bad_at, good_at = np.bincount(place, bad), np.bincount(place, good)
    below = np.cumsum(good_at) - good_at
    return float((bad_at * (below + good_at / 2)).sum() / (bad.sum() * good.sum()))


def bound_auroc(suspicion: Floats, is_bad: Bools, weights: Floats, groups: npt.ArrayLike) -> Bounds:
    """Bound the weighted AUROC by drawing whole samples again."""
    return bootstrap_bounds(
        lambda rows: weighted_auroc(suspicion[rows], is_bad[rows], weights[rows]), groups, rounds=300
    )


def bound_share(is_member: Bools, is_known: Bools, is_sampled: Bools, is_bad: Bools) -> Share:
    """Bound the share of bad captions in any part of the workspace chosen without regard to the verdicts.

    What is known needs no estimate; of the rest the random sample is a random sample in every part, so the
    exact interval of a draw without replacement holds there too.

    Args:
        is_member: (N,) the part.
        is_known: (N,) decided down to the last one, because of their rank.
        is_sampled: (N,) decided, and drawn at random from all that are not `is_known`.
        is_bad: (N,) decided as bad.

    Returns:
        NaN and the interval 0 to 1 when nothing of the part has been looked at.
    """
    members = int(is_member.sum())
    known, drawn = is_member & is_known, is_member & is_sampled & ~is_known
    rest, seen = members - int(known.sum()), int((drawn & is_bad).sum())
    found, decided = int((known & is_bad).sum()), int(known.sum() + drawn.sum())
    if not members or (rest and not drawn.any()):
        return Share(math.nan, found / max(members, 1), (found + rest) / max(members, 1), members, decided)
    bounds = hypergeometric_bounds(rest, int(drawn.sum()), seen)
    middle = found + (rest * seen / drawn.sum() if rest else 0.0)
    return Share(
        middle / members, (found + bounds.low) / members, (found + bounds.high) / members, members, decided
    )


def most_probable(chances: pl.DataFrame) -> pl.DataFrame:
    """Order captions by the most likely of their errors, which is also the reason given.

    To be used once there are verdicts enough; before that no two error types can be put on one scale.

    Args:
        chances: columns `caption_id`, `error_type`, `probability`; one row a caption and error type. A
            column `suspicion` breaks ties where a step of the map gives many captions the same chance.

    Returns:
        Columns `caption_id`, `suspicion` (the highest chance, in [0, 1]) and `error_type` (whose it is);
        most suspicious first, ties by id.

    Example:
        >>> chances = pl.DataFrame({"caption_id": ["a", "a", "b"], "error_type": ["count", "object", "count"],
        ...                         "probability": [0.1, 0.7, 0.3]})
        >>> most_probable(chances).rows()
        [('a', 0.7, 'object'), ('b', 0.3, 'count')]
    """
    ties = pl.col("suspicion") if "suspicion" in chances.columns else pl.lit(0.0)
    ordered = chances.with_columns(_ties=ties).sort(
        ["probability", "_ties", "caption_id", "error_type"], descending=[True, True, False, False]
    )
    first = ordered.unique("caption_id", keep="first", maintain_order=True)
    return first.select("caption_id", suspicion="probability", error_type="error_type")


def _fit(method: str, suspicion: Floats, is_bad: Bools, weights: Floats) -> Callable[[Floats], Floats]:
    """Fit one map; with verdicts of one kind only it says their share, held off 0 and 1."""
    # One caption of each kind that was never seen keeps a small set from claiming certainty.
    edge = 1.0 / (len(is_bad) + 2.0)
    if is_bad.all() or not is_bad.any():
        share = float(np.clip(is_bad.mean(), edge, 1 - edge))
        return lambda values: np.full(len(values), share)
    scaled = weights / weights.mean()
    predict = (_fit_isotonic if method == "isotonic" else _fit_logistic)(suspicion, is_bad, scaled)
    return lambda values: np.clip(predict(values), edge, 1 - edge)


def _fit_logistic(suspicion: Floats, is_bad: Bools, weights: Floats) -> Callable[[Floats], Floats]:
    from sklearn.linear_model import LogisticRegression

    centre, spread = float(suspicion.mean()), float(suspicion.std()) or 1.0
    model = LogisticRegression(C=1.0).fit((suspicion[:, None] - centre) / spread, is_bad, weights)
    return lambda values: np.asarray(model.predict_proba((values[:, None] - centre) / spread)[:, 1], float)


def _fit_isotonic(suspicion: Floats, is_bad: Bools, weights: Floats) -> Callable[[Floats], Floats]:
    from sklearn.isotonic import IsotonicRegression

    model = IsotonicRegression(y_min=0.0, y_max=1.0, out_of_bounds="clip")
    model.fit(suspicion, is_bad.astype(float), sample_weight=weights)
    return lambda values: np.asarray(model.predict(values), float)


def _brier(chances: Floats, is_bad: Bools, weights: Floats) -> float:
    return float(np.average((chances - is_bad) ** 2, weights=weights))
