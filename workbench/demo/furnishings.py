"""Draw furniture, buildings and plants; each stands on y = 0."""

from __future__ import annotations

import math

from workbench.demo.pen import Colour, Pen, blend, shade
from workbench.demo.scene import Look

__all__ = [
    "bench",
    "bookshelf",
    "chair",
    "clock",
    "fir",
    "house",
    "lamp",
    "lighthouse",
    "plant",
    "sofa",
    "street_lamp",
    "table",
    "television",
    "tent",
    "tree",
    "vase",
]

WOOD: Colour = (128, 88, 54)
INK: Colour = (34, 34, 38)


def tree(pen: Pen, look: Look) -> None:
    """Draw a broad tree whose leaves have the colour."""
    pen.shadow(42)
    pen.polygon([(-9, 0), (-6, -66), (6, -66), (10, 0)], (112, 78, 50))
    pen.line([(0, -52), (22, -82)], 6, (112, 78, 50))
    pen.line([(0, -46), (-20, -76)], 6, (104, 72, 46))
    for x, y, radius, tone in (
        (-28, -84, 30, 0.86), (30, -86, 30, 0.86), (0, -74, 30, 0.8), (-16, -114, 33, 1.0),
        (20, -116, 31, 1.0), (0, -96, 34, 0.95), (-8, -128, 22, 1.12), (14, -124, 16, 1.16),
    ):  # fmt: skip
        pen.circle(x, y, radius, shade(look.rgb, tone))


def fir(pen: Pen, look: Look) -> None:
    """Draw a fir tree of the colour."""
    pen.shadow(32)
    pen.rectangle(-6, -24, 6, 0, (98, 68, 44))
    for y, half in ((-18, 44), (-52, 36), (-84, 27), (-112, 18)):
        pen.polygon([(-half, y), (half, y), (0, y - 58)], shade(look.rgb, 0.86))
        pen.polygon([(-half, y), (half * 0.1, y), (0, y - 58)], look.rgb)


def tent(pen: Pen, look: Look) -> None:
    """Draw a camping tent of the colour with its flap open."""
    pen.shadow(76)
    pen.polygon([(-74, 0), (0, -88), (74, 0)], look.rgb)
    pen.polygon([(0, -88), (74, 0), (34, 0)], shade(look.rgb, 0.78))
    pen.polygon([(-17, 0), (2, -62), (22, 0)], (56, 46, 40))
    pen.polygon([(-17, 0), (2, -62), (-3, 0)], shade(look.rgb, 1.25))
    for side in (-1, 1):
        pen.line([(side * 60, -16), (side * 90, 0)], 1.2, (90, 84, 76))
    pen.line([(0, -88), (0, -97)], 2.4, (90, 84, 76))


def house(pen: Pen, look: Look) -> None:
    """Draw a house whose walls have the colour."""
    pen.shadow(98)
    roof: Colour = ((120, 58, 46), (78, 74, 80), (96, 66, 48))[look.variant % 3]
    pen.rectangle(-84, -94, 84, 0, look.rgb)
    pen.rectangle(44, -158, 62, -110, shade(roof, 0.8))
    pen.polygon([(-100, -90), (-62, -156), (62, -156), (100, -90)], roof)
    pen.rectangle(-100, -94, 100, -88, shade(roof, 0.7))
    pen.rectangle(-15, -54, 17, 0, (102, 70, 46))
    pen.circle(11, -26, 2, (232, 204, 120))
    for x in (-66, 36):
        pen.rectangle(x, -72, x + 34, -36, (250, 248, 240))
        pen.rectangle(x + 3, -69, x + 31, -39, (172, 206, 226))
        pen.line([(x + 17, -69), (x + 17, -39)], 2, (250, 248, 240))
        pen.line([(x + 3, -54), (x + 31, -54)], 2, (250, 248, 240))


def bench(pen: Pen, look: Look) -> None:
    """Draw a park bench of the colour."""
    pen.shadow(58)
    for x in (-46, 46):
        pen.line([(x, -58), (x, 0)], 4.4, INK)
        pen.line([(x, -26), (x + 9, 0)], 4.4, INK)
    for y in (-56, -46, -36):
        pen.rectangle(-56, y, 56, y + 6.5, look.rgb, corner=2)
    pen.rectangle(-58, -28, 60, -20, shade(look.rgb, 0.82), corner=3)


