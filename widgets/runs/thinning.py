"""Curves of a long run, thinned to what a plot can show."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

__all__ = ["thin"]


def thin(
    steps: Sequence[int], values: Mapping[str, Sequence[float | None]], most: int
) -> dict[str, list[float | None]]:
    """Return the columns in at most so many points: each the mean of neighbouring steps.

    Means keep the course of a noisy curve where every n-th point would show the noise. The last point is
    that of the last step alone, so that the figure beside the curve is where the curve ends.

    Args:
        steps: rising.
        values: columns as long as `steps`; None where there is no number.
        most: 2 or more.

    Returns:
        `step` and the columns, as long as each other; what is not finite is None.

    Example:
        >>> thin([1, 2, 3, 4, 5], {"loss": [4.0, 2.0, 3.0, 1.0, 0.5]}, 3)
        {'step': [1.5, 3.5, 5], 'loss': [3.0, 2.0, 0.5]}
    """
    size = 1 if len(steps) <= most else math.ceil((len(steps) - 1) / (most - 1))
    starts = range(0, len(steps) - 1, size)
    stretches = [(start, min(start + size, len(steps) - 1)) for start in starts]
    stretches += [(len(steps) - 1, len(steps))] if steps else []
    thinned: dict[str, list[float | None]] = {"step": [_mean(steps[a:b]) for a, b in stretches]}
    for name, column in values.items():
        thinned[name] = [_mean(column[a:b]) for a, b in stretches]
    return thinned


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None and math.isfinite(value)]
    if len(known) < len(values) and len(values) == 1:
        return None
    return known[0] if len(known) == 1 else sum(known) / len(known) if known else None
