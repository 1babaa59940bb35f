"""Cut a caption into words with their places, join what is one word by meaning, and look at neighbours."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from .words import (
    ADJECTIVES,
    ADVERBS,
    AUXILIARIES,
    COMPOUNDS,
    CONJUNCTIONS,
    DETERMINERS,
    IDIOMS,
    PREDICATES,
    PREPOSITIONS,
    PRONOUNS,
    RELATIVES,
)

__all__ = [
    "MODIFIERS",
    "Token",
    "goes_on_with_noun",
    "is_after_copula",
    "opener_of",
    "opens_noun",
    "opens_noun_or_particle",
    "split_words",
]

_WORD: Final = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+(?:[-–'’][^\W\d_]+)*|[^\w\s]")
#: Tags that may stand before a noun inside its phrase.
MODIFIERS: Final = frozenset({"ADJ", "COL", "SIZE", "MAT", "PAT", "MOD"})
_CLOSED: Final = (PREPOSITIONS | CONJUNCTIONS | AUXILIARIES | PRONOUNS | RELATIVES | DETERMINERS) - {"like"}
_LONGEST: Final = 6
_PHRASES: Final = {tuple(words.split()): value for words, value in PREDICATES.items() if " " in words}

_FIRST: Final = frozenset(words[0] for words in (*_PHRASES, *IDIOMS))  # the only words a phrase begins with


@dataclass(frozen=True, slots=True)
class Token:
    """A word at characters [start, end): its lower form, its part of speech, its lemma or canonical value.

    Parts: DET NUM PRON REL AUX PREP CONJ ADV TO V ADJ COL SIZE MAT PAT MOD N POS SKIP PUNCT.
    """

    lower: str
    start: int
    end: int
    tag: str = ""
    value: str = ""
    is_capital: bool = False


def split_words(text: str) -> list[Token]:
    """Cut a text into words; those that need no neighbours to be understood have their tag.

    Quoted text is passed over, as it names nothing in the picture.
    """
    return _join_compounds(_join_phrases(_without_quotes(_cut(text))))


def _cut(text: str) -> list[Token]:
    tokens = []
    for found in _WORD.finditer(text):
        word, start = found[0], found.start()
        stem = re.fullmatch(r"(.+)(['’]s)", word)
        if stem and stem[1].lower() not in ("it", "he", "she", "there", "that", "who", "what", "here"):
            tokens.append(Token(stem[1].lower(), start, start + len(stem[1]), is_capital=word[0].isupper()))
            tokens.append(Token("'s", start + len(stem[1]), found.end(), "POS"))
            continue
        lower = word.lower().replace("’", "'").replace("–", "-")
        tokens.append(Token(lower, start, found.end(), is_capital=word[0].isupper()))
    return tokens


def _without_quotes(tokens: list[Token]) -> list[Token]:
    quoted, kept, is_inside = '"“”', [], False
    marks = sum(token.lower in quoted for token in tokens)
    for token in tokens:
        if token.lower in quoted and marks % 2 == 0:
            is_inside = not is_inside
            kept.append(replace(token, tag="SKIP"))
        else:
            kept.append(replace(token, tag="SKIP") if is_inside else token)
    return kept


def _join_phrases(tokens: list[Token]) -> list[Token]:
    """Make one token of each preposition of several words, and pass over set phrases."""
    joined: list[Token] = []
    index = 0
    while index < len(tokens):
        longest = _LONGEST if tokens[index].lower in _FIRST else 1
        for length in range(min(longest, len(tokens) - index), 1, -1):
            run = tokens[index : index + length]
            key = tuple(token.lower for token in run)
            whole = Token(" ".join(key), run[0].start, run[-1].end)
            if key in _PHRASES and not any(token.tag for token in run):
                joined.append(replace(whole, tag="PREP", value=_PHRASES[key]))
                break
            if key in IDIOMS:
                joined.append(replace(whole, tag="SKIP"))
                break
        else:
            length = 1
            joined.append(tokens[index])
        index += length
    return joined


def _join_compounds(tokens: list[Token]) -> list[Token]:
    joined: list[Token] = []
    for token in tokens:
        before = joined[-1] if joined else None
        if before and not before.tag and not token.tag:
            pair = (before.lower, token.lower)
            if pair in COMPOUNDS or (pair[0], pair[1].removesuffix("s")) in COMPOUNDS:
                joined[-1] = Token(" ".join(pair), before.start, token.end, "N", is_capital=before.is_capital)
                continue
        joined.append(token)
    return joined


def opener_of(before: Sequence[Token]) -> Token | None:
    """Return the word before the noun phrase that ends here."""
    for one in reversed(before):
        if one.tag not in ("N", "DET", "NUM", "POS") and one.tag not in MODIFIERS:
            return one
    return None


def goes_on_with_noun(following: Token | None) -> bool:
    """Tell whether a noun phrase may go on with this word."""
    if following is None or following.tag in ("SKIP", "PREP", "POS") or not following.lower[0].isalnum():
        return False
    return following.lower not in _CLOSED and not (
        following.lower in ADVERBS and following.lower not in ADJECTIVES
    )


def opens_noun(following: Token | None) -> bool:
    """Tell whether a noun phrase may begin with this word."""
    if following is None or following.tag == "SKIP":
        return False
    return following.lower in DETERMINERS | PRONOUNS or goes_on_with_noun(following)


def opens_noun_or_particle(following: Token | None) -> bool:
    if following is None or not following.lower[0].isalnum():
        return True
    return following.tag == "PREP" or following.lower in PREPOSITIONS | ADVERBS | DETERMINERS


def is_after_copula(previous: Token | None) -> bool:
    return previous is not None and (
        previous.tag in ("AUX", "ADV", "NEG") or previous.lower in ("look", "looks", "appears")
    )
