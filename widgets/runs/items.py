"""The items that were flagged: what was said of each before, what the model says now, what is mended."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from workbench.preferences.differences import find_differences
from workbench.records import Span

__all__ = ["OUTCOMES", "Item", "compare_items", "left_of", "outcome_of"]

#: How a flagged item stands -> what the page says of it. Words are compared, not meanings.
OUTCOMES: Final = {
    "mended": "The words that the correction took out are not said any more.",
    "still": "Words that the correction took out are said still, or all that it put in is missing.",
    "unknown": "No correction tells which words are wrong, so there is nothing to hold it against.",
    "waiting": "The model has not been asked yet.",
}
_WORD: Final = re.compile(r"\w+(?:['’-]\w+)*")
#: Words that say nothing about what is to be seen: a correction that moves one of them mends nothing.
_SMALL: Final = frozenset(
    {
        "a", "an", "and", "are", "as", "at", "by", "for", "from", "in", "is", "it", "its", "of", "on", "or",
        "that", "the", "there", "this", "to", "was", "were", "with",
    }
)  # fmt: skip

Runs = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Item:
    """One flagged item, before and now.

    Attributes:
        told: `caption_id`, `sample_id`, `media`, `pair_id`, `error_types`, `correction`.
        before: what was said of it, as runs of (kind, text); `gone` marks what is wrong or is not said now.
        now: what the model says at the newest look; `gone` marks what is wrong still, `new` what is new.
        outcome: one of `OUTCOMES`.
        is_model: whether `before` is of the model before any training, not the flagged caption itself.
    """

    told: dict[str, object]
    before: Runs
    now: Runs
    outcome: str
    is_model: bool


def compare_items(
    flagged: Iterable[Mapping[str, object]], texts: Mapping[int, Mapping[str, str]]
) -> list[Item]:
    """Lay what is said now over what was said before, item by item.

    Args:
        flagged: rows of `FLAGGED_SCHEMA`.
        texts: what the model said at each look: step -> caption id -> text.

    Returns:
        The items that the model was asked about, in the order of the rows; before the first look all of them.
    """
    first = texts.get(0, {})
    now = texts[max(texts)] if texts else {}
    return [_item(row, first, now) for row in flagged if not now or row["caption_id"] in now]


def outcome_of(text: str, correction: str, now: str) -> str:
    """Return one of `OUTCOMES` by the words of a correction; the page says what that cannot see.

    Args:
        text: the caption that was flagged.
        correction: what a person made of it; "" where nobody has.
        now: what the model says.

    Example:
        >>> outcome_of("a red car and a bus", "a red car", "a red car by a house")
        'mended'
        >>> outcome_of("a red car and a bus", "a red car", "a bus at night")
        'still'
    """
    if not correction:
        return "unknown"
    wrong, missing = _taken_out(text, correction), _taken_out(correction, text)
    said = _words(now)
    if wrong:
        return "still" if wrong & (said - _words(correction)) else "mended"
    if not missing:
        return "unknown"
    return "mended" if missing & said else "still"


def left_of(items: Iterable[Item]) -> list[str]:
    """Return the caption ids of the items that are wrong still."""
    return [str(item.told["caption_id"]) for item in items if item.outcome == "still"]


def _item(row: Mapping[str, object], first: Mapping[str, str], asked: Mapping[str, str]) -> Item:
    key, text, correction = (str(row[name] or "") for name in ("caption_id", "text", "edited_text"))
    before, now = first.get(key, text), asked.get(key)
    told = {name: row[name] for name in ("caption_id", "sample_id", "media", "pair_id", "error_types")}
    told |= {"correction": correction, "text": text}
    if now is None:
        return Item(told, _struck(before, text, correction, ""), [], "waiting", key in first)
    return Item(
        told,
        _struck(before, text, correction, now),
        _marked(before, text, correction, now),
        outcome_of(text, correction, now),
        key in first,
    )


def _struck(before: str, text: str, correction: str, now: str) -> Runs:
    """Mark what was wrong: by the correction where there is one, else what is not said any more."""
    if correction and _taken_out(text, correction):
        spans = _spans_of(before, _taken_out(text, correction) & (_words(before) - _words(correction)))
        return _cut(before, [(span, "gone") for span in spans])
    if not now:
        return [("same", before)]
    return _cut(before, [(span, "gone") for span in find_differences(now, before).rejected])


def _marked(before: str, text: str, correction: str, now: str) -> Runs:
    wrong = _taken_out(text, correction) & (_words(now) - _words(correction)) if correction else Counter()
    bad = _spans_of(now, wrong)
    fresh = [
        span for span in find_differences(now, before).chosen if not any(_meet(span, one) for one in bad)
    ]
    return _cut(now, sorted([(span, "gone") for span in bad] + [(span, "new") for span in fresh]))


def _taken_out(text: str, correction: str) -> Counter[str]:
    return _words(text) - _words(correction)


def _words(text: str) -> Counter[str]:
    return Counter(word.casefold() for word in _WORD.findall(text) if word.casefold() not in _SMALL)


def _spans_of(text: str, words: Counter[str]) -> list[Span]:
    return [
        Span(found.start(), found.end())
        for found in _WORD.finditer(text)
        if found.group().casefold() in words
    ]


def _meet(one: Span, other: Span) -> bool:
    return one.start < other.end and other.start < one.end


def _cut(text: str, marks: list[tuple[Span, str]]) -> Runs:
    runs: Runs = []
    at = 0
    for span, kind in marks:
        runs += [("same", text[at : span.start]), (kind, text[span.start : span.end])]
        at = span.end
    return [(kind, part) for kind, part in [*runs, ("same", text[at:])] if part]
