"""Make sounds from formulas, so that what is heard, how often and when is known exactly.

Source: decaying sines and filtered noise; each sound begins with a sharp onset at its instant.
"""

from __future__ import annotations

import io
import wave
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from workbench.demo.acts import Performance

__all__ = ["RATE_HZ", "encode_wav", "make_sound"]

RATE_HZ = 22050

Samples = npt.NDArray[np.float32]


def make_sound(performance: Performance) -> Samples:
    """Return the sound track, float32 mono in -1..1 at `RATE_HZ`, late by the performance's delay."""
    rng = np.random.default_rng(performance.seed + 1)
    track = np.zeros(round(performance.duration_s * RATE_HZ), dtype=np.float32)
    for act in performance.acts:
        starts_s = act.instants_s if act.instants_s else (act.start_s,)
        if not act.sound:
            continue
        for start_s in starts_s:
            sound = _VOICES[act.sound](act.end_s - act.start_s, rng)
            _mix(track, sound, start_s + performance.sound_delay_s)
    track += _noise(track.size, rng) * np.float32(0.003)
    return np.clip(track, -1, 1)


def encode_wav(samples: Samples) -> bytes:
    """Return 16-bit mono WAV bytes."""
    stream = io.BytesIO()
    with wave.open(stream, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(RATE_HZ)
        writer.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())
    return stream.getvalue()


def _mix(track: Samples, sound: Samples, start_s: float) -> None:
    start = round(start_s * RATE_HZ)
    room = max(0, min(sound.size, track.size - start))
    track[start : start + room] += sound[:room]


def _time(length_s: float) -> Samples:
    return (np.arange(round(length_s * RATE_HZ)) / RATE_HZ).astype(np.float32)


def _noise(count: int, rng: np.random.Generator) -> Samples:
    return rng.standard_normal(count, dtype=np.float32)


def _smooth(samples: Samples, width: int) -> Samples:
    """Take the high tones away by a moving mean of `width` samples, keeping the loudness."""
    kernel = np.ones(width, dtype=np.float32) / np.float32(np.sqrt(width))
    return np.convolve(samples, kernel, mode="same").astype(np.float32)


