"""What an annotation says of one picture, made ready for questions: which things, how, how many, where."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from .nouns import canonical, is_a
from .verbs import verb_lemma
from .words import COLOURS, MATERIALS, PATTERNS, PREDICATES, SIZES

__all__ = [
    "Box",
    "Region",
    "Vocabulary",
    "describe_labels",
    "find_regions",
    "read_attribute",
    "read_predicate",
    "region_of",
]

_TABLES: Final = (("colour", COLOURS), ("size", SIZES), ("material", MATERIALS), ("pattern", PATTERNS))
_HABIT: Final = 0.3  # of the things of a label: then saying nothing of one is saying something


@dataclass(frozen=True, slots=True)
class Box:
    """A box in fractions 0-1 of the upright picture; y grows downward."""

    x: float
    y: float
    width: float
    height: float

    @property
    def centre(self) -> tuple[float, float]:
        """Return the middle."""
        return self.x + self.width / 2, self.y + self.height / 2

    def gap(self, other: Box) -> tuple[float, float]:
        """Return the space between two boxes along x and y; negative where they overlap."""
        along_x = max(self.x, other.x) - min(self.x + self.width, other.x + other.width)
        along_y = max(self.y, other.y) - min(self.y + self.height, other.y + other.height)
        return along_x, along_y


@dataclass(frozen=True, slots=True)
class Region:
    """One thing that an annotation names in a picture.

    Attributes:
        region_id: its key within the annotation.
        label: what it is, as written.
        box: where, or None.
        attributes: how it is, as written ("red", "running", "red jacket").
        relations: (predicate, region_id of the other).
        confidence: of whoever or whatever named it, 0 to 1.
    """

    region_id: str
    label: str
    box: Box | None = None
    attributes: tuple[str, ...] = ()
    relations: tuple[tuple[str, str], ...] = ()
    confidence: float = 1.0


def region_of(row: Mapping[str, object]) -> Region:
    """Return the region of a row of the table `regions`."""
    numbers = [row[name] for name in ("x", "y", "width", "height")]
    box = Box(*(float(str(number)) for number in numbers)) if None not in numbers else None
    attributes, relations = row["attributes"], row["relations"]
    ties = json.loads(relations) if isinstance(relations, str) and relations else []
    return Region(
        str(row["region_id"]),
        str(row["label"]),
        box,
        tuple(attributes) if isinstance(attributes, list) else (),
        tuple((str(predicate), str(key)) for predicate, key in ties),
        float(str(row["confidence"])) if row["confidence"] is not None else 1.0,
    )


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What an annotation of many pictures speaks of; silence about anything else means nothing.

    Attributes:
        labels: canonical names of the things it names anywhere.
        attributes: (kind, value) of the attributes it gives anywhere.
        habits: (label, kind) of the attributes that it gives to a good part of the things of a label.
    """

    labels: frozenset[str]
    attributes: frozenset[tuple[str, str]]
    habits: frozenset[tuple[str, str]] = frozenset()

    @classmethod
    def of(cls, regions: Iterable[Region]) -> Vocabulary:
        """Gather the words of every region of an annotation."""
        labels: Counter[str] = Counter()
        given: Counter[tuple[str, str]] = Counter()
        values: set[tuple[str, str]] = set()
        for region in regions:
            label = canonical(region.label)
            labels[label] += 1
            pairs = frozenset(pair for text in region.attributes for pair in read_attribute(text))
            values |= pairs
            given.update({(label, kind) for kind, _ in pairs})
        habits = {key for key, count in given.items() if count >= max(3, _HABIT * labels[key[0]])}
        return cls(frozenset(labels), frozenset(values), frozenset(habits))

    def knows(self, noun: str) -> bool:
        """Tell whether the annotation would have named such a thing: it, or a narrower word, is used."""
        return any(is_a(label, noun) for label in self.labels)


def find_regions(noun: str, regions: Sequence[Region], vocabulary: Vocabulary) -> tuple[list[Region], bool]:
    """Return the regions a noun may speak of, and whether their labels say so in full.

    A label that is a wider word ("person" for "man") speaks for it only where the annotation has no label of
    its own for the noun.
    """
    exact = [region for region in regions if is_a(region.label, noun)]
    if exact or canonical(noun) in vocabulary.labels:
        return exact, True
    return [region for region in regions if is_a(noun, region.label)], False


@cache
def read_attribute(text: str) -> frozenset[tuple[str, str]]:
    """Return the (kind, value) pairs of an attribute as it is written.

    Example:
        >>> sorted(read_attribute("dark red jacket")), sorted(read_attribute("running"))
        ([('colour', 'red'), ('state', 'dark red jacket')], [('action', 'run'), ('state', 'running')])
    """
    lower = text.strip().lower()
    found = {("state", lower)}
    for word in lower.replace(",", " ").split():
        found |= {(kind, table[word]) for kind, table in _TABLES if word in table}
        lemma, form = verb_lemma(word)
        if lemma and form in ("ing", "s"):
            found.add(("action", lemma))
    return frozenset(found)


@cache
def read_predicate(text: str) -> str:
    """Return the canonical predicate of a relation as it is written: "to the left of" is "left of"."""
    lower = text.strip().lower().replace("_", " ")
    if lower in PREDICATES:
        return PREDICATES[lower]
    first, _, rest = lower.partition(" ")
    lemma, _form = verb_lemma(first)
    if lemma:
        return PREDICATES.get(rest, lemma) if rest else lemma
    return lower


def describe_labels(regions: Sequence[Region], limit: int = 5) -> str:
    """Say what the regions are: "2 dog, 1 car"."""
    counts: dict[str, int] = {}
    for region in regions:
        counts[region.label] = counts.get(region.label, 0) + 1
    shown = [f"{count} {label}" for label, count in list(counts.items())[:limit]]
    return ", ".join(shown) + (", ..." if len(counts) > limit else "")
