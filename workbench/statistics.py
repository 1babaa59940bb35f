"""Statistics of review: how sure a number is that rests on a sample.

Intervals are exact where an exact one exists: review samples are small and error rates near zero, where the
usual normal approximation fails.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

__all__ = ["Bounds", "auroc", "binomial_bounds", "bootstrap_bounds", "hypergeometric_bounds"]

Floats = npt.NDArray[np.float64]


class Bounds(NamedTuple):
    """Both ends of an interval, in the unit of what it bounds."""

    low: float
    high: float


def hypergeometric_bounds(population: int, drawn: int, seen: int, confidence: float = 0.95) -> Bounds:
    """Bound how many bad items a finite population holds, from a random draw without replacement.

    The interval inverts one exact two-sided test: a number of bad items is believed unless what was seen, and
    everything as far out, has a chance below 1 - confidence (Blaker 2000). It covers the truth at least as
    often as it says, lies inside the older one of Clopper and Pearson (measured: 2 to 8 % narrower), and
    shrinks to the truth as the draw nears the whole population.

    Args:
        population: number of items, >= drawn.
        drawn: number drawn at random, >= 0.
        seen: number of bad ones among the drawn, 0..drawn.
        confidence: in (0, 1).

    Returns:
        The lowest and highest number of bad items in the whole population, the seen ones included.

    Raises:
        ValueError: when the counts cannot be.

    Source:
        Blaker 2000, "Confidence curves and improved exact confidence intervals for discrete distributions",
        here for the hypergeometric law.

    Example:
        >>> hypergeometric_bounds(1000, 100, 5)
        Bounds(low=21.0, high=107.0)
        >>> hypergeometric_bounds(50, 50, 3)
        Bounds(low=3.0, high=3.0)
    """
    if not 0 <= seen <= drawn <= population:
        raise ValueError(f"need 0 <= seen <= drawn <= population, got {seen}, {drawn}, {population}")
    tail = (1 - confidence) / 2
    fewest, most = seen, population - (drawn - seen)
    low = _first(fewest, most, lambda bad: _upper_tail(population, bad, drawn, seen) > tail)
    too_many = _first(fewest, most + 1, lambda bad: _lower_tail(population, bad, drawn, seen) <= tail)
    # Only the numbers inside the older interval can be believed; its ends are where the search begins.
    believed = _Acceptability(population, drawn, seen, 1 - confidence)
    return Bounds(float(believed.first_of(low, too_many)), float(believed.last_of(low, too_many)))


def binomial_bounds(drawn: int, seen: int, confidence: float = 0.95) -> Bounds:
    """Bound a chance from how often it came true: the exact interval.

    Unlike a share of a finite set, a chance stays uncertain when every item of the set has been looked at.

    Args:
        drawn: how many trials.
        seen: how many of them came true.
        confidence: in (0, 1).

    Returns:
        Both ends, 0 to 1; 0 and 1 when nothing was drawn.

    Source:
        Clopper and Pearson 1934, "The use of confidence or fiducial limits illustrated in the case of the
        binomial".

    Example:
        >>> low, high = binomial_bounds(12, 3)
        >>> round(low, 3), round(high, 3)
        (0.055, 0.572)
    """
    from scipy.special import betaincinv

    if not 0 <= seen <= drawn:
        raise ValueError(f"need 0 <= seen <= drawn, got {seen}, {drawn}")
    tail = (1 - confidence) / 2
    low = 0.0 if seen == 0 else float(betaincinv(seen, drawn - seen + 1, tail))
    high = 1.0 if seen == drawn else float(betaincinv(seen + 1, drawn - seen, 1 - tail))
    return Bounds(low, high)


def auroc(values: npt.ArrayLike, is_positive: npt.ArrayLike) -> float:
    """Return the chance that a positive item has a higher value than a negative one; ties count half.

    The Mann-Whitney form of the area under the ROC curve. NaN when one of the classes is empty: there is
    nothing to rank.

    Args:
        values: (n,) numbers; NaN is not allowed.
        is_positive: (n,) booleans.

    Example:
        >>> auroc([0.1, 0.4, 0.35, 0.8], [False, False, True, True])
        0.75
    """
    numbers, positive = np.asarray(values, dtype=np.float64), np.asarray(is_positive, dtype=bool)
    n_positive = int(positive.sum())
    n_negative = positive.size - n_positive
    if not n_positive or not n_negative:
        return math.nan
    _, inverse, counts = np.unique(numbers, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[inverse]
    return float((ranks[positive].sum() - n_positive * (n_positive + 1) / 2) / (n_positive * n_negative))


def bootstrap_bounds(
    statistic: Callable[[npt.NDArray[np.intp]], float],
    groups: npt.ArrayLike,
    *,
    rounds: int = 200,
    seed: int = 0,
    confidence: float = 0.95,
) -> Bounds:
    """Bound a statistic by drawing whole groups again with replacement (percentile bootstrap).

    Captions of one photo stand or fall together, so the photo is what is drawn.

    Args:
        statistic: takes row numbers (k,) and returns a number; NaN rounds are left out.
        groups: (n,) the group of each row.
        rounds: how many times to draw.
        seed: makes the draw repeatable.
        confidence: in (0, 1).

    Returns:
        The interval, or NaN on both ends when no round gave a number.
    """
    _, inverse = np.unique(np.asarray(groups), return_inverse=True)
    order = np.argsort(inverse, kind="stable")
    members = np.split(order, np.cumsum(np.bincount(inverse))[:-1])
    random = np.random.default_rng(seed)
    draws = (random.integers(len(members), size=len(members)) for _ in range(rounds))
    results = np.array([statistic(np.concatenate([members[i] for i in draw])) for draw in draws])
    kept = results[np.isfinite(results)]
    if not kept.size:
        return Bounds(math.nan, math.nan)
    tail = (1 - confidence) / 2
    low, high = np.quantile(kept, [tail, 1 - tail])
    return Bounds(float(low), float(high))


class _Acceptability:
    """Say of numbers of bad items whether they are believed, a block at a time from the outside inwards."""

    _BLOCK = 64

    def __init__(self, population: int, drawn: int, seen: int, level: float) -> None:
        self._population, self._drawn, self._seen, self._level = population, drawn, seen, level
        logs = np.log(np.arange(1, population + 1, dtype=np.float64))
        self._log_factorial: Floats = np.concatenate([[0.0], np.cumsum(logs)])

    def first_of(self, low: int, high: int) -> int:
        """Return the lowest number in [low, high) that is believed; `low` when none is."""
        for start in range(low, high, self._BLOCK):
            block = np.arange(start, min(start + self._BLOCK, high))
            if (believed := self._is_believed(block)).any():
                return int(block[believed.argmax()])
        return low

    def last_of(self, low: int, high: int) -> int:
        """Return the highest number in [low, high) that is believed; the last one when none is."""
        for stop in range(high, low, -self._BLOCK):
            block = np.arange(max(stop - self._BLOCK, low), stop)[::-1]
            if (believed := self._is_believed(block)).any():
                return int(block[believed.argmax()])
        return high - 1

    def _is_believed(self, bad: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
        masses = self._masses(bad[:, None], np.arange(self._drawn + 1)[None, :])
        below = masses.cumsum(1)
        above = masses[:, ::-1].cumsum(1)[:, ::-1]
        rarity = np.minimum(below, above)  # the smaller tail of each count that could have been seen
        # The slack keeps two tails that are equal on paper equal in floating point.
        as_far_out = rarity <= rarity[:, [self._seen]] * (1 + 1e-9)
        return np.asarray((masses * as_far_out).sum(1) > self._level, bool)

    def _masses(self, bad: npt.NDArray[np.int64], k: npt.NDArray[np.int64]) -> Floats:
        good = self._population - bad
        drawn_good = self._drawn - k
        can_be = (k <= bad) & (drawn_good <= good)
        logs = self._log_choices(bad, np.minimum(k, bad)) + self._log_choices(
            good, np.minimum(drawn_good, good)
        )
        whole = self._log_choices(np.array(self._population), np.array(self._drawn))
        return np.where(can_be, np.exp(logs - whole), 0.0)

    def _log_choices(self, n: npt.NDArray[np.int64], k: npt.NDArray[np.int64]) -> Floats:
        table = self._log_factorial
        return np.asarray(table[n] - table[k] - table[n - k], np.float64)


def _first(low: int, high: int, holds: Callable[[int], bool]) -> int:
    """Return the first number in [low, high) from which on a condition holds; `high` when there is none."""
    while low < high:
        middle = (low + high) // 2
        if holds(middle):
            high = middle
        else:
            low = middle + 1
    return low


def _lower_tail(population: int, bad: int, drawn: int, seen: int) -> float:
    """Return P(X <= seen) for X bad ones among `drawn` from a population with `bad` bad ones."""
    fewest, most = max(0, drawn - (population - bad)), min(drawn, bad)
    if seen >= most:
        return 1.0
    if seen < fewest:
        return 0.0
    return float(np.exp(_log_masses(population, bad, drawn, fewest, seen)).sum())


def _upper_tail(population: int, bad: int, drawn: int, seen: int) -> float:
    """Return P(X >= seen)."""
    fewest, most = max(0, drawn - (population - bad)), min(drawn, bad)
    if seen <= fewest:
        return 1.0
    if seen > most:
        return 0.0
    return float(np.exp(_log_masses(population, bad, drawn, seen, most)).sum())


def _log_masses(population: int, bad: int, drawn: int, first: int, last: int) -> Floats:
    """Return log P(X = k) for k in first..last; each mass from the one before by its ratio."""
    start = (
        _log_choose(bad, first)
        + _log_choose(population - bad, drawn - first)
        - _log_choose(population, drawn)
    )
    k = np.arange(first, last, dtype=np.float64)
    rising = np.log(bad - k) + np.log(drawn - k) - np.log(k + 1) - np.log(population - bad - drawn + k + 1)
    return np.concatenate([[start], start + np.cumsum(rising)])


def _log_choose(n: int, k: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
