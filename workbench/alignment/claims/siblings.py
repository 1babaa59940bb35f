"""Hold the captions of one sample against each other: two that cannot both be true are worth a look.

Text alone, no picture: where several people say "two" and one says "three", the one is suspected; where one
stands against one, both are, weakly. Blind to an error that nobody else speaks of.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from .checks import CONTRADICTED, SUPPORTED, Check
from .geometry import OPPOSITES
from .nouns import canonical, is_a
from .statements import Claim, Reading
from .verbs import verb_lemma

__all__ = ["ALIKE", "NEAR_COLOURS", "POSTURES", "TOGETHER", "check_against", "check_siblings"]

#: What one living thing does not do at once.
POSTURES: Final = frozenset(
    ["stand", "sit", "lie", "run", "walk", "fly", "swim", "jump", "kneel", "crouch", "graze", "wave", "sleep"]
)
#: What one does at once with the other.
TOGETHER: Final = frozenset(
    frozenset(pair.split())
    for pair in (
        "lie sleep",
        "stand wave",
        "stand graze",
        "walk graze",
        "sit wave",
        "sit sleep",
        "run jump",
        "walk wave",
    )
)
_ONE: Final = "(one)"
#: What is the one to some people and the other to others.
ALIKE: Final = frozenset(
    frozenset(pair.split()) for pair in ("walk run", "run jump", "stand walk", "walk jump", "stand jump")
)
#: Colours that people call by either name.
NEAR_COLOURS: Final = frozenset(
    frozenset(pair.split())
    for pair in (
        "grey white",
        "grey black",
        "brown orange",
        "orange yellow",
        "pink red",
        "pink purple",
        "brown yellow",
        "blue green",
        "blue purple",
        "white yellow",
        "orange red",
        "brown red",
        "brown black",
        "black blue",
    )
)


def check_siblings(readings: Sequence[Reading]) -> list[tuple[Check, ...]]:
    """Check the captions of one sample (and interval) against each other.

    Args:
        readings: of all of them.

    Returns:
        The checks of each, in their order; a caption that shares no subject with another has none.

    Example:
        >>> from workbench.alignment.claims.parse import read_caption
        >>> texts = ("Two dogs run", "Two dogs in a park", "Three dogs run")
        >>> for checks in check_siblings([read_caption(text) for text in texts]):
        ...     print([(one.claim.words, one.verdict) for one in checks if one.claim.type == "count"])
        [('Two', 'supported')]
        [('Two', 'supported')]
        [('Three', 'contradicted')]
    """
    if len(readings) < 2:
        return [() for _ in readings]
    return [
        check_against(reading, [other for place, other in enumerate(readings) if place != own])
        for own, reading in enumerate(readings)
    ]


def check_against(reading: Reading, others: Sequence[Reading]) -> tuple[Check, ...]:
    """Check one caption against others that speak of the same thing."""
    return tuple(_check(reading, others))


def _check(reading: Reading, others: Sequence[Reading]) -> Iterator[Check]:
    for claim in reading.claims:
        votes = [vote for other in others if (vote := _vote(claim, reading, other)) is not None]
        agreed = sum(vote == "" for vote in votes)
        against = [vote for vote in votes if vote]
        if not votes:
            continue
        error_type = "object" if claim.type == "absence" else claim.type
        lead = agreed + 1 - len(against)  # the caption itself has a voice
        if lead > 0:
            text = f"{claim.words!r}: {_others(agreed)} of this sample says the same."
            text = text if agreed else f"{claim.words!r}: no other caption of this sample says otherwise."
            yield Check(claim, text, SUPPORTED, 0.2 + 0.5 * lead / (lead + 2), error_type)
            continue
        if lead == 0 and claim.type == "object":
            continue  # one names it and one denies it: the denial is the odd one
        # "a dog" may be one of the two; it speaks against them more softly than another number.
        softly = 0.6 if all(vote.endswith(_ONE) or _is_taste(claim, vote) for vote in against) else 1.0
        sure = 0.3 - 0.6 * lead / (len(against) + 1)
        text = f"{claim.words!r}: {_others(len(against))} of this sample says {against[0]}."
        yield Check(claim, text, CONTRADICTED, softly * sure, error_type)


def _is_taste(claim: Claim, said: str) -> bool:
    """Tell whether one against one may be a matter of taste: a walk to one is a run to another."""
    words = (claim.words.lower(), said.strip("'\"").lower())
    return claim.type == "action" and frozenset(verb_lemma(word)[0] for word in words) in ALIKE


def _others(count: int) -> str:
    return "another caption" if count == 1 else f"{count} other captions"


def _vote(claim: Claim, reading: Reading, other: Reading) -> str | None:
    """Return "" where another caption agrees, what it says where it contradicts, None where it is silent."""
    match claim.type:
        case "count":
            return _vote_count(claim, reading, other)
        case "attribute" if claim.kind in ("colour", "size"):
            return _vote_attribute(claim, reading, other)
        case "relation" if claim.kind == "space":
            return _vote_relation(claim, other)
        case "action":
            return _vote_action(claim, reading, other)
        case "absence":
            named = [one for one in other.claims if one.type == "object" and is_a(one.subject, claim.subject)]
            return f"{named[0].words!r}" if named and not claim.owner else None
        case "object":
            denied = [
                one for one in other.claims if one.type == "absence" and is_a(claim.subject, one.subject)
            ]
            return f"no {denied[0].words!r}" if denied and not denied[0].owner else None
        case _:
            return None


def _of(reading: Reading, type_: str, subject: str) -> list[Claim]:
    name = canonical(subject)
    return [one for one in reading.claims if one.type == type_ and canonical(one.subject) == name]


def _is_one_group(reading: Reading, subject: str) -> bool:
    """Tell whether a caption speaks of such things as one group only, so that what it says is about all."""
    return sum(one.kind != "definite" for one in _of(reading, "object", subject)) < 2


def _vote_count(claim: Claim, reading: Reading, other: Reading) -> str | None:
    if claim.is_vague or not _is_one_group(reading, claim.subject) or not _is_one_group(other, claim.subject):
        return None
    counts = [one for one in _of(other, "count", claim.subject) if not one.is_vague]
    if len(counts) == 1 and len(_of(reading, "count", claim.subject)) == 1:
        return "" if counts[0].value == claim.value else f"{counts[0].words!r}"
    named = _of(other, "object", claim.subject)
    if counts or not named or int(claim.value) < 2 or named[0].value == "plural":
        return None
    return f"{named[0].words!r} {_ONE}"


def _vote_attribute(claim: Claim, reading: Reading, other: Reading) -> str | None:
    if not _is_one_group(reading, claim.subject) or not _is_one_group(other, claim.subject):
        return None
    same = [one for one in _of(other, "attribute", claim.subject) if one.kind == claim.kind]
    if claim.owner:
        same = [one for one in same if canonical(one.owner) == canonical(claim.owner)]
    if not same:
        return None
    values = {one.value for one in same}
    if claim.value in values:
        return ""
    # "brown and white" and "brown" are no contradiction.
    own = {one.value for one in _of(reading, "attribute", claim.subject) if one.kind == claim.kind}
    if own & values or any(frozenset((claim.value, value)) in NEAR_COLOURS for value in values):
        return None
    return f"{same[0].words!r}"


def _vote_relation(claim: Claim, other: Reading) -> str | None:
    pair = canonical(claim.subject), canonical(claim.object)
    opposite = OPPOSITES.get(claim.value)
    for one in other.claims:
        if one.type != "relation" or opposite is None:
            continue
        ends = canonical(one.subject), canonical(one.object)
        if (ends == pair and one.value == claim.value) or (ends == pair[::-1] and one.value == opposite):
            return ""
        if (ends == pair and one.value == opposite) or (ends == pair[::-1] and one.value == claim.value):
            return f"{one.subject} {one.words!r} {one.object}"
    return None


def _vote_action(claim: Claim, reading: Reading, other: Reading) -> str | None:
    if claim.value not in POSTURES or claim.is_negated:
        return None
    if not _is_one_group(reading, claim.subject) or not _is_one_group(other, claim.subject):
        return None
    doing = [
        one for one in _of(other, "action", claim.subject) if one.value in POSTURES and not one.is_negated
    ]
    if not doing:
        return None
    values = {one.value for one in doing}
    if claim.value in values:
        return ""
    if any(frozenset((claim.value, value)) in TOGETHER for value in values):
        return None
    return f"{doing[0].words!r}"