def street_lamp(pen: Pen, look: Look) -> None:
    """Draw a street lamp with a bent neck; its post has the colour, its light is warm."""
    if look.is_lit:
        for radius, strength in ((64, 26), (44, 36), (26, 60)):
            pen.circle(32, -186, radius, (255, 226, 140, strength))
        pen.polygon([(16, -184), (50, -184), (104, 0), (-34, 0)], (255, 232, 160, 30))
    pen.shadow(20)
    pen.rectangle(-7, -14, 7, 0, shade(look.rgb, 0.8), corner=2)
    pen.line([(0, -6), (0, -176)], 5, look.rgb)
    pen.curve([(0, -174), (2, -200), (30, -196)], 5, look.rgb)
    pen.polygon([(16, -186), (22, -198), (44, -198), (50, -186)], look.rgb)
    pen.ellipse(33, -185, 14, 6, (255, 240, 180) if look.is_lit else (250, 246, 226))


def lighthouse(pen: Pen, look: Look) -> None:
    """Draw a lighthouse with bands of the colour."""
    pen.ellipse(0, 0, 70, 16, (122, 118, 112))
    pen.ellipse(-14, -6, 48, 13, (144, 140, 132))
    for band in range(5):
        low, high = -4 - 30 * band, -34 - 30 * band
        wide, thin = 28 - 2.4 * band, 25.6 - 2.4 * band
        pen.polygon(
            [(-wide, low), (wide, low), (thin, high), (-thin, high)],
            look.rgb if band % 2 == 0 else (248, 246, 242),
        )
    pen.rectangle(-23, -160, 23, -153, INK)
    pen.rectangle(-12, -180, 12, -160, (255, 238, 164))
    pen.line([(0, -180), (0, -160)], 2, INK)
    pen.polygon([(-16, -179), (16, -179), (0, -200)], look.rgb)
    pen.rectangle(-6, -24, 6, -3, (76, 62, 52), corner=5)


def sofa(pen: Pen, look: Look) -> None:
    """Draw a sofa; its seat is at y = -42."""
    pen.shadow(112, strength=70)
    for x in (-88, 88):
        pen.rectangle(x - 5, -10, x + 5, 0, (70, 50, 36))
    pen.rectangle(-94, -88, 94, -24, look.rgb, corner=16)
    for x in (-88, 3):
        pen.rectangle(x, -82, x + 85, -44, shade(look.rgb, 1.12), corner=11)
        pen.rectangle(x, -48, x + 85, -26, shade(look.rgb, 1.2), corner=7)
    pen.rectangle(-96, -32, 96, -8, shade(look.rgb, 0.82), corner=6)
    for x in (-112, 88):
        pen.rectangle(x, -66, x + 24, -6, shade(look.rgb, 0.92), corner=11)


def chair(pen: Pen, look: Look) -> None:
    """Draw a wooden chair of the colour seen from its side; its seat is at y = -46."""
    pen.shadow(30)
    dark = shade(look.rgb, 0.78)
    for x, tone in ((-18, dark), (20, dark), (-24, look.rgb), (26, look.rgb)):
        pen.line([(x, -44), (x, -2)], 4.6, tone)
    pen.line([(-24, -44), (-29, -104)], 5.4, look.rgb)
    for y in (-98, -84, -70):
        pen.line([(-28, y), (-14, y + 1)], 5, look.rgb)
    pen.line([(-15, -46), (-18, -102)], 4.6, dark)
    pen.rectangle(-30, -50, 32, -42, shade(look.rgb, 1.1), corner=3)


def table(pen: Pen, look: Look) -> None:
    """Draw a table of the colour; its top is at y = -66."""
    pen.shadow(80)
    for x in (-50, 50):
        pen.line([(x, -60), (x, -8)], 6, shade(look.rgb, 0.7))
    for x in (-66, 66):
        pen.line([(x, -60), (x, -2)], 7, shade(look.rgb, 0.86))
    pen.rectangle(-78, -68, 78, -56, shade(look.rgb, 0.9), corner=3)
    pen.rectangle(-82, -71, 82, -63, shade(look.rgb, 1.1), corner=3)


