"""Name the colour of pixels by the eleven basic colour words.

A rule on hue, chroma and lightness, no table fitted to any data: good enough to tell "red" from "blue", not
to settle "teal". It sees the pixels as they are; coloured light and heavy shadow move them to another name.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["COLOUR_NAMES", "colour_shares", "name_colours"]

#: The order of the codes that `name_colours` returns.
COLOUR_NAMES = (
    "black", "blue", "brown", "green", "grey", "orange", "pink", "purple", "red", "white", "yellow",
)  # fmt: skip

_BLACK, _BLUE, _BROWN, _GREEN, _GREY, _ORANGE, _PINK, _PURPLE, _RED, _WHITE, _YELLOW = range(11)
#: Upper end of each stretch of the hue circle in degrees, and its name.
_HUES = (
    (13, _RED), (42, _ORANGE), (68, _YELLOW), (172, _GREEN), (255, _BLUE), (295, _PURPLE), (345, _PINK),
    (360, _RED),
)  # fmt: skip


def name_colours(pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.int8]:
    """Return the index in `COLOUR_NAMES` of each pixel's colour.

    Args:
        pixels: uint8 (..., 3), RGB.

    Returns:
        int8 (...,).

    Source:
        The eleven words: Berlin and Kay 1969, "Basic color terms". Hue and chroma are those of HSV.

    Example:
        >>> seen = np.array([[200, 30, 30], [120, 70, 30], [20, 20, 20], [250, 250, 245]], np.uint8)
        >>> [COLOUR_NAMES[code] for code in name_colours(seen)]
        ['red', 'brown', 'black', 'white']
    """
    levels = pixels.astype(np.float32)
    high, low = levels.max(-1), levels.min(-1)
    chroma = high - low
    hue = _hue(levels, high, chroma)
    ends = np.array([end for end, _ in _HUES])
    names = np.array([name for _, name in _HUES], np.int8)
    code = names[np.minimum(np.searchsorted(ends, hue, "left"), len(names) - 1)]
    # Brown is dark orange, pink is light red: the same hues under another name.
    is_warm = (hue < 48) | (hue > 350)
    code = np.where(is_warm & (hue > 8) & (hue < 48) & (high < 165), _BROWN, code)
    is_pale = (chroma < 0.55 * high) & (high > 185)
    code = np.where(is_pale & ((hue < 10) | (hue > 325)), _PINK, code)
    code = np.where((hue > 290) & (hue < 325) & (high < 185), _PURPLE, code)  # magenta, but dark
    is_dull = (chroma < 26) | (chroma < 0.16 * high)
    middle = (high + low) / 2
    neutral = np.where(middle < 65, _BLACK, np.where(middle > 195, _WHITE, _GREY))
    code = np.where(is_dull, neutral, code)
    return np.asarray(np.where(high < 48, _BLACK, code), np.int8)


def colour_shares(pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.float64]:
    """Return the share of the pixels that bears each name, float64 (11,); zeros where there are no pixels."""
    codes = name_colours(pixels.reshape(-1, 3))
    counts = np.bincount(codes, minlength=len(COLOUR_NAMES))
    return np.asarray(counts / max(1, codes.size), np.float64)


def _hue(
    levels: npt.NDArray[np.float32], high: npt.NDArray[np.float32], chroma: npt.NDArray[np.float32]
) -> npt.NDArray[np.float32]:
    """Return the hue in degrees, 0 to 360; 0 where there is none."""
    red, green, blue = levels[..., 0], levels[..., 1], levels[..., 2]
    safe = np.maximum(chroma, 1.0)
    sixth = np.where(
        high == red,
        ((green - blue) / safe) % 6,
        np.where(high == green, (blue - red) / safe + 2, (red - green) / safe + 4),
    )
    return np.asarray(60 * sixth, np.float32)
