"""Know nouns: their singular, their synonyms, and what kind of thing they name.

Small tables of the objects that captions and box annotations speak of (the classes of COCO and the like) and
rules for the rest. A noun that no table knows is its own synonym and has no wider word.
"""

from __future__ import annotations

from functools import cache
from typing import Final

from .lexicon import read_classes, read_lines, read_table

__all__ = ["canonical", "is_a", "is_animate", "is_plural", "names", "related", "singular", "wider"]

_FILE: Final = "nouns.txt"
_CLASSES: Final = read_classes(_FILE)
_IRREGULAR: Final = read_table(_FILE, "irregular")
_UNCHANGED: Final = _CLASSES["unchanged"]  # the same word for one and for many, or no plural at all
_PAIRED: Final = _CLASSES["paired"]  # written in the plural although one thing


def _read_synonyms() -> dict[str, str]:
    lines = (line.split(", ") for line in read_lines(_FILE, "synonyms"))
    return {name: line[0] for line in lines for name in line}


def _read_wider() -> dict[str, frozenset[str]]:
    """Return thing -> every wider word, taken all the way up."""
    narrower: dict[str, list[str]] = {}
    for line in read_lines(_FILE, "wider"):
        word, _, things = line.partition(": ")
        narrower[word] = things.split(", ")
    wider: dict[str, set[str]] = {}

    def spread(word: str, above: frozenset[str]) -> None:
        wider.setdefault(word, set()).update(above)
        for thing in narrower.get(word, ()):
            spread(thing, above | {word})

    for word in narrower:
        spread(word, frozenset())
    return {word: frozenset(above) for word, above in wider.items()}


_CANONICAL: Final = _read_synonyms()
_ABOVE: Final = _read_wider()


@cache
def singular(noun: str) -> str:
    """Return the singular of a noun in lower case; of several words the last is changed.

    Example:
        >>> [singular(noun) for noun in ("dogs", "sailing boats", "children", "buses", "grass", "berries")]
        ['dog', 'sailing boat', 'child', 'bus', 'grass', 'berry']
    """
    head, space, last = noun.lower().rpartition(" ")
    return head + space + _singular_word(last)


def _singular_word(word: str) -> str:
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if (
        word in _UNCHANGED
        or word in _PAIRED
        or len(word) < 4
        or not word.endswith("s")
        or word.endswith("ss")
    ):
        return word
    if word.endswith("ies"):
        return word[:-3] + "y"
    if word.endswith(("ches", "shes", "sses", "xes", "zzes", "oes")):
        return word[:-2]
    if word.endswith(("us", "is")):
        return word
    return word[:-1]


def is_plural(noun: str) -> bool:
    """Tell whether a noun's form says that there are several; "sheep" and "glasses" do not.

    Example:
        >>> is_plural("dogs"), is_plural("people"), is_plural("bus"), is_plural("pants")
        (True, True, False, False)
    """
    last = noun.lower().rpartition(" ")[2]
    return last not in _PAIRED and singular(last) != last


@cache
def canonical(noun: str) -> str:
    """Return the one name of a thing: "couch" and "sofas" are both "sofa".

    Example:
        >>> canonical("couch"), canonical("Puppies"), canonical("sailboat"), canonical("gizmo")
        ('sofa', 'dog', 'boat', 'gizmo')
    """
    one = singular(noun)
    if one in _CANONICAL:
        return _CANONICAL[one]
    last = one.rpartition(" ")[2]
    # "rally car" is a car; "hot dog" is listed and never comes here as a dog.
    return one if one in _ABOVE or last == one else canonical(last)


@cache
def wider(noun: str) -> frozenset[str]:
    """Return every wider word for a thing: of "puppy" these are animal and pet."""
    return _ABOVE.get(canonical(noun), frozenset())


@cache
def names(noun: str) -> frozenset[str]:
    """Return the names a thing goes by: itself, its canonical name, and every wider word."""
    return frozenset({singular(noun), canonical(noun)}) | wider(noun)


@cache
def is_a(noun: str, other: str) -> bool:
    """Tell whether the first noun names one of the second: the same thing or a narrower one.

    Example:
        >>> is_a("puppy", "animal"), is_a("animal", "puppy"), is_a("man", "person"), is_a("man", "woman")
        (True, False, True, False)
    """
    return canonical(other) in names(noun) or singular(other) in names(noun)


@cache
def related(noun: str, other: str) -> bool:
    """Tell whether two nouns may name one thing: the same, or either the wider word of the other."""
    return is_a(noun, other) or is_a(other, noun)


@cache
def is_animate(noun: str) -> bool:
    """Tell whether the noun names a person or an animal."""
    return bool(names(noun) & {"person", "animal"}) or singular(noun).endswith(("man", "woman", "ist", "er"))
