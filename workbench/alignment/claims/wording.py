"""Check the text of a caption by itself: file names, addresses, boiler-plate, its language, its quotes.

Nothing here looks at the media. A caption that is no description is no error of a kind: it counts as `other`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from .checks import CONTRADICTED, SUPPORTED, Check
from .language import identify_language
from .statements import Claim

__all__ = ["check_quotes", "check_repeats", "check_wording"]

_ENDINGS: Final = "jpe?g|png|gif|webp|bmp|tiff?|heic|svg|mp4|mov|avi|mkv|webm|wav|mp3|flac|pdf"
#: What the whole caption may be instead of a description.
_WHOLE: Final = (
    ("a file name", re.compile(rf"[\w\-.()\[\] /\\]+\.(?:{_ENDINGS})", re.IGNORECASE)),
    (
        "a camera's file name",
        re.compile(r"(?:IMG|DSC[NF]?|PXL|MVI|VID|GOPR|P)[-_ ]?\d{3,}[\w-]*", re.IGNORECASE),
    ),
    ("an address", re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)),
    ("a date or a number", re.compile(r"[\d\s.,:/\-–TZ]*\d[\d\s.,:/\-–TZ]*")),
    ("an identifier", re.compile(r"[0-9a-f]{12,}(?:-[0-9a-f]+)*|\w*\d\w*_\w*\d\w*", re.IGNORECASE)),
)
_BOILER: Final = "|".join(
    (
        "all rights reserved", "stock (?:photo|image|footage|illustration|vector)s?", "royalty[- ]free",
        "shutterstock", "getty images", "alamy", r"istock\w*", "image may contain", "may be an image of",
        "click (?:here|to)", "photo (?:by|credit)", "courtesy of", "download (?:this|now|free)",
        "free shipping",
        "buy now", "read more", "no description", "no caption", "untitled", "image not (?:found|available)",
        "as an ai", "i(?:'m| am) (?:sorry|unable)", "i cannot",
    )
)  # fmt: skip
_INSIDE: Final = (
    ("an address", re.compile(r"https?://\S+|www\.\S+\.\S+", re.IGNORECASE), 0.7),
    ("a file name", re.compile(rf"\b[\w-]+\.(?:{_ENDINGS})\b", re.IGNORECASE), 0.6),
    ("markup", re.compile(r"</?[a-z]+[^>]*>|&[a-z]+;", re.IGNORECASE), 0.6),
    ("boiler-plate", re.compile(rf"\b(?:{_BOILER})\b|©", re.IGNORECASE), 0.7),
)
_LANGUAGE_SURE: Final = 0.6
_QUOTED: Final = re.compile(r"[\"“”«]([^\"“”«»]{1,80})[\"“”»]|(?<!\w)'([^']{2,80})'(?!\w)")
_NUMBERED: Final = re.compile(r"\b(?:number|no\.?|#|bus|route|jersey)\s*(\d{1,5})\b", re.IGNORECASE)


def check_wording(text: str, lang: str | None = None, usual: str = "") -> tuple[Check, ...]:
    """Check whether a caption is a description, and in its language.

    Args:
        text: the caption.
        lang: the language it is said to be in, if any.
        usual: the language of most captions of the set, for those without one of their own; "" for none.

    Example:
        >>> [check.evidence for check in check_wording("IMG_2041.jpg")]
        ["'IMG_2041.jpg' is a file name and no description."]
        >>> check_wording("A dog on a beach")[0].verdict
        'supported'
    """
    plain = text.strip()
    for what, pattern in _WHOLE:
        if pattern.fullmatch(plain):
            return (_check(text, 0, len(text), f"{_short(plain)!r} is {what} and no description.", 0.95),)
    checks = [
        _check(text, found.start(), found.end(), f"{_short(found[0])!r} is {what}.", sure)
        for what, pattern, sure in _INSIDE
        if (found := pattern.search(text))
    ]
    said = (lang or "").lower().replace("_", "-").split("-")[0] or usual
    guess = identify_language(plain)
    if said and guess.code not in ("", said) and guess.confidence >= _LANGUAGE_SURE:
        whose = "It is said to be" if lang else "Most captions of the set are"
        why = f"The words look like {guess.code!r}. {whose} in {said!r}."
        checks.append(_check(text, 0, len(text), why, 0.5 + 0.4 * guess.confidence))
    if checks:
        return tuple(checks)
    return (Check(_whole(text), "It reads as a description.", SUPPORTED, 0.5, "other"),)


def check_repeats(text: str, samples: int, total: int) -> tuple[Check, ...]:
    """Check one caption that stands on many samples: what is true of so many says little of each.

    Args:
        text: the caption.
        samples: on how many samples it stands, word for word.
        total: how many samples there are.
    """
    share = 0.01 if len(text.split()) >= 5 else 0.03
    if samples < max(4, share * total) or total < 10:
        return ()
    why = f"The same words stand on {samples:,} of {total:,} samples."
    return (_check(text, 0, len(text), why, min(0.9, 0.3 + 0.1 * samples**0.5)),)


def check_quotes(text: str, written: Iterable[str]) -> tuple[Check, ...]:
    """Check quoted text and numbers on things against what was read in the picture (OCR).

    Args:
        text: the caption.
        written: the pieces of text that were read; without any, nothing is checked.

    Example:
        >>> [one.verdict for one in check_quotes('A sign that says "STOP"', ["stop", "main st"])]
        ['supported']
        >>> [one.verdict for one in check_quotes("Bus number 42", ["41"])]
        ['contradicted']
    """
    seen = _plain(" ".join(written))
    if not seen.strip():
        return ()
    checks = []
    for found in [*_QUOTED.finditer(text), *_NUMBERED.finditer(text)]:
        group = next(index for index, words in enumerate(found.groups(), start=1) if words)
        words = found[group]
        claim = Claim("scene", words, "", _plain(words), found.start(group), found.end(group), kind="text")
        parts = _plain(words).split()
        there = [part for part in parts if part in seen.split()]
        if parts and len(there) == len(parts):
            checks.append(Check(claim, f"{words!r} is read in the picture.", SUPPORTED, 0.9, "attribute"))
        elif parts:
            why = f"{words!r}: the picture reads {_short(seen)!r}."
            sure = 0.75 - 0.4 * len(there) / len(parts)
            checks.append(Check(claim, why, CONTRADICTED, sure, "attribute"))
    return tuple(checks)


def _check(text: str, start: int, end: int, evidence: str, sure: float) -> Check:
    claim = Claim("scene", text[start:end], "", "", start, end, kind="text")
    return Check(claim, evidence, CONTRADICTED, sure, "other")


def _whole(text: str) -> Claim:
    return Claim("scene", text, "", "", 0, len(text), kind="text")


def _plain(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.lower()))


def _short(text: str, limit: int = 60) -> str:
    return text if len(text) <= limit else text[: limit - 3] + "..."
