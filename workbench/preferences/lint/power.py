"""How many held-out pairs it takes to tell an accuracy from chance, and how far a number of them reaches."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import NormalDist
from typing import Final

import polars as pl

__all__ = ["ACCURACIES", "least_accuracy", "pairs_needed", "power_table"]

#: The accuracies of the table.
ACCURACIES: Final = (0.55, 0.6, 0.65, 0.7, 0.8)


def pairs_needed(accuracy: float, *, power: float = 0.8, confidence: float = 0.95) -> int:
    """Return how many held-out pairs show an accuracy to be above chance.

    By the normal approximation of a two-sided test of a share against one half. Pairs of one sample count as
    fewer than that many: they are right or wrong together.

    Args:
        accuracy: share of pairs ordered rightly, in (0.5, 1).
        power: chance of showing it.
        confidence: of the test.

    Raises:
        ValueError: for an accuracy that is not above chance and below 1.

    Example:
        >>> [pairs_needed(accuracy) for accuracy in ACCURACIES]
        [783, 194, 85, 47, 20]
    """
    if not 0.5 < accuracy < 1:
        raise ValueError(f"need 0.5 < accuracy < 1, got {accuracy}")
    sure, able = NormalDist().inv_cdf((1 + confidence) / 2), NormalDist().inv_cdf(power)
    spread = sure * 0.5 + able * math.sqrt(accuracy * (1 - accuracy))
    return math.ceil((spread / (accuracy - 0.5)) ** 2)


def least_accuracy(pairs: int, *, power: float = 0.8, confidence: float = 0.95) -> float | None:
    """Return the lowest accuracy, in steps of 0.001, that so many pairs tell from chance; None for too few.

    Example:
        >>> least_accuracy(194), least_accuracy(3)
        (0.6, None)
    """
    steps = (number / 1000 for number in range(501, 1000))
    fits = (one for one in steps if pairs_needed(one, power=power, confidence=confidence) <= pairs)
    found = next(fits, None)
    return found if found is not None and found < 0.95 else None


def power_table(
    accuracies: Sequence[float] = ACCURACIES, *, power: float = 0.8, confidence: float = 0.95
) -> pl.DataFrame:
    """Return `accuracy`, `pairs_needed`, and `half_width` of the interval that so many pairs give."""
    needed = [pairs_needed(one, power=power, confidence=confidence) for one in accuracies]
    sure = NormalDist().inv_cdf((1 + confidence) / 2)
    return pl.DataFrame(
        {
            "accuracy": list(accuracies),
            "pairs_needed": needed,
            "half_width": [
                sure * math.sqrt(one * (1 - one) / count)
                for one, count in zip(accuracies, needed, strict=True)
            ],
        }
    )
