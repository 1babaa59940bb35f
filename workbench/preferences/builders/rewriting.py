"""Put other words into a text and say exactly which characters changed, on both sides."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from workbench.preferences.builders.base import Variant
from workbench.records import Span

__all__ = ["Change", "article_for", "lower_first", "rewrite"]

_ARTICLE = re.compile(r"(?:^|(?<=\W))(an?)\s+$", re.IGNORECASE)
_SOUNDS_LIKE_CONSONANT = re.compile(r"(?:uni|use|usu|eu|one\b|ut)", re.IGNORECASE)
_SOUNDS_LIKE_VOWEL = re.compile(r"(?:hour|honest|heir)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Change:
    """Other words for the characters [start, end); "" leaves them out, start = end adds."""

    start: int
    end: int
    words: str


def rewrite(
    text: str,
    changes: Sequence[Change],
    *,
    was: str = "",
    now: str = "",
    weight: float = 1.0,
    chance: float = 0.0,
) -> Variant:
    """Return the text with the changes made, "a" and "an" mended, a capital kept, and the spans of both.

    Spans hold whole words and nothing that both sides share at their ends. Text outside of them is the same
    on both sides, but for the white space around words that were left out or added.

    Args:
        text: the original.
        changes: in any order; they do not overlap.
        was: words for the reason; those of the first change when left out.
        now: the same of what takes their place.
        weight: as in `Variant`.
        chance: as in `Variant`.

    Example:
        >>> made = rewrite("A dog near an orange car", [Change(2, 5, "owl"), Change(14, 20, "red")])
        >>> made.text, [made.text[a:b] for a, b in made.rejected_spans]
        ('An owl near a red car', ['An owl', 'a red'])
    """
    ordered = sorted((_trimmed(text, _mended(text, change)) for change in changes), key=lambda one: one.start)
    pieces: list[str] = []
    left: list[Span] = []
    right: list[Span] = []
    done = length = 0
    for change in ordered:
        start, end, words = change.start, change.end, change.words
        kept = text[done:start]
        if not words and end > start and kept[-1:].isspace():
            kept = kept[:-1]  # one of the two spaces goes with the words
        pieces += [kept, words]
        length += len(kept)
        if end > start:
            left.append(Span(start, end))
        if words.strip():
            lead = len(words) - len(words.lstrip())
            right.append(Span(length + lead, length + len(words.rstrip())))
        length += len(words)
        done = end
    first = changes[0]
    return Variant(
        "".join(pieces) + text[done:],
        tuple(left),
        tuple(right),
        was or lower_first(text, first.start, first.end).strip(),
        now or first.words.strip(),
        weight,
        chance,
    )


def article_for(words: str) -> str:
    """Return "a" or "an" as the words need it.

    Example:
        >>> [article_for(word) for word in ("owl", "dog", "uniform", "hour")]
        ['an', 'a', 'a', 'an']
    """
    if _SOUNDS_LIKE_CONSONANT.match(words):
        return "a"
    return "an" if words[:1].lower() in "aeiou" or _SOUNDS_LIKE_VOWEL.match(words) else "a"


def lower_first(text: str, start: int, end: int) -> str:
    """Return a stretch of text as it is written inside a sentence: without the capital of its beginning."""
    words = text[start:end]
    is_name = words[:2].isalpha() and words[:2].isupper()
    return words[:1].lower() + words[1:] if _opens_sentence(text, start) and not is_name else words


def _mended(text: str, change: Change) -> Change:
    """Take the article in where it no longer fits, and begin with a capital where the old words did."""
    start, end, words = change.start, change.end, change.words
    if start == end:
        return change
    is_capital = text[start].isupper() and _opens_sentence(text, start)
    if not words:
        follower = re.match(r"\s*(\S+)", text[end:])
        if follower is None:
            return change
        taken = Change(start, end + follower.end(), follower[1])
        kept = _with_article(text, taken) if not is_capital else replace(taken, words=_capital(follower[1]))
        return change if kept == taken else kept
    return _with_article(text, replace(change, words=_capital(words)) if is_capital else change)


def _with_article(text: str, change: Change) -> Change:
    """Take the article before a change into it where the new words need the other one."""
    article = _ARTICLE.search(text[: change.start])
    if article is None or article_for(change.words) == article[1].lower():
        return change
    other = article_for(change.words)
    other = _capital(other) if article[1][0].isupper() else other
    return Change(article.start(1), change.end, f"{other} {change.words}")


def _opens_sentence(text: str, start: int) -> bool:
    return text[:start].rstrip()[-1:] in ("", ".", "!", "?")


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def _trimmed(text: str, change: Change) -> Change:
    """Leave out words that both sides share at either end."""
    start, end, words = change.start, change.end, change.words
    if not words or end == start:
        return change
    while True:
        ours, theirs = re.match(r"\S+\s+", text[start:end]), re.match(r"\S+\s+", words)
        if not ours or not theirs or ours[0] != theirs[0]:
            break
        start, words = start + ours.end(), words[theirs.end() :]
    while True:
        ours, theirs = re.search(r"\s+\S+$", text[start:end]), re.search(r"\s+\S+$", words)
        if not ours or not theirs or ours[0] != theirs[0]:
            break
        end, words = start + ours.start(), words[: theirs.start()]
    return Change(start, end, words)
