"""The items that were flagged: what was said of each before, what the model says now, what is mended."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from workbench.preferences.differences import find_differences
from workbench.records import Span

__all__ = ["OUTCOMES", "Item", "compare_items", "lay_over", "left_of", "outcome_of"]

#: How a flagged item stands -> what the page says of it. Words are compared, not meanings.
OUTCOMES: Final = {
    "mended": "The words that the correction took out are not said any more.",
    "kept": "Right before and right now: the flagged caption was not of this model.",
    "still": "Words that the correction took out are said still, or all that it put in is missing.",
    "unknown": "No correction tells which words are wrong, or something else altogether is said now.",
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
#: A text that says less than this of what the correction says is another text: to be silent mends nothing.
_ALIKE_SHARE: Final = 0.5

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
    said, right = _words(now), _words(correction)
    if wrong & (said - right) or (missing and not wrong and not missing & said):
        return "still"
    if not (wrong or missing) or (right & said).total() < _ALIKE_SHARE * right.total():
        return "unknown"
    return "mended"


def left_of(items: Iterable[Item]) -> list[str]:
    """Return the caption ids of the items that are wrong still."""
    return [str(item.told["caption_id"]) for item in items if item.outcome == "still"]


def lay_over(
    told: dict[str, object],
    before: str,
    now: str,
    outcome: str,
    *,
    wrong: tuple[Iterable[str], Iterable[str]] | None,
    is_model: bool,
) -> Item:
    """Return an item with both texts marked.

    Args:
        told: what else is known of it.
        before: what was said.
        now: what is said.
        outcome: one of `OUTCOMES`.
        wrong: the words that are wrong in each text; where that is not known, what changed is marked.
        is_model: whether `before` is of the model.
    """
    gone, fresh = find_differences(now, before).rejected, find_differences(now, before).chosen
    if wrong is None:
        return Item(
            told, _cut(before, [(span, "gone") for span in gone]), _mark(now, [], fresh), outcome, is_model
        )
    then, still = _spans_of(before, wrong[0]), _spans_of(now, wrong[1])
    return Item(told, _mark(before, then, ()), _mark(now, still, fresh), outcome, is_model)


def _item(row: Mapping[str, object], first: Mapping[str, str], asked: Mapping[str, str]) -> Item:
    key, text, correction = (str(row[name] or "") for name in ("caption_id", "text", "edited_text"))
    before, now = first.get(key, text), asked.get(key)
    told = {name: row[name] for name in ("caption_id", "sample_id", "media", "pair_id", "error_types")}
    told |= {"correction": correction, "text": text}
    # Without words that the correction took out, nothing is known to be wrong: what changed is marked.
    taken = _taken_out(text, correction) if correction else Counter[str]()
    if now is None:
        return Item(
            told,
            _mark(before, _spans_of(before, _again(taken, before, correction)), ()),
            [],
            "waiting",
            key in first,
        )
    wrong = (_again(taken, before, correction), _again(taken, now, correction)) if taken else None
    return lay_over(told, before, now, outcome_of(text, correction, now), wrong=wrong, is_model=key in first)


def _again(taken: Counter[str], said: str, correction: str) -> Counter[str]:
    """Return the words taken out that a text says more often than the correction does."""
    return taken & (_words(said) - _words(correction))


def _taken_out(text: str, correction: str) -> Counter[str]:
    return _words(text) - _words(correction)


def _words(text: str) -> Counter[str]:
    return Counter(word.casefold() for word in _WORD.findall(text) if word.casefold() not in _SMALL)


def _spans_of(text: str, phrases: Iterable[str]) -> list[Span]:
    """Return where phrases stand in a text as whole words, in its order, the longer of two that meet."""
    found: list[Span] = []
    for phrase in sorted(phrases, key=len, reverse=True):
        for match in re.finditer(rf"(?<!\w){re.escape(phrase)}(?!\w)", text, re.IGNORECASE):
            span = Span(match.start(), match.end())
            found += [] if any(_meet(span, one) for one in found) else [span]
    return sorted(found)


def _meet(one: Span, other: Span) -> bool:
    return one.start < other.end and other.start < one.end


def _mark(text: str, wrong: Sequence[Span], fresh: Sequence[Span]) -> Runs:
    """Mark what is wrong, and what is new as far as it is not wrong."""
    marks = [(span, "gone") for span in wrong]
    for span in fresh:
        at = span.start
        for bad in (*(one for one in wrong if _meet(one, span)), Span(span.end, span.end)):
            if bad.start > at:
                marks.append((Span(at, bad.start), "new"))
            at = max(at, bad.end)
    return _cut(text, sorted(marks))


def _cut(text: str, marks: list[tuple[Span, str]]) -> Runs:
    runs: Runs = []
    at = 0
    for span, kind in marks:
        runs += [("same", text[at : span.start]), (kind, text[span.start : span.end])]
        at = span.end
    return [(kind, part) for kind, part in [*runs, ("same", text[at:])] if part]
