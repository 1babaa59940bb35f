"""Check claims against an annotation: boxes with labels, attributes and relations, or a scene graph.

Objects are checked as CHAIR and POPE do, with synonyms and wider words; only what the annotation would have
named can be contradicted, and anything else stays unknown. The annotation is taken at its word: what it
missed counts against a true caption.

Source: Rohrbach et al. 2018, "Object hallucination in image captioning" (CHAIR).
"""

from __future__ import annotations

from collections.abc import Sequence

from .checks import CONTRADICTED, SUPPORTED, UNKNOWN, Check
from .nouns import canonical, is_a
from .placing import check_relation
from .regions import Region, Vocabulary, describe_labels, find_regions, read_attribute
from .statements import Claim, Reading

__all__ = ["check_against_regions"]

_NEAR_COLOURS = frozenset(
    frozenset(pair.split())
    for pair in (
        "grey white", "grey black", "brown orange", "brown black", "pink red", "pink purple", "purple blue",
        "orange yellow", "orange red", "blue green",
    )
)  # fmt: skip


def check_against_regions(
    reading: Reading, regions: Sequence[Region], vocabulary: Vocabulary
) -> tuple[Check, ...]:
    """Check every claim of a caption against what an annotation says of its picture.

    Args:
        reading: the caption's claims.
        regions: what the annotation names in this picture; without any, nothing is checked.
        vocabulary: what it names in any picture.

    Returns:
        One check a claim of a checkable kind, in their order.

    Example:
        >>> from workbench.alignment.claims.parse import read_caption
        >>> regions = [Region("1", "dog", attributes=("brown",))]
        >>> seen = Vocabulary(frozenset({"dog", "cat"}), frozenset({("colour", "brown")}))
        >>> for check in check_against_regions(read_caption("A brown dog and a cat"), regions, seen):
        ...     print(check.claim.words, check.verdict)
        brown supported
        dog supported
        cat contradicted
    """
    if not regions:
        return ()
    checks: list[Check] = []
    for claim in reading.claims:
        match claim.type:
            case "object":
                checks.append(_check_object(claim, regions, vocabulary))
            case "absence":
                checks.append(_check_absence(claim, regions, vocabulary))
            case "attribute":
                checks.append(_check_attribute(claim, reading, regions, vocabulary))
            case "count":
                is_shared = _is_shared(claim, reading)
                checks.append(_check_count(claim, regions, vocabulary, is_shared=is_shared))
            case "relation":
                checks.append(check_relation(claim, regions, vocabulary))
            case "action":
                checks.append(_check_action(claim, regions, vocabulary))
    return tuple(checks)


def _is_shared(claim: Claim, reading: Reading) -> bool:
    """Tell whether the same kind of thing is counted elsewhere too: "a black dog and two brown dogs"."""
    same = [one for one in reading.claims if canonical(one.subject) == canonical(claim.subject)]
    forms = {one.value for one in same if one.type == "object"}
    return len(forms) > 1 or sum(one.type == "count" for one in same) > 1


def _unknown(claim: Claim, why: str, error_type: str) -> Check:
    return Check(claim, why, UNKNOWN, 0.0, error_type)


def _check_object(claim: Claim, regions: Sequence[Region], vocabulary: Vocabulary) -> Check:
    found, is_exact = find_regions(claim.subject, regions, vocabulary)
    if found:
        sure = max(region.confidence for region in found) * (1.0 if is_exact else 0.7)
        text = f"{claim.words!r}: the annotation names {describe_labels(found)} here."
        return Check(claim, text, SUPPORTED, sure, "object")
    if not vocabulary.knows(claim.subject) or claim.certainty < 1:
        return _unknown(claim, f"{claim.words!r}: the annotation cannot tell.", "object")
    sure = 0.9 if canonical(claim.subject) in vocabulary.labels else 0.75
    if any(is_a(region.label, "person") for region in regions) and is_a(claim.subject, "person"):
        sure = min(sure, 0.8)  # who counts as a child or a man is a matter of taste
    text = f"{claim.words!r}: no {claim.subject} is annotated here, only {describe_labels(regions)}."
    return Check(claim, text, CONTRADICTED, sure, "object")


def _check_absence(claim: Claim, regions: Sequence[Region], vocabulary: Vocabulary) -> Check:
    found, is_exact = find_regions(claim.subject, regions, vocabulary)
    if claim.owner or not vocabulary.knows(claim.subject):
        return _unknown(claim, f"no {claim.words!r}: the annotation cannot tell.", "object")
    if found and is_exact:
        text = f"no {claim.words!r}: the annotation names {describe_labels(found)} here."
        return Check(claim, text, CONTRADICTED, 0.9 * max(r.confidence for r in found), "object")
    return Check(claim, f"no {claim.words!r}: none is annotated here.", SUPPORTED, 0.8, "object")


