"""Hear what a text says of a drawn scene, word by word, and so tell whether an edited caption is still true.

It knows the words of this world only, and its sentences: a thing with what stands before it, what it does,
how it stands to the next thing. Made apart from the reader of captions (`workbench.alignment.claims`), so
that what is built with the one is checked with the other. What it does not know it passes over.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from workbench.demo.acts import SOUNDS
from workbench.demo.catalog import COLOURS, KINDS, PLACES, POSES, SKIES
from workbench.demo.claims import Claim, holds
from workbench.demo.grammar import NUMBERS, RELATIONS
from workbench.demo.scene import Scene

__all__ = ["hear", "hear_acts", "is_true_of"]

_SIZES: Final = {"small": "small", "little": "small", "large": "large", "big": "large"}
#: Relations that no picture of this world shows, so that whoever says them is wrong.
_NEVER: Final = {"under": "under", "in front of": "in front of", "behind": "behind"}
_ROOMS: Final = ("inside", "on the wall of", "view of", "picture of", "scene with")
Word = tuple[str, str]
_MARKS: Final[dict[str, Word]] = {
    "no": ("no", ""), "some": ("some", ""), "in": ("join", ""), "with": ("join", ""), ",": ("pause", ""),
    ".": ("stop", ""), "!": ("stop", ""),
}  # fmt: skip


def is_true_of(scene: Scene, text: str) -> bool:
    """Tell whether everything that is heard of a text is so in the scene."""
    return all(holds(scene, claim) for claim in hear(text))


def hear(text: str) -> tuple[Claim, ...]:
    """Return the claims of a text in the order they are said.

    Example:
        >>> [(one.type, one.args) for one in hear("Two white dogs run left of a car.")]
        ... # doctest: +NORMALIZE_WHITESPACE
        [('count', ('dog', '2')), ('attribute', ('dog', 'colour', 'white')), ('object', ('dog', 'plural')),
         ('action', ('dog', 'running')), ('object', ('car', 'singular')),
         ('relation', ('left of', 'dog', 'car'))]
    """
    ear = _Ear()
    for found in _pattern().finditer(text):
        words = found[0].lower()
        ear.take(_lexicon().get(words, ("", "")), words, found.start(), found.end())
    return tuple(ear.claims)


def hear_acts(text: str) -> tuple[str, ...]:
    """Return what acts or sounds in a text of a clip or recording, in the order it is said.

    Example:
        >>> hear_acts("A dog runs past, then a bell rings twice.")
        ('dog', 'bell')
    """
    found = ((match.start(), _acting()[match[0].lower()]) for match in _acting_pattern().finditer(text))
    return tuple(kind for _, kind in sorted(found))


class _Ear:
    """What was heard so far of one text."""

    def __init__(self) -> None:
        self.claims: list[Claim] = []
        self._before: list[tuple[str, str, int, int]] = []  # what stands before a noun to come
        self._first = ""  # the thing a sentence is about
        self._last = ""  # the thing named last
        self._relation: tuple[str, str, int, int] | None = None  # with the thing it is said of
        self._is_front = False  # whether the relation came before both its things
        self._denial: int | None = None  # where "no" stands
        self._some: int | None = None  # where "some" stands
        self._worn = ""  # what is worn by the thing named last; said twice it is the same
        self._is_joined = False  # whether "in" or "with" came last: what follows may be worn

    def take(self, word: Word, words: str, start: int, end: int) -> None:
        kind, value = word
        if kind == "stop":
            self._first = self._last = ""
            self._relation, self._is_front, self._before = None, False, []
        elif kind in ("count", "colour", "size"):
            self._before.append((kind, value, start, end))
        elif kind == "no":
            self._denial = start
        elif kind == "thing":
            self._take_thing(value, words, start, end)
        elif kind == "some":
            self._some = start
        elif kind == "pause":
            self._relation = None
        elif kind == "join":
            self._is_joined = True
        elif kind == "carrier" and not self._is_joined and words != self._worn:
            self._before = []
            self._say("object", start, end, words, "singular")  # a jacket by itself is not of this world
        elif kind == "carrier":
            self._is_joined, self._worn = False, words
            self._describe(self._last)  # of nothing, where it is worn by what is not there
        elif kind == "pose" and self._last:
            self._say("action", start, end, self._last, value)
        elif kind == "relation":
            self._relation, self._is_front = (value, self._first, start, end), not self._first
        elif kind in ("place", "sky"):
            self._before, self._relation = [], None
            args = (value,) if kind == "place" else ("sky", "sky", value)
            self._is_joined = False
            self._say("place" if kind == "place" else "attribute", start, end, *args)

    def _take_thing(self, kind: str, words: str, start: int, end: int) -> None:
        self._is_joined = False
        if self._denial is not None:
            self._say("absent", self._denial, end, kind)
            self._denial, self._before, self._last = None, [], ""
            return
        is_many = any(one == "count" and value != "1" for one, value, *_ in self._before)
        is_plural = is_many or (words == KINDS[kind].plural and words not in KINDS[kind].nouns)
        self._describe(kind)
        opens = start if self._some is None else self._some
        self._some = None
        self._say("object", opens, end, kind, "plural" if is_plural else "singular")
        if self._relation is not None:
            self._relate(kind)
        self._first, self._last = self._first or kind, kind

    def _relate(self, kind: str) -> None:
        assert self._relation is not None
        relation, first, start, end = self._relation
        if self._is_front and not first:  # "to the left of the dog is a cat": the cat is yet to come
            self._relation = (relation, kind, start, end)
            self.claims.pop()  # "the dog" was named before
            return
        ends = (kind, first) if self._is_front else (first, kind)
        self._say("relation", start, end, relation, *ends)
        self._relation, self._is_front = None, False

    def _describe(self, kind: str) -> None:
        """Let what stood before be said of a thing."""
        for name, value, start, end in self._before:
            if not kind:
                continue
            if name == "count":
                self._say("count", start, end, kind, value)
            else:
                self._say("attribute", start, end, kind, name, value)
        self._before = []

    def _say(self, type_: str, start: int, end: int, *args: str) -> None:
        self.claims.append(Claim(type_, args, start, end))


@cache
def _lexicon() -> dict[str, Word]:
    """Return words -> what they are and mean."""
    known: dict[str, Word] = {words: ("place", place.name) for place in PLACES.values()
                              for _, words in place.phrases}  # fmt: skip
    known |= {words: ("sky", sky) for sky, said in SKIES.items() for words in said}
    known |= {
        noun.lower(): ("thing", kind.name) for kind in KINDS.values() for noun in (*kind.nouns, kind.plural)
    }
    known |= {words: ("relation", name) for name, said in RELATIONS.items() for words in said}
    known |= {words: ("relation", name) for words, name in _NEVER.items()}
    known |= {form: ("pose", name) for name, pose in POSES.items()
              for form in (pose.singular, pose.plural, pose.participle)}  # fmt: skip
    known |= {number: ("count", str(value)) for value, number in NUMBERS.items() if value > 1}
    known |= {colour: ("colour", colour) for colour in COLOURS} | {
        word: ("size", size) for word, size in _SIZES.items()
    }
    carriers = {kind.carrier[1] for kind in KINDS.values() if kind.carrier}
    known |= {word: ("carrier", "") for one in carriers for word in (one, one + "s")}
    # A house is a thing of the fields; inside one it is a room.
    del known["a house"]
    known |= {f"{words} a house": ("place", "room") for words in _ROOMS}
    return known | _MARKS


@cache
def _pattern() -> re.Pattern[str]:
    words = sorted(_lexicon(), key=len, reverse=True)
    marks = [re.escape(one) if not one[0].isalnum() else rf"\b{re.escape(one)}\b" for one in words]
    return re.compile("|".join(marks), re.IGNORECASE)


@cache
def _acting() -> dict[str, str]:
    """Return words -> kind of what acts in a clip, and of what sounds in a recording."""
    things = {noun.lower(): kind.name for kind in KINDS.values() for noun in kind.nouns}
    sounds = {words: name for name, sound in SOUNDS.items() for words in (sound.verb, sound.participle)}
    return things | sounds


@cache
def _acting_pattern() -> re.Pattern[str]:
    words = sorted(_acting(), key=len, reverse=True)
    return re.compile("|".join(rf"\b{re.escape(one)}\b" for one in words), re.IGNORECASE)
