"""Replace one claim by another of its kind: thing, attribute, relation, action, number."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from workbench.alignment.claims.geometry import OPPOSITES
from workbench.alignment.claims.nouns import canonical
from workbench.alignment.claims.siblings import POSTURES
from workbench.alignment.claims.verbs import verb_lemma
from workbench.alignment.claims.words import COLOURS, MATERIALS, NUMBERS, PATTERNS, SIZES, SKY_NOUNS
from workbench.preferences.builders.base import Original, Variant
from workbench.preferences.builders.captions import CaptionSet, form_of, with_particle
from workbench.preferences.builders.guards import (
    MOST_CHANCE,
    are_exclusive,
    chance_true,
    has_traits,
    is_plain,
    mentions,
    trait_values,
)
from workbench.preferences.builders.rewriting import Change, rewrite

__all__ = ["replace_action", "replace_attribute", "replace_count", "replace_object", "replace_relation"]

_NEAR: Final = 40  # characters that hold the neighbouring word
_MOST: Final = 12  # variants of one claim
_VALUES: Final = {"colour": COLOURS, "size": SIZES, "material": MATERIALS, "pattern": PATTERNS}
_SIZE_OPPOSITES: Final = {
    "small": "large", "large": "small", "tall": "short", "short": "tall", "wide": "narrow",
    "narrow": "wide",
}  # fmt: skip
#: Words of a relation -> those of its opposite, in the same manner of speaking.
_TURNED: Final = {
    "on top of": "under", "on": "under", "under": "on", "underneath": "on top of", "beneath": "on top of",
    "above": "below", "below": "above", "over": "under", "in front of": "behind", "behind": "in front of",
    "inside": "outside", "outside": "inside",
}  # fmt: skip
_SIDE: Final = re.compile(r"\b(left|right)\b", re.IGNORECASE)


def replace_object(original: Original, captions: CaptionSet, choice: str) -> Iterator[Variant]:
    """Put another thing in a thing's place: one that is not said to be there and does not mean the same."""
    text, reading = original.text, original.reading
    said = captions.said(original.sample_id).nouns
    for claim in reading.claims:
        is_single = mentions(reading, claim.subject) == 1 and claim.kind != "definite" and not claim.owner
        if claim.subject.rpartition(" ")[2] in SKY_NOUNS:
            continue
        if claim.type != "object" or not is_plain(claim) or not is_single:
            continue
        found = []
        before, after = text[max(0, claim.start - _NEAR) : claim.start], text[claim.end : claim.end + _NEAR]
        for word, count in captions.nouns(claim.value).items():
            if not captions.fits(before, word, after):
                continue
            if captions.may_mean(word, original.sample_id) or not has_traits(word, claim, reading, captions):
                continue
            chance = chance_true(word, original, claim, captions)
            if chance <= MOST_CHANCE:
                weight = _weigh(choice, count, captions.affinity(word, said))
                made = rewrite(text, [Change(claim.start, claim.end, word)], weight=weight, chance=chance)
                found.append(made)
        yield from _best(found, original, captions)


def replace_attribute(original: Original, captions: CaptionSet, choice: str) -> Iterator[Variant]:
    """Give a thing another colour, size, material or pattern that such things have."""
    for claim in original.reading.claims:
        if claim.type != "attribute" or claim.kind not in _VALUES or not is_plain(claim):
            continue
        table = _VALUES[claim.kind]
        told = trait_values(captions, original, claim, claim.kind)
        owner = f"{canonical(claim.subject)} {claim.kind}"
        name, trait = (claim.owner, owner) if claim.owner else (claim.subject, claim.kind)
        seen = captions.counts(name, trait)
        found = []
        for word, count in captions.words(f"attribute {claim.kind}").items():
            value = table.get(word, word)
            is_other = all(are_exclusive(claim.kind, value, one) for one in told | {claim.value})
            if not seen[value] or not is_other:
                continue
            if claim.kind == "size" and _SIZE_OPPOSITES.get(claim.value) != value:
                continue
            weight = _weigh(choice, count, seen[value] / seen.total())
            found.append(rewrite(original.text, [Change(claim.start, claim.end, word)], weight=weight))
        yield from _best(found, original, captions)


def replace_relation(original: Original, captions: CaptionSet, choice: str) -> Iterator[Variant]:
    """Turn where one thing is from another: left is right, on is under, above is below."""
    for claim in original.reading.claims:
        if claim.type != "relation" or claim.value not in OPPOSITES or not is_plain(claim, 0.5):
            continue
        words = original.text[claim.start : claim.end]
        turned = _SIDE.sub(_other_side, words) if _SIDE.search(words) else _TURNED.get(words.lower(), "")
        if turned:
            made = rewrite(original.text, [Change(claim.start, claim.end, turned)], was=words, now=turned)
            yield from _best([made], original, captions)


def replace_action(original: Original, captions: CaptionSet, choice: str) -> Iterator[Variant]:
    """Let someone do what cannot be done at once with what the captions say: a posture for a posture."""
    for claim in original.reading.claims:
        if claim.type != "action" or claim.value not in POSTURES or not is_plain(claim):
            continue
        told = trait_values(captions, original, claim, "action")
        seen = captions.counts(claim.subject, "action")
        whole = with_particle(original.text, claim)
        found = []
        for word, count in captions.words(f"action {form_of(claim)}").items():
            value = verb_lemma(word.split(" ")[0])[0]
            if seen[value] and all(are_exclusive("action", value, one) for one in told | {claim.value}):
                weight = _weigh(choice, count, seen[value] / seen.total())
                change = Change(claim.start, claim.start + len(whole), word)
                found.append(rewrite(original.text, [change], weight=weight))
        yield from _best(found, original, captions)


def replace_count(original: Original, captions: CaptionSet, choice: str) -> Iterator[Variant]:
    """Say one more or one less of what is counted; never fewer than two, which would break the grammar."""
    by_number = {number: word for word, number in NUMBERS.items() if number <= 20}
    for claim in original.reading.claims:
        if claim.type != "count" or not is_plain(claim) or not claim.value.isdigit():
            continue
        if mentions(original.reading, claim.subject) > 1 or int(claim.value) < 2:
            continue
        told = trait_values(captions, original, claim, "count")
        found = []
        for step in (-1, 1):
            number = int(claim.value) + step
            if number < 2 or str(number) in told or number not in by_number:
                continue
            word = str(number) if claim.words.isdigit() else by_number[number]
            made = rewrite(original.text, [Change(claim.start, claim.end, word)])
            found.append(made)
        yield from _best(found, original, captions)


def _weigh(choice: str, count: int, affinity: float) -> float:
    if choice == "popular":
        return float(count)
    return affinity + 0.01 if choice == "adversarial" else 1.0


def _best(found: list[Variant], original: Original, captions: CaptionSet) -> list[Variant]:
    """Return the variants with the most weight that read as the set's captions do."""
    fluent = (one for one in sorted(found, key=lambda one: (-one.weight, one.text))
              if captions.is_fluent(one.text, one.rejected_spans))  # fmt: skip
    return [one for one, _ in zip(fluent, range(_MOST), strict=False)]


def _other_side(match: re.Match[str]) -> str:
    word = match[0]
    other = "right" if word.lower() == "left" else "left"
    return other.capitalize() if word[0].isupper() else other
