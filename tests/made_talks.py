"""Sounds with the rhythm of speech, made of noise: where somebody "speaks" is known without a synthesiser."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from workbench.alignment.segments import Segment

__all__ = ["RATE_HZ", "make_rhythm", "sound_of"]

RATE_HZ = 16_000


def make_rhythm(count: int = 30, seed: int = 0) -> list[Segment]:
    """Return segments of 1 to 4 s with pauses of 0.3 to 1.5 s between them."""
    random = np.random.default_rng(seed)
    segments, clock_s = [], 1.0
    for number in range(count):
        length_s = random.uniform(1, 4)
        segments.append(
            Segment("la " * round(5 * length_s), clock_s, clock_s + length_s, f"voice {number % 2}")
        )
        clock_s += length_s + random.uniform(0.3, 1.5)
    return segments


def sound_of(segments: list[Segment], noise: float = 0.003, seed: int = 0) -> npt.NDArray[np.float32]:
    """Return noise that is loud where a segment is, over a quiet floor."""
    random = np.random.default_rng(seed)
    track = np.zeros(round((max(one.end_s for one in segments) + 1) * RATE_HZ))
    for one in segments:
        track[round(one.start_s * RATE_HZ) : round(one.end_s * RATE_HZ)] = 0.1
    return (random.standard_normal(len(track)) * (track + noise)).astype(np.float32)
