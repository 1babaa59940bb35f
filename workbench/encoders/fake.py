"""A deterministic encoder with a little real signal, for tests and for trials without weights."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from typing import Final

import numpy as np

from workbench.encoders.base import Floats, Pixels, TextVectors

__all__ = ["FakeEncoder"]

_COLOURS: Final[dict[str, tuple[int, int, int]]] = {
    "black": (20, 20, 20), "white": (240, 240, 240), "grey": (128, 128, 128), "red": (210, 40, 40),
    "green": (40, 170, 60), "blue": (40, 70, 210), "yellow": (240, 220, 50), "orange": (240, 140, 30),
    "purple": (130, 50, 160), "brown": (120, 75, 40), "pink": (245, 160, 190),
}  # fmt: skip
_PITCHES: Final[dict[str, tuple[float, float]]] = {
    "low": (0.0, 400.0), "middle": (400.0, 1500.0), "high": (1500.0, 8000.0)
}  # fmt: skip
_WORDS = (*_COLOURS, *_PITCHES)
_NOISE = 16  # columns of hashed noise, so that two captions with the same words still differ
_NOISE_SCALE = 0.05


class FakeEncoder:
    """See colours and hear pitch: "a red square" fits a red picture, "a low hum" a low sound.

    Takes the arguments of other encoders and no packages. Windows hold 32 words.
    """

    key = "fake:colours-and-pitch:v1:squeeze32:f32"
    text_key = "fake:colours-and-pitch:v1:text-window32"
    token_limit = 32
    space = "joint"
    media = frozenset({"image", "video", "audio"})
    width = len(_WORDS) + _NOISE
    image_px = 32
    audio_rate_hz = 16_000
    audio_window_s = 5.0

    def __init__(self, device: str = "auto") -> None:
        self.device = device

    def prepare_image(self, pixels: Pixels) -> Pixels:
        """Take every nth pixel down to 32 x 32."""
        rows, columns = (np.linspace(0, size - 1, self.image_px).astype(int) for size in pixels.shape[:2])
        return np.ascontiguousarray(pixels[rows][:, columns])

    def encode_images(self, images: Sequence[Pixels]) -> Floats:
        """Encode the share of each basic colour."""
        return np.stack([_unit(self._colour_shares(image), image.tobytes()) for image in images])

    def encode_audio(self, clips: Sequence[Floats]) -> Floats:
        """Encode the share of power in three bands of pitch."""
        return np.stack([_unit(self._pitch_shares(clip), clip.tobytes()) for clip in clips])

    def encode_texts(self, texts: Sequence[str]) -> TextVectors:
        """Encode which colour and pitch words a caption has."""
        vectors, windows = [], []
        for text in texts:
            words = re.findall(r"\w+", text.lower())
            pieces = [words[at : at + self.token_limit] for at in range(0, len(words), self.token_limit)] or [
                []
            ]
            rows = [
                _unit([float(piece.count(w)) for w in _WORDS], " ".join(piece).encode()) for piece in pieces
            ]
            mean = np.mean(rows, axis=0)
            vectors.append((mean / np.linalg.norm(mean)).astype(np.float32))
            windows.append(len(pieces))
        return TextVectors(np.stack(vectors), np.array(windows, np.int64))

    def _colour_shares(self, image: Pixels) -> list[float]:
        palette = np.array(list(_COLOURS.values()), np.float32)
        distance = ((image.reshape(-1, 1, 3).astype(np.float32) - palette) ** 2).sum(2)
        counts = np.bincount(distance.argmin(1), minlength=len(palette))
        return [*(counts / counts.sum()).tolist(), *[0.0] * len(_PITCHES)]

    def _pitch_shares(self, clip: Floats) -> list[float]:
        power = np.abs(np.fft.rfft(clip)) ** 2
        pitch_hz = np.fft.rfftfreq(len(clip), 1 / self.audio_rate_hz)
        bands = [power[(pitch_hz >= low) & (pitch_hz < high)].sum() for low, high in _PITCHES.values()]
        total = max(float(sum(bands)), 1e-12)
        return [*[0.0] * len(_COLOURS), *[float(band) / total for band in bands]]


def _unit(meaning: list[float], seed: bytes) -> Floats:
    noise = np.frombuffer(hashlib.blake2b(seed, digest_size=_NOISE).digest(), np.uint8)
    row = np.array([*meaning, *((noise / 127.5 - 1) * _NOISE_SCALE)], np.float32)
    return np.asarray(row / np.linalg.norm(row), np.float32)
