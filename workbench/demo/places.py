"""Draw the backgrounds: beach, street, park, mountains, room, snow, night street, harbour and field."""

from __future__ import annotations

import random
from collections.abc import Callable

import numpy as np
from PIL import Image

from workbench.demo.pen import SUPERSAMPLING, Colour, Pen, bend, blend, shade
from workbench.demo.scene import HEIGHT_PX, WIDTH_PX, Scene

__all__ = ["draw_place", "draw_rain"]

SKY_COLOURS: dict[str, tuple[Colour, Colour]] = {
    "clear": ((118, 184, 232), (226, 242, 250)),
    "cloudy": ((158, 172, 188), (222, 228, 234)),
    "sunset": ((98, 92, 156), (250, 176, 104)),
    "rainy": ((116, 126, 140), (178, 186, 194)),
    "night": ((14, 20, 44), (44, 54, 92)),
}


def draw_place(scene: Scene) -> Image.Image:
    """Draw the background of a scene, twice as large as the final picture.

    The same place looks different each time (hills, houses, clouds and tints come from the scene's seed).
    """
    rng = random.Random(f"place/{scene.seed}")
    size = (WIDTH_PX * SUPERSAMPLING, HEIGHT_PX * SUPERSAMPLING)
    image = Image.new("RGB", size)
    sky = scene.sky or ("night" if scene.place == "night" else "clear")
    _PAINTERS[scene.place](image, Pen.on(image), rng, sky)
    if scene.place == "room":
        _window(Pen.on(image), rng, scene)
    return image


def draw_rain(image: Image.Image, seed: int) -> None:
    """Draw slanted streaks of rain over a finished picture."""
    rng, pen = random.Random(f"rain/{seed}"), Pen.on(image)
    for _ in range(190):
        x, y, length = rng.uniform(0, WIDTH_PX), rng.uniform(-20, HEIGHT_PX), rng.uniform(10, 24)
        pen.line([(x, y), (x - length * 0.28, y + length)], 1.0, (232, 238, 246, rng.randint(90, 160)))


def _fade(image: Image.Image, top: float, bottom: float, first: Colour, last: Colour) -> None:
    """Fill the strip between two heights with a vertical gradient."""
    low, high = round(top * SUPERSAMPLING), round(bottom * SUPERSAMPLING)
    share = np.linspace(0, 1, high - low)[:, None, None]
    column = np.array(first[:3]) * (1 - share) + np.array(last[:3]) * share
    strip = Image.fromarray(column.round().astype(np.uint8))
    image.paste(strip.resize((image.width, high - low), Image.Resampling.NEAREST), (0, low))


def _sky(image: Image.Image, pen: Pen, rng: random.Random, sky: str, horizon: float) -> None:
    first, last = SKY_COLOURS[sky]
    _fade(image, 0, horizon, first, last)
    if sky == "night":
        for _ in range(70):
            pen.circle(
                rng.uniform(0, WIDTH_PX),
                rng.uniform(0, horizon * 0.7),
                rng.uniform(0.5, 1.3),
                (236, 240, 255, rng.randint(120, 255)),
            )
        x = rng.uniform(80, 560)
        pen.circle(x, 58, 40, (240, 240, 220, 24))
        pen.circle(x, 58, 24, (244, 242, 222))
        pen.circle(x + 9, 52, 20, blend(first, last, 0.24))
        return
    if sky == "sunset":
        x = rng.uniform(120, 520)
        for radius, strength in ((92, 34), (66, 48), (44, 255)):
            pen.circle(x, horizon - 24, radius, (255, 226, 150, strength))
    elif sky == "clear":
        x = rng.choice((70, 560)) + rng.uniform(-25, 25)
        for radius, strength in ((54, 50), (42, 70), (30, 255)):
            pen.circle(x, 62, radius, (255, 238, 160, strength))
    count = {"clear": 2, "sunset": 3, "cloudy": 6, "rainy": 7}[sky]
    tone: Colour = {
        "clear": (255, 255, 255),
        "sunset": (252, 204, 168),
        "cloudy": (236, 240, 244),
        "rainy": (142, 150, 162),
    }[sky]
    for _ in range(count):
        _cloud(pen.at(rng.uniform(30, 610), rng.uniform(36, horizon * 0.5), rng.uniform(0.7, 1.4)), rng, tone)


