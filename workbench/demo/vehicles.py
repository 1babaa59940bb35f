"""Draw vehicles, toys and flying things; each stands on y = 0, flying ones hang around it."""

from __future__ import annotations

import math

from workbench.demo.pen import Colour, Pen, blend, shade
from workbench.demo.scene import Look

__all__ = [
    "ball",
    "balloon",
    "bicycle",
    "boat",
    "bus",
    "car",
    "kite",
    "sandcastle",
    "snowman",
    "truck",
    "umbrella",
]

INK: Colour = (26, 27, 31)
GLASS: Colour = (206, 230, 244)
LAMPLIGHT: Colour = (255, 232, 150)


def _wheel(pen: Pen, x: float, radius: float, phase: float) -> None:
    pen.circle(x, -radius, radius, INK)
    pen.circle(x, -radius, radius * 0.5, (176, 180, 188))
    angle = 2 * math.pi * phase
    dx, dy = radius * 0.45 * math.cos(angle), radius * 0.45 * math.sin(angle)
    pen.line([(x - dx, -radius - dy), (x + dx, -radius + dy)], 1.6, (96, 100, 108))


def car(pen: Pen, look: Look) -> None:
    """Draw a car seen from its side."""
    pen.shadow(86)
    pen.polygon([(-48, -36), (-30, -62), (24, -62), (50, -36)], shade(look.rgb, 0.88))
    pen.polygon([(-40, -37), (-26, -57), (-4, -57), (-4, -37)], GLASS)
    pen.polygon([(2, -37), (2, -57), (21, -57), (40, -37)], GLASS)
    pen.rectangle(-82, -40, 84, -13, look.rgb, corner=11)
    pen.rectangle(-80, -20, 82, -13, shade(look.rgb, 0.72), corner=3)
    pen.line([(-1, -36), (-1, -17)], 1.3, shade(look.rgb, 0.66))
    pen.rectangle(6, -32, 15, -29.5, shade(look.rgb, 0.6), corner=1)
    pen.rectangle(76, -34, 84, -26, LAMPLIGHT, corner=2.5)
    pen.rectangle(-82, -34, -76, -26, (214, 44, 40), corner=2.5)
    for x in (-48, 50):
        pen.circle(x, -15, 19, shade(look.rgb, 0.5))
        _wheel(pen, x, 15.5, look.phase)


def bus(pen: Pen, look: Look) -> None:
    """Draw a city bus seen from its side."""
    pen.shadow(128)
    pen.rectangle(-125, -108, 125, -14, look.rgb, corner=13)
    pen.rectangle(-121, -106, 121, -98, shade(look.rgb, 1.3), corner=4)
    for x in range(-113, 60, 35):
        pen.rectangle(x, -91, x + 29, -57, GLASS, corner=3)
        pen.polygon([(x + 4, -57), (x + 13, -91), (x + 20, -91), (x + 11, -57)], (232, 244, 250))
    pen.rectangle(66, -92, 90, -18, shade(look.rgb, 0.72), corner=3)
    pen.rectangle(69, -88, 87, -22, GLASS, corner=2)
    pen.line([(78, -88), (78, -22)], 1.5, shade(look.rgb, 0.72))
    pen.rectangle(98, -92, 125, -52, GLASS, corner=4)
    pen.rectangle(-125, -46, 62, -38, shade(look.rgb, 1.4))
    pen.rectangle(-125, -24, 125, -14, shade(look.rgb, 0.68), corner=4)
    pen.rectangle(117, -36, 126, -26, LAMPLIGHT, corner=3)
    for x in (-74, 38):
        pen.circle(x, -17, 22, shade(look.rgb, 0.45))
        _wheel(pen, x, 17.5, look.phase)


def truck(pen: Pen, look: Look) -> None:
    """Draw a truck with a pale box and a cab of the colour."""
    pen.shadow(112)
    pen.rectangle(-110, -112, 42, -26, (226, 226, 222), corner=3)
    for x in range(-98, 40, 22):
        pen.line([(x, -108), (x, -30)], 1.2, (196, 197, 196))
    pen.rectangle(-110, -74, 42, -56, look.rgb)
    pen.rectangle(-112, -28, 108, -16, (66, 70, 78), corner=2)
    pen.polygon([(46, -22), (46, -92), (84, -92), (108, -56), (110, -22)], look.rgb)
    pen.polygon([(58, -58), (58, -84), (80, -84), (97, -58)], GLASS)
    pen.rectangle(62, -50, 72, -47, shade(look.rgb, 0.6), corner=1)
    pen.rectangle(102, -40, 110, -30, LAMPLIGHT, corner=2)
    for x in (-78, -42, 78):
        _wheel(pen, x, 17, look.phase)


