"""Check what a caption says of where two things are, by given relations first and by their boxes else."""

from __future__ import annotations

from collections.abc import Sequence

from .checks import CONTRADICTED, SUPPORTED, UNKNOWN, Check
from .geometry import OPPOSITES, enclosing, judge
from .regions import Region, Vocabulary, find_regions, read_predicate
from .statements import Claim

__all__ = ["check_relation"]

_ONE_WAY = frozenset(OPPOSITES)


def check_relation(claim: Claim, regions: Sequence[Region], vocabulary: Vocabulary) -> Check:
    """Check one relation; where grammar allows several subjects, the one it fits best decides.

    Args:
        claim: a relation.
        regions: what the annotation names in the picture.
        vocabulary: what it names anywhere.
    """
    others, _ = find_regions(claim.object, regions, vocabulary)
    outcomes = []
    for subject in (claim.subject, *claim.rivals):
        found, _ = find_regions(subject, regions, vocabulary)
        outcome = _compare(claim.value, found, others)
        if outcome is not None:
            outcomes.append((outcome[0], outcome[1], subject))
        elif found and others:
            return _unknown(claim, "the annotation cannot tell")
    if not outcomes:
        return _unknown(claim, "the annotation lacks one of the two")
    signed, how, subject = max(outcomes)
    signed = signed * claim.certainty * (-1 if claim.is_negated else 1)
    text = f"{claim.words!r}: {subject} and {claim.object}: {how}."
    if signed < 0 and len(outcomes) <= len(claim.rivals):
        return _unknown(claim, "another reading could not be checked")
    return Check(claim, text, SUPPORTED if signed > 0 else CONTRADICTED, abs(signed), "relation")


def _unknown(claim: Claim, why: str) -> Check:
    return Check(claim, f"{claim.words!r}: {why}.", UNKNOWN, 0.0, "relation")


def _compare(
    predicate: str, subjects: Sequence[Region], others: Sequence[Region]
) -> tuple[float, str] | None:
    """Return how surely the predicate holds, -1 to 1, and why; None where nothing tells."""
    pairs = [(one, other) for one in subjects for other in others if one is not other]
    if not pairs:
        return None
    given = [verdict for one, other in pairs if (verdict := _given(predicate, one, other)) is not None]
    if given:
        best = max(given)
        return best, "the annotation says so" if best > 0 else "the annotation says the opposite"
    boxes = [one.box for one in subjects if one.box], [other.box for other in others if other.box]
    if not all(boxes):
        return None
    # As groups first: "two men left of a car" is about both; else any pair may be the one that is meant.
    whole = judge(predicate, enclosing(boxes[0]), enclosing(boxes[1]))
    each = [judge(predicate, one.box, other.box) for one, other in pairs if one.box and other.box]
    decided = [verdict for verdict in [whole, *each] if verdict is not None]
    if not decided:
        return None
    best = max(decided)
    return best, "so the boxes stand" if best > 0 else "the boxes stand otherwise"


def _given(predicate: str, one: Region, other: Region) -> float | None:
    """Look the predicate up among the relations given for two regions, in both directions."""
    forward = {read_predicate(text) for text, key in one.relations if key == other.region_id}
    backward = {read_predicate(text) for text, key in other.relations if key == one.region_id}
    opposite = OPPOSITES.get(predicate)
    if predicate in forward or (opposite and opposite in backward):
        return 0.95
    if opposite and (opposite in forward or (predicate in backward and predicate in _ONE_WAY)):
        return -0.95
    return None