def lamp(pen: Pen, look: Look) -> None:
    """Draw a floor lamp whose shade has the colour."""
    pen.shadow(22)
    pen.circle(0, -140, 50, (255, 240, 190, 44))
    pen.ellipse(0, -2, 20, 4.5, (72, 68, 66))
    pen.line([(0, -4), (0, -128)], 4, (72, 68, 66))
    pen.polygon([(-32, -120), (-19, -160), (19, -160), (32, -120)], look.rgb)
    pen.polygon([(-10, -120), (-6, -160), (8, -160), (13, -120)], shade(look.rgb, 1.3))


def plant(pen: Pen, look: Look) -> None:
    """Draw a green plant in a pot of the colour."""
    pen.shadow(24)
    for turn, length in ((-58, 46), (-34, 58), (-10, 68), (14, 66), (38, 56), (60, 44)):
        leaf = pen.at(0, -36, turn_deg=turn)
        leaf.ellipse(0, -length / 2, 8, length / 2, (62, 128, 70) if turn % 4 else (84, 150, 84))
        leaf.line([(0, 0), (0, -length * 0.9)], 1.2, (44, 98, 52))
    pen.polygon([(-22, -42), (22, -42), (16, 0), (-16, 0)], look.rgb)
    pen.rectangle(-25, -46, 25, -37, shade(look.rgb, 0.84), corner=2)


def television(pen: Pen, look: Look) -> None:
    """Draw a television on a cabinet of the colour."""
    pen.shadow(76)
    pen.rectangle(-72, -40, 72, -4, look.rgb, corner=3)
    pen.line([(0, -38), (0, -6)], 1.6, shade(look.rgb, 0.6))
    for x in (-8, 8):
        pen.circle(x, -22, 2.2, shade(look.rgb, 0.5))
    pen.rectangle(-14, -48, 14, -40, INK)
    pen.rectangle(-62, -122, 62, -46, INK, corner=4)
    pen.rectangle(-57, -117, 57, -51, (70, 104, 138))
    pen.polygon([(-57, -117), (-10, -117), (-44, -51), (-57, -51)], (98, 132, 164))


def bookshelf(pen: Pen, look: Look) -> None:
    """Draw a bookshelf of the colour with books in it."""
    pen.shadow(56)
    pen.rectangle(-52, -168, 52, 0, look.rgb, corner=3)
    spines: tuple[Colour, ...] = (
        (184, 62, 52),
        (60, 104, 152),
        (226, 186, 92),
        (84, 136, 92),
        (238, 232, 220),
        (122, 78, 130),
    )
    for row in range(4):
        base = -8 - 40 * row
        pen.rectangle(-46, base - 34, 46, base, shade(look.rgb, 0.55))
        x = -45.0
        for book in range(9):
            width = 6 + (book * 5 + row * 3 + look.variant) % 5
            if x + width > 45:
                break
            top = base - 22 - (book * 7 + row * 5) % 10
            pen.rectangle(
                x, top, x + width - 0.8, base, spines[(book * 3 + row + look.variant) % len(spines)]
            )
            x += width


def clock(pen: Pen, look: Look) -> None:
    """Draw a round wall clock with a rim of the colour, hung around its centre."""
    pen.circle(0, 0, 26, look.rgb)
    pen.circle(0, 0, 20, (250, 248, 242))
    for hour in range(12):
        angle = math.pi * hour / 6
        pen.circle(16 * math.sin(angle), -16 * math.cos(angle), 1.2, INK)
    hand = math.pi * (look.variant % 12) / 6
    pen.line([(0, 0), (10 * math.sin(hand), -10 * math.cos(hand))], 2.6, INK)
    pen.line([(0, 0), (0, -15)], 1.8, INK)


def vase(pen: Pen, look: Look) -> None:
    """Draw a vase of the colour with flowers."""
    pen.shadow(13)
    petals: Colour = ((236, 120, 150), (250, 206, 84), (240, 240, 244))[look.variant % 3]
    for x, y in ((-13, -62), (0, -72), (13, -60)):
        pen.line([(0, -34), (x, y)], 1.8, (70, 124, 66))
        for step in range(5):
            angle = 2 * math.pi * step / 5
            pen.circle(x + 5.4 * math.cos(angle), y + 5.4 * math.sin(angle), 4, petals)
        pen.circle(x, y, 3, (212, 146, 52))
    pen.ellipse(0, -15, 14, 16, look.rgb)
    pen.rectangle(-7, -38, 7, -24, look.rgb, corner=2)
    pen.ellipse(-5, -18, 3, 7, blend(look.rgb, (255, 255, 255), 0.55))