def _check_attribute(
    claim: Claim, reading: Reading, regions: Sequence[Region], vocabulary: Vocabulary
) -> Check:
    pair = (claim.kind, claim.value)
    found, _ = find_regions(claim.subject, regions, vocabulary)
    bearer = claim.subject
    if not found and (bearer := _holder(claim, reading)):
        found, _ = find_regions(bearer, regions, vocabulary)
    if not found:
        return _unknown(claim, f"{claim.words!r}: no {claim.subject} is annotated here.", "attribute")
    said = [frozenset(p for text in region.attributes for p in read_attribute(text)) for region in found]
    if any(pair in pairs for pairs in said):
        text = f"{claim.words!r}: the annotation gives it to the {bearer}."
        return Check(claim, text, SUPPORTED, 0.95, "attribute")
    values = [{value for kind, value in pairs if kind == claim.kind} for pairs in said]
    if claim.kind == "size" and not any(values) and _is_habit(found, claim.kind, vocabulary):
        text = f"{claim.words!r}: of a {bearer} the annotation says its size, but not of this one."
        return Check(claim, text, CONTRADICTED, 0.5, "attribute")
    if pair not in vocabulary.attributes or claim.kind == "state" or not all(values):
        return _unknown(claim, f"{claim.words!r}: the annotation does not say this of {bearer}.", "attribute")
    seen = sorted(set().union(*values))
    text = f"{claim.words!r}: the {bearer} is annotated as {' and '.join(seen)}"
    others = [
        region.label
        for region in regions
        if region not in found and any(pair in read_attribute(text) for text in region.attributes)
    ]
    text += f"; it is the {others[0]} that is {claim.value}." if others else "."
    is_close = any(frozenset((claim.value, value)) in _NEAR_COLOURS for value in seen)
    return Check(claim, text, CONTRADICTED, 0.85 if is_close else 0.95, "attribute")


def _is_habit(found: Sequence[Region], kind: str, vocabulary: Vocabulary) -> bool:
    return all((canonical(region.label), kind) in vocabulary.habits for region in found)


def _holder(claim: Claim, reading: Reading) -> str:
    """Return who wears or has the thing: "a man in a red jacket", "a plant in a red pot"."""
    if claim.owner:
        return claim.owner
    ties = [one for one in reading.claims if one.type == "relation" and one.object == claim.subject]
    before = [one for one in ties if one.value in ("with", "wear", "inside") and one.start < claim.start]
    # Of an open attachment the nearer one: "right of a plant in a red pot" gives the pot to the plant.
    return (before[-1].rivals or (before[-1].subject,))[-1] if before else ""


def _check_count(
    claim: Claim, regions: Sequence[Region], vocabulary: Vocabulary, *, is_shared: bool
) -> Check:
    """Compare a number with the boxes: exactly, or as the least where the words are vague or shared out."""
    found, is_exact = find_regions(claim.subject, regions, vocabulary)
    number = int(claim.value)
    # "three birds" may leave the duck out, or not: the count that agrees is taken.
    same = sum(canonical(region.label) == canonical(claim.subject) for region in found)
    boxes = same if same == number else len(found)
    if not found or (not is_exact and boxes != number):
        return _unknown(claim, f"{claim.words!r}: no {claim.subject} is annotated here.", "count")
    text = f"{claim.words!r}: {boxes} {claim.subject} annotated here."
    is_least = claim.is_vague or is_shared or number == 1
    if boxes == number or (is_least and boxes >= min(number, 2)):
        return Check(claim, text, SUPPORTED, 0.9 if boxes == number else 0.6, "count")
    if is_least and boxes >= number - 1:
        return _unknown(claim, text, "count")
    sure = 0.85 if boxes < number else 0.8
    return Check(claim, text, CONTRADICTED, min(0.95, sure + 0.03 * abs(boxes - number)), "count")


def _check_action(claim: Claim, regions: Sequence[Region], vocabulary: Vocabulary) -> Check:
    found, _ = find_regions(claim.subject, regions, vocabulary)
    said = [
        {v for text in r.attributes for kind, v in read_attribute(text) if kind == "action"} for r in found
    ]
    if any(claim.value in values for values in said):
        text = f"{claim.words!r}: the annotation says so of the {claim.subject}."
        verdict, sure = (CONTRADICTED, 0.8) if claim.is_negated else (SUPPORTED, 0.9)
        return Check(claim, text, verdict, sure, "action")
    is_known = ("action", claim.value) in vocabulary.attributes and not claim.is_negated
    if not found or not all(said) or not is_known:
        return _unknown(claim, f"{claim.words!r}: the annotation does not say what it does.", "action")
    doing = " and ".join(sorted(set().union(*said)))
    text = f"{claim.words!r}: the {claim.subject} is annotated as doing otherwise ({doing})."
    return Check(claim, text, CONTRADICTED, 0.85, "action")
