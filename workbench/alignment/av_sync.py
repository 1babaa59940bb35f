"""Find how late the sound of a clip is, from the moments at which things change motion and sounds begin.

Onset envelope against abruptness of motion, by normalised cross-correlation, as a whole and for each region
of the picture: a silent mover in one region then does not drown the impacts in another. It needs events that
are both seen and heard (knocks, steps, bounces, clapping, strokes) and says *no evidence* without. Lips are
beyond it.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from workbench.alignment.drift import Drift, fit_drift

__all__ = ["LARGEST_P", "Sync", "measure_sync"]

Floats = npt.NDArray[np.float64]

STEP_S = 0.01
#: With a larger chance of arising from unrelated sound an offset is not told.
LARGEST_P = 0.01
_MEDIAN_S = 0.5  # what changes slower than this is no event
_SMOOTH_S = 0.02  # both tracks know a moment no better
_WINDOW_S = 10.0  # long clips are measured in windows: the cost stays linear, and drift shows
_PIECE_S = 0.6  # of shuffled sound: about one event each
_AROUND_PEAK_S = 0.15
_NEAR_MAXIMUM = 0.9


@dataclass(frozen=True)
class Sync:
    """How the sound of a clip lies to its picture.

    Attributes:
        offset_s: > 0 sound late; None when there is no evidence.
        peaks_s: every offset that is nearly as good (90 % of the best), best first: periodic motion has
            several. Empty without evidence.
        p_value: chance that sound unrelated to the picture agrees with it as well somewhere; (0, 1].
        correlation: at the best offset, at most 1.
        second_ratio: second peak, more than 150 ms away, over the best; 0..1, near 1 is ambiguous.
        region: index of the column of motion that agrees best.
        drift: how the offset changes along the clip; None when it is too short or too little happens.
        reason: why there is no evidence; "" when there is.
    """

    offset_s: float | None
    peaks_s: tuple[float, ...]
    p_value: float
    correlation: float
    second_ratio: float
    region: int
    drift: Drift | None
    reason: str

    @property
    def nearest_s(self) -> float | None:
        """The peak nearest to being in sync: what can be held against a clip whose motion repeats."""
        return min(self.peaks_s, key=abs) if self.peaks_s else None


def measure_sync(
    motion_times_s: Floats,
    abruptness: Floats,
    onset_times_s: Floats,
    onsets: Floats,
    *,
    reach_s: float = 1.2,
    shuffles: int = 300,
    seed: int = 0,
) -> Sync:
    """Measure the offset between two tracks of events, and whether there is evidence for any.

    Both tracks lose their running median (0.5 s), are rectified, smoothed by 20 ms and z-scored. The peak of
    their correlation is found between samples by a parabola. The null: the sound is cut into pieces of about
    0.6 s at random places, each moved elsewhere by its own circular shift, and the best agreement anywhere
    within reach and in any region is taken again. A single shift of the whole would keep most of a 6 s clip
    within reach of its own true offset.

    Args:
        motion_times_s: (n,) rising; uneven steps are fine.
        abruptness: (n, regions), >= 0.
        onset_times_s: (m,) rising.
        onsets: (m,), >= 0.
        reach_s: offsets up to this are looked at, both ways.
        shuffles: of the null, >= 200 for p-values that can fall below .01.
        seed: of the shuffling.

    Returns:
        What was found. Without evidence `offset_s` is None: never "in sync".
    """
    start_s, end_s = _shared_span(motion_times_s, onset_times_s)
    if end_s - start_s < 2 * reach_s:
        return _without(f"only {max(0.0, end_s - start_s):.1f} s have both picture and sound")
    grid_s = np.arange(start_s, end_s, STEP_S)
    seen = _events(motion_times_s, abruptness, grid_s)
    heard = _events(onset_times_s, onsets[:, None], grid_s)[:, 0]
    if not seen.any():
        return _without("nothing in the picture changes its motion")
    if not heard.any():
        return _without("no sound begins")
    found = _correlate(seen, heard, reach=round(reach_s / STEP_S), shuffles=shuffles, seed=seed)
    return _judge(found, start_s)


@dataclass(frozen=True)
class _Found:
    """Correlations by lag, over windows: `curves` (windows, regions, lags); `null` (shuffles,), the best of
    each shuffle; `window_null` (windows, shuffles, regions), the same within a window; `middles` (windows,).
    """

    curves: Floats
    null: Floats
    window_null: Floats
    middles: Floats
    reach: int


def _judge(found: _Found, start_s: float) -> Sync:
    curve = found.curves.sum(axis=0)
    region, best = map(int, np.unravel_index(int(np.argmax(curve)), curve.shape))
    height = float(curve[region, best])
    p_value = float((1 + np.sum(found.null >= height)) / (1 + found.null.size))
    second = _second(curve[region], best)
    if p_value > LARGEST_P:
        reason = f"sounds and movements agree no better than by chance (p = {p_value:.3f})"
        return _without(reason, p_value=p_value, correlation=height, second_ratio=second, region=region)
    peaks_s = _peaks_s(curve[region], found.reach)
    drift = fit_drift(
        start_s + found.middles * STEP_S,
        np.array([_refine(c, int(np.argmax(c))) - found.reach for c in found.curves[:, region]]) * STEP_S,
        (found.window_null[:, :, region] >= found.curves[:, None, region].max(axis=2)).mean(axis=1),
    )
    return Sync(peaks_s[0], peaks_s, p_value, height, second, region, drift, "")


def _without(
    reason: str,
    *,
    p_value: float = 1.0,
    correlation: float = 0.0,
    second_ratio: float = 1.0,
    region: int = 0,
) -> Sync:
    return Sync(None, (), p_value, correlation, second_ratio, region, None, reason)


def _shared_span(first_s: Floats, second_s: Floats) -> tuple[float, float]:
    if not first_s.size or not second_s.size:
        return 0.0, 0.0
    return float(max(first_s[0], second_s[0])), float(min(first_s[-1], second_s[-1]))


def _events(times_s: Floats, track: Floats, grid_s: Floats) -> Floats:
    """Return a track's sudden parts on an even grid, (len(grid_s), columns), each column z-scored."""
    step_s = float(np.median(np.diff(times_s)))
    sudden = np.maximum(0, track - _running_median(track, 2 * round(_MEDIAN_S / step_s / 2) + 1))
    even = np.stack([np.interp(grid_s, times_s, column) for column in sudden.T])
    bell = np.exp(-0.5 * (np.arange(-4, 4.5, STEP_S / _SMOOTH_S)) ** 2)
    smooth = np.stack(
        [np.convolve(row, bell / bell.sum(), mode="same")[: grid_s.size] for row in even], axis=1
    )
    spread = smooth.std(axis=0)
    is_flat = spread <= 1e-9 * np.maximum(1, np.abs(smooth).max(axis=0))
    scored: Floats = np.where(is_flat, 0, (smooth - smooth.mean(axis=0)) / np.where(is_flat, 1, spread))
    return scored


