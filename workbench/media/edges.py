"""Find the instants that the edge of an interval is likely to mean: cuts, motion, onsets, speech.

What a person who drags an edge should be drawn to. It proposes and decides nothing: an instant at which
nothing is seen or heard to change is not found, and one that means nothing may be.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from workbench.errors import MediaError, MissingExtraError

from .audio import decode_audio
from .moving import find_moving
from .onsets import measure_onsets
from .shots import boundary_candidates, find_silences, measure_loudness, measure_pictures
from .speech import find_speech
from .video import frames_at

__all__ = ["EDGE_KINDS", "Edges", "find_edges", "gather_edges", "pick_onsets"]

Floats = npt.NDArray[np.float64]

#: What an edge is, the surest first: of two that lie together the earlier in this list is kept.
EDGE_KINDS: Final = ("shot", "motion", "speech", "silence", "onset")

_RATE_HZ = 12.5  # pictures looked at a second
_MOST_PICTURES = 1500  # of a long clip; then they lie further apart
_HEIGHT_PX = 96
_AUDIO_RATE_HZ = 16_000
_APART_S = 0.08  # nearer edges are one
_ONSET_TIMES = 6.0  # the usual strength of a moment at which nothing begins
_ONSET_SHARE = 0.25  # of the strong onsets of the same sound
_LEAST_SPEECH_DB = 12.0  # contrast under which what stands out need not be a voice


@dataclass(frozen=True)
class Edges:
    """Instants, rising.

    Attributes:
        times_s: float64 (n,).
        kinds: what each is, one of `EDGE_KINDS`.
    """

    times_s: Floats
    kinds: tuple[str, ...]


def find_edges(path: Path | str, *, duration_s: float, has_pictures: bool, has_sound: bool) -> Edges:
    """Look through a clip, small, and listen to it once.

    Raises:
        MediaError: it cannot be read.
        MissingExtraError: PyAV is not installed.
    """
    found: dict[str, Sequence[float]] = {}
    if has_pictures:
        found["shot"], found["motion"] = _seen(path, duration_s)
    if has_sound:
        samples = decode_audio(path, _AUDIO_RATE_HZ)
        onsets = measure_onsets(samples, _AUDIO_RATE_HZ)
        found["onset"] = pick_onsets(onsets.times_s, onsets.strength).tolist()
        silences = find_silences(*measure_loudness(samples, _AUDIO_RATE_HZ))
        found["silence"] = [time_s for stretch in silences for time_s in stretch]
        speech = find_speech(samples, _AUDIO_RATE_HZ)
        if speech.contrast_db >= _LEAST_SPEECH_DB:
            found["speech"] = speech.intervals.ravel().tolist()
    return gather_edges(found, duration_s)


def gather_edges(found: dict[str, Sequence[float]], duration_s: float, *, apart_s: float = _APART_S) -> Edges:
    """Put edges of all kinds in one row; of those that lie together the surest stays.

    Args:
        found: times by kind.
        duration_s: edges at or outside the two ends say nothing and are left out.
        apart_s: nearer ones are one.

    Example:
        >>> gather_edges({"shot": [2.0], "onset": [2.03, 5.0]}, 6.0).kinds
        ('shot', 'onset')
    """
    kept: list[tuple[float, str]] = []
    for kind in EDGE_KINDS:
        for time_s in sorted(found.get(kind, ())):
            is_inside = apart_s < time_s < duration_s - apart_s
            if is_inside and all(abs(time_s - other) > apart_s for other, _ in kept):
                kept.append((float(time_s), kind))
    kept.sort()
    return Edges(np.array([time_s for time_s, _ in kept], np.float64), tuple(kind for _, kind in kept))


def pick_onsets(times_s: Floats, strength: Floats, *, apart_s: float = 0.12) -> Floats:
    """Return the moments at which something is heard to begin: peaks that stand out.

    Args:
        times_s: float64 (n,), even steps.
        strength: float64 (n,), from `measure_onsets`.
        apart_s: of two nearer ones the stronger stays.

    Returns:
        Rising times in seconds.
    """
    if strength.size < 3:
        return np.zeros(0)
    is_peak = np.r_[False, (strength[1:-1] >= strength[:-2]) & (strength[1:-1] > strength[2:]), False]
    strong = float(np.percentile(strength[is_peak], 99)) if is_peak.any() else 0.0
    least = max(_ONSET_TIMES * float(np.median(strength)), _ONSET_SHARE * strong, 1e-6)
    kept: list[float] = []
    for index in sorted(np.flatnonzero(is_peak & (strength >= least)), key=lambda at: -strength[at]):
        if all(abs(times_s[index] - other) > apart_s for other in kept):
            kept.append(float(times_s[index]))
    return np.array(sorted(kept), np.float64)


def _seen(path: Path | str, duration_s: float) -> tuple[list[float], list[float]]:
    """Return cuts and ends of black or frozen stretches, and when things begin and stop to move."""
    rate_hz = min(_RATE_HZ, _MOST_PICTURES / max(duration_s, 1e-6))
    asked = np.arange(0.0, max(duration_s, 1 / rate_hz), 1 / rate_hz)
    frames = frames_at(path, asked.tolist(), at_least_px=_HEIGHT_PX)
    if not frames:
        raise MediaError("the video has no pictures.")
    pixels = np.stack([frame.pixels for frame in frames])
    pictures = measure_pictures(pixels, np.array([frame.time_s for frame in frames]))
    cuts = [float(time_s) for time_s in boundary_candidates(pictures, [], [])]
    try:
        things = find_moving(pixels, asked).things
    except MissingExtraError:  # without OpenCV the cuts and the sound are still there
        return cuts, []
    return cuts, [float(end_s) for thing in things for end_s in thing.span_s(1 / rate_hz)]
