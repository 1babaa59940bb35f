"""Draw people and animals; each stands on y = 0 and looks to the right, a grown person is 106 units tall."""

from __future__ import annotations

import math

from workbench.demo.pen import Colour, Pen, Point, bend, shade
from workbench.demo.scene import Look

__all__ = ["bird", "cat", "child", "cow", "dog", "duck", "horse", "man", "sheep", "woman"]

SKINS: tuple[Colour, ...] = ((240, 200, 170), (222, 172, 134), (176, 120, 82), (122, 80, 54), (94, 62, 44))
HAIRS: tuple[Colour, ...] = (
    (46, 34, 28),
    (92, 60, 34),
    (24, 22, 24),
    (196, 150, 84),
    (134, 70, 38),
    (150, 150, 152),
)
TROUSERS: tuple[Colour, ...] = ((48, 62, 92), (70, 62, 56), (38, 40, 46), (96, 84, 66))
INK: Colour = (24, 24, 28)


def _legs(pen: Pen, look: Look, cloth: Colour, *, spread: float = 12) -> None:
    swing = math.sin(2 * math.pi * look.phase) if look.phase else 1.0
    shoe = shade(cloth, 0.55)
    if look.pose == "sitting":
        for ahead, tone in ((6.0, 0.8), (0.0, 1.0)):
            pen.line([(-2, -7), (17 + ahead, -24), (34 + ahead, -5)], 10, shade(cloth, tone))
            pen.line([(34 + ahead, -3), (41 + ahead, -3)], 6, shoe)
        return
    if look.pose == "running":
        pen.line([(-3, -46), (-12 * swing, -26), (-26 * swing, -10)], 10, shade(cloth, 0.8))
        pen.line([(3, -46), (17 * swing, -30), (15 * swing, -4)], 10, cloth)
        pen.line([(15 * swing, -3), (15 * swing + 7, -3)], 6, shoe)
        pen.line([(-26 * swing, -10), (-27 * swing, -4)], 6, shoe)
        return
    reach = spread * swing if look.pose == "walking" else 6.0
    for side in (-1, 1):
        pen.line(
            [(3.5 * side, -46), (reach * 0.6 * side, -24), (reach * side, -4)],
            10,
            cloth if side > 0 else shade(cloth, 0.82),
        )
        pen.line([(reach * side, -3), (reach * side + 6, -3)], 6.5, shoe)


def _arms(pen: Pen, look: Look, skin: Colour) -> None:
    sleeve = shade(look.rgb, 0.82)
    swing = math.sin(2 * math.pi * look.phase) if look.phase else 1.0
    paths: dict[str, tuple[list[Point], list[Point]]] = {
        "waving": ([(-11, -78), (-16, -62), (-15, -46)], [(11, -78), (24, -90), (30, -110)]),
        "walking": (
            [(-10, -78), (-15 * swing, -62), (-18 * swing, -50)],
            [(10, -78), (16 * swing, -62), (22 * swing, -52)],
        ),
        "running": (
            [(-10, -78), (-20 * swing, -66), (-24 * swing, -56)],
            [(10, -78), (19 * swing, -64), (30 * swing, -72)],
        ),
        "sitting": ([(-10, -78), (-17, -62), (-20, -44)], [(10, -78), (17, -68), (22, -60)]),
        "holding": ([(-11, -78), (-16, -62), (-15, -46)], [(11, -78), (20, -64), (27, -72)]),
    }
    back, front = paths.get(
        look.pose, ([(-11, -78), (-15, -62), (-14, -46)], [(11, -78), (15, -62), (14, -46)])
    )
    for path in (back, front):
        pen.line(path, 7.5, sleeve)
        pen.circle(path[-1][0], path[-1][1], 4.2, skin)


