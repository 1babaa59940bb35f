"""Look at a picture once, small, and keep what the checks of colour and light need.

The picture is cut into 12 x 12 tiles; of each tile the share of each of the eleven basic colours is kept, and
of the whole its light and colourfulness: two kilobytes a picture, and a second run decodes nothing.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from workbench.media.colours import COLOUR_NAMES, name_colours

__all__ = ["LOOK_VERSION", "TILES", "Look", "measure_look"]

TILES: Final = 12
#: Raise it when the same picture gives other numbers, so that what was kept is measured again.
LOOK_VERSION: Final = "look-1"
_HEAD: Final = struct.Struct("<5f")
_SHARES: Final = TILES * TILES * len(COLOUR_NAMES)


@dataclass(frozen=True)
class Look:
    """What was seen of one picture.

    Attributes:
        shares: float32 (12, 12, 11), the share of each tile that bears each name of `COLOUR_NAMES`.
        light: median lightness, 0 black to 1 white.
        dark: lightness that a twentieth of the picture is below.
        bright: lightness that a twentieth is above.
        chroma: mean chroma in CIELAB; a grey picture is near 0, a colourful one above 20.
        tints: spread of hue, 0 to 1: 0 where all colour is of one tint.
    """

    shares: npt.NDArray[np.float32]
    light: float
    dark: float
    bright: float
    chroma: float
    tints: float

    def encode(self) -> bytes:
        """Return the look as bytes, shares in steps of 1/255."""
        head = _HEAD.pack(self.light, self.dark, self.bright, self.chroma, self.tints)
        return head + np.round(self.shares * 255).astype(np.uint8).tobytes()

    @classmethod
    def decode(cls, content: bytes) -> Look | None:
        """Return the look that the bytes hold; None where they are damaged."""
        if len(content) != _HEAD.size + _SHARES:
            return None
        steps = np.frombuffer(content, np.uint8, offset=_HEAD.size)
        shares: npt.NDArray[np.float32] = np.asarray(steps / 255, np.float32)
        light, dark, bright, chroma, tints = _HEAD.unpack_from(content)
        tiles = shares.reshape(TILES, TILES, len(COLOUR_NAMES))
        return cls(tiles, light, dark, bright, chroma, tints)


def measure_look(pixels: npt.NDArray[np.uint8]) -> Look:
    """Measure a picture.

    Args:
        pixels: uint8 (height, width, 3), upright RGB; 128 to 256 pixels are enough.

    Source:
        CIELAB (D65): CIE 15:2004; sRGB: IEC 61966-2-1.
    """
    height, width = pixels.shape[:2]
    rows = np.arange(height) * TILES // height
    columns = np.arange(width) * TILES // width
    names = len(COLOUR_NAMES)
    place = (rows[:, None] * TILES + columns[None, :]) * names + name_colours(pixels)
    counts = np.bincount(place.ravel(), minlength=_SHARES).reshape(TILES, TILES, names)
    shares = counts / np.maximum(counts.sum(-1, keepdims=True), 1)
    lightness, a, b = _lab(pixels[:: max(1, height // 64), :: max(1, width // 64)])
    chroma = np.hypot(a, b)
    length = float(np.hypot(a.mean(), b.mean()))
    low, middle, high = np.quantile(lightness, (0.05, 0.5, 0.95)) / 100
    mean = float(chroma.mean())
    tints = 1 - length / max(mean, 1e-6)
    return Look(np.asarray(shares, np.float32), float(middle), float(low), float(high), mean, tints)


def _lab(pixels: npt.NDArray[np.uint8]) -> tuple[npt.NDArray[np.float64], ...]:
    """Return L, a, b of sRGB pixels."""
    levels = pixels.reshape(-1, 3) / 255.0
    linear = np.where(levels <= 0.04045, levels / 12.92, ((levels + 0.055) / 1.055) ** 2.4)
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    x, y, z = ((linear @ to_xyz.T) / (0.95047, 1.0, 1.08883)).T
    fx, fy, fz = (np.where(v > 0.008856, np.cbrt(v), 7.787 * v + 16 / 116) for v in (x, y, z))
    return 116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)
