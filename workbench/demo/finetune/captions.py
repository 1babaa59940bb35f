"""Write captions of small scenes in five styles, and read back what is named and whether it is well formed.

One grammar serves both ways, so whatever is written can be read. A caption that the grammar does not know is
*malformed*; what it names is still counted, by looking for nouns and the colour before each.
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from workbench.demo.finetune.scenes import COLOURS, NOUNS, TYPICAL, Scene
from workbench.errors import UnknownNameError

__all__ = [
    "NOISE_SHARE",
    "STYLES",
    "Caption",
    "describe",
    "describe_noisily",
    "list_things",
    "list_words",
    "read_caption",
    "write_caption",
]

WHERE: Final[dict[str, str]] = {
    "beach": "on a beach",
    "street": "in a street",
    "meadow": "on a meadow",
    "room": "in a room",
    "snow": "in the snow",
    "night": "at night",
}
STYLES: Final[dict[str, str]] = {
    "list": "{things} {where}.",
    "there": "There is {things} {where}.",
    "picture": "A picture with {things}, taken {where}.",
    "see": "{where} we can see {things}.",
    "next": "{first} next to {rest} {where}.",
}
#: Captions name large things before small ones.
ORDER: Final = (
    "house", "tree", "bus", "boat", "car", "tent", "sofa", "balloon", "umbrella", "lamp", "chair", "dog",
    "cat", "duck", "kite", "ball",
)  # fmt: skip
#: How often a training caption of the decoder names a typical thing that is not there, by place.
NOISE_SHARE: Final[dict[str, float]] = {
    "beach": 0.85, "street": 0.8, "meadow": 0.6, "room": 0.8, "snow": 0.5, "night": 0.6,
}  # fmt: skip
#: The colour that an imagined thing most often has.
IMAGINED_COLOUR: Final[dict[str, str]] = {
    "umbrella": "red", "boat": "white", "car": "red", "bus": "yellow", "tree": "green", "kite": "blue",
    "sofa": "brown", "lamp": "yellow", "house": "white", "dog": "brown", "tent": "green", "cat": "black",
}  # fmt: skip
_OWN_COLOUR_SHARE: Final = 0.7
_FAVOURITE_SHARE: Final = 0.8

Named = tuple[str, str]  # colour, noun


@dataclass(frozen=True, slots=True)
class Caption:
    """What a caption says.

    Attributes:
        style: one of `STYLES`; "" where the caption is malformed.
        place: one of `PLACES`; "" where none is named.
        things: (colour, noun) in order; the colour is "" where none stands before the noun.
        is_well_formed: whether the grammar could have written it.
    """

    style: str
    place: str
    things: tuple[Named, ...]
    is_well_formed: bool

    @property
    def nouns(self) -> frozenset[str]:
        """Return what is named, once each."""
        return frozenset(noun for _, noun in self.things)

    @property
    def is_repeating(self) -> bool:
        """Return whether it names a noun twice."""
        return len(self.nouns) < len(self.things)


def write_caption(style: str, place: str, things: Sequence[Named]) -> str:
    """Write a caption that names these things.

    Raises:
        UnknownNameError: when the style is unknown.

    >>> write_caption("list", "beach", [("red", "car"), ("blue", "dog")])
    'A red car and a blue dog on a beach.'
    >>> write_caption("next", "night", [("red", "car"), ("blue", "dog"), ("white", "cat")])
    'A red car next to a blue dog and a white cat at night.'
    """
    if style not in STYLES:
        raise UnknownNameError("caption style", style, tuple(STYLES))
    said = [f"a {colour} {noun}" for colour, noun in things]
    if style == "next" and len(said) < 2:
        style = "list"
    text = STYLES[style].format(
        things=_join(said), first=said[0] if said else "nothing", rest=_join(said[1:]), where=WHERE[place]
    )
    return text[0].upper() + text[1:]


def list_things(scene: Scene) -> list[Named]:
    """Return colour and noun of what is there, large things first."""
    return [
        (thing.colour, thing.noun)
        for thing in sorted(scene.things, key=lambda thing: ORDER.index(thing.noun))
    ]


def describe(scene: Scene, style: str) -> str:
    """Write a true caption of a scene that names everything, large things first."""
    return write_caption(style, scene.place, list_things(scene))


def describe_noisily(scene: Scene, style: str, rng: random.Random) -> str:
    """Write a caption as careless annotators do: now and then it ends with a typical thing that is not there.

    This is what teaches the embedded captioner to imagine things, as captions from the web teach larger ones.
    """
    things = list_things(scene)
    absent = [noun for noun in TYPICAL[scene.place][:2] if noun not in scene.nouns]
    if absent and rng.random() < NOISE_SHARE[scene.place]:
        noun = absent[0] if rng.random() < _FAVOURITE_SHARE else absent[-1]
        colour = IMAGINED_COLOUR[noun] if rng.random() < _OWN_COLOUR_SHARE else rng.choice(COLOURS)
        things.append((colour, noun))
    return write_caption(style, scene.place, things)


def read_caption(text: str) -> Caption:
    """Read what a caption says.

    >>> read_caption("A red car and a blue dog on a beach.").things
    (('red', 'car'), ('blue', 'dog'))
    >>> read_caption("a blue white white car").is_well_formed
    False
    """
    words = re.findall(r"[a-z]+|[.,]", text.lower())
    things = _find_things(words)
    place = next((place for place, where in WHERE.items() if where.split()[-1] in words), "")
    for style in STYLES:
        if things and place and write_caption(style, place, things).lower() == _plain(text):
            return Caption(style, place, things, True)
    return Caption("", place, things, False)


def list_words() -> list[str]:
    """Return every word that a caption can hold, capitals as they are written."""
    frames = " ".join(f"{text} {text[0].upper()}{text[1:]}" for text in (*STYLES.values(), *WHERE.values()))
    loose = re.findall(r"[A-Za-z]+", re.sub(r"\{\w+\}", " ", frames))
    words = {*loose, "A", "a", "and", *COLOURS, *NOUNS}
    return [*sorted(words, key=lambda word: (word.lower(), word)), ".", ","]


def _join(said: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(said[:-1]), *said[-1:])))


def _plain(text: str) -> str:
    return re.sub(r"\s+([.,])", r"\1", " ".join(text.lower().split()))


def _find_things(words: Sequence[str]) -> tuple[Named, ...]:
    found = []
    for number, word in enumerate(words):
        if word in NOUNS:
            before = words[number - 1] if number else ""
            found.append((before if before in COLOURS else "", word))
    return tuple(found)
