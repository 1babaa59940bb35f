"""Fit how an offset changes along a clip: two clocks that run at different speeds."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["Drift", "fit_drift"]

Floats = npt.NDArray[np.float64]

_LARGEST_P = 0.05  # of a single window; the clip as a whole has passed a stricter test
_FEWEST = 3


@dataclass(frozen=True)
class Drift:
    """A straight line through the offsets of windows.

    Attributes:
        ppm: parts in a million by which the sound runs slow: > 0, it becomes later and later.
        start_s: the offset at time 0.
        scatter_s: median distance of the windows from the line.
        windows: how many it rests on.
    """

    ppm: float
    start_s: float
    scatter_s: float
    windows: int


def fit_drift(middles_s: Floats, offsets_s: Floats, p_values: Floats) -> Drift | None:
    """Fit the line by the median of all pairwise slopes, which a third of wrong windows does not move.

    Args:
        middles_s: (n,) the middle of each window.
        offsets_s: (n,) the best offset in each.
        p_values: (n,) chance of such agreement; windows above .05 say nothing.

    Returns:
        The line; None with fewer than three windows that say something.

    Source:
        Theil (1950), Sen (1968).

    Example:
        >>> line = fit_drift(np.array([5.0, 15, 25]), np.array([0.005, 0.015, 0.025]), np.zeros(3))
        >>> round(line.ppm), round(line.start_s, 6)
        (1000, 0.0)
    """
    kept = p_values <= _LARGEST_P
    if kept.sum() < _FEWEST:
        return None
    times_s, offsets = middles_s[kept], offsets_s[kept]
    pairs = itertools.combinations(range(times_s.size), 2)
    slope = float(np.median([(offsets[b] - offsets[a]) / (times_s[b] - times_s[a]) for a, b in pairs]))
    start_s = float(np.median(offsets - slope * times_s))
    scatter_s = float(np.median(np.abs(offsets - start_s - slope * times_s)))
    return Drift(slope * 1e6, start_s, scatter_s, int(kept.sum()))
