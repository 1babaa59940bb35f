"""Tell from two boxes whether a spatial predicate holds between them.

Boxes know left, right, above, below, near, on and inside as a person sees them on the picture; of depth
("behind", "in front of") they know nothing. Margins leave a dead zone in which nothing is said.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from .regions import Box

__all__ = ["OPPOSITES", "enclosing", "judge"]

OPPOSITES: Final = {
    "left of": "right of", "right of": "left of", "above": "below", "below": "above", "on": "under",
    "under": "on", "in front of": "behind", "behind": "in front of", "inside": "outside", "outside": "inside",
}  # fmt: skip
_MARGIN: Final = 0.02  # of the picture: nearer than this, two middles are level
_NEAR, _FAR = 0.12, 0.4  # gap between boxes, in picture widths


def enclosing(boxes: Sequence[Box]) -> Box:
    """Return the smallest box around all."""
    left, top = min(box.x for box in boxes), min(box.y for box in boxes)
    right = max(box.x + box.width for box in boxes)
    bottom = max(box.y + box.height for box in boxes)
    return Box(left, top, right - left, bottom - top)


def judge(predicate: str, one: Box, other: Box) -> float | None:
    """Say how surely a predicate holds between two boxes.

    Returns:
        -1 (surely not) to 1 (surely); None where boxes cannot tell.

    Example:
        >>> dog, car = Box(0.1, 0.5, 0.2, 0.2), Box(0.6, 0.5, 0.3, 0.2)
        >>> judge("left of", dog, car), judge("right of", dog, car), judge("behind", dog, car)
        (0.95, -0.95, None)
    """
    dx, dy = other.centre[0] - one.centre[0], other.centre[1] - one.centre[1]
    gap_x, gap_y = one.gap(other)
    match predicate:
        case "left of":
            return _beside(dx, gap_x)
        case "right of":
            return _beside(-dx, gap_x)
        case "above":
            return _beside(dy, gap_y)
        case "below":
            return _beside(-dy, gap_y)
        case "under":
            return _stacked(-dy, gap_x, gap_y)
        case "on":
            return _stacked(dy, gap_x, gap_y)
        case "near" | "at":
            gap = max(gap_x, gap_y, 0.0)
            return 0.8 if gap < _NEAR else -0.7 if gap > _FAR else None
        case "inside":
            return 0.7 if max(gap_x, gap_y) < 0 else -0.8 if max(gap_x, gap_y) > _MARGIN else None
        case _:
            return None


def _beside(lead: float, gap: float) -> float | None:
    """Judge an order along one axis: clear of each other it is sure, overlapping it is likely."""
    if abs(lead) < _MARGIN:
        return None
    sure = 0.95 if gap > -_MARGIN else 0.75 if abs(lead) > 0.1 else 0.5
    return sure if lead > 0 else -sure


def _stacked(lead: float, gap_x: float, gap_y: float) -> float | None:
    """Judge "on" by height and touch: two boxes apart do not bear each other."""
    if gap_x > _MARGIN or gap_y > 2 * _MARGIN:
        return -0.9
    if lead > 0:
        return 0.8
    return -0.7 if lead < -_MARGIN else None
