"""Collages: several pictures shown as one, of which a pair asks about a single one.

A model that mixes up the pictures it is shown prefers the rejected caption: it is true of another picture.

Source: the idea of MIA-DPO (multi-image augmented direct preference optimisation).
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from workbench.errors import PairError

__all__ = ["Collage", "draw_collage", "read_collage"]

_KEY: Final = "collage"
_GAP_PX: Final = 4


@dataclass(frozen=True, slots=True)
class Collage:
    """Which samples are shown, row by row, and which of them is asked about.

    Attributes:
        samples: sample ids, two or more, left to right and top to bottom.
        asked: the position of the one asked about, from 0.

    Raises:
        PairError: for fewer than two pictures, or one asked about that is not among them.

    Example:
        >>> made = Collage(("s1", "s2", "s3"), asked=2)
        >>> made.columns, made.prompt
        (2, 'This picture is made of 3 pictures. Describe picture 3, in row 2, column 1.')
        >>> read_collage(made.detail) == made
        True
    """

    samples: tuple[str, ...]
    asked: int

    def __post_init__(self) -> None:
        if len(self.samples) < 2 or not 0 <= self.asked < len(self.samples):
            raise PairError(
                f"A collage of {len(self.samples)} pictures cannot ask about number {self.asked + 1}.",
                "Give two or more samples, and the position of one of them from 0.",
            )

    @property
    def columns(self) -> int:
        """How many pictures stand side by side."""
        return math.ceil(math.sqrt(len(self.samples)))

    @property
    def prompt(self) -> str:
        """The question that belongs to the picture asked about."""
        row, column = divmod(self.asked, self.columns)
        return (
            f"This picture is made of {len(self.samples)} pictures. Describe picture {self.asked + 1}, "
            f"in row {row + 1}, column {column + 1}."
        )

    @property
    def detail(self) -> str:
        """The collage as the `detail` of a pair."""
        return json.dumps({_KEY: {"samples": list(self.samples), "asked": self.asked}})


def read_collage(detail: str | None) -> Collage | None:
    """Return the collage that a pair's `detail` speaks of; None when it speaks of none."""
    try:
        said = json.loads(detail or "{}")
    except ValueError:
        return None
    found = said.get(_KEY) if isinstance(said, dict) else None
    return Collage(tuple(found["samples"]), int(found["asked"])) if isinstance(found, dict) else None


def draw_collage(
    pictures: Sequence[npt.NDArray[np.uint8]], *, columns: int, cell_px: int = 336
) -> npt.NDArray[np.uint8]:
    """Lay pictures out in a grid of square cells, each shrunk to fit and none stretched.

    Args:
        pictures: uint8 (height, width, 3) RGB each, in reading order.
        columns: how many stand side by side.
        cell_px: side of a cell in pixels.

    Returns:
        uint8 (height, width, 3) on white, with a thin gap between the cells.
    """
    from PIL import Image

    rows, step = math.ceil(len(pictures) / columns), cell_px + _GAP_PX
    sheet = Image.new("RGB", (columns * step - _GAP_PX, rows * step - _GAP_PX), "white")
    for number, pixels in enumerate(pictures):
        picture = Image.fromarray(pixels)
        scale = cell_px / max(picture.size)
        fitted = picture.resize(
            [max(1, round(side * scale)) for side in picture.size], Image.Resampling.BICUBIC
        )
        row, column = divmod(number, columns)
        sheet.paste(
            fitted,
            (column * step + (cell_px - fitted.width) // 2, row * step + (cell_px - fitted.height) // 2),
        )
    return np.array(sheet, dtype=np.uint8)
