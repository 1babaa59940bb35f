"""Say less than the verified caption, or deny what is there.

A caption that leaves something out is not false; it is worse. Without such pairs a model that is taught by
corrections alone learns to say less.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from workbench.alignment.claims.parse import Claim, Phrase
from workbench.alignment.claims.words import SKY_NOUNS
from workbench.preferences.builders.base import Original, Variant
from workbench.preferences.builders.captions import CaptionSet
from workbench.preferences.builders.guards import is_plain, mentions
from workbench.preferences.builders.rewriting import Change, rewrite

__all__ = ["drop", "negate"]

_LEAST_WORDS: Final = 3
_LOOKS: Final = ("colour", "size", "material", "pattern")
_CLAUSE_END: Final = re.compile(r"\s*(?:[.,!?;]|$)")
_DENIED: Final = re.compile(r"(an?|one|two|three|four|five|six|seven|eight|nine|ten)\s+", re.IGNORECASE)


def drop(original: Original, captions: CaptionSet, choice: str) -> Iterator[Variant]:
    """Leave out a thing with how it stands to another, where it all happens, or how a thing looks."""
    text = original.text
    for start, end, weight in _parts(original):
        made = rewrite(text, [Change(start, end, "")], weight=weight)
        if len(made.text.split()) >= _LEAST_WORDS and made.text.strip(" .,!?"):
            yield made


def _parts(original: Original) -> Iterator[tuple[int, int, float]]:
    """Yield what can go without breaking the sentence, with how much is lost by it."""
    text, reading = original.text, original.reading
    nouns = [one for one in reading.phrases if one.kind == "noun"]
    for claim in reading.claims:
        if claim.is_negated:
            continue
        if claim.type == "relation" and claim.kind == "space" and claim.start > 0:
            after = [
                one for one in nouns if text[claim.end : one.start].strip() == "" and one.start >= claim.end
            ]
            stop = min((one.end for one in after), default=-1)
            if stop > 0 and _CLAUSE_END.match(text[stop:]) and text[claim.start - 1 : claim.start] == " ":
                yield claim.start, stop, 3.0
        elif claim.type == "place" and _CLAUSE_END.match(text[claim.end :]):
            head = re.search(r"\s(\w+|on the wall of|in front of)\s+$", text[: claim.start])
            is_idle = re.search(r"\b(?:is|are|of|view|here)$", text[: head.start()]) if head else None
            if head and not is_idle and head[1].lower() not in ("of", "with", "and", "shows"):
                yield head.start(1), claim.end, 2.0
        elif _is_spare(claim, original):
            yield claim.start, claim.end, 1.0
    for one, other in pairwise(nouns):
        is_last = _CLAUSE_END.match(text[other.end :]) is not None
        if text[one.end : other.start] == " and " and is_last and "," not in text[: one.end]:
            yield one.end + 1, other.end, 3.0


def _is_spare(claim: Claim, original: Original) -> bool:
    """Tell whether an attribute stands before its noun, and not in what someone wears."""
    if claim.type != "attribute" or claim.kind not in _LOOKS or claim.owner:
        return False
    return re.match(r"\s+\w", original.text[claim.end :]) is not None and any(
        one.type == "object" and one.subject == claim.subject and one.start > claim.start
        for one in original.reading.claims
    )


def negate(original: Original, captions: CaptionSet, choice: str) -> Iterator[Variant]:
    """Deny a thing that is there ("no dog runs"), or say that there are some where the caption denies it."""
    text, reading = original.text, original.reading
    for claim in reading.claims:
        head = re.search(r"\b(no)\s+$", text[: claim.start], re.IGNORECASE)
        if claim.type == "absence" and head:
            change = Change(head.start(1), head.end(1), "some")
            yield rewrite(text, [change], was=f"no {claim.words}", now=f"some {claim.words}")
    # Of what is there, the first thing alone: "a dog and no car" would be a caption of its own kind.
    first = next((one for one in reading.claims if one.type == "object" and not _is_overhead(one)), None)
    phrase = _phrase_of(first, original) if first else None
    denied = _DENIED.match(text[phrase.start : first.start]) if phrase and first else None
    if first and phrase and denied and mentions(reading, first.subject) == 1 and is_plain(first):
        change = Change(phrase.start, phrase.start + denied.end(1), "no")
        yield rewrite(text, [change], was=text[phrase.start : first.end], now=f"no {first.words}")


def _is_overhead(claim: Claim) -> bool:
    """Tell whether a claim is of the sky: nobody writes "under no cloudy sky"."""
    return claim.subject.rpartition(" ")[2] in SKY_NOUNS


def _phrase_of(claim: Claim, original: Original) -> Phrase | None:
    phrases = (one for one in original.reading.phrases if one.kind == "noun")
    return next((one for one in phrases if one.start <= claim.start < one.end), None)
