"""Measure how strongly sounds begin, moment by moment: the part of a sound track that an impact shows in."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from .audio import decode_audio

__all__ = ["Onsets", "measure_onsets", "read_onsets"]

Floats = npt.NDArray[np.float64]
Samples = npt.NDArray[np.float32]

RATE_HZ = 16_000
WINDOW_S = 0.025
HOP_S = 0.005
BANDS = 32
# The logarithm answers as soon as a sound enters the flank of the later window and stops as it enters that of
# the earlier one, so the answer lies between 25 ms before an onset and the onset. Its centre was measured on
# knocks at 0 to 10 dB (7.5 ms, the same at every loudness) and is added to the times.
ANSWER_LEAD_S = 0.0075


@dataclass(frozen=True)
class Onsets:
    """How strongly sounds begin.

    Attributes:
        times_s: float64 (n,), the clip's own clock, even steps of 5 ms.
        strength: float64 (n,), >= 0; 0 where nothing becomes louder. Only differences within a clip count.
    """

    times_s: Floats
    strength: Floats


def measure_onsets(samples: Samples, rate_hz: int = RATE_HZ) -> Onsets:
    """Measure the half-wave rectified log-spectral flux.

    The spectrum of the 25 ms after a moment is set against that of the 25 ms before it, in 32 mel bands, each
    on a logarithm that starts at the band's own median: steady noise and hum say nothing, whatever their
    level. Soft onsets (a voice that swells) show late and weakly.

    Args:
        samples: float32 (n,), mono, sample 0 at time 0.
        rate_hz: their rate.

    Returns:
        One strength every 5 ms; empty when there are fewer samples than two windows.
    """
    size, hop = round(WINDOW_S * rate_hz), round(HOP_S * rate_hz)
    apart = round(WINDOW_S / HOP_S)
    if samples.size < 2 * size:
        return Onsets(np.zeros(0), np.zeros(0))
    # Mirrored, so that the start of a track in mid-noise is no onset.
    padded = np.pad(samples, size // 2, mode="reflect")
    windows = np.lib.stride_tricks.sliding_window_view(padded, size)[::hop]
    hann = np.hanning(size + 1)[:-1].astype(np.float32)
    filters = _mel_filters(size, rate_hz)
    levels = np.concatenate(
        [
            np.abs(np.fft.rfft(windows[start : start + 4096] * hann)) ** 2 @ filters
            for start in range(0, len(windows), 4096)
        ]
    )
    floor = np.median(levels, axis=0)
    quietest = max(float(floor.max()) * 1e-6, 1e-12)  # digital silence would make any sound infinitely loud
    loudness = np.log1p(levels / np.maximum(floor, quietest))
    rise = np.maximum(0, loudness[apart:] - loudness[:-apart]).mean(axis=1)
    middles = (np.arange(rise.size) + apart / 2) * hop / rate_hz
    return Onsets(middles + ANSWER_LEAD_S, rise.astype(np.float64))


def read_onsets(path: Path | str) -> Onsets:
    """Measure the onsets of a file's sound, on the clock of its pictures.

    Priming, edit lists and a stream that starts late are accounted for by `decode_audio`.

    Raises:
        MediaError: the file has no sound or cannot be read.
        MissingExtraError: PyAV is not installed and the file is not plain WAV.
    """
    return measure_onsets(decode_audio(path, RATE_HZ), RATE_HZ)


def _mel_filters(size: int, rate_hz: int) -> npt.NDArray[np.float32]:
    """Return overlapping triangles, (bins, bands), even on the mel scale from 60 Hz up."""
    hz = np.fft.rfftfreq(size, 1 / rate_hz)
    mel = 2595 * np.log10(1 + hz / 700)
    edges = np.linspace(2595 * np.log10(1 + 60 / 700), mel[-1], BANDS + 2)
    rising = (mel[:, None] - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - mel[:, None]) / (edges[2:] - edges[1:-1])
    return np.asarray(np.maximum(0, np.minimum(rising, falling)), dtype=np.float32)
