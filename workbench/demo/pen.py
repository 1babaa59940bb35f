"""Draw filled shapes in local units on an image twice the final size.

Everything ends as a polygon, because a polygon is the one shape that turns, flips and scales exactly;
smooth edges come from shrinking the finished image by `SUPERSAMPLING`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw

__all__ = ["SUPERSAMPLING", "Colour", "Pen", "Point", "blend", "shade"]

SUPERSAMPLING = 2

Colour = tuple[int, int, int] | tuple[int, int, int, int]
Point = tuple[float, float]


def shade(colour: Colour, factor: float) -> Colour:
    """Darken (factor < 1) or lighten towards white (factor > 1) a colour."""
    if factor <= 1:
        return (int(colour[0] * factor), int(colour[1] * factor), int(colour[2] * factor))
    return blend(colour, (255, 255, 255), min(1.0, factor - 1))


def blend(first: Colour, second: Colour, share: float) -> Colour:
    """Mix two colours; `share` 0 gives the first, 1 the second."""
    mixed = [round(first[i] * (1 - share) + second[i] * share) for i in range(3)]
    return (mixed[0], mixed[1], mixed[2])


@dataclass(frozen=True)
class Pen:
    """A place to stand on the canvas: origin, size, mirror and turn of what is drawn next.

    Local units: x to the right, y down, the ground at y = 0, so a thing reaches into negative y.
    """

    canvas: ImageDraw.ImageDraw
    x: float = 0.0
    y: float = 0.0
    scale: float = 1.0
    is_flipped: bool = False
    turn_deg: float = 0.0

    @classmethod
    def on(cls, image: Image.Image) -> Pen:
        """Return a pen whose units are the pixels of the shrunken image."""
        return cls(ImageDraw.Draw(image, "RGBA"), scale=SUPERSAMPLING)

    def at(
        self, x: float, y: float, scale: float = 1.0, *, is_flipped: bool = False, turn_deg: float = 0.0
    ) -> Pen:
        """Return a pen that stands at (x, y) of this one."""
        px, py = self._place((x, y))
        turn = self.turn_deg + (-turn_deg if self.is_flipped else turn_deg)
        return Pen(self.canvas, px, py, self.scale * scale, self.is_flipped != is_flipped, turn)

    def _place(self, point: Point) -> Point:
        x = -point[0] if self.is_flipped else point[0]
        if not self.turn_deg:
            return self.x + self.scale * x, self.y + self.scale * point[1]
        cos, sin = math.cos(math.radians(self.turn_deg)), math.sin(math.radians(self.turn_deg))
        return (
            self.x + self.scale * (x * cos - point[1] * sin),
            self.y + self.scale * (x * sin + point[1] * cos),
        )

    def polygon(self, points: Sequence[Point], fill: Colour) -> None:
        """Fill a closed outline."""
        self.canvas.polygon([self._place(point) for point in points], fill=fill)

    def rectangle(
        self, x0: float, y0: float, x1: float, y1: float, fill: Colour, *, corner: float = 0.0
    ) -> None:
        """Fill a box, with rounded corners of radius `corner`."""
        if corner <= 0:
            self.polygon([(x0, y0), (x1, y0), (x1, y1), (x0, y1)], fill)
            return
        corner = min(corner, (x1 - x0) / 2, (y1 - y0) / 2)
        left, right, top, bottom = x0 + corner, x1 - corner, y0 + corner, y1 - corner
        centres = ((right, bottom), (left, bottom), (left, top), (right, top))
        outline = []
        for quarter, (cx, cy) in enumerate(centres):
            for step in range(6):
                angle = math.pi / 2 * (quarter + step / 5)
                outline.append((cx + corner * math.cos(angle), cy + corner * math.sin(angle)))
        self.polygon(outline, fill)

    def ellipse(
        self, cx: float, cy: float, rx: float, ry: float, fill: Colour, *, turn_deg: float = 0.0
    ) -> None:
        """Fill an ellipse given by its centre and half axes."""
        count = 20 if max(rx, ry) * self.scale < 24 else 40
        cos, sin = math.cos(math.radians(turn_deg)), math.sin(math.radians(turn_deg))
        outline = []
        for step in range(count):
            angle = 2 * math.pi * step / count
            dx, dy = rx * math.cos(angle), ry * math.sin(angle)
            outline.append((cx + dx * cos - dy * sin, cy + dx * sin + dy * cos))
        self.polygon(outline, fill)

    def circle(self, cx: float, cy: float, radius: float, fill: Colour) -> None:
        """Fill a circle."""
        self.ellipse(cx, cy, radius, radius, fill)

    def line(
        self, points: Sequence[Point], width: float, fill: Colour, *, has_round_ends: bool = True
    ) -> None:
        """Draw a polyline with round joints, the way to draw limbs, tails and poles."""
        placed = [self._place(point) for point in points]
        thick = max(1, round(width * self.scale))
        self.canvas.line(placed, fill=fill, width=thick)
        if thick < 3:
            return
        radius = thick / 2
        for x, y in placed if has_round_ends else placed[1:-1]:
            self.canvas.ellipse([x - radius, y - radius, x + radius, y + radius], fill=fill)

    def curve(self, points: Sequence[Point], width: float, fill: Colour) -> None:
        """Draw a quadratic curve through start, control and end."""
        self.line(bend(points[0], points[1], points[2]), width, fill)

    def shadow(self, half_width: float, *, strength: int = 60, cy: float = 0.0) -> None:
        """Lay a soft shadow on the ground so that a thing stands and does not float."""
        for grow in (1.0, 0.82):
            self.ellipse(0, cy, half_width * grow, half_width * 0.13 * grow + 1, (20, 22, 30, strength // 2))


def bend(start: Point, control: Point, end: Point, count: int = 12) -> list[Point]:
    """Return points along a quadratic Bézier curve."""
    points = []
    for step in range(count + 1):
        t = step / count
        a, b, c = (1 - t) ** 2, 2 * t * (1 - t), t * t
        points.append(
            (a * start[0] + b * control[0] + c * end[0], a * start[1] + b * control[1] + c * end[1])
        )
    return points