def _cloud(pen: Pen, rng: random.Random, tone: Colour) -> None:
    under = shade(tone, 0.93)
    for fill, drop in ((under, 4.0), (tone, 0.0)):
        pen.rectangle(-44, -10 + drop, 46, 8 + drop, fill, corner=9)
        for x, y, radius in ((-22, -10, 16), (2, -18, 21), (25, -9, 15)):
            pen.circle(x, y + drop, radius, fill)


def _hills(
    pen: Pen, rng: random.Random, base: float, height: float, fill: Colour, *, step: float = 150
) -> None:
    x = rng.uniform(-120, -20)
    while x < WIDTH_PX + 80:
        wide, high = step * rng.uniform(0.8, 1.5), height * rng.uniform(0.6, 1.1)
        pen.polygon(
            [
                (x - wide, base + 2),
                *bend((x - wide, base), (x, base - 2 * high), (x + wide, base)),
                (x + wide, base + 2),
            ],
            fill,
        )
        x += step * rng.uniform(0.8, 1.3)


def _tufts(pen: Pen, rng: random.Random, top: float, fill: Colour, count: int = 60) -> None:
    for _ in range(count):
        y = rng.uniform(top + 6, HEIGHT_PX)
        x, size = rng.uniform(0, WIDTH_PX), 3 + 7 * (y - top) / (HEIGHT_PX - top)
        for lean in (-0.5, 0.0, 0.5):
            pen.line([(x, y), (x + lean * size, y - size)], 1.1, fill)


def _ripples(pen: Pen, rng: random.Random, top: float, bottom: float, count: int) -> None:
    for _ in range(count):
        x, y = rng.uniform(0, WIDTH_PX), rng.uniform(top + 4, bottom - 4)
        half = 5 + 22 * (y - top) / (bottom - top)
        pen.curve([(x - half, y), (x, y - 2.5), (x + half, y)], 1.3, (255, 255, 255, 84))


