"""Hold intervals against each other and against boundaries: overlap, order, faults, boundary F1."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

__all__ = ["assign_order", "boundary_f1", "find_fault", "nearest_s", "overlap_share", "overlaps_s"]

Floats = npt.NDArray[np.float64]
Span = tuple[float, float]

_PAST_END_S = 0.5  # lengths in headers are rounded to frames; further out is a mistake


def overlap_share(one_s: Span, other_s: Span) -> float:
    """Return the intersection over union of two intervals (tIoU), 0 to 1.

    Example:
        >>> overlap_share((0, 2), (1, 3))
        0.3333333333333333
    """
    shared = max(0.0, min(one_s[1], other_s[1]) - max(one_s[0], other_s[0]))
    whole = max(one_s[1], other_s[1]) - min(one_s[0], other_s[0])
    return shared / whole if whole > 0 else 0.0


def assign_order(fits: npt.ArrayLike) -> tuple[npt.NDArray[np.int64], Floats]:
    """Assign the captions of a clip to its intervals so that the sum of fits is highest.

    Args:
        fits: float (K, K), how well caption i fits the interval of caption j.

    Returns:
        int64 (K,), the interval that suits each caption best; where it is not its own, captions were swapped.
        float64 (K,), what the caption's part of the swap would gain over staying, 0 where it stays.

    Source:
        H. W. Kuhn 1955, "The Hungarian method for the assignment problem".

    Example:
        >>> places, gains = assign_order([[0.1, 0.9, 0.0], [0.8, 0.2, 0.0], [0.0, 0.0, 0.7]])
        >>> places.tolist(), gains.round(2).tolist()
        ([1, 0, 2], [0.7, 0.7, 0.0])
    """
    from scipy.optimize import linear_sum_assignment

    table = np.asarray(fits, np.float64)
    rows, columns = linear_sum_assignment(-table)
    place = np.empty(len(table), np.int64)
    place[rows] = columns
    gains = np.zeros(len(table))
    for cycle in _cycles(place):
        # A cycle is one swap: it is worth the mean of what all its members win and lose by it.
        won = float(np.mean([table[i, place[i]] - table[i, i] for i in cycle]))
        gains[list(cycle)] = won if len(cycle) > 1 else 0.0
    return place, gains


def boundary_f1(predicted_s: Sequence[float], true_s: Sequence[float], within_s: float) -> float:
    """Return the F1 of boundaries, matched one to one within a tolerance.

    With none on either side it is 1.

    Source:
        Shou et al. 2021, "Generic event boundary detection", with an absolute tolerance.

    Example:
        >>> boundary_f1([1.0, 2.1], [1.05, 2.0, 3.0], 0.2)
        0.8
    """
    from scipy.optimize import linear_sum_assignment

    if not len(predicted_s) or not len(true_s):
        return float(len(predicted_s) == len(true_s))
    apart = np.abs(np.subtract.outer(np.asarray(predicted_s, float), np.asarray(true_s, float)))
    rows, columns = linear_sum_assignment(np.where(apart <= within_s, apart, 1e6))
    hits = int((apart[rows, columns] <= within_s).sum())
    return 2 * hits / (len(predicted_s) + len(true_s))


def nearest_s(times_s: npt.ArrayLike, candidates_s: npt.ArrayLike) -> Floats:
    """Return how far each time is from the nearest candidate, in seconds; inf where there is none."""
    times = np.atleast_1d(np.asarray(times_s, np.float64))
    found = np.asarray(candidates_s, np.float64)
    if not len(found):
        return np.full(len(times), np.inf)
    return np.asarray(np.abs(times[:, None] - found[None, :]).min(1), np.float64)


def find_fault(start_s: float, end_s: float, duration_s: float | None) -> str:
    """Return what is wrong with an interval whatever the caption says, or "".

    Example:
        >>> find_fault(2.0, 2.0, 10.0)
        'the interval is empty: it starts and ends at 2.00 s'
        >>> find_fault(1.0, 2.0, 10.0)
        ''
    """
    if end_s == start_s:
        return f"the interval is empty: it starts and ends at {start_s:.2f} s"
    if end_s < start_s:
        return f"the interval ends at {end_s:.2f} s, before it starts at {start_s:.2f} s"
    if start_s < 0:
        return f"the interval starts at {start_s:.2f} s, before the clip does"
    if duration_s is not None and end_s > duration_s + _PAST_END_S:
        return f"the interval ends at {end_s:.2f} s, and the clip at {duration_s:.2f} s"
    return ""


def overlaps_s(intervals_s: Sequence[Span]) -> tuple[Floats, Floats]:
    """Return how long each interval overlaps any other of the clip, and its gap to the one before it.

    Returns:
        float64 (K,) seconds of the longest overlap with one other; float64 (K,) gap to the latest end before
        its start, NaN for the first.

    Example:
        >>> shared, gap = overlaps_s([(0.0, 2.0), (1.5, 3.0), (4.0, 5.0)])
        >>> shared.tolist(), gap.tolist()
        ([0.5, 0.5, 0.0], [nan, nan, 1.0])
    """
    spans = np.asarray(intervals_s, np.float64).reshape(-1, 2)
    shared = np.minimum(spans[:, None, 1], spans[None, :, 1]) - np.maximum(
        spans[:, None, 0], spans[None, :, 0]
    )
    np.fill_diagonal(shared, 0.0)
    gaps = np.full(len(spans), np.nan)
    for index, (start_s, _) in enumerate(spans):
        before = spans[spans[:, 1] <= start_s, 1]
        if len(before):
            gaps[index] = start_s - before.max()
    return np.maximum(shared, 0.0).max(1, initial=0.0), gaps


def _cycles(place: npt.NDArray[np.int64]) -> list[tuple[int, ...]]:
    seen: set[int] = set()
    cycles = []
    for start in range(len(place)):
        cycle, at = [], start
        while at not in seen:
            seen.add(at)
            cycle.append(at)
            at = int(place[at])
        if cycle:
            cycles.append(tuple(cycle))
    return cycles
