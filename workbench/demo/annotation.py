"""Say what a person with a box tool would note of a scene, and what a fallible detector would.

Rows are for `ws.ingest_regions`: a box in fractions of the picture, a label, attributes, relations. The
person boxes things (not the place, not the sky), each instance on its own, and sees every one of them.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

from workbench.demo.catalog import KINDS
from workbench.demo.scene import HEIGHT_PX, WIDTH_PX, Scene, Spot, Thing, relation_between

__all__ = ["Box", "annotate", "detect"]

MISSED_SHARE, WRONG_COLOUR_SHARE, JITTER = 0.05, 0.03, 0.03


@dataclass(frozen=True)
class Box:
    """One thing noted: where (fractions 0-1 of the upright picture), what, how, and beside what.

    `relations` holds (predicate, key of the other box).
    """

    key: str
    label: str
    x: float
    y: float
    width: float
    height: float
    attributes: tuple[str, ...] = ()
    relations: tuple[tuple[str, str], ...] = ()

    def row(self, path: str, source: str) -> dict[str, object]:
        """Return the box as a row to ingest."""
        return {
            "path": path,
            "region_id": f"{source}/{path}/{self.key}",
            "label": self.label,
            "x": self.x,
            "y": self.y,
            "width": self.width,
            "height": self.height,
            "attributes": list(self.attributes),
            "relations": [[predicate, f"{source}/{path}/{other}"] for predicate, other in self.relations],
            "source": source,
        }


def annotate(scene: Scene) -> list[Box]:
    """Return every thing of a scene as a careful person would box it, with colour, size, pose, relations."""
    return [
        _box(thing, number, spot, _relations(scene, thing))
        for thing in scene.things
        for number, spot in enumerate(thing.spots)
    ]


def detect(scene: Scene, seed: int) -> list[Box]:
    """Return the boxes of a fallible detector, which names no relations.

    One box in twenty is missed, three colours in a hundred are wrong, edges are off by some 3 % of the box.
    """
    rng = random.Random(f"detect/{scene.seed}/{seed}")
    colours = sorted({thing.colour for thing in scene.things} | {"red", "blue", "white", "brown", "green"})
    boxes = []
    for box in annotate(scene):
        is_missed, is_wrong = rng.random() < MISSED_SHARE, rng.random() < WRONG_COLOUR_SHARE
        shifts = [rng.gauss(0, JITTER) for _ in range(4)]
        other = rng.choice([colour for colour in colours if colour != box.attributes[0]])
        if not is_missed:
            attributes = (other, *box.attributes[1:]) if is_wrong else box.attributes
            boxes.append(replace(_jittered(box, shifts), attributes=attributes, relations=()))
    return boxes


def _box(thing: Thing, number: int, spot: Spot, relations: tuple[tuple[str, str], ...]) -> Box:
    kind = KINDS[thing.kind]
    half, height = kind.half_width * spot.scale, kind.height * spot.scale
    left, right = max(0.0, spot.x - half), min(float(WIDTH_PX), spot.x + half)
    top, bottom = max(0.0, spot.y - height), min(float(HEIGHT_PX), spot.y)
    size = () if thing.size == "medium" else (thing.size,)
    pose = (thing.pose,) if kind.poses else ()
    return Box(
        f"{thing.kind}{number}",
        kind.nouns[0],
        round(left / WIDTH_PX, 4),
        round(top / HEIGHT_PX, 4),
        round((right - left) / WIDTH_PX, 4),
        round((bottom - top) / HEIGHT_PX, 4),
        (thing.colour, *size, *pose),
        relations,
    )


def _relations(scene: Scene, thing: Thing) -> tuple[tuple[str, str], ...]:
    found = []
    for other in scene.things:
        relation = relation_between(thing, other) if other is not thing else None
        if relation:
            found += [(relation, f"{other.kind}{number}") for number in range(other.count)]
    return tuple(found)


def _jittered(box: Box, shifts: list[float]) -> Box:
    left, top = box.x + shifts[0] * box.width, box.y + shifts[1] * box.height
    width, height = box.width * (1 + shifts[2]), box.height * (1 + shifts[3])
    left, top = min(max(0.0, left), 0.99), min(max(0.0, top), 0.99)
    return replace(
        box,
        x=round(left, 4),
        y=round(top, 4),
        width=round(min(width, 1 - left), 4),
        height=round(min(height, 1 - top), 4),
    )
