"""Exchange two parts of a caption: every word stays, and what they say of each other turns false."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from workbench.alignment.claims.nouns import canonical, related
from workbench.alignment.claims.parse import Claim, Phrase, Reading
from workbench.alignment.claims.words import (
    AUXILIARIES,
    DETERMINERS,
    MEDIA_NOUNS,
    PREPOSITIONS,
    PRONOUNS,
    SHOWING_VERBS,
)
from workbench.preferences.builders.base import Original, Variant
from workbench.preferences.builders.captions import CaptionSet, words_of
from workbench.preferences.builders.guards import are_exclusive, is_plain, mentions, trait_values
from workbench.preferences.builders.rewriting import Change, lower_first, rewrite

__all__ = ["swap_arguments", "swap_attributes", "swap_order"]

#: Relations that do not hold the other way round.
_ONE_WAY: Final = frozenset(
    ("left of", "right of", "on", "under", "above", "below", "in front of", "behind", "inside", "outside")
)
_DETERMINER: Final = re.compile(r"(?:an?|the)\s+", re.IGNORECASE)
_BETWEEN: Final = re.compile(r"\s*(?:(?:is|are|was|were|can|be|seen|stands?|which|that)\s+)*", re.IGNORECASE)
#: What may stand before the first of two events.
_OPENINGS: Final = (
    DETERMINERS | PREPOSITIONS | MEDIA_NOUNS | AUXILIARIES | PRONOUNS | SHOWING_VERBS
    | {"first", "hear", "listen", "short", "recording", "shows", "then"}
)  # fmt: skip
#: What stands between two events told in their order; the longest first.
_THEN: Final = re.compile(
    r",?\s+(?:and\s+after\s+that|and\s+then|and,\s+later,|followed\s+by|after\s+that,?|then|later|before|after)\s+"
    r"(?:of\s+)?",
    re.IGNORECASE,
)


_TIMED: Final = re.compile(r"\b(?:before|after)\s+$", re.IGNORECASE)


def swap_attributes(original: Original, captions: CaptionSet, choice: str) -> Iterator[Variant]:
    """Exchange two colours, sizes, materials or patterns that both things may have."""
    text = original.text
    told = [one for one in original.reading.claims if one.type == "attribute" and one.kind and is_plain(one)]
    for place, a in enumerate(told):
        for b in told[place + 1 :]:
            if a.kind != b.kind or a.end > b.start or related(a.subject, b.subject):
                continue
            values = [(a, b.value), (b, a.value)]
            if all(_may_have(original, captions, one, value) for one, value in values):
                changes = [Change(a.start, a.end, b.words.lower()), Change(b.start, b.end, a.words.lower())]
                names = f"{a.words} {a.subject}, {b.words} {b.subject}"
                turned = f"{b.words} {a.subject}, {a.words} {b.subject}"
                made = rewrite(text, changes, was=names.lower(), now=turned.lower())
                if captions.is_fluent(made.text, made.rejected_spans):
                    yield made


def _may_have(original: Original, captions: CaptionSet, claim: Claim, value: str) -> bool:
    """Tell whether such things have the value elsewhere in the set, and by all that is said not here."""
    told = trait_values(captions, original, claim, claim.kind) | {claim.value}
    seen = captions.counts(claim.subject, claim.kind)
    if claim.owner:
        seen = captions.counts(claim.owner, f"{canonical(claim.subject)} {claim.kind}")
    return bool(seen[value]) and all(are_exclusive(claim.kind, value, one) for one in told)


def swap_arguments(original: Original, captions: CaptionSet, choice: str) -> Iterator[Variant]:
    """Exchange the two things of a relation that does not hold the other way round."""
    text, reading = original.text, original.reading
    for claim in reading.claims:
        if claim.type != "relation" or claim.value not in _ONE_WAY or not is_plain(claim, 0.5):
            continue
        ends = _ends(claim, reading, text)
        if ends is None or not _can_trade(original, captions, claim, ends):
            continue
        (start, end), (other_start, other_end) = ends
        changes = [
            Change(start, end, lower_first(text, other_start, other_end)),
            Change(other_start, other_end, lower_first(text, start, end)),
        ]
        words = f"{claim.subject} {claim.value} {claim.object}"
        made = rewrite(text, changes, was=words, now=f"{claim.object} {claim.value} {claim.subject}")
        if captions.is_fluent(made.text, made.rejected_spans):
            yield made


def _ends(claim: Claim, reading: Reading, text: str) -> tuple[tuple[int, int], tuple[int, int]] | None:
    """Return where both things stand, with what belongs to them and without their article."""
    first = _phrase(reading, claim.subject, before=claim.start)
    second = _phrase(reading, claim.object, after=claim.end)
    if first is None or second is None or text[claim.end : second.start].strip():
        return None
    return _core(text, first.start, _widened(first, claim.subject, reading)), _core(
        text, second.start, _widened(second, claim.object, reading)
    )


def _phrase(reading: Reading, noun: str, *, before: int = -1, after: int = -1) -> Phrase | None:
    """Return the noun phrase of a thing that is named once, before or after a place in the text."""
    named = [one for one in reading.claims if one.type == "object" and one.subject == noun]
    if len(named) != 1 or mentions(reading, noun) != 1 or named[0].kind == "definite":
        return None
    at = named[0]
    if (before >= 0 and at.end > before) or (after >= 0 and at.start < after):
        return None
    holding = [p for p in reading.phrases if p.kind == "noun" and p.start <= at.start and at.end <= p.end]
    return min(holding, key=lambda phrase: phrase.end - phrase.start, default=None)


def _widened(phrase: Phrase, noun: str, reading: Reading) -> int:
    """Return the end of a phrase with what the thing wears or has: "a man in a red jacket"."""
    end = phrase.end
    for one in reading.claims:
        if one.type == "relation" and one.kind == "part" and one.subject == noun and one.start == end + 1:
            worn = [p for p in reading.phrases if p.kind == "noun" and p.start == one.end + 1]
            end = max((p.end for p in worn), default=end)
    return end


def _core(text: str, start: int, end: int) -> tuple[int, int]:
    article = _DETERMINER.match(text[start:end])
    return start + (article.end() if article else 0), end


def _can_trade(
    original: Original,
    captions: CaptionSet,
    claim: Claim,
    ends: tuple[tuple[int, int], tuple[int, int]],
) -> bool:
    """Tell whether grammar and sense outlive the exchange: same number, and both can do what one does."""
    (start, end), (other_start, _) = ends
    number = {one.subject: one.value for one in original.reading.claims if one.type == "object"}
    if end > claim.start or number.get(claim.subject) != number.get(claim.object):
        return False
    if related(claim.subject, claim.object) or start >= other_start:
        return False
    between = original.text[end : claim.start]
    acts = [one for one in original.reading.claims if one.type == "action" and end <= one.start < claim.start]
    for act in acts:
        if canonical(act.subject) != canonical(claim.subject):
            return False
        if not captions.counts(claim.object, "action")[act.value]:
            return False
    return bool(acts) or _BETWEEN.fullmatch(between + " ") is not None


def swap_order(original: Original, captions: CaptionSet, choice: str) -> Iterator[Variant]:
    """Tell two events the wrong way round: what came first comes after what followed."""
    text = original.text
    for join in _THEN.finditer(text):
        first, second = _event_start(original, 0, join.start()), join.end()
        end = _event_end(original, join.end())
        if first is None or _event_start(original, second, end) is None:
            continue
        if _TIMED.search(join[0]) and not _both_act(original, (first, join.start()), (second, end)):
            continue  # "a dog runs after a ball" tells of one event
        one, other = text[first : join.start()], text[second:end]
        if not one.strip() or not other.strip() or one.lower() == other.lower() or "," in one:
            continue
        changes = [
            Change(first, join.start(), other),
            Change(second, end, lower_first(text, first, join.start())),
        ]
        yield rewrite(text, changes, was=f"{one} … {other}", now=f"{other} … {one}")


def _event_start(original: Original, start: int, end: int) -> int | None:
    """Return where the first thing between two places begins; None where none does, or words are in the way.

    Before it may stand what opens a sentence ("first", "a clip of", "we hear") and nothing else.
    """
    inside = [p.start for p in original.reading.phrases if p.kind == "noun" and start <= p.start < end]
    named = [one for one in original.reading.claims if one.type == "object" and start <= one.start < end]
    if not named:
        return None
    first = max((at for at in inside if at <= named[0].start), default=named[0].start)
    opening = words_of(original.text[start:first])
    return first if all(word in _OPENINGS for word in opening) else None


def _both_act(original: Original, *parts: tuple[int, int]) -> bool:
    """Tell whether someone does something in each part, and more is said of it than the verb."""
    acts = [one for one in original.reading.claims if one.type == "action"]
    return all(any(start <= one.start and one.end < end for one in acts) for start, end in parts)


def _event_end(original: Original, start: int) -> int:
    """Return where the second event ends: before the place that both share, or before the full stop."""
    text = original.text
    stop = re.search(r"[.!;]|,", text[start:])
    end = start + len(text[start : start + stop.start() if stop else len(text)].rstrip())
    for claim in original.reading.claims:
        if claim.type == "place" and start < claim.start < end:
            head = re.search(r"\s+\S+\s*$", text[start : claim.start])
            end = start + head.start() if head else end
    return end
