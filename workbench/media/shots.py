"""Find where something begins or ends in a clip, without a model: cuts, black and frozen stretches, silence.

Each is a boundary candidate: a caption's interval rarely starts where nothing happens. Pictures are compared
by their own times, never by counting, so variable frame rates are right. A slow fade is not seen as a cut.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = [
    "Pictures",
    "boundary_candidates",
    "find_silences",
    "measure_loudness",
    "measure_pictures",
    "runs_of",
]

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

_BINS = 8  # levels of each colour channel in a histogram
_CUT = 0.35  # chi-square distance of two histograms, 0 to 1, from which a change may be a cut
_CUT_RATIO = 4.0  # times the median change around it: a fast pan changes much for long, a cut once
_BLACK = 20.0  # mean level of 255 below which a picture is black
_FROZEN = 0.4  # mean difference in levels: a still picture again, but for what compression adds
_FLOOR_DB = -90.0
_SILENCE_DB = 25.0  # below the loud parts of the same sound
_SILENCE_LEAST_DB = -60.0  # below this it is silent whatever the rest does


@dataclass(frozen=True)
class Pictures:
    """What a row of T pictures shows of beginnings and ends; all arrays are (T,).

    Attributes:
        times_s: when each picture starts to show.
        change: chi-square distance of its colour histogram to the one before, 0 to 1.
        brightness: mean level, 0 to 255.
        is_cut: whether a new shot starts with it.
        is_black: whether it is black.
        is_frozen: whether it is the picture before it once more.
    """

    times_s: Floats
    change: Floats
    brightness: Floats
    is_cut: Bools
    is_black: Bools
    is_frozen: Bools


def measure_pictures(frames: npt.NDArray[np.uint8], times_s: npt.ArrayLike) -> Pictures:
    """Measure pictures against the ones before them.

    Args:
        frames: uint8 (T, height, width, 3), small ones (about 100 pixels high) are enough.
        times_s: float (T,).

    Source:
        Zhang, Kankanhalli and Smoliar 1993, "Automatic partitioning of full-motion video": histogram
        differences; the distance is the symmetric chi-square, halved.
    """
    times = np.asarray(times_s, np.float64)
    histograms = np.array([_histogram(frame) for frame in frames]).reshape(len(frames), -1)
    change, moved = np.zeros(len(frames)), np.full(len(frames), np.inf)
    for index in range(1, len(frames)):
        one, other = histograms[index - 1], histograms[index]
        both = one + other
        change[index] = 0.5 * float(((one - other) ** 2 / np.where(both > 0, both, 1.0)).sum())
        moved[index] = float(np.abs(frames[index].astype(np.int16) - frames[index - 1]).mean())
    brightness = frames.reshape(len(frames), -1).mean(1) if len(frames) else np.zeros(0)
    cuts = np.array([_is_cut(change, index) for index in range(len(frames))], np.bool_)
    return Pictures(times, change, np.asarray(brightness), cuts, brightness < _BLACK, moved < _FROZEN)


def measure_loudness(
    samples: npt.NDArray[np.float32], rate_hz: int, *, step_s: float = 0.02
) -> tuple[Floats, Floats]:
    """Return the loudness of a sound over time: RMS in dB against full scale, at least -90.

    Returns:
        The middle of each step in seconds, and its level in dB.

    Example:
        >>> times, level = measure_loudness(np.full(1600, 0.1, np.float32), 16000)
        >>> len(times), level.round(1).tolist()[0]
        (5, -20.0)
    """
    size = max(1, round(step_s * rate_hz))
    count = len(samples) // size
    parts = samples[: count * size].reshape(count, size).astype(np.float64)
    power = (parts**2).mean(1) if count else np.zeros(0)
    level = 10 * np.log10(np.maximum(power, 10 ** (_FLOOR_DB / 10)))
    return (np.arange(count) + 0.5) * size / rate_hz, np.asarray(level, np.float64)


def find_silences(
    times_s: Floats, level_db: Floats, *, shortest_s: float = 0.25
) -> list[tuple[float, float]]:
    """Return the stretches that are silent against the loud parts of the same sound."""
    if not len(level_db):
        return []
    step_s = float(times_s[1] - times_s[0]) if len(times_s) > 1 else 0.0
    limit = max(float(np.percentile(level_db, 95)) - _SILENCE_DB, _SILENCE_LEAST_DB)
    quiet = [
        (float(times_s[first] - step_s / 2), float(times_s[last] + step_s / 2))
        for first, last in runs_of(level_db < limit)
    ]
    return [(start, end) for start, end in quiet if end - start >= shortest_s]


def boundary_candidates(
    pictures: Pictures,
    moves_s: list[tuple[float, float]],
    silences_s: list[tuple[float, float]],
    *,
    apart_s: float = 0.06,
) -> Floats:
    """Gather the instants at which a caption's interval may well start or end.

    Args:
        pictures: cuts, and where black or frozen stretches begin and end.
        moves_s: from when to when each thing moves.
        silences_s: from when to when it is silent.
        apart_s: nearer ones are one.

    Returns:
        Rising times in seconds.
    """
    times = pictures.times_s
    found = [float(time_s) for time_s in times[pictures.is_cut]]
    for mask in (pictures.is_black, pictures.is_frozen):
        for first, last in runs_of(mask):
            if last - first >= 2:
                found += [float(times[first]), float(times[last])]
    for start_s, end_s in [*moves_s, *silences_s]:
        found += [start_s, end_s]
    kept: list[float] = []
    for time_s in sorted(found):
        if not kept or time_s - kept[-1] > apart_s:
            kept.append(time_s)
    return np.array(kept, np.float64)


def runs_of(mask: Bools) -> list[tuple[int, int]]:
    """Return the first and last index of each run of true values.

    Example:
        >>> runs_of(np.array([True, True, False, True]))
        [(0, 1), (3, 3)]
    """
    edges = np.diff(np.concatenate([[False], mask, [False]]).astype(np.int8))
    firsts, lasts = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1) - 1
    return [(int(first), int(last)) for first, last in zip(firsts, lasts, strict=True)]


def _histogram(frame: npt.NDArray[np.uint8]) -> Floats:
    codes = (frame // (256 // _BINS)).reshape(-1, 3).astype(np.int64)
    flat = (codes[:, 0] * _BINS + codes[:, 1]) * _BINS + codes[:, 2]
    return np.bincount(flat, minlength=_BINS**3) / max(1, len(flat))


def _is_cut(change: Floats, index: int) -> bool:
    around = np.concatenate([change[max(1, index - 6) : index], change[index + 1 : index + 7]])
    usual = float(np.median(around)) if len(around) else 0.0
    return bool(change[index] > _CUT and change[index] > _CUT_RATIO * usual)