def _head(pen: Pen, look: Look, skin: Colour, hair: Colour, *, has_long_hair: bool, y: float = -97) -> None:
    if has_long_hair:
        pen.ellipse(-2, y + 3, 12.5, 15, hair)
        pen.rectangle(-13.5, y, 4, y + 19, hair, corner=6)
    pen.rectangle(-3.5, y + 6, 3.5, y + 17, shade(skin, 0.86))
    pen.circle(0, y, 10.5, skin)
    pen.polygon([(-11, y + 1), *bend((-11, y - 1), (-6, y - 18), (10, y - 6)), (4, y - 4), (-5, y - 3)], hair)
    pen.circle(5, y + 0.5, 1.5, INK)
    pen.line([(4, y + 5.5), (8, y + 5)], 1.2, shade(skin, 0.6))


def _person(pen: Pen, look: Look, *, has_long_hair: bool) -> None:
    skin, hair = SKINS[look.variant % len(SKINS)], HAIRS[look.variant // 3 % len(HAIRS)]
    cloth = TROUSERS[look.variant // 7 % len(TROUSERS)]
    pen.shadow(24)
    sink = 38 if look.pose == "sitting" else 0
    _legs(pen, look, cloth)
    top = pen.at(0, sink)
    if has_long_hair and look.pose in ("standing", "waving", "holding"):
        top.polygon([(-9, -56), (9, -56), (19, -24), (-19, -24)], shade(look.rgb, 0.88))
    top.rectangle(-13, -84, 13, -42, look.rgb, corner=8)
    top.polygon([(-5, -84), (5, -84), (0, -72)], shade(look.rgb, 1.35))
    _arms(top, look, skin)
    _head(top, look, skin, hair, has_long_hair=has_long_hair)


def man(pen: Pen, look: Look) -> None:
    """Draw a man in a jacket of the colour."""
    _person(pen, look, has_long_hair=False)


def woman(pen: Pen, look: Look) -> None:
    """Draw a woman with long hair in a coat of the colour."""
    _person(pen, look, has_long_hair=True)


def child(pen: Pen, look: Look) -> None:
    """Draw a child: smaller, a larger head, a cap of the colour."""
    skin, cloth = SKINS[look.variant % len(SKINS)], TROUSERS[look.variant // 5 % len(TROUSERS)]
    small = pen.at(0, 0, 0.66)
    small.shadow(24)
    _legs(small, look, cloth)
    top = small.at(0, 36 if look.pose == "sitting" else 0)
    top.rectangle(-14, -82, 14, -40, look.rgb, corner=9)
    _arms(top, look, skin)
    top.circle(0, -97, 15, skin)
    top.polygon([(-16, -99), *bend((-16, -101), (-2, -128), (15, -101)), (15, -99)], look.rgb)
    top.rectangle(8, -103, 25, -98, shade(look.rgb, 0.8), corner=2.5)
    top.circle(7, -95, 1.9, INK)
    top.line([(5, -88), (10, -89)], 1.5, shade(skin, 0.6))


def _paws(pen: Pen, look: Look, *, front: float, back: float, height: float, width: float) -> None:
    dark = shade(look.rgb, 0.78)
    if look.pose == "running":
        swing = math.cos(2 * math.pi * look.phase)
        for x, reach, tone in (
            (back, -17, dark),
            (back + 7, -9, look.rgb),
            (front - 7, 9, dark),
            (front, 18, look.rgb),
        ):
            pen.line(
                [(x, -height), (x + reach * 0.6 * swing, -height * 0.45), (x + reach * swing, -2)],
                width,
                tone,
            )
        return
    for x, tone in ((back + 8, dark), (front - 8, dark), (back, look.rgb), (front, look.rgb)):
        pen.line([(x, -height), (x, -width / 2)], width, tone)


def _dog_head(pen: Pen, look: Look, x: float, y: float) -> None:
    dark = shade(look.rgb, 0.55)
    pen.circle(x, y, 13.5, look.rgb)
    pen.rectangle(x + 5, y - 3, x + 23, y + 8, shade(look.rgb, 1.12), corner=5)
    pen.circle(x + 21.5, y - 1, 3.2, INK)
    pen.polygon([(x - 6, y - 11), (x + 3, y - 11), (x - 1, y + 8), (x - 9, y + 6)], dark)
    pen.circle(x + 6, y - 4, 2.2, INK)
    pen.line([(x + 12, y + 6), (x + 20, y + 6)], 1.2, dark)


def dog(pen: Pen, look: Look) -> None:
    """Draw a dog, standing, sitting, running or lying."""
    pen.shadow(42)
    collar: Colour = (200, 44, 52)
    if look.pose == "lying":
        pen.curve([(-34, -8), (-50, -6), (-54, -20)], 6, look.rgb)
        pen.ellipse(-4, -13, 36, 13, look.rgb)
        pen.line([(24, -4), (46, -4)], 7, shade(look.rgb, 0.85))
        pen.line([(-22, -4), (-4, -4)], 7, shade(look.rgb, 0.8))
        pen.line([(22, -22), (30, -18)], 5, collar)
        _dog_head(pen, look, 36, -26)
        return
    if look.pose == "sitting":
        pen.curve([(-20, -8), (-40, -6), (-40, -24)], 6, look.rgb)
        pen.ellipse(-8, -16, 19, 17, look.rgb)
        pen.ellipse(3, -32, 15, 25, look.rgb, turn_deg=18)
        pen.line([(12, -34), (14, -4)], 8, look.rgb)
        pen.line([(6, -34), (6, -4)], 8, shade(look.rgb, 0.8))
        pen.line([(5, -52), (18, -48)], 5, collar)
        _dog_head(pen, look, 16, -62)
        return
    _paws(pen, look, front=26, back=-26, height=26, width=8)
    pen.curve([(-30, -36), (-46, -42), (-46, -60)], 6.5, look.rgb)
    pen.ellipse(0, -33, 36, 15.5, look.rgb)
    pen.polygon([(16, -44), (34, -60), (42, -48), (32, -24)], look.rgb)
    pen.line([(26, -52), (36, -40)], 5, collar)
    _dog_head(pen, look, 40, -57)


def _cat_head(pen: Pen, look: Look, x: float, y: float, *, is_asleep: bool = False) -> None:
    for side in (-1, 1):
        pen.polygon([(x + side * 13, y - 3), (x + side * 11, y - 20), (x + side * 2, y - 10)], look.rgb)
        pen.polygon(
            [(x + side * 10.5, y - 7), (x + side * 9.6, y - 15), (x + side * 4.5, y - 9)], (232, 164, 160)
        )
    pen.ellipse(x, y, 14.5, 12.5, look.rgb)
    for side in (-1, 1):
        if is_asleep:
            pen.line([(x + side * 8, y - 1), (x + side * 3, y - 1)], 1.6, INK)
        else:
            pen.ellipse(x + side * 5.5, y - 2, 2.9, 3.4, (214, 226, 120))
            pen.ellipse(x + side * 5.5, y - 2, 1.3, 3.2, INK)
        for tilt in (-2, 1, 4):
            pen.line([(x + side * 6, y + 4), (x + side * 19, y + 2 + tilt)], 0.7, shade(look.rgb, 0.5))
    pen.polygon([(x - 2.2, y + 2.5), (x + 2.2, y + 2.5), (x, y + 5)], (214, 118, 118))


def cat(pen: Pen, look: Look) -> None:
    """Draw a cat, sitting, sleeping or walking."""
    stripe = shade(look.rgb, 0.72)
    if look.pose == "sleeping":
        pen.shadow(36)
        pen.ellipse(0, -13, 33, 14, look.rgb)
        for x in (-14, -6, 2):
            pen.curve([(x, -26), (x - 3, -20), (x - 1, -14)], 3, stripe)
        pen.curve([(-30, -10), (-28, 2), (4, -2)], 7, shade(look.rgb, 0.86))
        _cat_head(pen, look, 24, -17, is_asleep=True)
        return
    if look.pose == "walking":
        pen.shadow(34)
        walk = Look(look.rgb, "standing", look.variant, look.phase)
        _paws(pen, walk, front=19, back=-21, height=20, width=6.5)
        pen.curve([(-24, -26), (-44, -30), (-38, -58)], 6, look.rgb)
        pen.ellipse(-1, -25, 29, 11, look.rgb)
        for x in (-12, -4, 4):
            pen.line([(x, -35), (x, -28)], 3, stripe)
        _cat_head(pen, look, 31, -37)
        return
    pen.shadow(26)
    pen.curve([(14, -6), (40, 2), (34, -26)], 6.5, shade(look.rgb, 0.86))
    pen.ellipse(0, -20, 21, 21, look.rgb)
    pen.ellipse(0, -16, 10, 15, shade(look.rgb, 1.3))
    pen.line([(-6, -16), (-7, -3)], 7, look.rgb)
    pen.line([(6, -16), (7, -3)], 7, look.rgb)
    for y in (-32, -27):
        pen.line([(-18, y + 4), (-12, y + 6)], 2.4, stripe)
        pen.line([(18, y + 4), (12, y + 6)], 2.4, stripe)
    _cat_head(pen, look, 0, -48)


def horse(pen: Pen, look: Look) -> None:
    """Draw a horse, standing, grazing or running."""
    mane, hoof = shade(look.rgb, 0.45), (44, 38, 34)
    pen.shadow(56)
    pen.curve([(-48, -76), (-70, -68), (-64, -34)], 9, mane)
    swing = math.cos(2 * math.pi * look.phase) if look.pose == "running" else 0.0
    for x, reach, tone in ((-32, -26, 0.8), (30, 24, 0.8), (-42, -12, 1.0), (38, 30, 1.0)):
        foot = x + reach * swing
        pen.line([(x, -58), ((x + foot) / 2 + 3, -28), (foot, -5)], 9, shade(look.rgb, tone))
        pen.line([(foot, -4), (foot + 4, -4)], 8, hoof)
    pen.ellipse(-2, -68, 50, 22, look.rgb)
    if look.pose == "grazing":
        pen.polygon([(28, -84), (48, -74), (72, -26), (58, -20), (26, -56)], look.rgb)
        pen.line([(32, -86), (50, -72), (68, -34)], 7, mane)
        pen.ellipse(70, -16, 11, 20, look.rgb, turn_deg=-14)
        pen.circle(69, -22, 2, INK)
        pen.ellipse(74, -2, 7, 6, shade(look.rgb, 0.75))
        return
    pen.polygon([(24, -80), (48, -116), (66, -108), (46, -58)], look.rgb)
    pen.line([(26, -86), (40, -108), (52, -124)], 8, mane)
    pen.ellipse(68, -110, 22, 10.5, look.rgb, turn_deg=28)
    pen.polygon([(50, -118), (54, -134), (60, -118)], look.rgb)
    pen.ellipse(83, -101, 7.5, 7, shade(look.rgb, 0.75))
    pen.circle(64, -115, 2.4, INK)


def cow(pen: Pen, look: Look) -> None:
    """Draw a cow with patches, standing or grazing."""
    patch: Colour = (250, 248, 244) if sum(look.rgb[:3]) < 560 else (52, 46, 44)
    pen.shadow(56)
    pen.curve([(-52, -72), (-64, -60), (-58, -30)], 4, shade(look.rgb, 0.7))
    for x, tone in ((-32, 0.75), (30, 0.75), (-42, 0.95), (40, 0.95)):
        pen.line([(x, -46), (x, -5)], 10, shade(look.rgb, tone))
        pen.line([(x, -3), (x + 1, -3)], 9, (50, 44, 42))
    pen.ellipse(-24, -36, 11, 9, (236, 176, 170))
    pen.rectangle(-54, -86, 50, -38, look.rgb, corner=22)
    pen.ellipse(-26, -66, 17, 13, patch)
    pen.ellipse(18, -74, 15, 10, patch, turn_deg=20)
    pen.ellipse(6, -46, 12, 7, patch)
    x, y = (66, -34) if look.pose == "grazing" else (62, -84)
    head = pen.at(x, y)
    pen.polygon([(36, -82), (x - 4, y - 12), (x, y + 10), (38, -50)], look.rgb)
    head.ellipse(-14, -9, 10, 4.5, shade(look.rgb, 0.8), turn_deg=18)
    head.line([(-3, -14), (3, -24)], 4, (226, 214, 190))
    head.ellipse(2, 0, 15, 14, look.rgb)
    head.ellipse(12, 8, 11, 9, (240, 190, 182))
    head.circle(16, 6, 1.7, INK)
    head.circle(4, -4, 2.3, INK)


def sheep(pen: Pen, look: Look) -> None:
    """Draw a woolly sheep of the colour with a dark face."""
    pen.shadow(38)
    face = (52, 46, 46) if sum(look.rgb[:3]) > 300 else (210, 200, 190)
    for x in (-22, -12, 12, 22):
        pen.line([(x, -22), (x, -3)], 6, face)
    for x, y, radius in (
        (-24, -36, 15),
        (-10, -44, 16),
        (8, -45, 16),
        (23, -38, 14),
        (-12, -28, 16),
        (10, -28, 16),
        (0, -36, 20),
    ):
        pen.circle(x, y, radius, shade(look.rgb, 0.94 if y > -30 else 1.0))
    head = pen.at(37, -12 if look.pose == "grazing" else -46)
    head.ellipse(0, 0, 11, 13, face, turn_deg=-24)
    head.ellipse(-9, -8, 8, 4, face, turn_deg=24)
    head.circle(-4, -11, 7, look.rgb)
    head.circle(3, -3, 1.9, (250, 250, 250))
    head.circle(3.4, -3, 1.0, INK)


def bird(pen: Pen, look: Look) -> None:
    """Draw a bird, flying with spread wings or standing."""
    beak: Colour = (238, 158, 44)
    if look.pose == "flying":
        lift = math.sin(2 * math.pi * look.phase) if look.phase else 1.0
        pen.polygon([(-26, -2), (-46, -8), (-42, 6)], shade(look.rgb, 0.8))
        pen.polygon(
            [(-6, -4), *bend((-6, -4), (-26, -30 * lift), (-40, -44 * lift)), (12, -6)], shade(look.rgb, 0.7)
        )
        pen.ellipse(0, 0, 28, 10.5, look.rgb)
        pen.polygon(
            [(-2, 0), *bend((-4, 0), (-6, -26 * lift), (2, -52 * lift)), (18, -2)], shade(look.rgb, 0.86)
        )
        pen.circle(26, -6, 9.5, look.rgb)
        pen.polygon([(33, -9), (47, -4), (33, -1)], beak)
        pen.circle(29, -8, 2, INK)
        return
    pen.shadow(20)
    for x in (-3, 5):
        pen.line([(x, -16), (x, -2), (x + 6, -2)], 2.2, beak)
    pen.polygon([(-18, -28), (-44, -22), (-40, -12), (-14, -18)], shade(look.rgb, 0.75))
    pen.ellipse(0, -28, 23, 15, look.rgb, turn_deg=-16)
    pen.ellipse(-6, -28, 15, 8, shade(look.rgb, 0.76), turn_deg=-8)
    pen.circle(18, -44, 11, look.rgb)
    pen.polygon([(27, -48), (42, -43), (27, -39)], beak)
    pen.circle(21, -46, 2.2, INK)


def duck(pen: Pen, look: Look) -> None:
    """Draw a duck that swims (its water line is y = 0)."""
    pen.ellipse(0, 1, 40, 4, (235, 246, 252, 120))
    pen.polygon([(-24, -16), (-42, -26), (-30, -4)], look.rgb)
    pen.ellipse(0, -11, 32, 13, look.rgb)
    pen.ellipse(-6, -14, 18, 8, shade(look.rgb, 0.78), turn_deg=-6)
    pen.line([(22, -16), (25, -34)], 10, look.rgb)
    pen.circle(26, -40, 11, look.rgb)
    pen.polygon([(34, -44), (51, -38), (34, -34)], (240, 150, 40))
    pen.circle(29, -43, 2.1, INK)
