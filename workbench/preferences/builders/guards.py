"""Keep out what could be true after all, or what nobody would write."""

from __future__ import annotations

from typing import Final

from workbench.alignment.claims.nouns import canonical
from workbench.alignment.claims.parse import Claim, Reading
from workbench.alignment.claims.siblings import ALIKE, NEAR_COLOURS, POSTURES, TOGETHER
from workbench.alignment.claims.words import COLOURS, SIZES
from workbench.preferences.builders.base import Original
from workbench.preferences.builders.captions import CaptionSet

__all__ = [
    "MOST_CHANCE",
    "are_exclusive",
    "chance_true",
    "colours_said",
    "has_traits",
    "is_plain",
    "mentions",
    "trait_values",
]

#: A variant whose estimated chance to be true all the same is higher is not made.
MOST_CHANCE: Final = 0.01
_TABLES: Final = {"colour": COLOURS, "size": SIZES}


def is_plain(claim: Claim, least: float = 1.0) -> bool:
    """Tell whether a claim says one thing for sure: not denied, no least number, no guess of the reader."""
    return not claim.is_negated and not claim.is_vague and not claim.rivals and claim.certainty >= least


def mentions(reading: Reading, noun: str) -> int:
    """Return how often a caption names a thing; what it names twice cannot be changed in one place."""
    name = canonical(noun)
    return sum(one.type in ("object", "absence") and canonical(one.subject) == name for one in reading.claims)


def are_exclusive(kind: str, one: str, other: str) -> bool:
    """Tell whether a thing that is the one cannot be called the other: no neighbours in colour, no taste.

    Example:
        >>> are_exclusive("colour", "red", "blue"), are_exclusive("colour", "grey", "white")
        (True, False)
        >>> are_exclusive("action", "sit", "run"), are_exclusive("action", "walk", "run")
        (True, False)
    """
    pair = frozenset((one, other))
    if len(pair) < 2:
        return False
    if kind == "colour":
        return pair not in NEAR_COLOURS
    if kind == "action":
        return pair <= POSTURES and pair not in TOGETHER and pair not in ALIKE
    return True


def trait_values(captions: CaptionSet, original: Original, claim: Claim, kind: str) -> set[str]:
    """Return every value of a trait that the sample is said to have for the things of a claim's name."""
    said = captions.said(original.sample_id)
    names = {canonical(claim.subject), *(canonical(owner) for owner in [claim.owner] if owner)}
    found = {
        value
        for (name, told), values in said.traits.items()
        if name in names and told in (kind, "region")
        for value in values
    }
    return {_TABLES[kind].get(value, value) for value in found} if kind in _TABLES else found


def colours_said(captions: CaptionSet, original: Original) -> set[str]:
    """Return every colour the sample is said to have anywhere."""
    said = captions.said(original.sample_id)
    return {v for (_, kind), values in said.traits.items() if kind == "colour" for v in values}


def has_traits(noun: str, claim: Claim, reading: Reading, captions: CaptionSet) -> bool:
    """Tell whether a thing of that name was ever said to be, do and wear what the caption says here.

    "A car sleeps" is false and needs no picture to see it: a pair of it teaches nothing.
    """
    for one in reading.claims:
        if canonical(one.subject) == canonical(claim.subject) and not one.is_negated:
            kind = {"attribute": one.kind, "action": "action", "count": "count"}.get(one.type, "")
            if kind and not captions.counts(noun, kind)[one.value]:
                return False
            is_part = one.type == "relation" and one.kind == "part"
            if is_part and not captions.counts(noun, "part")[canonical(one.object)]:
                return False
    return True


def chance_true(noun: str, original: Original, claim: Claim, captions: CaptionSet) -> float:
    """Estimate the chance that the caption stays true with another thing in the claim's place.

    The thing must be there though nobody says so, and be what the caption says of it; independent of each
    other, as far as the set is asked.
    """
    chance = captions.chance_there(noun, original.sample_id)
    for one in original.reading.claims:
        is_own = canonical(one.subject) == canonical(claim.subject)
        if is_own and one.type == "attribute" and one.kind in ("colour", "size"):
            chance *= captions.chance_trait(noun, one.kind, one.value)
        elif is_own and one.type in ("action", "count"):
            chance *= captions.chance_trait(noun, one.type, one.value)
        elif one.type == "attribute" and one.owner and canonical(one.owner) == canonical(claim.subject):
            kind = f"{canonical(one.subject)} {one.kind}"
            chance *= captions.chance_trait(noun, kind, one.value)
        elif one.type == "relation" and one.kind == "space":
            ends = {canonical(one.subject), canonical(one.object)}
            chance *= 0.5 if canonical(claim.subject) in ends else 1.0
    return chance
