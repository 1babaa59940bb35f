"""Plant errors in real captions by rule, guarded by what the photo's other captions say.

Nobody has listed what a real photo shows, so an edit is only made where none of the photo's captions says
anything that could make it true: no synonym, wider or narrower word, no such colour, no such number. New
words are drawn from the other captions of the set, as often as they occur there.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Final

from workbench.alignment.claims.nouns import canonical, is_animate, names, related
from workbench.alignment.claims.parse import Claim, Reading, read_caption

__all__ = ["BENIGN_RULES", "RULES", "Edited", "Photo", "Vocabulary", "replace_words", "things_of"]

COLOURS = ("black", "white", "red", "blue", "green", "yellow", "brown", "orange", "pink", "purple", "grey")
NUMBERS = {"two": "2", "three": "3", "four": "4", "five": "5", "six": "6"}
OPPOSITES = {
    "in front of": "behind", "behind": "in front of", "above": "below", "below": "above", "over": "under",
    "under": "over", "up": "down", "down": "up", "into": "out of", "out of": "into", "left of": "right of",
    "right of": "left of", "inside": "outside", "outside": "inside", "before": "after",
}  # fmt: skip
TRIES: Final = 40


@dataclass(frozen=True)
class Edited:
    """A caption with other words in it, and the characters [start, end) of each."""

    text: str
    spans: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Photo:
    """The captions of one photo, which together say what may be true of it."""

    texts: tuple[str, ...]

    @cached_property
    def readings(self) -> tuple[Reading, ...]:
        """Return what was read of each caption."""
        return tuple(read_caption(text, "en") for text in self.texts)

    @cached_property
    def nouns(self) -> frozenset[str]:
        """Return every thing and place that any of the captions names."""
        claims = [claim for reading in self.readings for claim in reading.claims]
        return frozenset(
            word
            for claim in claims
            for word in (claim.subject, claim.object, claim.owner, *claim.rivals)
            if word
        ) | {claim.value for claim in claims if claim.type == "place"}

    @cached_property
    def words(self) -> frozenset[str]:
        """Return every word of the captions, in lower case."""
        return frozenset(word.strip(".,!") for text in self.texts for word in text.lower().split())

    def may_show(self, noun: str) -> bool:
        """Tell whether a thing could be in the photo for all that its captions say."""
        return noun in self.words or any(related(noun, known) for known in self.nouns)


@dataclass
class Vocabulary:
    """The things that the captions of a set name, with the words they use, as often as they do.

    `together` holds, for each thing, what is named beside it.
    """

    mentions: dict[tuple[str, bool], list[tuple[str, str]]] = field(default_factory=dict)
    together: dict[str, list[tuple[str, str, str]]] = field(default_factory=dict)

    def add(self, reading: Reading) -> None:
        """Count the things of one caption."""
        things = [claim for claim in reading.claims if claim.type == "object" and claim.certainty == 1]
        for claim in things:
            key = (claim.value, is_animate(claim.subject))
            self.mentions.setdefault(key, []).append((claim.words.lower(), claim.subject))
            for other in things:
                if other is not claim:
                    beside = self.together.setdefault(canonical(claim.subject), [])
                    beside.append((other.words.lower(), other.subject, other.value))


@cache
def things_of(text: str) -> tuple[str, ...]:
    """Return the things a caption names; read once, however often it is asked for."""
    return tuple(claim.subject for claim in read_caption(text, "en").claims if claim.type == "object")


def replace_words(text: str, changes: Sequence[tuple[int, int, str]]) -> Edited:
    """Put words in place of others, keeping a capital and mending "a" and "an".

    Example:
        >>> replace_words("A dog barks", [(2, 5, "owl")])
        Edited(text='An owl barks', spans=((3, 6),))
    """
    spans: list[tuple[int, int]] = []
    for start, end, words in sorted(changes, reverse=True):
        new = words[:1].upper() + words[1:] if text[start].isupper() else words
        head = text[:start]
        for article in ("a ", "an "):
            if head.lower() == article or head.lower().endswith(" " + article):
                head = head[: -len(article) + 1] + ("n " if new[0].lower() in "aeiou" else " ")
                break
        by = len(head) + len(new) - end
        spans = [(first + by, last + by) for first, last in spans] + [(len(head), len(head) + len(new))]
        text = head + new + text[end:]
    return Edited(text, tuple(sorted(spans)))


Rule = Callable[[str, Photo, Vocabulary, random.Random], Edited | None]


def _claims(text: str, type_: str, rng: random.Random) -> list[Claim]:
    sure = [
        claim
        for claim in read_caption(text, "en").claims
        if claim.type == type_ and claim.certainty == 1 and not claim.is_negated and not claim.is_vague
    ]
    return rng.sample(sure, len(sure))


def _random_object(text: str, photo: Photo, known: Vocabulary, rng: random.Random) -> Edited | None:
    for claim in _claims(text, "object", rng):
        others = known.mentions.get((claim.value, is_animate(claim.subject)), [])
        found = _unlike(claim, others, photo, rng)
        if found:
            return replace_words(text, [(claim.start, claim.end, found)])
    return None


def _beside_object(text: str, photo: Photo, known: Vocabulary, rng: random.Random) -> Edited | None:
    """Take a thing that other captions name beside another thing of this one."""
    claims = _claims(text, "object", rng)
    for claim in claims:
        others = [
            (words, subject)
            for other in claims
            if other is not claim
            for words, subject, value in known.together.get(canonical(other.subject), [])
            if value == claim.value and is_animate(subject) == is_animate(claim.subject)
        ]
        found = _unlike(claim, others, photo, rng)
        if found:
            return replace_words(text, [(claim.start, claim.end, found)])
    return None


def _unlike(claim: Claim, others: Sequence[tuple[str, str]], photo: Photo, rng: random.Random) -> str | None:
    for _ in range(TRIES if others else 0):
        words, subject = rng.choice(others)
        if not photo.may_show(subject) and not related(subject, claim.subject):
            return words
    return None


def _colour(text: str, photo: Photo, known: Vocabulary, rng: random.Random) -> Edited | None:
    for claim in _claims(text, "attribute", rng):
        free = [colour for colour in COLOURS if colour not in photo.words]
        if claim.kind == "colour" and claim.words.lower() in COLOURS and free:
            weights = [1 / (COLOURS.index(colour) + 1) for colour in free]
            return replace_words(text, [(claim.start, claim.end, rng.choices(free, weights)[0])])
    return None


def _binding(text: str, photo: Photo, known: Vocabulary, rng: random.Random) -> Edited | None:
    """Exchange the colours of two things where no caption gives either colour to the other."""
    colours = [
        c for c in _claims(text, "attribute", rng) if c.kind == "colour" and c.words.lower() in COLOURS
    ]
    said = {
        (c.value, canonical(c.subject)) for r in photo.readings for c in r.claims if c.type == "attribute"
    }
    for one in colours:
        for other in colours:
            is_pair = one.start < other.start and one.value != other.value
            crossed = {(one.value, canonical(other.subject)), (other.value, canonical(one.subject))}
            if is_pair and canonical(one.subject) != canonical(other.subject) and not crossed & said:
                changes = [
                    (one.start, one.end, other.words.lower()),
                    (other.start, other.end, one.words.lower()),
                ]
                return replace_words(text, changes)
    return None


def _number(text: str, photo: Photo, known: Vocabulary, rng: random.Random) -> Edited | None:
    for claim in _claims(text, "count", rng):
        free = [w for w, digit in NUMBERS.items() if w not in photo.words and digit not in photo.words]
        if claim.words.lower() in NUMBERS and free:
            weights = [1 / (list(NUMBERS).index(word) + 1) ** 2 for word in free]
            return replace_words(text, [(claim.start, claim.end, rng.choices(free, weights)[0])])
    return None


def _relation(text: str, photo: Photo, known: Vocabulary, rng: random.Random) -> Edited | None:
    for claim in _claims(text, "relation", rng):
        opposite = OPPOSITES.get(claim.words.lower())
        if opposite and not any(f" {opposite} " in other.lower() for other in photo.texts):
            return replace_words(text, [(claim.start, claim.end, opposite)])
    return None


def _synonym(text: str, photo: Photo, known: Vocabulary, rng: random.Random) -> Edited | None:
    """Take another single word (no "tall man") that captions of the set use for the same thing."""
    for claim in _claims(text, "object", rng):
        others = known.mentions.get((claim.value, is_animate(claim.subject)), [])
        same = {
            words
            for words, subject in others
            if canonical(subject) == canonical(claim.subject)
            and words != claim.words.lower()
            and " " not in words
        }
        if same:
            return replace_words(text, [(claim.start, claim.end, rng.choice(sorted(same)))])
    return None


def _wider_word(text: str, photo: Photo, known: Vocabulary, rng: random.Random) -> Edited | None:
    for claim in _claims(text, "object", rng):
        wider = sorted(names(claim.subject) & {"animal", "person", "vehicle", "building"} - {claim.subject})
        if wider and claim.value == "singular":
            return replace_words(text, [(claim.start, claim.end, wider[0])])
    return None


def _figure(text: str, photo: Photo, known: Vocabulary, rng: random.Random) -> Edited | None:
    for claim in _claims(text, "count", rng):
        if claim.words.lower() in NUMBERS:
            return replace_words(text, [(claim.start, claim.end, NUMBERS[claim.words.lower()])])
    return None


def _careless(text: str, photo: Photo, known: Vocabulary, rng: random.Random) -> Edited | None:
    return Edited(text[:1].lower() + text[1:].rstrip(" .!"), ())


#: id -> what plants it; P1 and P2, another photo's caption, need the other photos: see `real`.
RULES: Final[dict[str, Rule]] = {
    "O1 random": _random_object,
    "O1 co-occurring": _beside_object,
    "A1": _colour,
    "A2": _binding,
    "R1": _relation,
    "C1": _number,
}

#: Kind of harmless change -> what makes it.
BENIGN_RULES: Final[dict[str, Rule]] = {
    "synonym": _synonym,
    "hypernym": _wider_word,
    "figures": _figure,
    "careless": _careless,
}
