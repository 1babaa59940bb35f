"""Guess the language of a caption from its script and its commonest words; small, and it may say it cannot.

Knows twelve languages in Latin letters by their short words (English, German, French, Spanish, Italian,
Portuguese, Dutch, Swedish, Danish, Polish, Turkish, Indonesian) and ten scripts. A caption of fewer than
three words without such a word stays unknown: "dog" or "Hotel Roma" belongs to no one language.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from typing import Final

from .lexicon import read_classes

__all__ = ["LANGUAGES", "Language", "identify_language"]

_SETS: Final = read_classes("languages.txt")
LANGUAGES: Final = tuple(sorted(_SETS))
_SCRIPTS: Final = {
    "HIRAGANA": "ja", "KATAKANA": "ja", "CJK": "zh", "HANGUL": "ko", "CYRILLIC": "ru", "GREEK": "el",
    "ARABIC": "ar", "HEBREW": "he", "THAI": "th", "DEVANAGARI": "hi",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Language:
    """A guess: an ISO 639-1 code ("" unknown) and how sure it is, 0 to 1."""

    code: str
    confidence: float


def identify_language(text: str) -> Language:
    """Guess the language of a text.

    Returns:
        The code and a confidence 0-1: the winner's lead among the common words found. A script used by
        several languages is given as its most widely written one (Cyrillic as "ru", Devanagari as "hi").

    Example:
        >>> identify_language("Ein Hund läuft über die Wiese").code, identify_language("on a beach").code
        ('de', 'en')
        >>> identify_language("犬が走っている").code, identify_language("Hotel Roma").code
        ('ja', '')
    """
    letters = sum(char.isalpha() for char in text)
    foreign = "" if text.isascii() else "".join(char for char in text if char > "\x7f" and char.isalpha())
    scripts = Counter(unicodedata.name(char, "").split(" ")[0] for char in foreign)
    if not letters:
        return Language("", 0.0)
    others = {name: count for name, count in scripts.items() if name in _SCRIPTS}
    if sum(others.values()) > 0.5 * letters:
        is_japanese = "HIRAGANA" in others or "KATAKANA" in others
        most = max(others, key=lambda name: others[name])
        return Language("ja" if is_japanese else _SCRIPTS[most], 0.9)
    words = re.findall(r"[^\W\d_]+", text.lower())
    hits = Counter({name: sum(word in known for word in words) for name, known in _SETS.items()})
    (first, most_hits), (_, next_hits) = hits.most_common(2)
    if not most_hits or most_hits == next_hits:
        return Language("", 0.0)
    return Language(first, min(1.0, (most_hits - next_hits) / max(3.0, 0.5 * len(words)) + 0.2))