def bicycle(pen: Pen, look: Look) -> None:
    """Draw a bicycle with its frame in the colour."""
    pen.shadow(48, strength=44)
    for x in (-33, 33):
        for step in range(30):
            a, b = 2 * math.pi * step / 30, 2 * math.pi * (step + 1) / 30
            start = (x + 22 * math.cos(a), -22 + 22 * math.sin(a))
            pen.line([start, (x + 22 * math.cos(b), -22 + 22 * math.sin(b))], 3.4, INK)
        for spoke in range(5):
            angle = math.pi * (spoke / 5 + look.phase)
            dx, dy = 20 * math.cos(angle), 20 * math.sin(angle)
            pen.line([(x - dx, -22 - dy), (x + dx, -22 + dy)], 0.8, (150, 152, 158))
    hub, seat, bar = (-3.0, -20.0), (-13.0, -54.0), (24.0, -56.0)
    for path in (
        [(-33, -22), seat],
        [(-33, -22), hub],
        [hub, seat],
        [hub, bar],
        [seat, bar],
        [bar, (33, -22)],
    ):
        pen.line(path, 4.4, look.rgb)
    pen.line([seat, (-15, -62)], 3.4, INK)
    pen.line([(-24, -63), (-6, -63)], 6, INK)
    pen.line([bar, (22, -68), (34, -71)], 3.6, INK)
    pen.circle(hub[0], hub[1], 6, (120, 124, 130))


def boat(pen: Pen, look: Look) -> None:
    """Draw a sailing boat (its water line is y = 0); the hull has the colour."""
    pen.polygon([(-66, 2), (66, 2), (50, 9), (-52, 9)], (255, 255, 255, 70))
    pen.line([(0, -126), (0, -16)], 3.4, (84, 66, 52))
    pen.polygon([(5, -122), (5, -26), (58, -26)], (252, 252, 250))
    pen.polygon([(5, -122), (5, -26), (20, -26)], (228, 231, 234))
    pen.polygon([(-5, -112), (-5, -26), (-38, -26)], (240, 241, 242))
    pen.polygon([(-2, -128), (16, -123), (-2, -118)], look.rgb)
    pen.polygon([(-64, -20), (68, -20), (48, 5), (-46, 5)], look.rgb)
    pen.polygon([(-64, -20), (68, -20), (65, -15), (-61, -15)], (248, 246, 240))


def ball(pen: Pen, look: Look) -> None:
    """Draw a ball of the colour with pale panels; `phase` turns it."""
    pen.shadow(15)
    spin = pen.at(0, -17, turn_deg=360 * look.phase)
    spin.circle(0, 0, 17, look.rgb)
    is_light = sum(look.rgb) > 480
    stripe = shade(look.rgb, 0.62) if is_light else blend(look.rgb, (255, 255, 255), 0.78)
    spin.curve([(-14, -7), (0, 4), (14, -7)], 3.0, stripe)
    spin.curve([(-11, 10.5), (0, 2), (11, 10.5)], 3.0, stripe)
    pen.ellipse(-6, -24, 4.6, 3.2, blend(look.rgb, (255, 255, 255), 0.6), turn_deg=-35)


def umbrella(pen: Pen, look: Look) -> None:
    """Draw an open umbrella whose foot is at y = 0."""
    pale = blend(look.rgb, (255, 255, 255), 0.72)
    pen.line([(0, -2), (0, -104)], 3.2, (108, 82, 58))
    for part in range(6):
        left, right = -54 + 18 * part, -36 + 18 * part
        rim = [(right, -62.0), ((left + right) / 2, -67.0), (left, -62.0)]
        top = [
            (x, -62 - 44 * math.sqrt(max(0.0, 1 - (x / 54) ** 2))) for x in (left, left + 6, left + 12, right)
        ]
        pen.polygon([*top, *rim], look.rgb if part % 2 == 0 else pale)
    pen.circle(0, -107, 2.6, (108, 82, 58))


