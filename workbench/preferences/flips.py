"""The flip rate: how often a recorded preference is the wrong way round, from people asked twice.

Two independent answers, each turned round with chance e, differ with chance 2e(1 - e). So the share d of
answers that differ gives e = (1 - sqrt(1 - 2d)) / 2. What it cannot see: an error made alike both times, so
that a person asked twice gives a lower bound, and a lower one than two people do.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

__all__ = ["FlipRate", "flip_rate"]


@dataclass(frozen=True, slots=True)
class FlipRate:
    """How often a preference is recorded the wrong way round.

    Attributes:
        source: what it was told from.
        value: 0 (never) to .5 (a coin); None where it is undefined.
        low, high: the 95 % interval; None where there is none.
        asked: pairs that were answered twice.
        differed: of them, how many answers differed (in parts, where a pair has more than two voices).
        reason: why it is undefined; "" where it is not.
    """

    source: str
    value: float | None
    low: float | None
    high: float | None
    asked: int
    differed: float
    reason: str = ""


def flip_rate(source: str, asked: int, differed: float, *, confidence: float = 0.95) -> FlipRate:
    """Tell the flip rate from how often two answers to the same pair differ.

    Args:
        source: what it is told from, such as `hidden repeats`.
        asked: pairs answered twice.
        differed: how many of these answers differ, 0..asked; a part of one for a pair with more voices.
        confidence: of the exact interval (Clopper and Pearson), in (0, 1).

    Returns:
        The rate, or why there is none. An interval that reaches half the answers ends at .5.

    Example:
        >>> found = flip_rate("hidden repeats", 100, 18)
        >>> round(found.value, 3), round(found.low, 3), round(found.high, 3)
        (0.1, 0.059, 0.16)
        >>> flip_rate("two people", 10, 6).reason
        '6 of 10 differ: half or more, which no rate of flips explains'
    """
    from scipy.stats import beta

    if not asked:
        return FlipRate(source, None, None, None, 0, 0.0, "no pair was answered twice")
    if 2 * differed >= asked:
        reason = f"{differed:g} of {asked} differ: half or more, which no rate of flips explains"
        return FlipRate(source, None, None, None, asked, differed, reason)
    tail = (1 - confidence) / 2
    low = float(beta.ppf(tail, differed, asked - differed + 1)) if differed else 0.0
    high = float(beta.ppf(1 - tail, differed + 1, asked - differed))
    rate, lowest, highest = (_rate_of(share) for share in (differed / asked, low, high))
    return FlipRate(source, rate, lowest, highest, asked, differed)


def _rate_of(share: float) -> float:
    return (1 - math.sqrt(max(0.0, 1 - 2 * share))) / 2