def _swell(count: int) -> Samples:
    """Return an envelope that comes up fast and goes down at the end."""
    edge = min(count // 4, round(0.12 * RATE_HZ))
    envelope = np.ones(count, dtype=np.float32)
    envelope[: edge // 4] = np.linspace(0, 1, edge // 4, dtype=np.float32)
    envelope[count - edge :] = np.linspace(1, 0, edge, dtype=np.float32)
    return envelope


def _tone(t: Samples, hz: float, decay_per_s: float) -> Samples:
    return np.asarray(np.sin(2 * np.pi * hz * t) * np.exp(-decay_per_s * t), dtype=np.float32)


def _bell(length_s: float, rng: np.random.Generator) -> Samples:
    t = _time(0.9)
    partials = ((1, 0.5, 3.2), (2.0, 0.25, 4), (2.76, 0.22, 5), (5.4, 0.14, 9))
    return np.asarray(
        sum(share * _tone(t, 622 * ratio, decay) for ratio, share, decay in partials) * 0.7, dtype=np.float32
    )


def _drum(length_s: float, rng: np.random.Generator) -> Samples:
    t = _time(0.35)
    skin = np.sin(2 * np.pi * (70 * t + 22 * (1 - np.exp(-18 * t)) / 18 * 4)) * np.exp(-11 * t)
    return np.asarray(0.8 * skin + 0.22 * _noise(t.size, rng) * np.exp(-70 * t), dtype=np.float32)


def _beep(length_s: float, rng: np.random.Generator) -> Samples:
    t = _time(0.22)
    return np.asarray(
        0.32 * (np.sin(2 * np.pi * 988 * t) + 0.4 * np.sin(2 * np.pi * 1976 * t)) * _swell(t.size),
        dtype=np.float32,
    )


def _whistle(length_s: float, rng: np.random.Generator) -> Samples:
    t = _time(0.3)
    sweep = 2600 * t + 900 * t**2 / 0.6 + 30 * np.sin(2 * np.pi * 18 * t) / 6
    return np.asarray(0.4 * np.sin(2 * np.pi * sweep) * _swell(t.size), dtype=np.float32)


def _bark(length_s: float, rng: np.random.Generator) -> Samples:
    t = _time(0.2)
    pitch = 2 * np.pi * (430 * t - 620 * t**2)
    voice = sum(np.sin(number * pitch) / number for number in range(1, 9)) + 0.5 * _smooth(
        _noise(t.size, rng), 4
    )
    return np.asarray(0.4 * voice * np.exp(-14 * t) * np.minimum(1, t * 400), dtype=np.float32)


def _thud(length_s: float, rng: np.random.Generator) -> Samples:
    t = _time(0.22)
    return np.asarray(
        0.75 * _tone(t, 145, 20) + 0.3 * _smooth(_noise(t.size, rng), 6) * np.exp(-80 * t), dtype=np.float32
    )


def _horn(length_s: float, rng: np.random.Generator) -> Samples:
    t = _time(0.9)
    voice = sum(np.sin(2 * np.pi * 116 * number * t) / number for number in range(1, 7))
    return np.asarray(0.3 * voice * _swell(t.size), dtype=np.float32)


def _rain(length_s: float, rng: np.random.Generator) -> Samples:
    count = round(length_s * RATE_HZ)
    drops = np.where(rng.random(count) < 0.004, 1.0, 0.0).astype(np.float32) * _noise(count, rng)
    return np.asarray((0.08 * _smooth(_noise(count, rng), 3) + 0.3 * drops) * _swell(count), dtype=np.float32)


def _waves(length_s: float, rng: np.random.Generator) -> Samples:
    t = _time(length_s)
    roll = 0.2 + 0.8 * np.sin(np.pi * t / length_s * 2) ** 2
    return np.asarray(0.16 * _smooth(_noise(t.size, rng), 14) * roll * _swell(t.size), dtype=np.float32)


def _engine(length_s: float, rng: np.random.Generator) -> Samples:
    t = _time(length_s)
    near = np.exp(-(((t - length_s / 2) / (length_s / 2.6)) ** 2))
    voice = sum(np.sin(2 * np.pi * 48 * number * t + number) / number for number in range(1, 10))
    rough = 1 + 0.5 * np.sin(2 * np.pi * 24 * t)
    return np.asarray(
        (0.22 * voice * rough + 0.05 * _smooth(_noise(t.size, rng), 8))
        * (0.25 + 0.75 * near)
        * _swell(t.size),
        dtype=np.float32,
    )


def _siren(length_s: float, rng: np.random.Generator) -> Samples:
    t = _time(length_s)
    sweep = 720 * t - 260 / (2 * np.pi * 0.9) * np.cos(2 * np.pi * 0.9 * t)
    return np.asarray(
        0.3 * (np.sin(2 * np.pi * sweep) + 0.3 * np.sin(6 * np.pi * sweep)) * _swell(t.size), dtype=np.float32
    )


def _applause(length_s: float, rng: np.random.Generator) -> Samples:
    track = np.zeros(round(length_s * RATE_HZ), dtype=np.float32)
    t = _time(0.05)
    for start_s in rng.uniform(0, max(0.01, length_s - 0.05), round(60 * length_s)):
        clap = _smooth(_noise(t.size, rng), int(rng.integers(2, 6))) * np.exp(-90 * t)
        _mix(track, np.asarray(clap * rng.uniform(0.05, 0.22), dtype=np.float32), float(start_s))
    return np.asarray(track * _swell(track.size), dtype=np.float32)


def _steps(length_s: float, rng: np.random.Generator) -> Samples:
    track = np.zeros(round(length_s * RATE_HZ), dtype=np.float32)
    t = _time(0.09)
    for start_s in np.arange(0.05, length_s - 0.1, 0.42):
        step = 0.5 * _tone(t, 90, 40) + 0.3 * _smooth(_noise(t.size, rng), 8) * np.exp(-55 * t)
        _mix(track, np.asarray(step * 0.6, dtype=np.float32), float(start_s))
    return track


_VOICES: dict[str, Callable[[float, np.random.Generator], Samples]] = {
    "bell": _bell, "drum": _drum, "beep": _beep, "whistle": _whistle, "bark": _bark, "thud": _thud,
    "horn": _horn, "rain": _rain, "waves": _waves, "engine": _engine, "siren": _siren,
    "applause": _applause, "steps": _steps,
}  # fmt: skip
