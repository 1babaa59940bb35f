"""Decode sound to mono samples at a rate, and draw its waveform as peaks."""

from __future__ import annotations

import math
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from workbench.errors import MediaError

from .video import opened, origin_s
from .wav import read_wav, read_wav_header

__all__ = ["decode_audio", "peaks", "resample"]

Samples = npt.NDArray[np.float32]

_ZERO_CROSSINGS = 16  # of the resampling filter, each side; 16 keeps aliases under about -70 dB


def decode_audio(path: Path | str, rate_hz: int = 16_000) -> Samples:
    """Decode the sound of an audio or video file to mono.

    Plain WAV is read without any optional package; everything else goes through PyAV. Sample 0 is where a
    player shows 0:00: sound that starts later is preceded by silence, priming before it is cut off, so that a
    time in the samples is the same time in the pictures.

    Args:
        path: the file.
        rate_hz: sample rate wanted.

    Returns:
        float32 (n,), mean of the channels, about -1..1.

    Raises:
        MediaError: damaged, cut off, no sound, or samples that are not numbers.
        MissingExtraError: PyAV is not installed and the file is not plain WAV.
    """
    path = Path(path)
    if _is_plain_wav(path):
        samples, own_rate_hz = read_wav(path)
        return resample(samples, own_rate_hz, rate_hz)
    samples = _decode_with_av(path, rate_hz)
    if not np.isfinite(samples).all():
        first_s = int(np.argmin(np.isfinite(samples))) / rate_hz
        raise MediaError(f"the sound has samples that are not numbers, the first at {first_s:.3f} s.")
    return samples


def peaks(samples: Samples, bins: int) -> npt.NDArray[np.int8]:
    """Reduce samples to the lowest and highest value of each of `bins` equal parts, for drawing.

    Args:
        samples: float32 (n,), about -1..1; louder is clipped.
        bins: how many columns to draw.

    Returns:
        int8 (bins, 2): minimum and maximum, -127..127. With fewer samples than bins some repeat.

    Example:
        >>> peaks(np.array([0.0, 1.0, -1.0, 0.0], np.float32), 2).tolist()
        [[0, 127], [-127, 0]]
    """
    if not len(samples):
        return np.zeros((bins, 2), np.int8)
    starts = np.arange(bins) * len(samples) // bins
    low, high = np.minimum.reduceat(samples, starts), np.maximum.reduceat(samples, starts)
    scaled = np.rint(np.clip(np.stack([low, high], axis=1), -1, 1) * 127)
    drawn: npt.NDArray[np.int8] = scaled.astype(np.int8)
    return drawn


def resample(samples: Samples, from_hz: int, to_hz: int) -> Samples:
    """Change the sample rate with a windowed-sinc low-pass filter, phase by phase.

    Args:
        samples: float32 (n,).
        from_hz: their rate.
        to_hz: the rate wanted.

    Returns:
        float32 (ceil(n * to / from),); the first sample stays at time 0.

    Source:
        J. O. Smith, "Digital Audio Resampling", the bandlimited interpolation formula, with a Hann window.
    """
    if from_hz == to_hz or not len(samples):
        return samples
    ratio = Fraction(to_hz, from_hz)
    up, down = ratio.numerator, ratio.denominator
    cutoff = min(1.0, float(ratio))  # as a share of the input's band
    half = math.ceil(_ZERO_CROSSINGS / cutoff)
    count = math.ceil(len(samples) * up / down)
    whole_turns = math.ceil(count / up)
    padded = np.concatenate(
        [np.zeros(half, np.float32), samples, np.zeros(half + whole_turns * down + 1, np.float32)]
    )
    result = np.zeros((whole_turns, up), np.float32)
    offsets = np.arange(-half, half + 1)
    for phase in range(min(up, count)):
        # Outputs phase, phase + up, ... sit at the same fraction between inputs: one filter serves them all.
        centre, remainder = divmod(phase * down, up)
        distance = offsets - remainder / up
        window = 0.5 + 0.5 * np.cos(np.pi * np.clip(distance / (half + 1), -1, 1))
        taps = (cutoff * np.sinc(cutoff * distance) * window).astype(np.float32)
        taps /= taps.sum()
        windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * half + 1)[centre::down][:whole_turns]
        result[:, phase] = windows @ taps
    return result.reshape(-1)[:count]


def _is_plain_wav(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            start = file.read(12)
    except FileNotFoundError:
        raise MediaError("there is no such file.") from None
    except OSError as error:
        raise MediaError(f"the file cannot be opened: {error.strerror}.") from error
    return start[:4] in (b"RIFF", b"RF64") and start[8:] == b"WAVE" and read_wav_header(path).is_plain


def _decode_with_av(path: Path, rate_hz: int) -> Samples:
    with opened(path) as container:
        if not container.streams.audio:
            raise MediaError("the file has no sound: no audio stream.")
        parts, first_s = _resampled(container, rate_hz)
        if not parts:
            raise MediaError("no sound can be decoded from this file.")
        samples: Samples = np.concatenate(parts)
        lead = round((first_s - float(origin_s(container))) * rate_hz)
        return samples[-lead:] if lead < 0 else np.concatenate([np.zeros(lead, np.float32), samples])


def _resampled(container: Any, rate_hz: int) -> tuple[list[Samples], float]:
    import av

    resampler = av.AudioResampler(format="flt", layout="mono", rate=rate_hz)
    parts: list[Samples] = []
    first_s: float | None = None
    for frame in container.decode(container.streams.audio[0]):
        if first_s is None:
            first_s = frame.time if frame.time is not None else 0.0
        frame.pts = (
            None  # gaps in the stream's own clock are not ours to fill; the count of samples is the time
        )
        parts += [piece.to_ndarray()[0] for piece in resampler.resample(frame)]
    parts += [piece.to_ndarray()[0] for piece in resampler.resample(None)] if parts else []
    return parts, first_s or 0.0