def _running_median(track: Floats, width: int) -> Floats:
    """Return the median of `width` rows around each row; the ends are continued by themselves."""
    padded = np.pad(track, ((width // 2, width // 2), (0, 0)), mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, width, axis=0)
    parts = [np.median(windows[start : start + 4096], axis=-1) for start in range(0, len(windows), 4096)]
    return np.concatenate(parts)


def _correlate(seen: Floats, heard: Floats, *, reach: int, shuffles: int, seed: int) -> _Found:
    """Correlate window by window with the sound and with shuffled sound; sums over windows are the clip's."""
    rng = np.random.default_rng(seed)
    count = max(1, round(len(seen) * STEP_S / _WINDOW_S))
    edges = np.linspace(0, len(seen), count + 1).astype(int)
    size = 1 << int(np.max(np.diff(edges)) + 2 * reach - 1).bit_length()
    curves, window_null = [], []
    total = np.zeros((shuffles, seen.shape[1], 2 * reach + 1), np.float32)
    for first, last in itertools.pairwise(edges):
        lead, tail = min(reach, first), min(reach, len(seen) - last)
        stretch = heard[first - lead : last + tail]
        rows = np.concatenate([stretch[None], _shuffled(stretch, shuffles, rng)])
        padded = np.pad(rows, ((0, 0), (reach - lead, reach - tail))).astype(np.float32)
        sounds = np.fft.rfft(padded, size)
        pictures = np.conj(np.fft.rfft(seen[first:last].T.astype(np.float32), size))
        lags = [np.fft.irfft(sounds * picture, size)[:, : 2 * reach + 1] for picture in pictures]
        each = np.stack(lags, axis=1) / np.float32(len(seen))
        curves.append(each[0])
        window_null.append(each[1:].max(axis=2))
        total += each[1:]
    return _Found(
        np.array(curves, np.float64),
        total.max(axis=(1, 2)).astype(np.float64),
        np.array(window_null, np.float64),
        (edges[:-1] + edges[1:]) / 2,
        reach,
    )


def _shuffled(track: Floats, shuffles: int, rng: np.random.Generator) -> Floats:
    """Return the track `shuffles` times with its pieces, cut at random places, in random order."""
    pieces = max(2, round(track.size * STEP_S / _PIECE_S))
    starts = np.zeros((shuffles, track.size), np.intp)
    np.put_along_axis(starts, rng.integers(1, track.size, (shuffles, pieces - 1)), 1, axis=1)
    keys = np.take_along_axis(rng.random((shuffles, pieces)), np.cumsum(starts, axis=1), axis=1)
    return track[np.argsort(keys, axis=1, kind="stable")]


def _refine(curve: Floats, index: int) -> float:
    """Return where a peak is between samples: the top of the parabola through it and its neighbours."""
    if not 0 < index < curve.size - 1:
        return float(index)
    before, at, after = curve[index - 1 : index + 2]
    bend = before - 2 * at + after
    return index + (0.5 * float((before - after) / bend) if bend < 0 else 0.0)


def _second(curve: Floats, best: int) -> float:
    far = np.abs(np.arange(curve.size) - best) > _AROUND_PEAK_S / STEP_S
    return float(np.clip(curve[far].max() / curve[best], 0, 1)) if far.any() and curve[best] > 0 else 0.0


def _peaks_s(curve: Floats, reach: int) -> tuple[float, ...]:
    """Return the offsets of all local maxima within 90 % of the best, best first."""
    inner = curve[1:-1]
    is_peak = np.concatenate([[False], (inner >= curve[:-2]) & (inner > curve[2:]), [False]])
    is_peak[np.argmax(curve)] = True
    places = np.flatnonzero(is_peak & (curve >= _NEAR_MAXIMUM * curve.max()))
    ordered = places[np.argsort(-curve[places], kind="stable")]
    return tuple(float((_refine(curve, int(place)) - reach) * STEP_S) for place in ordered)
