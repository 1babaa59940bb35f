"""Add something false, or say the same twice. What is added makes the caption longer, which can be seen."""

from __future__ import annotations

import re
import string
from collections.abc import Iterator
from typing import Final

from workbench.alignment.claims.parse import Claim, Phrase
from workbench.alignment.claims.words import COLOURS, SIZES, SKY_NOUNS
from workbench.preferences.builders.base import Original, Variant
from workbench.preferences.builders.captions import CaptionSet
from workbench.preferences.builders.guards import (
    MOST_CHANCE,
    are_exclusive,
    is_plain,
    mentions,
    trait_values,
)
from workbench.preferences.builders.rewriting import Change, article_for, rewrite

__all__ = ["add_attribute", "add_object", "duplicate"]

_MOST: Final = 8
_COMMONEST: Final = 150  # nouns that are tried
_JOINS: Final = ("with", "and", "next to", "near", "beside")
_TABLES: Final = {"colour": COLOURS, "size": SIZES}
_CLOSE: Final = ".!?" + string.whitespace


def add_object(original: Original, captions: CaptionSet, choice: str) -> Iterator[Variant]:
    """Add a thing at the end that is not there, as captions of such things put it."""
    text = original.text
    end = len(text.rstrip(_CLOSE))
    if not original.reading.claims or any(one.type == "absence" for one in original.reading.claims):
        return  # "no cars are there with a kite" is no caption
    said = captions.said(original.sample_id).nouns
    found: list[Variant] = []
    for word, count in captions.nouns("singular").most_common(_COMMONEST):
        chance = captions.chance_there(word, original.sample_id)
        if captions.may_mean(word, original.sample_id) or chance > MOST_CHANCE:
            continue
        weight = {"popular": float(count), "adversarial": captions.affinity(word, said) + 0.01}
        worth = weight.get(choice, 1.0)
        for join in _JOINS:
            added = f" {join} {article_for(word)} {word}"
            made = rewrite(
                text,
                [Change(end, end, added)],
                now=added.strip(),
                weight=worth,
                chance=chance,
            )
            span = made.rejected_spans[0]
            if captions.is_fluent(text[:end] + added, [span._replace(start=span.start + len(join) + 1)]):
                found.append(made)
                break
    found.sort(key=lambda one: (-one.weight, one.text))
    yield from found[:_MOST]


def add_attribute(original: Original, captions: CaptionSet, choice: str) -> Iterator[Variant]:
    """Add a colour or size to a thing that others say to be another: captions of the sample, or regions."""
    text = original.text
    for claim in original.reading.claims:
        if claim.type != "object" or not is_plain(claim) or mentions(original.reading, claim.subject) != 1:
            continue
        own = {one.kind for one in original.reading.claims
               if one.type == "attribute" and one.subject == claim.subject}  # fmt: skip
        for kind, table in _TABLES.items():
            told = trait_values(captions, original, claim, kind)
            told = {value for value in told if value in set(table.values())}
            if kind in own or len(told) != 1:
                continue
            seen = captions.counts(claim.subject, kind)
            for word in captions.words(f"attribute {kind}"):
                value = table.get(word, word)
                if seen[value] and are_exclusive(kind, value, next(iter(told))):
                    change = Change(claim.start, claim.start, f"{word} ")
                    made = _with_article(text, change, claim, word)
                    if captions.is_fluent(made.text, made.rejected_spans):
                        yield made


def _with_article(text: str, change: Change, claim: Claim, word: str) -> Variant:
    """Put an attribute before its noun; where "a" turns into "an" the article is part of the change."""
    head = re.search(r"\b(an?)\s+$", text[: claim.start], re.IGNORECASE)
    if head and article_for(word) != head[1].lower():
        article = article_for(word)
        article = article.capitalize() if head[1][0].isupper() else article
        return rewrite(text, [Change(head.start(1), head.end(1), f"{article} {word}")], now=word)
    if claim.start == 0 and text[0].isupper():
        noun = text[claim.start : claim.end]
        words = f"{word.capitalize()} {noun[:1].lower()}{noun[1:]}"
        return rewrite(text, [Change(claim.start, claim.end, words)], now=word)
    return rewrite(text, [change], now=word)


def duplicate(original: Original, captions: CaptionSet, choice: str) -> Iterator[Variant]:
    """Name the last thing of the caption twice: "near a blue tree and a blue tree"."""
    text = original.text
    end = len(text.rstrip(_CLOSE))
    last = _last_phrase(original, end)
    named = [one for one in original.reading.claims if one.type == "object"]
    named = [one for one in named if is_plain(one) and one.subject.rpartition(" ")[2] not in SKY_NOUNS]
    if last is None or not any(last.start <= one.start < last.end for one in named):
        return
    words = text[last.start : last.end]
    again = words[:1].lower() + words[1:] if last.start == 0 else words
    yield rewrite(text, [Change(end, end, f" and {again}")], now=f"and {again}")


def _last_phrase(original: Original, end: int) -> Phrase | None:
    found = [one for one in original.reading.phrases if one.kind == "noun" and one.end == end]
    return max(found, key=lambda one: one.end - one.start, default=None)
