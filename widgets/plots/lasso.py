"""Which points lie in a shape drawn on the plot."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from workbench.errors import WorkbenchError

__all__ = ["inside"]

_GRID: Final = 2048


def inside(
    x: npt.NDArray[np.uint16], y: npt.NDArray[np.uint16], shape: Sequence[float]
) -> npt.NDArray[np.bool_]:
    """Return which points lie in a polygon.

    The polygon is painted once on a grid laid over its own extent, and every point looks up its cell: a
    million points take as long under a lasso of 500 corners as under one of 5. A point within a 2,000th of
    the polygon's width of its edge may fall on either side.

    Args:
        x: (n,) places from 0 to 65535.
        y: (n,) the same, upwards.
        shape: the corners x, y, x, y ... in the same units, three or more; it closes itself.

    Returns:
        (n,) of which those inside are true.

    Raises:
        WorkbenchError: for a shape that is none.

    Example:
        >>> points = np.array([10, 90], np.uint16)
        >>> inside(points, points, [0, 0, 50, 0, 50, 50, 0, 50]).tolist()
        [True, False]
    """
    from PIL import Image, ImageDraw

    corners = np.asarray(shape, np.float64)
    if len(corners) < 6 or len(corners) % 2 or not np.isfinite(corners).all():
        raise WorkbenchError(
            f"A lasso needs three corners or more, as x, y, x, y ...; seen {len(corners)} numbers."
        )
    corners = corners.reshape(-1, 2)
    low, high = corners.min(axis=0), corners.max(axis=0)
    size = np.maximum(high - low, 1.0)
    painted = Image.new("1", (_GRID, _GRID))
    ImageDraw.Draw(painted).polygon(
        [tuple(corner) for corner in ((corners - low) / size * (_GRID - 1)).tolist()], fill=1
    )
    grid = np.asarray(painted)
    near = np.flatnonzero((x >= low[0]) & (x <= high[0]) & (y >= low[1]) & (y <= high[1]))
    column = ((x[near] - low[0]) / size[0] * (_GRID - 1)).astype(np.intp)
    row = ((y[near] - low[1]) / size[1] * (_GRID - 1)).astype(np.intp)
    found = np.zeros(len(x), np.bool_)
    found[near] = grid[row, column]
    return found