def _beach(image: Image.Image, pen: Pen, rng: random.Random, sky: str) -> None:
    _sky(image, pen, rng, sky, 214)
    deep: Colour = blend((38, 128, 178), SKY_COLOURS[sky][1], rng.uniform(0.05, 0.25))
    _fade(image, 212, 332, deep, blend(deep, (190, 232, 232), 0.5))
    _ripples(pen, rng, 212, 316, 46)
    sand: Colour = (236 - rng.randint(0, 14), 210 - rng.randint(0, 14), 152)
    _fade(image, 322, 480, sand, shade(sand, 0.9))
    shift = rng.uniform(-40, 40)
    edge = [
        (x, 322 + 5 * ((x + shift) % 160 - 80) / 80 * (1 if (x // 160) % 2 else -1))
        for x in range(0, 641, 16)
    ]
    pen.polygon([(0, 306), *[(x, y - 5) for x, y in edge], (640, 306)], blend(deep, (190, 232, 232), 0.5))
    pen.line(edge, 5, (255, 255, 255, 200))
    for _ in range(90):
        x, y = rng.uniform(0, 640), rng.uniform(338, 480)
        pen.ellipse(x, y, rng.uniform(0.8, 2.0), 0.8, shade(sand, rng.choice((0.82, 1.12))))
    for _ in range(rng.randint(0, 3)):
        pen.ellipse(rng.uniform(20, 620), rng.uniform(350, 470), 5, 3.5, (246, 226, 216))


def _skyline(pen: Pen, rng: random.Random, base: float, *, is_night: bool) -> None:
    for layer, (low, high, tone) in enumerate(((130, 235, 0.72), (90, 195, 1.0))):
        x = -20.0
        while x < WIDTH_PX:
            width, tall = rng.uniform(48, 92), rng.uniform(low, high)
            wall: Colour = rng.choice(((152, 140, 132), (128, 138, 156), (166, 152, 138), (140, 148, 150)))
            wall = blend(wall, (206, 214, 224), 0.45) if not layer else wall
            wall = (
                blend(wall, (22, 28, 52), 0.8 if layer else 0.68)
                if is_night
                else shade(wall, tone if layer else 1.0)
            )
            pen.rectangle(x, base - tall, x + width - 3, base, wall)
            pen.rectangle(x, base - tall, x + width - 3, base - tall + 5, shade(wall, 0.85))
            _windows(pen, rng, (x, base - tall, x + width - 3, base), wall, is_night=is_night)
            x += width


def _windows(
    pen: Pen, rng: random.Random, box: tuple[float, float, float, float], wall: Colour, *, is_night: bool
) -> None:
    y = box[1] + 14
    while y < box[3] - 34:
        x = box[0] + 8
        while x < box[2] - 12:
            glass: Colour = blend(wall, (216, 232, 244), 0.55)
            if is_night:
                glass = (250, 214, 122) if rng.random() < 0.34 else blend(wall, (60, 72, 110), 0.4)
            pen.rectangle(x, y, x + 8, y + 12, glass)
            x += 15
        y += 22


def _road(image: Image.Image, pen: Pen, *, is_night: bool) -> None:
    tone = 0.46 if is_night else 1.0
    _fade(image, 330, 366, shade((186, 184, 180), tone), shade((170, 168, 165), tone))
    pen.rectangle(0, 364, 640, 369, shade((132, 130, 128), tone))
    _fade(image, 369, 480, shade((108, 111, 118), tone), shade((88, 91, 98), tone))
    for x in range(-10, 640, 92):
        pen.polygon(
            [(x + 6, 468), (x + 12, 461), (x + 60, 461), (x + 56, 468)],
            shade((230, 228, 214), 0.62 if is_night else 1.0),
        )
    for x in range(0, 640, 64):
        pen.line([(x, 332), (x - 14, 364)], 1.0, shade((150, 148, 145), tone))


def _street(image: Image.Image, pen: Pen, rng: random.Random, sky: str) -> None:
    _sky(image, pen, rng, sky, 320)
    _skyline(pen, rng, 332, is_night=False)
    for _ in range(rng.randint(2, 4)):
        x = rng.uniform(20, 580)
        awning: Colour = rng.choice(((186, 66, 58), (60, 122, 120), (216, 170, 78), (84, 104, 150)))
        pen.rectangle(x, 290, x + 58, 332, (74, 80, 92))
        pen.rectangle(x + 4, 298, x + 54, 332, (178, 202, 214))
        pen.polygon([(x - 3, 298), (x + 4, 282), (x + 54, 282), (x + 61, 298)], awning)
    _road(image, pen, is_night=False)


def _night(image: Image.Image, pen: Pen, rng: random.Random, sky: str) -> None:
    _sky(image, pen, rng, "night", 332)
    _skyline(pen, rng, 332, is_night=True)
    _road(image, pen, is_night=True)


def _park(image: Image.Image, pen: Pen, rng: random.Random, sky: str) -> None:
    _sky(image, pen, rng, sky, 270)
    grass: Colour = (122 - rng.randint(0, 18), 182 - rng.randint(0, 18), 92)
    x = -20.0
    while x < 660:
        radius = rng.uniform(26, 48)
        pen.circle(x, 262 - radius * 0.3, radius, shade((92, 146, 92), rng.uniform(0.82, 1.12)))
        x += radius * rng.uniform(0.9, 1.3)
    _fade(image, 268, 480, grass, shade(grass, 0.84))
    bottom, top, lean = rng.uniform(120, 520), rng.uniform(160, 480), rng.uniform(-120, 120)
    left = bend((top - 10, 270), (top + lean, 350), (bottom - 90, 480))
    right = bend((bottom + 90, 480), (top + lean + 50, 350), (top + 14, 270))
    pen.polygon([*left, *right], (224, 208, 172))
    _tufts(pen, rng, 276, shade(grass, 0.76))
    for _ in range(rng.randint(8, 26)):
        pen.circle(
            rng.uniform(0, 640),
            rng.uniform(300, 476),
            2.1,
            rng.choice(((250, 244, 190), (244, 160, 180), (255, 255, 255))),
        )


def _peaks(pen: Pen, rng: random.Random, base: float) -> None:
    for layer in range(2):
        x = rng.uniform(-60, 40)
        rock: Colour = (142, 160, 180) if not layer else (104, 122, 142)
        while x < WIDTH_PX + 90:
            half, tall = rng.uniform(110, 170), rng.uniform(120, 190) * (1.0 if not layer else 0.72)
            peak = (x + rng.uniform(-18, 18), base - tall)
            pen.polygon([(x - half, base), peak, (x + half, base)], rock)
            pen.polygon([peak, (x + half, base), (x + half * 0.25, base)], shade(rock, 0.86))
            snow = 0.3
            left = (peak[0] + (x - half - peak[0]) * snow, peak[1] + tall * snow)
            right = (peak[0] + (x + half - peak[0]) * snow, peak[1] + tall * snow)
            zigzag = [
                right,
                (peak[0] + 14, right[1] - 10),
                (peak[0] + 2, right[1] + 9),
                (peak[0] - 14, right[1] - 9),
                left,
            ]
            pen.polygon([peak, *zigzag], (246, 249, 252))
            x += half * rng.uniform(1.0, 1.5)


def _mountains(image: Image.Image, pen: Pen, rng: random.Random, sky: str) -> None:
    _sky(image, pen, rng, sky, 300)
    _peaks(pen, rng, 302)
    meadow: Colour = (136 - rng.randint(0, 20), 172 - rng.randint(0, 14), 92)
    _hills(pen, rng, 312, 22, shade(meadow, 0.82))
    _fade(image, 304, 480, meadow, shade(meadow, 0.82))
    _tufts(pen, rng, 310, shade(meadow, 0.74))
    for _ in range(rng.randint(3, 8)):
        x, y = rng.uniform(0, 640), rng.uniform(330, 470)
        pen.ellipse(x, y, rng.uniform(6, 13), rng.uniform(4, 7), (150, 150, 146))
        pen.ellipse(x - 2, y - 1.5, 5, 3, (176, 176, 170))


def _snow(image: Image.Image, pen: Pen, rng: random.Random, sky: str) -> None:
    _sky(image, pen, rng, sky, 300)
    _hills(pen, rng, 306, 58, (214, 226, 240), step=210)
    x = rng.uniform(-10, 40)
    while x < 640:
        tall = rng.uniform(26, 48)
        pen.polygon([(x - tall * 0.3, 296), (x + tall * 0.3, 296), (x, 296 - tall)], (112, 140, 142))
        x += rng.uniform(18, 90)
    _fade(image, 292, 480, (240, 245, 252), (222, 232, 244))
    for _ in range(6):
        x, y = rng.uniform(-40, 600), rng.uniform(316, 470)
        pen.curve([(x, y), (x + 60, y - 12), (x + rng.uniform(90, 170), y + 3)], 2.4, (204, 218, 234, 150))
    for _ in range(rng.choice((0, 110))):
        pen.circle(rng.uniform(0, 640), rng.uniform(0, 470), rng.uniform(1.2, 2.8), (255, 255, 255, 230))


def _room(image: Image.Image, pen: Pen, rng: random.Random, sky: str) -> None:
    wall: Colour = rng.choice(
        ((238, 222, 200), (214, 226, 222), (226, 218, 232), (240, 232, 204), (206, 218, 232))
    )
    floor: Colour = rng.choice(((186, 142, 98), (162, 118, 80), (202, 170, 130)))
    _fade(image, 0, 352, wall, shade(wall, 0.94))
    if rng.random() < 0.4:
        for x in range(-10, 650, 44):
            pen.rectangle(x, 0, x + 14, 346, shade(wall, 0.965))
    _fade(image, 350, 480, floor, shade(floor, 0.82))
    for y in (372, 400, 436):
        pen.line([(0, y), (640, y)], 1.2, shade(floor, 0.8))
    pen.rectangle(0, 343, 640, 352, (246, 242, 234))
    if rng.random() < 0.7:
        pen.ellipse(
            rng.uniform(180, 460),
            430,
            210,
            34,
            rng.choice(((222, 190, 166), (184, 196, 206), (198, 204, 176), (226, 214, 170))),
        )


def _window(pen: Pen, rng: random.Random, scene: Scene) -> None:
    """Draw the window where no clock hangs."""
    clock = scene.thing("clock")
    free = [x for x in (60, 250, 430) if clock is None or abs(x + 70 - clock.centre_px[0]) > 150]
    x = rng.choice(free)
    pen.rectangle(x - 8, 66, x + 148, 212, (244, 240, 232), corner=2)
    pen.rectangle(x, 74, x + 140, 204, (178, 216, 240))
    pen.ellipse(x + 40, 186, 60, 26, (136, 178, 120))
    pen.rectangle(x, 196, x + 140, 204, (136, 178, 120))
    pen.line([(x + 70, 74), (x + 70, 204)], 5, (244, 240, 232))
    pen.line([(x, 136), (x + 140, 136)], 5, (244, 240, 232))
    curtain: Colour = rng.choice(((190, 92, 82), (96, 128, 164), (130, 152, 112), (204, 170, 96)))
    for left in (x - 32, x + 136):
        pen.polygon([(left, 58), (left + 36, 58), (left + 30, 236), (left + 4, 236)], curtain)
        pen.line([(left + 18, 60), (left + 17, 234)], 1.6, shade(curtain, 0.82))
    pen.line([(x - 40, 57), (x + 180, 57)], 4, (110, 84, 62))


def _harbour(image: Image.Image, pen: Pen, rng: random.Random, sky: str) -> None:
    _sky(image, pen, rng, sky, 240)
    _hills(pen, rng, 236, 34, (126, 150, 146), step=190)
    x = rng.uniform(-10, 40)
    while x < 620:
        width, tall = rng.uniform(26, 44), rng.uniform(22, 44)
        wall: Colour = rng.choice(((236, 226, 208), (222, 178, 142), (204, 214, 220), (232, 206, 150)))
        pen.rectangle(x, 240 - tall, x + width, 240, wall)
        pen.polygon(
            [(x - 3, 240 - tall), (x + width / 2, 226 - tall), (x + width + 3, 240 - tall)], (166, 84, 66)
        )
        pen.rectangle(x + width / 2 - 4, 240 - tall + 8, x + width / 2 + 4, 240 - tall + 18, (112, 138, 156))
        x += width + rng.uniform(2, 60)
    deep: Colour = blend((48, 112, 140), SKY_COLOURS[sky][1], rng.uniform(0.05, 0.22))
    _fade(image, 239, 400, blend(deep, (200, 224, 230), 0.4), deep)
    _ripples(pen, rng, 240, 392, 60)
    _fade(image, 396, 480, (176, 168, 156), (150, 143, 134))
    pen.rectangle(0, 396, 640, 404, (202, 196, 184))
    for x in range(0, 640, 80):
        pen.line([(x, 404), (x - 20, 480)], 1.4, (132, 126, 118))
    for x in (rng.uniform(30, 120), rng.uniform(280, 360), rng.uniform(520, 610)):
        pen.rectangle(x - 6, 382, x + 6, 404, (70, 70, 76), corner=3)
        pen.rectangle(x - 9, 380, x + 9, 387, (88, 88, 94), corner=3)


def _field(image: Image.Image, pen: Pen, rng: random.Random, sky: str) -> None:
    _sky(image, pen, rng, sky, 282)
    _hills(pen, rng, 286, 40, (150, 182, 136), step=200)
    crop: Colour = rng.choice(((214, 194, 106), (160, 188, 92), (190, 196, 96)))
    _fade(image, 280, 480, crop, shade(crop, 0.86))
    middle = rng.uniform(220, 420)
    for row in range(-16, 17):
        pen.line([(middle + row * 16, 282), (middle + row * 74, 480)], 2.2, shade(crop, 0.9))
    for x in range(-10, 660, 52):
        pen.rectangle(x, 274, x + 5, 304, (130, 98, 66))
    for y in (281, 293):
        pen.rectangle(0, y, 640, y + 3, (146, 112, 78))
    _tufts(pen, rng, 306, shade(crop, 0.74), 44)


_PAINTERS: dict[str, Callable[[Image.Image, Pen, random.Random, str], None]] = {
    "beach": _beach, "street": _street, "park": _park, "mountains": _mountains, "room": _room,
    "snow": _snow, "night": _night, "harbour": _harbour, "field": _field,
}  # fmt: skip
