"""Imagine a scene with one fact changed, so that a caption of it is false of the scene that was drawn.

The changed scene is never drawn; it is only spoken of. It keeps the seed, so the same person tells it with
the same dice.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

from workbench.demo.catalog import COLOURS, KINDS, Kind
from workbench.demo.scene import Scene, Spot, Thing, relation_between

__all__ = ["imagine_added", "imagine_changed", "imagine_count", "imagine_swapped"]

COUNT_WEIGHTS = {2: 4, 3: 3, 4: 2}
UNSEEN = {"snow": "white", "night": "black"}


def imagine_added(scene: Scene, rng: random.Random, *, is_near: bool) -> Scene | None:
    """Return the scene with one thing more, last; None where no kind is left.

    Args:
        scene: what was drawn.
        rng: the dice.
        is_near: whether the thing is one that lives in such a place (common ones often) or one that does not.
    """
    kinds = [
        kind
        for kind in KINDS.values()
        if (scene.place in kind.bands) == is_near and scene.thing(kind.name) is None
    ]
    if not kinds:
        return None
    kind = rng.choices(kinds, [1 / (rank + 2) ** 0.8 for rank in range(len(kinds))])[0]
    return replace(scene, things=(*scene.things, _imagine_thing(scene, kind, rng)))


def imagine_count(scene: Scene, rng: random.Random) -> Scene | None:
    """Return the scene with another number (two or more) of one thing; None where none comes in numbers."""
    for thing in rng.sample(scene.things, len(scene.things)):
        numbers = [
            number
            for number in COUNT_WEIGHTS
            if number <= KINDS[thing.kind].most and number != thing.count and not thing.support
        ]
        if numbers:
            number = rng.choices(numbers, [COUNT_WEIGHTS[number] for number in numbers])[0]
            return _with(scene, thing, replace(thing, spots=(thing.spots * number)[:number]))
    return None


def imagine_swapped(scene: Scene, first: str, second: str) -> Scene | None:
    """Return the scene with two single things in each other's place; None where that is not beyond doubt."""
    one, other = scene.thing(first), scene.thing(second)
    if one is None or other is None or one.count != 1 or other.count != 1:
        return None
    said = relation_between(one, other)
    moved_one = replace(one, spots=(replace(one.spots[0], x=other.spots[0].x),))
    moved_other = replace(other, spots=(replace(other.spots[0], x=one.spots[0].x),))
    if said is None or said == "on" or relation_between(moved_other, moved_one) != said:
        return None
    swapped = {first: moved_other, second: moved_one}
    return replace(scene, things=tuple(swapped.get(thing.kind, thing) for thing in scene.things))


def imagine_changed(scene: Scene, rng: random.Random) -> Scene | None:
    """Return the scene with one fact changed: a colour, a pose, a number, a kind or who stands where."""
    changes: list[Callable[[], Scene | None]] = [
        lambda: _recolour(scene, rng),
        lambda: _repose(scene, rng),
        lambda: imagine_count(scene, rng),
        lambda: _exchange_kind(scene, rng),
        lambda: _swap_any(scene, rng),
    ]
    for change in rng.sample(changes, len(changes)):
        edited = change()
        if edited is not None:
            return edited
    return None


def _imagine_thing(scene: Scene, kind: Kind, rng: random.Random) -> Thing:
    colours = [colour for colour in kind.colours if colour != UNSEEN.get(scene.place)] or list(kind.colours)
    colour = rng.choices(colours, [1 / (rank + 1) ** 0.5 for rank in range(len(colours))])[0]
    band = kind.bands.get(scene.place, "ground")
    poses = [pose for pose in kind.poses if kind.name != "bird" or (pose == "flying") == (band == "sky")]
    spot = Spot(rng.uniform(60, 580), 440, 1.0, False, 0)
    return Thing(
        kind.name, colour, COLOURS[colour], rng.choice(poses or ["standing"]), "medium", band, (spot,)
    )


def _with(scene: Scene, thing: Thing, edited: Thing) -> Scene:
    return replace(scene, things=tuple(edited if other is thing else other for other in scene.things))


def _recolour(scene: Scene, rng: random.Random) -> Scene | None:
    thing = rng.choice(scene.things)
    colours = [
        colour
        for colour in KINDS[thing.kind].colours
        if colour not in (thing.colour, UNSEEN.get(scene.place))
    ]
    return _with(scene, thing, replace(thing, colour=rng.choice(colours))) if colours else None


def _repose(scene: Scene, rng: random.Random) -> Scene | None:
    thing = rng.choice(scene.things)
    resting = ("sleeping", "sitting", "lying")
    poses = [
        pose
        for pose in KINDS[thing.kind].poses
        if pose != thing.pose and (pose in resting or not thing.support) and thing.kind != "bird"
    ]
    return _with(scene, thing, replace(thing, pose=rng.choice(poses))) if poses else None


def _exchange_kind(scene: Scene, rng: random.Random) -> Scene | None:
    """Put another kind that lives there and may have the colour in place of one thing."""
    thing = rng.choice(scene.things)
    if thing.support or any(other.support == thing.kind for other in scene.things):
        return None
    kinds = [
        kind
        for kind in KINDS.values()
        if scene.thing(kind.name) is None and kind.bands.get(scene.place) == thing.band
        and thing.colour in kind.colours and thing.count <= kind.most
    ]  # fmt: skip
    if not kinds:
        return None
    kind = rng.choices(kinds, [1 / (rank + 2) ** 0.8 for rank in range(len(kinds))])[0]
    other = _imagine_thing(scene, kind, rng)
    return _with(scene, thing, replace(other, colour=thing.colour, spots=thing.spots))


def _swap_any(scene: Scene, rng: random.Random) -> Scene | None:
    pairs = [(one.kind, other.kind) for one in scene.things for other in scene.things if one is not other]
    for one, other in rng.sample(pairs, len(pairs)):
        edited = imagine_swapped(scene, one, other)
        if edited is not None:
            return edited
    return None
