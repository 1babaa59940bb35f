"""Make scenes: which things stand where, in which colour, doing what; the picture follows from it.

One scene holds each kind of thing at most once (as a group of one to four alike), so that a claim such as
"the red car" or "two dogs" is either true or false and never a matter of taste.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

from workbench.demo.catalog import COLOURS, KINDS, PLACES, Kind, Place

__all__ = ["HEIGHT_PX", "WIDTH_PX", "Look", "Scene", "Spot", "Thing", "make_scene", "relation_between"]

WIDTH_PX, HEIGHT_PX = 640, 480
SIZES = {"small": 0.68, "medium": 1.0, "large": 1.36}
CLEAR_GAP = 0.12  # of the width: nearer than this, left and right are not said


@dataclass(frozen=True)
class Look:
    """What a drawing function needs: colour, pose, which small variant, the phase of a movement."""

    rgb: tuple[int, int, int]
    pose: str = "standing"
    variant: int = 0
    phase: float = 0.0
    is_lit: bool = False


@dataclass(frozen=True)
class Spot:
    """Where one instance stands: the middle of its foot in pixels, its scale, its side."""

    x: float
    y: float
    scale: float
    is_flipped: bool
    variant: int


@dataclass(frozen=True)
class Thing:
    """One kind of thing in a scene, once or several times alike."""

    kind: str
    colour: str
    rgb: tuple[int, int, int]
    pose: str
    size: str
    band: str
    spots: tuple[Spot, ...]
    support: str | None = None

    @property
    def count(self) -> int:
        """Return how many instances there are."""
        return len(self.spots)

    @property
    def extent_px(self) -> tuple[float, float]:
        """Return the left and right edge of the group."""
        half = KINDS[self.kind].half_width
        return (
            min(spot.x - half * spot.scale for spot in self.spots),
            max(spot.x + half * spot.scale for spot in self.spots),
        )

    @property
    def centre_px(self) -> tuple[float, float]:
        """Return the middle of the group."""
        height = KINDS[self.kind].height * self.spots[0].scale
        left, right = self.extent_px
        return (left + right) / 2, sum(spot.y for spot in self.spots) / self.count - height / 2


@dataclass(frozen=True)
class Scene:
    """A place with its sky and its things, the first the most prominent one."""

    place: str
    sky: str | None
    things: tuple[Thing, ...]
    seed: int

    def thing(self, kind: str) -> Thing | None:
        """Return the thing of that kind, or None."""
        return next((thing for thing in self.things if thing.kind == kind), None)


def relation_between(first: Thing, second: Thing) -> str | None:
    """Return "on", "left of" or "right of" where it is beyond doubt, else None."""
    if first.support == second.kind:
        return "on"
    if second.support == first.kind or first.band != second.band:
        return None
    (left_a, right_a), (left_b, right_b) = first.extent_px, second.extent_px
    if right_a <= left_b and second.centre_px[0] - first.centre_px[0] > CLEAR_GAP * WIDTH_PX:
        return "left of"
    if right_b <= left_a and first.centre_px[0] - second.centre_px[0] > CLEAR_GAP * WIDTH_PX:
        return "right of"
    return None


def make_scene(seed: int, *, place: str | None = None) -> Scene:
    """Draw a scene at random: common kinds often, rare kinds seldom (Zipf), same seed, same scene.

    Args:
        seed: Number of the scene.
        place: Name of a place, or None to draw one.
    """
    rng = random.Random(f"scene/{seed}")
    where = PLACES[place or rng.choice(sorted(PLACES))]
    sky = rng.choice(where.skies) if where.skies else None
    things: list[Thing] = []
    for kind in _pick_kinds(rng, where, rng.choices((1, 2, 3, 4), (2, 4, 4, 2))[0]):
        things.append(_make_thing(rng, kind, where, {thing.kind for thing in things}))
    return Scene(where.name, sky, tuple(_arrange(rng, things, where)), seed)


def _pick_kinds(rng: random.Random, place: Place, count: int) -> list[Kind]:
    known = [kind for kind in KINDS.values() if place.name in kind.bands]
    picked: list[Kind] = []
    while known and len(picked) < count:
        weights = [1 / (rank + 2) ** 0.8 for rank in range(len(known))]
        kind = rng.choices(known, weights)[0]
        known.remove(kind)
        picked.append(kind)
    return picked


def _make_thing(rng: random.Random, kind: Kind, place: Place, present: set[str]) -> Thing:
    unseen = {"snow": ("white",), "night": ("black",)}.get(place.name, ())
    colours = [name for name in kind.colours if name not in unseen] or list(kind.colours)
    weights = [1 / (rank + 1) ** 0.5 for rank in range(len(colours))]
    colour = rng.choices(colours, weights)[0]
    light = rng.randint(-14, 14)
    red, green, blue = (max(0, min(255, level + light + rng.randint(-4, 4))) for level in COLOURS[colour])
    band = kind.bands[place.name]
    support = next((name for name in kind.supports if name in present), None) if rng.random() < 0.8 else None
    poses = [pose for pose in kind.poses if _fits(pose, kind, band, support)]
    size = (
        rng.choices(("medium", "small", "large"), (5, 2, 2))[0] if kind.is_sized and not support else "medium"
    )
    count = (
        1
        if support or kind.most == 1
        else rng.choices(range(1, kind.most + 1), (10, 4, 3, 2)[: kind.most])[0]
    )
    spots = tuple(Spot(0, 0, SIZES[size], rng.random() < 0.5, rng.randrange(1000)) for _ in range(count))
    pose = rng.choice(poses) if poses else "standing"
    return Thing(kind.name, colour, (red, green, blue), pose, size, band, spots, support)


def _fits(pose: str, kind: Kind, band: str, support: str | None) -> bool:
    if support:
        return pose in ("sleeping", "sitting", "lying")
    if kind.name == "bird":
        return (pose == "flying") == (band == "sky")
    return True


def _arrange(rng: random.Random, things: list[Thing], place: Place) -> list[Thing]:
    """Give each thing its spots: side by side within its strip, never covering each other's middle."""
    placed: dict[str, Thing] = {}
    for band in ("sky", "wall", "water", "ground"):
        members = [thing for thing in things if thing.band == band and not thing.support]
        while members and _needed_px(members, place, 0.62) > WIDTH_PX - 24:
            members = members[:-1]
        if not members:
            continue
        shrink = min(1.0, (WIDTH_PX - 24) / _needed_px(members, place, 1.0))
        placed.update({thing.kind: thing for thing in _line_up(rng, members, place, shrink)})
    for thing in things:
        if thing.support in placed:
            placed[thing.kind] = _put_on(rng, thing, placed[thing.support])
    return [placed[thing.kind] for thing in things if thing.kind in placed]


