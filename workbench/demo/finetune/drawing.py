"""Draw a small scene, 96 x 96 pixels, in about a millisecond: a plain place, the demo world's things."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Final

from PIL import Image

from workbench.demo.catalog import COLOURS as SHADES
from workbench.demo.catalog import KINDS
from workbench.demo.drawing import draw_thing
from workbench.demo.finetune.scenes import Scene, Thing
from workbench.demo.pen import SUPERSAMPLING, Colour, Pen, shade
from workbench.demo.scene import Look

__all__ = ["SIDE_PX", "draw_scene"]

SIDE_PX: Final = 96
_POSES: Final = {"dog": ("standing", "running"), "cat": ("sitting",), "duck": ("standing",)}
_LARGER: Final = {"kite": 1.25, "lamp": 1.2, "balloon": 1.15}
_RGB_SPREAD: Final = 14


def draw_scene(scene: Scene) -> Image.Image:
    """Draw a scene; the same scene gives the same pixels.

    Returns:
        RGB, 96 x 96.
    """
    rng = random.Random(f"drawing/{scene.seed}")
    side = SIDE_PX * SUPERSAMPLING
    image = Image.new("RGB", (side, side))
    pen = Pen.on(image)
    _PLACES[scene.place](pen, rng)
    for thing in sorted(scene.things, key=lambda thing: thing.y):
        _draw(pen, thing, rng)
    return image.reduce(SUPERSAMPLING)


def _draw(pen: Pen, thing: Thing, rng: random.Random) -> None:
    kind = KINDS[thing.noun]
    scale = SIDE_PX * thing.size / max(2 * kind.half_width, kind.height) * _LARGER.get(thing.noun, 1.0)
    red, green, blue = (_spread(rng, level) for level in SHADES[thing.colour])
    pose = rng.choice(_POSES.get(thing.noun, ("standing",)))
    look = Look((red, green, blue), pose, variant=rng.randrange(30))
    at = pen.at(thing.x * SIDE_PX, thing.y * SIDE_PX, scale, is_flipped=rng.random() < 0.5)
    draw_thing(at, thing.noun, look)


def _spread(rng: random.Random, level: int) -> int:
    return max(0, min(255, level + rng.randint(-_RGB_SPREAD, _RGB_SPREAD)))


def _tint(rng: random.Random, colour: Colour) -> Colour:
    return shade(colour, rng.uniform(0.9, 1.1))


def _strip(pen: Pen, top: float, bottom: float, colour: Colour) -> None:
    pen.rectangle(0, top, SIDE_PX, bottom, colour)


def _beach(pen: Pen, rng: random.Random) -> None:
    sea, shore = rng.uniform(22, 30), rng.uniform(38, 50)
    _strip(pen, 0, sea, _tint(rng, (150, 200, 236)))
    _strip(pen, sea, shore, _tint(rng, (58, 140, 176)))
    _strip(pen, shore, SIDE_PX, _tint(rng, (230, 208, 156)))
    pen.circle(rng.uniform(8, 88), 9, 6, (255, 236, 150))


def _street(pen: Pen, rng: random.Random) -> None:
    _strip(pen, 0, 45, _tint(rng, (190, 204, 216)))
    x = rng.uniform(-8, 0)
    while x < SIDE_PX:
        wide, top = rng.uniform(13, 22), rng.uniform(3, 20)
        pen.rectangle(x, top, x + wide - 1, 46, _tint(rng, (158, 148, 140)))
        for y in range(int(top) + 4, 42, 8):
            pen.rectangle(x + 3, y, x + wide - 4, y + 3, (196, 208, 214))
        x += wide
    _strip(pen, 45, SIDE_PX, _tint(rng, (118, 120, 126)))
    for x in range(int(rng.uniform(0, 12)), SIDE_PX, 18):
        pen.rectangle(x, 70, x + 9, 72, (214, 214, 206))


def _meadow(pen: Pen, rng: random.Random) -> None:
    horizon = rng.uniform(28, 40)
    _strip(pen, 0, horizon + 5, _tint(rng, (160, 210, 240)))
    pen.ellipse(rng.uniform(10, 86), horizon + 4, 60, 16, _tint(rng, (140, 188, 112)))
    _strip(pen, horizon + 4, SIDE_PX, _tint(rng, (152, 200, 116)))
    for _ in range(14):
        x, y = rng.uniform(0, SIDE_PX), rng.uniform(horizon + 8, SIDE_PX)
        pen.polygon([(x, y), (x + 1, y - 4), (x + 2, y)], (118, 168, 90))


def _room(pen: Pen, rng: random.Random) -> None:
    floor = rng.uniform(50, 60)
    _strip(pen, 0, floor, _tint(rng, (226, 204, 190)))
    for x in range(6, SIDE_PX, 14):
        pen.rectangle(x, 0, x + 3, floor, (216, 190, 176))
    _strip(pen, floor, SIDE_PX, _tint(rng, (186, 146, 104)))
    _strip(pen, floor - 2, floor, (246, 240, 232))


def _snow(pen: Pen, rng: random.Random) -> None:
    horizon = rng.uniform(26, 38)
    _strip(pen, 0, horizon + 7, _tint(rng, (176, 188, 202)))
    pen.ellipse(rng.uniform(10, 86), horizon + 6, 58, 16, (214, 224, 236))
    _strip(pen, horizon + 6, SIDE_PX, (222, 230, 240))
    for _ in range(18):
        pen.circle(rng.uniform(0, SIDE_PX), rng.uniform(0, horizon), 0.9, (250, 252, 255))


def _night(pen: Pen, rng: random.Random) -> None:
    horizon = rng.uniform(32, 44)
    _strip(pen, 0, horizon, _tint(rng, (42, 52, 96)))
    for _ in range(16):
        pen.circle(rng.uniform(0, SIDE_PX), rng.uniform(0, horizon), 0.7, (236, 236, 220))
    pen.circle(rng.uniform(10, 86), 9, 6, (244, 240, 214))
    _strip(pen, horizon, SIDE_PX, _tint(rng, (70, 84, 92)))


_PLACES: Final[dict[str, Callable[[Pen, random.Random], None]]] = {
    "beach": _beach,
    "street": _street,
    "meadow": _meadow,
    "room": _room,
    "snow": _snow,
    "night": _night,
}