def kite(pen: Pen, look: Look) -> None:
    """Draw a flying kite with a bowed tail."""
    pen.curve([(0, 34), (22, 66), (-12, 104)], 1.4, (90, 90, 96))
    for x, y in ((8, 56), (7, 74), (-3, 92)):
        pen.polygon([(x - 7, y - 4), (x, y), (x - 7, y + 4)], blend(look.rgb, (255, 255, 255), 0.4))
        pen.polygon([(x + 7, y - 4), (x, y), (x + 7, y + 4)], blend(look.rgb, (255, 255, 255), 0.4))
    tilted = pen.at(0, 0, turn_deg=12)
    tilted.polygon([(0, -46), (28, -10), (0, 36), (-28, -10)], look.rgb)
    tilted.polygon([(0, -46), (28, -10), (0, -10)], shade(look.rgb, 1.3))
    tilted.polygon([(0, 36), (-28, -10), (0, -10)], shade(look.rgb, 0.8))
    tilted.line([(0, -46), (0, 36)], 1.3, (84, 70, 60))
    tilted.line([(-28, -10), (28, -10)], 1.3, (84, 70, 60))


def balloon(pen: Pen, look: Look) -> None:
    """Draw a hot-air balloon with its basket."""
    pale = blend(look.rgb, (255, 255, 255), 0.75)
    for x in (-9, 9):
        pen.line([(x * 2.2, 26), (x, 64)], 1.2, (92, 78, 62))
    pen.polygon([(-33, 12), (33, 12), (10, 46), (-10, 46)], look.rgb)
    pen.ellipse(0, -14, 42, 44, look.rgb)
    for x in (-22, 22):
        pen.ellipse(x, -14, 8, 38, pale)
        pen.polygon([(x - 7, -2), (x + 7, -2), (x * 0.28, 46)], pale)
    pen.ellipse(0, -14, 9, 44, shade(look.rgb, 0.84))
    pen.polygon([(-9, -8), (9, -8), (3, 46), (-3, 46)], shade(look.rgb, 0.84))
    pen.rectangle(-11, 62, 11, 78, (146, 104, 62), corner=3)


def snowman(pen: Pen, look: Look) -> None:
    """Draw a snowman whose scarf has the colour."""
    snow: Colour = (250, 252, 255)
    pen.shadow(30)
    for y, radius in ((-24, 27), (-62, 20), (-92, 15)):
        pen.circle(0, y, radius, (206, 218, 232))
        pen.circle(-1.6, y - 1.6, radius - 1.8, snow)
    pen.line([(-18, -66), (-42, -80)], 3, (92, 66, 46))
    pen.line([(18, -66), (42, -82)], 3, (92, 66, 46))
    pen.line([(-13, -79), (13, -79)], 7, look.rgb)
    pen.line([(8, -78), (12, -54)], 7, look.rgb)
    pen.rectangle(-17, -106, 17, -102, INK, corner=1.5)
    pen.rectangle(-11, -126, 11, -104, INK, corner=2)
    for x in (-5, 6):
        pen.circle(x, -95, 1.9, INK)
    pen.polygon([(0, -92), (19, -89), (0, -87)], (236, 132, 40))
    for y in (-66, -56, -30):
        pen.circle(1, y, 2, INK)


def sandcastle(pen: Pen, look: Look) -> None:
    """Draw a sandcastle with a flag of the colour."""
    sand: Colour = (206, 166, 96)
    pen.shadow(44)
    pen.polygon([(-42, 0), (-34, -30), (34, -30), (42, 0)], sand)
    for x, height in ((-30, 52), (30, 52), (0, 70)):
        pen.rectangle(x - 11, -height, x + 11, -8, shade(sand, 1.12 if x else 1.2))
        for dx in (-8, 0, 8):
            pen.rectangle(x + dx - 2.8, -height - 6, x + dx + 2.8, -height, shade(sand, 1.12))
        pen.rectangle(x - 2.5, -height + 12, x + 2.5, -height + 22, shade(sand, 0.6), corner=2)
    pen.rectangle(-8, -20, 8, 0, shade(sand, 0.6), corner=5)
    pen.line([(0, -74), (0, -106)], 2, (92, 72, 50))
    pen.polygon([(0, -106), (25, -98), (0, -90)], look.rgb)
