"""Make the small scenes that the embedded captioner knows: a place and two to four coloured things.

Four kinds of scene. In those of *any* thing, it may stand in any place: eyes learn from these. *Uniform* ones
mix evenly all but the unusual. *Usual* ones are skewed as the world is: cars stand in streets. *Unusual* ones
hold at least one thing in a place where no caption that taught words ever had it.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Final

from workbench.errors import UnknownNameError

__all__ = ["COLOURS", "NOUNS", "PLACES", "TYPICAL", "UNUSUAL", "Scene", "Thing", "make_scene"]

NOUNS: Final = (
    "ball", "balloon", "boat", "bus", "car", "cat", "chair", "dog", "duck", "house", "kite", "lamp", "sofa",
    "tent", "tree", "umbrella",
)  # fmt: skip
COLOURS: Final = ("red", "yellow", "green", "blue", "purple", "brown", "black", "white")
PLACES: Final = ("beach", "street", "meadow", "room", "snow", "night")

#: What belongs to a place, the most typical first.
TYPICAL: Final[dict[str, tuple[str, ...]]] = {
    "beach": ("umbrella", "boat", "ball", "kite"),
    "street": ("car", "bus", "umbrella"),
    "meadow": ("tree", "kite", "balloon", "dog", "duck"),
    "room": ("sofa", "lamp", "chair", "cat"),
    "snow": ("house", "dog", "tree"),
    "night": ("tent", "cat", "lamp", "house"),
}
#: What no scene that is captioned in the training ever shows in a place.
UNUSUAL: Final[dict[str, tuple[str, ...]]] = {
    "beach": ("bus", "sofa"),
    "street": ("boat", "tent"),
    "meadow": ("lamp", "bus"),
    "room": ("kite", "balloon"),
    "snow": ("duck", "umbrella"),
    "night": ("ball", "chair"),
}
_KINDS: Final = ("any", "uniform", "usual", "unusual")
_TYPICAL_WEIGHT: Final = 6.0


@dataclass(frozen=True, slots=True)
class Thing:
    """One thing of a scene: what it is, its colour, and where it stands.

    Attributes:
        noun: one of `NOUNS`; no noun is twice in a scene.
        colour: one of `COLOURS`.
        x: middle of its foot, 0-1 of the width.
        y: its foot, 0-1 of the height.
        size: of its longer side, 0-1 of the width.
    """

    noun: str
    colour: str
    x: float
    y: float
    size: float


@dataclass(frozen=True, slots=True)
class Scene:
    """A place and what is in it, from left to right; the same scene is always the same picture."""

    place: str
    things: tuple[Thing, ...]
    seed: str

    @property
    def nouns(self) -> frozenset[str]:
        """Return what is there."""
        return frozenset(thing.noun for thing in self.things)

    @property
    def is_unusual(self) -> bool:
        """Return whether a thing is here that no captioned training scene shows in this place."""
        return bool(self.nouns & set(UNUSUAL[self.place]))


def make_scene(seed: str, kind: str = "usual") -> Scene:
    """Make the scene of a seed.

    Args:
        seed: any text; the same seed and kind give the same scene.
        kind: any, uniform, usual or unusual.

    Raises:
        UnknownNameError: when there is no such kind.

    >>> make_scene("a") == make_scene("a")
    True
    >>> make_scene("a", "unusual").is_unusual
    True
    """
    if kind not in _KINDS:
        raise UnknownNameError("kind of scene", kind, _KINDS)
    rng = random.Random(f"{kind}/{seed}")
    place = rng.choice(PLACES)
    nouns = _pick(rng, place, rng.choices((2, 3, 4), (3, 4, 3))[0], kind)
    cells = rng.sample([(column, row) for column in range(3) for row in range(2)], len(nouns))
    things = [_stand(rng, noun, *cell) for noun, cell in zip(nouns, cells, strict=True)]
    return Scene(place, tuple(sorted(things, key=lambda thing: thing.x)), f"{kind}/{seed}")


def _pick(rng: random.Random, place: str, count: int, kind: str) -> list[str]:
    picked = [rng.choice(UNUSUAL[place])] if kind == "unusual" else []
    known = [noun for noun in NOUNS if kind == "any" or noun not in UNUSUAL[place]]
    is_even = kind in ("any", "uniform")
    weights = [_TYPICAL_WEIGHT if not is_even and noun in TYPICAL[place] else 1.0 for noun in known]
    while len(picked) < count:
        noun = rng.choices(known, weights)[0]
        if noun not in picked:
            picked.append(noun)
    return picked


def _stand(rng: random.Random, noun: str, column: int, row: int) -> Thing:
    return Thing(
        noun,
        rng.choice(COLOURS),
        x=round((column + 0.5) / 3 + rng.uniform(-0.05, 0.05), 3),
        y=round((0.48, 0.93)[row] + rng.uniform(-0.05, 0.04), 3),
        size=round(rng.uniform(0.30, 0.36), 3),
    )