def _base_scale(thing: Thing, place: Place) -> float:
    low, high = place.strips[thing.band]
    if thing.band == "water":
        return 1.05
    if thing.band in ("sky", "wall"):
        return 1.0
    return 1.68 if high - low > 60 else 1.3


def _group_width_px(thing: Thing, place: Place, shrink: float) -> float:
    width = 2 * KINDS[thing.kind].half_width * thing.spots[0].scale * _base_scale(thing, place) * shrink
    return width * (1 + 1.02 * (thing.count - 1))


def _needed_px(things: list[Thing], place: Place, shrink: float) -> float:
    return sum(_group_width_px(thing, place, shrink) + 18 for thing in things)


def _line_up(rng: random.Random, things: list[Thing], place: Place, shrink: float) -> list[Thing]:
    order = rng.sample(things, len(things))
    spare = max(0.0, WIDTH_PX - 24 - _needed_px(order, place, shrink))
    cuts = sorted(rng.uniform(0, spare) for _ in order)
    lined, x, used = [], 12.0, 0.0
    for thing, cut in zip(order, cuts, strict=True):
        x += cut - used + 9
        used = cut
        width = _group_width_px(thing, place, shrink)
        lined.append(_stand(rng, thing, place, shrink, x))
        x += width + 9
    return lined


def _stand(rng: random.Random, thing: Thing, place: Place, shrink: float, left_px: float) -> Thing:
    kind, (low, high) = KINDS[thing.kind], place.strips[thing.band]
    base = _base_scale(thing, place) * shrink * thing.spots[0].scale
    one = 2 * kind.half_width * base
    row = rng.uniform(0.15, 1.0)
    top = kind.height * base + 14
    spots = []
    for number, spot in enumerate(thing.spots):
        level = min(1.0, max(0.0, row + (rng.uniform(-0.25, 0.25) if thing.count > 1 else 0)))
        y = low + (high - low) * level
        nearness = 0.8 + 0.2 * level if thing.band in ("ground", "water") else 1.0
        y = y if thing.band in ("sky", "wall") else min(high, max(y, top))
        x = left_px + one / 2 + number * one * 1.02
        spots.append(replace(spot, x=round(x, 1), y=round(y, 1), scale=round(base * nearness, 3)))
    return replace(thing, spots=tuple(spots))


def _put_on(rng: random.Random, thing: Thing, support: Thing) -> Thing:
    spot, kind = support.spots[0], KINDS[support.kind]
    offset = 0.0 if kind.half_width < 50 else rng.uniform(-0.42, 0.42) * kind.half_width * spot.scale
    own = replace(
        thing.spots[0],
        x=round(spot.x + offset, 1),
        y=round(spot.y - kind.seat * spot.scale, 1),
        scale=round(spot.scale * 0.92, 3),
    )
    return replace(thing, spots=(own,))
