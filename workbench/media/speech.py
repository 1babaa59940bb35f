"""Tell where in a sound somebody speaks, from loudness alone: no weights, any language.

A sound that swells and fades like speech is taken for speech: music and applause pass. What it gives is the
pattern of talk and pause, which is enough to lay a transcript on the clock.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["Speech", "find_speech"]

Samples = npt.NDArray[np.float32]
Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

_WINDOW_S = 0.025
_BAND_HZ = (150.0, 4000.0)  # above hum and rumble; where voices are
_QUIET, _LOUD, _SHARE = 10.0, 95.0, 0.35
_DEEPEST_DB = 30.0  # under the loud part; in a silent room the threshold would lie deep in the echo
_EDGE_SHARE, _EDGE_LEAST_DB, _EDGE_REACH_S = 0.12, 2.0, 0.2
_SMOOTH_S = 0.18  # pauses and bursts shorter than half of this are filled and dropped
_FRAMES_AT_ONCE = 4096  # bounds the memory to a few MB however long the sound


@dataclass(frozen=True)
class Speech:
    """Where somebody speaks.

    Attributes:
        mask: bool (n,), speech in frame i, which covers the seconds [i, i + 1) * hop_s.
        level_db: float64 (n,), loudness in the band of voices.
        intervals: float64 (k, 2), start and end in seconds of each stretch of speech; its edges lie where the
            level leaves the noise, which is outside the mask for soft first and last sounds.
        contrast_db: 95th less 10th percentile of the level; below about 6 dB nothing stands out of the noise.
        hop_s: seconds from one frame to the next.
    """

    mask: Mask
    level_db: Floats
    intervals: Floats
    contrast_db: float
    hop_s: float

    @property
    def duration_s(self) -> float:
        """Length of what was looked at."""
        return len(self.mask) * self.hop_s

    def share(self, start_s: float, end_s: float) -> float:
        """Return which part of an interval is speech, 0..1; of an empty one, 0."""
        first, last = round(start_s / self.hop_s), round(end_s / self.hop_s)
        inside = self.mask[max(0, first) : max(0, last)]
        return float(inside.sum() / (last - first)) if last > first else 0.0


def find_speech(samples: Samples, rate_hz: int, hop_s: float = 0.01) -> Speech:
    """Find speech by a threshold between the quiet and the loud of this very sound.

    The threshold lies at P10 + 0.35 (P95 - P10) of the level in decibels, at most 30 dB under P95, and the
    mask is smoothed by a running median of 180 ms: steady noise moves the threshold and does not cross it.
    Each edge then moves out by at most 200 ms to where the level leaves the noise. In noise the ends of
    sentences, which fade, are found too early (by about 0.1 s at 15 dB); their beginnings are not.

    Args:
        samples: float32 (n,), mono.
        rate_hz: their rate.
        hop_s: seconds from one frame to the next.

    Returns:
        One value a frame; a sound shorter than a frame gives none.

    Example:
        >>> tone = np.sin(np.arange(16000) / 4).astype(np.float32)
        >>> find_speech(np.concatenate([0 * tone, tone, 0 * tone]), 16_000).intervals.round(1).tolist()
        [[1.0, 2.0]]
    """
    level_db = _levels(samples, rate_hz, hop_s)
    if not len(level_db):
        return Speech(np.zeros(0, np.bool_), level_db, np.zeros((0, 2)), 0.0, hop_s)
    quiet, loud = np.percentile(level_db, [_QUIET, _LOUD])
    threshold = max(quiet + _SHARE * (loud - quiet), loud - _DEEPEST_DB)
    mask = _majority(level_db > threshold, round(_SMOOTH_S / hop_s))
    margin = max(_EDGE_LEAST_DB, _EDGE_SHARE * (loud - quiet))
    edge = max(quiet + margin, loud - _DEEPEST_DB)
    steady = np.convolve(np.pad(level_db, 1, mode="edge"), np.ones(3) / 3, "valid")
    intervals = _find_intervals(mask, steady > edge, round(_EDGE_REACH_S / hop_s)) * hop_s
    return Speech(mask, level_db, intervals, float(loud - quiet), hop_s)


def _levels(samples: Samples, rate_hz: int, hop_s: float) -> Floats:
    """Return the power in the band of voices around the middle of each frame, in decibels."""
    size, hop = round(_WINDOW_S * rate_hz), hop_s * rate_hz
    count = int(len(samples) / hop + 1e-6)
    if not count:
        return np.zeros(0)
    window = np.hanning(size).astype(np.float32)
    frequencies = np.fft.rfftfreq(size, 1 / rate_hz)
    band = (frequencies >= _BAND_HZ[0]) & (frequencies <= _BAND_HZ[1])
    padded = np.concatenate([np.zeros(size, np.float32), samples, np.zeros(size, np.float32)])
    starts = np.rint((np.arange(count) + 0.5) * hop).astype(np.int64) + size - size // 2
    frames = np.lib.stride_tricks.sliding_window_view(padded, size)
    power = np.empty(count)
    for first in range(0, count, _FRAMES_AT_ONCE):
        chosen = starts[first : first + _FRAMES_AT_ONCE]
        spectrum = np.fft.rfft(frames[chosen] * window, axis=1)[:, band]
        power[first : first + _FRAMES_AT_ONCE] = (spectrum.real**2 + spectrum.imag**2).sum(axis=1)
    power /= window.sum() ** 2
    # Digital silence would be minus infinity and pull the threshold down with it.
    levels: Floats = 10 * np.log10(power + 1e-9)
    return levels


def _majority(mask: Mask, width: int) -> Mask:
    """Smooth by a running median: each frame becomes what most of the `width` around it are."""
    width += 1 - width % 2
    half = width // 2
    total = np.concatenate([[0], np.cumsum(np.pad(mask, half, mode="edge"))])
    most: Mask = (total[width:] - total[:-width]) * 2 > width
    return most


def _find_intervals(mask: Mask, is_heard: Mask, reach: int) -> Floats:
    """Return the stretches of the mask in frames, each grown or cut to where something is heard."""
    padded = np.concatenate([[False], mask, [False]])
    starts = np.flatnonzero(padded[1:] & ~padded[:-1])
    ends = np.flatnonzero(padded[:-1] & ~padded[1:])
    found = np.stack([starts, ends], axis=1).astype(np.float64)
    for number, (start, end) in enumerate(zip(starts.tolist(), ends.tolist(), strict=True)):
        floor = ends[number - 1] if number else 0
        ceiling = starts[number + 1] if number + 1 < len(starts) else len(mask)
        before = is_heard[max(floor, start - reach) : start][::-1]
        after = is_heard[end : min(ceiling, end + reach)]
        found[number, 0] -= _run_length(before)
        found[number, 1] += _run_length(after)
        if not len(before) or not before[0]:
            found[number, 0] += _run_length(~is_heard[start : end - 1])
        if not len(after) or not after[0]:
            found[number, 1] -= _run_length(~is_heard[start + 1 : end][::-1])
    return found


def _run_length(values: Mask) -> int:
    """Return how many values from the first on are true without a break."""
    return len(values) if values.all() else int(np.argmin(values))
