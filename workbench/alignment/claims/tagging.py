"""Say what part each word of a caption plays."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from .tokens import MODIFIERS, Token, goes_on_with_noun, is_after_copula, opens_noun, split_words
from .verbs import is_unlisted_verb, verb_base, verb_lemma, verb_role
from .words import (
    ADJECTIVES,
    ADVERBS,
    AUXILIARIES,
    COLOURS,
    CONJUNCTIONS,
    DETERMINERS,
    ING_NOUNS,
    MATERIALS,
    NUMBERS,
    PATTERNS,
    PREDICATES,
    PREPOSITIONS,
    PRONOUNS,
    RELATIVES,
    SHADES,
    SIZES,
    VAGUE_NUMBERS,
)

__all__ = ["tag"]

_OPENERS: Final = frozenset({"DET", "NUM", "POS", "PREP", "PUNCT", "CONJ", "V"}) | MODIFIERS
_PARTICLES: Final = frozenset(
    ("up", "down", "off", "by", "past", "over", "around", "along", "inside", "outside", "on", "in", "through",
     "about", "across", "below", "above")
)  # fmt: skip


def tag(text: str) -> list[Token]:
    """Cut a text into words and tag each by what it is and what stands around it."""
    words = split_words(text)
    tagged: list[Token] = []
    for index, word in enumerate(words):
        tagged.append(word if word.tag else _tag_one(word, tagged, words[index + 1 :]))
    return tagged


def _tag_one(word: Token, before: Sequence[Token], after: Sequence[Token]) -> Token:
    lower = word.lower
    previous = before[-1] if before else None
    following = after[0] if after else None
    if not lower[0].isalnum():
        return replace(word, tag="CONJ" if lower == "&" else "PUNCT")
    if lower[0].isdigit():
        return replace(word, tag="NUM", value=lower)
    if found := _closed(word, previous, following, before):
        return found
    lemma, form = verb_lemma(lower)
    if not lemma and lower.endswith("ing") and len(lower) > 4 and lower not in ING_NOUNS:
        lemma, form = lower, "ing"
    if lower in ING_NOUNS:
        lemma = ""
    if lemma and (role := verb_role(lower, form, before, following)) != "N":
        return replace(word, tag=role, value=lemma)
    if lower in ADJECTIVES and not lemma and (role := _adjective_role(previous, following)):
        return replace(word, tag=role, value=lower)
    if lower in ADJECTIVES and goes_on_with_noun(following):
        return replace(word, tag="ADJ", value=lower)
    if not lemma and _is_compared(lower) and goes_on_with_noun(following):
        return replace(word, tag="ADJ", value=lower)
    if not lemma and is_unlisted_verb(lower, before, following):
        return replace(word, tag="V", value=verb_base(lower[:-1]) or lower[:-1])
    if not lemma and re.fullmatch(
        r".+(?:ful|ous|less|(?<=[a-z]{3})(?<!veget)able|ible|[^f]ish|-\w+ed|-year-old)", lower
    ):
        return replace(word, tag="ADJ", value=lower)
    if lower.endswith("ed") and len(lower) > 4 and not lemma:
        is_before = goes_on_with_noun(following) and (previous is None or previous.tag in _OPENERS)
        return replace(word, tag="MOD" if is_before else "V", value=lower)
    if lower.endswith("ly") and lower not in (
        "family",
        "belly",
        "jelly",
        "lily",
        "bully",
        "butterfly",
        "fly",
        "assembly",
    ):
        return replace(word, tag="ADV")
    return replace(word, tag="N")


def _is_compared(lower: str) -> bool:
    """Tell whether a word is an adjective's -er or -est form: "older", "biggest"."""
    stem = re.sub(r"(?:er|est)$", "", lower)
    tries = {stem, stem + "e", stem[:-1], stem[:-1] + "y"} if stem != lower else set()
    return bool(tries & (ADJECTIVES | SIZES.keys()))


def _closed(
    word: Token, previous: Token | None, following: Token | None, before: Sequence[Token]
) -> Token | None:
    """Tag a word of a closed class, or return None."""
    lower = word.lower
    if lower in ("not", "n't", "never"):
        return replace(word, tag="NEG")
    if (
        lower == "one"
        and following
        and (following.lower in AUXILIARIES or verb_lemma(following.lower)[1] == "s")
    ):
        return replace(word, tag="PRON")
    if lower in NUMBERS or lower in VAGUE_NUMBERS:
        return replace(word, tag="NUM", value=lower)
    if lower == "to":
        is_verb = (
            following is not None
            and verb_lemma(following.lower)[1] == "base"
            and (previous is None or previous.tag != "ADV")
        )
        return replace(word, tag="TO" if is_verb else "PREP", value="to")
    if lower == "her" and not goes_on_with_noun(following):
        return replace(word, tag="PRON")
    if lower == "that" and previous is not None and previous.tag in ("N", "PUNCT"):
        return replace(word, tag="REL")
    if (
        lower == "there"
        and following is not None
        and following.lower not in AUXILIARIES | {"appear", "appears"}
    ):
        return replace(word, tag="ADV")
    if lower in ("all", "both", "each", "others", "other"):
        is_doing = following is not None and verb_lemma(following.lower)[1] in ("ing", "base")
        if is_doing or not goes_on_with_noun(following):
            return replace(word, tag="ADV")
    for words, name in ((DETERMINERS, "DET"), (PRONOUNS, "PRON"), (RELATIVES, "REL"), (AUXILIARIES, "AUX")):
        if lower in words:
            return replace(word, tag=name)
    if lower in ADVERBS and not (lower in PREPOSITIONS and opens_noun(following)):
        is_before = lower in ADJECTIVES and goes_on_with_noun(following) and _after_opener(previous)
        return replace(word, tag="ADJ" if is_before else "ADV", value=lower)
    if lower in PREPOSITIONS:
        if not opens_noun(following) and lower in _PARTICLES:
            return replace(word, tag="ADV")
        return replace(word, tag="PREP", value=PREDICATES.get(lower, lower))
    if lower in CONJUNCTIONS:
        return replace(word, tag="CONJ")
    return _describing(word, previous, following)


def _describing(word: Token, previous: Token | None, following: Token | None) -> Token | None:
    lower = word.lower
    if lower in SHADES and following is not None and following.lower in COLOURS:
        return replace(word, tag="ADJ", value=lower)
    if lower in COLOURS or (lower.endswith(("-colored", "-coloured")) and lower.split("-")[0] in COLOURS):
        is_fruit = lower == "orange" and previous is not None and previous.tag in ("DET", "NUM")
        if (
            is_fruit
            and not goes_on_with_noun(following)
            and (following is None or following.lower not in ("and", "or"))
        ):
            return replace(word, tag="N")
        return replace(word, tag="COL", value=COLOURS.get(lower) or COLOURS[lower.split("-")[0]])
    for table, name in ((SIZES, "SIZE"), (MATERIALS, "MAT"), (PATTERNS, "PAT")):
        if lower in table and (goes_on_with_noun(following) or is_after_copula(previous)):
            return replace(word, tag=name, value=table[lower])
    return None


def _adjective_role(previous: Token | None, following: Token | None) -> str:
    if goes_on_with_noun(following) or is_after_copula(previous):
        return "ADJ"
    if previous is not None and previous.tag in MODIFIERS | {"ADV"} and not goes_on_with_noun(following):
        return "ADJ"
    return "" if previous is not None and previous.tag in ("DET", "PREP", "POS") else "ADJ"


def _after_opener(previous: Token | None) -> bool:
    return previous is None or previous.tag in _OPENERS
