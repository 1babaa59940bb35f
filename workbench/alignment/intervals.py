"""Ask whether a caption's interval lies where its content is: contrast, best shift, prediction.

Everything here works on curves over time, one a caption: how well each instant fits the caption. Where the
curve comes from (frames by an encoder, motion, colour) is not known here. Pure arrays.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = [
    "Shift",
    "best_shift",
    "contrast",
    "predict_interval",
    "smooth_curves",
    "snap_shift",
    "standardise_curves",
]

Floats = npt.NDArray[np.float64]
Span = tuple[float, float]

_GRID_S = 0.02  # between two shifts that are tried
_PLATEAU = 0.02  # shifts within this share of the whole range of contrasts count as equally good


@dataclass(frozen=True)
class Shift:
    """Where an interval of the same length fits best.

    Attributes:
        by_s: seconds to move it, > 0 later.
        here: its contrast where it is.
        best: its contrast after the move, at least `here`.
        rank: share of all places in the clip that fit no better than where it is; 1 = the best place.
        shifts_s: float64 (n,), every shift tried.
        contrasts: float64 (n,), the contrast at each.
    """

    by_s: float
    here: float
    best: float
    rank: float
    shifts_s: Floats
    contrasts: Floats

    @property
    def gain(self) -> float:
        """How much better the best place is, 0 or more."""
        return self.best - self.here


def standardise_curves(curves: npt.ArrayLike) -> Floats:
    """Standardise each curve over the clip, then take off what the clip's other captions say as well.

    A frame that fits every caption (a clear picture among blurred ones) says nothing about this one.

    Args:
        curves: float (K, T), one row a caption of the clip.

    Returns:
        float64 (K, T); a flat curve is all zeros before the others are taken off.

    Example:
        >>> standardise_curves([[0, 0, 1, 1], [1, 1, 1, 1]]).tolist()
        [[-1.0, -1.0, 1.0, 1.0], [1.0, 1.0, -1.0, -1.0]]
    """
    rows = np.atleast_2d(np.asarray(curves, np.float64))
    spread = rows.std(1, keepdims=True)
    own: Floats = np.divide(
        rows - rows.mean(1, keepdims=True), spread, out=np.zeros_like(rows), where=spread > 1e-9
    )
    if len(own) < 2:
        return own
    others = (own.sum(0, keepdims=True) - own) / (len(own) - 1)
    return np.asarray(own - others, np.float64)


def smooth_curves(curves: npt.ArrayLike, step_s: float, sigma_s: float = 0.5) -> Floats:
    """Smooth curves: a median of three samples against single outliers, then a Gaussian.

    Args:
        curves: float (K, T), evenly spaced in time.
        step_s: seconds between two samples.
        sigma_s: standard deviation of the Gaussian; 0 leaves it out.
    """
    from scipy.ndimage import gaussian_filter1d, median_filter

    rows = np.atleast_2d(np.asarray(curves, np.float64))
    calm = median_filter(rows, size=(1, 3), mode="nearest")
    if sigma_s <= 0:
        return np.asarray(calm, np.float64)
    return np.asarray(gaussian_filter1d(calm, sigma_s / step_s, axis=1, mode="nearest"), np.float64)


def contrast(curve: npt.ArrayLike, times_s: npt.ArrayLike, start_s: float, end_s: float) -> float:
    """Return the mean of the curve inside an interval less its mean outside (kappa); higher fits better.

    Example:
        >>> contrast([0, 0, 1, 1, 0, 0], [0, 1, 2, 3, 4, 5], 1.5, 3.5)
        1.0
    """
    return float(_Area(curve, times_s).contrasts(np.array([start_s]), np.array([end_s]))[0])


def best_shift(
    curve: npt.ArrayLike, times_s: npt.ArrayLike, interval_s: Span, *, duration_s: float | None = None
) -> Shift:
    """Find where an interval of this length has the highest contrast.

    Args:
        curve: float (T,), how well each instant fits the caption.
        times_s: float (T,), rising.
        interval_s: start and end as they are.
        duration_s: length of the clip; the last time by default. The interval stays inside.

    Example:
        >>> moved = best_shift([0, 0, 0, 1, 1, 0], [0, 1, 2, 3, 4, 5], (0.5, 2.5))
        >>> round(moved.by_s, 2), moved.rank < 0.5
        (2.0, True)
    """
    start_s, end_s = interval_s
    area = _Area(curve, times_s, duration_s)
    room = max(0.0, area.end_s - (end_s - start_s))
    starts = np.append(np.arange(area.begin_s, area.begin_s + room + 1e-9, _GRID_S), start_s)
    values = area.contrasts(starts, starts + end_s - start_s)
    here = float(values[-1])
    top, low = float(values.max()), float(values.min())
    level = top - _PLATEAU * (top - low)
    if here >= level:
        by_s = 0.0
    else:
        peak = int(values[:-1].argmax())
        by_s = float(_plateau(starts[:-1], values[:-1] >= level, peak) - start_s)
    rank = float((values[:-1] <= here + 1e-12).mean()) if len(values) > 1 else 1.0
    return Shift(by_s, here, max(here, top), rank, starts[:-1] - start_s, values[:-1])


def snap_shift(
    shift: Shift, interval_s: Span, candidates_s: npt.ArrayLike, *, within_s: float = 0.4, slack: float = 0.1
) -> float:
    """Move a best shift to where the interval's ends meet boundary candidates, if that fits nearly as well.

    Args:
        shift: from `best_shift`.
        interval_s: start and end as they are.
        candidates_s: float (n,), cuts, starts and stops of motion, onsets.
        within_s: how far it may be moved.
        slack: share of the range of contrasts that may be lost.

    Returns:
        The shift in seconds.
    """
    found = np.sort(np.asarray(candidates_s, np.float64))
    if not len(found) or not len(shift.contrasts) or shift.by_s == 0.0:
        return shift.by_s
    span = float(shift.contrasts.max() - shift.contrasts.min())
    near = np.abs(shift.shifts_s - shift.by_s) <= within_s
    good = near & (shift.contrasts >= shift.best - slack * span)
    if not good.any():
        return shift.by_s
    ends = [np.abs(found[None, :] - (shift.shifts_s[good] + at)[:, None]).min(1) for at in interval_s]
    # One end may have no candidate at all (a slow fade): beyond half a second it does not matter how far.
    apart = np.minimum(ends[0], 0.5) + np.minimum(ends[1], 0.5)
    return float(shift.shifts_s[good][apart.argmin()])


def predict_interval(
    curve: npt.ArrayLike, times_s: npt.ArrayLike, *, above: float = 0.5
) -> tuple[float, float] | None:
    """Return the stretch whose curve lies highest above a level: the maximum-sum sub-array.

    Args:
        curve: float (T,), evenly spaced.
        times_s: float (T,).
        above: the level, as a share of the way from the curve's mean to its maximum.

    Returns:
        Start and end, each half a step outside the first and last sample; None for a flat curve.

    Source:
        J. Bentley 1984, "Algorithm design techniques" (Kadane's algorithm).

    Example:
        >>> predict_interval([0, 0, 1, 1, 0, 0], [0, 1, 2, 3, 4, 5])
        (1.5, 3.5)
    """
    values, times = np.asarray(curve, np.float64), np.asarray(times_s, np.float64)
    if len(values) < 2 or np.ptp(values) < 1e-9:
        return None
    raised = values - (values.mean() + above * (values.max() - values.mean()))
    best, total, first, found = -np.inf, 0.0, 0, (0, 0)
    for index, value in enumerate(raised):
        if total <= 0:
            total, first = 0.0, index
        total += value
        if total > best:
            best, found = total, (first, index)
    half = float(np.median(np.diff(times))) / 2
    return float(times[found[0]] - half), float(times[found[1]] + half)


class _Area:
    """The integral of a curve, so that the mean over any stretch costs two look-ups."""

    def __init__(self, curve: npt.ArrayLike, times_s: npt.ArrayLike, duration_s: float | None = None) -> None:
        values, times = np.asarray(curve, np.float64), np.asarray(times_s, np.float64)
        # Each sample stands for the time up to half way to its neighbours.
        edges = np.concatenate([[times[0]], (times[:-1] + times[1:]) / 2, [times[-1]]])
        self.begin_s = min(0.0, float(times[0]))
        self.end_s = max(float(times[-1]), duration_s or 0.0)
        edges[0], edges[-1] = self.begin_s, self.end_s
        self._edges = edges
        self._sums = np.concatenate([[0.0], np.cumsum(values * np.diff(edges))])

    def contrasts(self, starts_s: Floats, ends_s: Floats) -> Floats:
        """Return the mean inside less the mean outside of each interval; 0 where one of them is empty."""
        starts = np.clip(starts_s, self.begin_s, self.end_s)
        ends = np.clip(ends_s, self.begin_s, self.end_s)
        inside = np.interp(ends, self._edges, self._sums) - np.interp(starts, self._edges, self._sums)
        length = ends - starts
        rest = self.end_s - self.begin_s - length
        is_clear = (length > 1e-9) & (rest > 1e-9)
        means = np.divide(inside, length, out=np.zeros_like(inside), where=is_clear)
        outside = np.divide(self._sums[-1] - inside, rest, out=np.zeros_like(inside), where=is_clear)
        return np.asarray(means - outside, np.float64)


def _plateau(at: Floats, is_high: npt.NDArray[np.bool_], peak: int) -> float:
    """Return the middle of the run of high values that holds the peak."""
    first = last = peak
    while first > 0 and is_high[first - 1]:
        first -= 1
    while last < len(at) - 1 and is_high[last + 1]:
        last += 1
    return float(at[first] + at[last]) / 2
