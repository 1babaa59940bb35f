"""What a caption states: claims and phrases, each with the characters [start, end) that say it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

__all__ = ["CLAIM_TYPES", "Claim", "Phrase", "Reading"]

CLAIM_TYPES: Final = ("object", "attribute", "relation", "count", "action", "absence", "place", "scene")


@dataclass(frozen=True, slots=True)
class Claim:
    """One checkable statement. Nouns and verbs are lemmas; `words` is what stands in the text.

    | type | subject | value | object |
    |---|---|---|---|
    | object | the thing | "singular" or "plural"; `kind` "definite" for "the", "its" | |
    | attribute | the thing | canonical value; `kind` colour, size, material, pattern or state | |
    | relation | the thing | predicate; `kind` space, part (with, of, wear) or verb | the other thing |
    | count | the thing | the number in digits | |
    | action | who or what | the verb | what is acted on, if it is said |
    | absence | what is said not to be there | | |
    | place | | the place | |
    | scene | | canonical value; `kind` medium, time, light or format | |

    Attributes:
        owner: who wears or has the subject ("a man in a red jacket": the man of the jacket).
        rivals: other subjects that the grammar allows; a claim is false only if false of all of them.
        is_vague: the number is the least that is meant ("several", "a couple of").
        is_negated: the text denies it ("is not running").
        certainty: 1 where the grammar is plain, .5 where the reader guessed.
    """

    type: str
    words: str
    subject: str
    value: str
    start: int
    end: int
    object: str = ""
    kind: str = ""
    owner: str = ""
    rivals: tuple[str, ...] = ()
    is_vague: bool = False
    is_negated: bool = False
    certainty: float = 1.0


@dataclass(frozen=True, slots=True)
class Phrase:
    """A run of words that can be left out or exchanged as a whole: kind noun, preposition, verb, modifier."""

    kind: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read of a caption; `reason` says why nothing could be, and is empty where it could."""

    claims: tuple[Claim, ...]
    phrases: tuple[Phrase, ...]
    reason: str = ""
