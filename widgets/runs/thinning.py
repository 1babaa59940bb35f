"""Curves of a long run, thinned to what a plot can show."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

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
        {'step': [1.5, 3.5, 5.0], 'loss': [3.0, 2.0, 0.5]}
    """
    if not steps:
        return {"step": [], **{name: [] for name in values}}
    size = 1 if len(steps) <= most else math.ceil((len(steps) - 1) / (most - 1))
    starts = [*range(0, len(steps) - 1, size), len(steps) - 1]
    columns = {"step": steps, **values}
    return {name: _means(np.array(column, dtype=np.float64), starts) for name, column in columns.items()}


def _means(column: npt.NDArray[np.float64], starts: Sequence[int]) -> list[float | None]:
    is_known = np.isfinite(column)  # None has become NaN
    sums = np.add.reduceat(np.where(is_known, column, 0.0), starts)
    counts = np.add.reduceat(is_known.astype(np.int64), starts)
    pairs = zip(sums.tolist(), counts.tolist(), strict=True)
    return [total / count if count else None for total, count in pairs]
