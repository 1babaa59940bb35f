"""Gather tagged words into noun phrases: "two small brown dogs" is one thing said about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from .nouns import is_plural, singular
from .tokens import MODIFIERS, Token
from .words import GROUP_NOUNS, MEDIA_NOUNS, NUMBER_GROUPS, NUMBERS, VAGUE_NUMBERS

__all__ = ["Modifier", "Noun", "gather"]

_KINDS: Final = {
    "COL": "colour",
    "SIZE": "size",
    "MAT": "material",
    "PAT": "pattern",
    "ADJ": "state",
    "MOD": "state",
}


@dataclass(frozen=True, slots=True)
class Modifier:
    """A word that says how a thing is: its kind, its canonical value, its characters [start, end)."""

    kind: str
    value: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Noun:
    """A noun phrase at characters [start, end); the noun itself stands at [head_start, head_end).

    `head` is in the singular. `number` None says nothing of how many beyond one or several; a vague number is
    the least it can mean. A pronoun has no head until the reader finds what it stands for.
    """

    head: str
    start: int
    end: int
    head_start: int
    head_end: int
    is_many: bool = False
    number: int | None = None
    number_span: tuple[int, int] | None = None
    is_vague: bool = False
    is_absent: bool = False
    is_pronoun: bool = False
    is_media: bool = False
    is_definite: bool = False
    modifiers: tuple[Modifier, ...] = field(default=())
    tag: str = "NP"
    lower: str = ""


def gather(tokens: Sequence[Token]) -> list[Token | Noun]:
    """Replace each run of words that make a noun phrase by one `Noun`; the other tokens stay."""
    gathered: list[Token | Noun] = []
    index = 0
    while index < len(tokens):
        last = _phrase_end(tokens, index)
        if last == index:
            gathered.append(tokens[index])
            index += 1
        else:
            gathered.append(_noun(tokens[index:last]))
            index = last
    return _join_groups(gathered)


def _phrase_end(tokens: Sequence[Token], first: int) -> int:
    """Return where the noun phrase that begins here ends; `first` itself where none begins."""
    if tokens[first].tag == "PRON":
        return first + 1
    index, end = first, first
    while index < len(tokens):
        name = tokens[index].tag
        if name == "N":
            end = index = index + 1
            if index < len(tokens) and tokens[index].tag == "POS":
                index += 1
            continue
        if end > first and name not in ("N", *MODIFIERS):
            break
        if end > first and name in MODIFIERS and not _reaches_noun(tokens, index):
            break
        if name in ("DET", "NUM", "NEG") or name in MODIFIERS:
            if name in ("DET", "NEG") and index > first and tokens[index - 1].tag not in ("DET", "ADV"):
                break
            index += 1
        elif (index > first and _links_modifiers(tokens, index)) or (
            name == "ADV"
            and index > first
            and tokens[index].lower in ("very", "too", "so", "really", "quite")
        ):
            index += 1
        else:
            break
    if end > first:
        return end
    return _bare_end(tokens, first, index)


def _bare_end(tokens: Sequence[Token], first: int, index: int) -> int:
    """Accept a phrase without a noun: "two" or "a colour": "one is red, dressed in red"."""
    names = [token.tag for token in tokens[first:index]]
    if names and names[0] in ("DET", "NUM") and (names[-1] in ("NUM", "ADJ") and len(names) <= 2):
        return index
    return first


def _reaches_noun(tokens: Sequence[Token], index: int) -> bool:
    while index < len(tokens) and tokens[index].tag in MODIFIERS:
        index += 1
    return index < len(tokens) and tokens[index].tag == "N"


def _links_modifiers(tokens: Sequence[Token], index: int) -> bool:
    """Tell whether "and" or a comma stands between two modifiers of one noun: "black and white dog"."""
    if tokens[index].lower not in ("and", ",", "or", "&") or index + 1 >= len(tokens):
        return False
    before, after = tokens[index - 1].tag, tokens[index + 1].tag
    if tokens[index - 1].lower == "," and index > 1:  # "red, white, and blue"
        before = tokens[index - 2].tag
    if before not in MODIFIERS or after not in MODIFIERS:
        return tokens[index].lower == "," and after == "CONJ" and before in MODIFIERS
    return True


def _noun(run: Sequence[Token]) -> Noun:
    if run[0].tag == "PRON":
        token = run[0]
        return Noun("", token.start, token.end, token.start, token.end, is_pronoun=True, lower=token.lower)
    heads = _head_words(run)
    head = " ".join(token.lower for token in heads)
    at = (heads[0].start, heads[-1].end) if heads else (run[-1].start, run[-1].end)
    said = next((token for token in run if token.tag == "NUM"), None)
    number, is_vague = _number(run, said)
    determiner = run[0].lower if run[0].tag == "DET" else ""
    return Noun(
        singular(head),
        run[0].start,
        run[-1].end,
        *at,
        is_many=(is_plural(head) if head else (number or 2) > 1)
        or (number or 1) > 1
        or determiner in ("these", "those"),
        number=number,
        number_span=(said.start, said.end) if said else None,
        is_vague=is_vague,
        is_absent=determiner in ("no", "neither"),
        is_pronoun=not head,
        is_media=bool(heads) and singular(heads[-1].lower) in MEDIA_NOUNS,
        is_definite=determiner in ("the", "this", "that", "these", "those", "its", "his", "her", "their"),
        modifiers=tuple(_modifiers(run, heads)),
        lower=head or (run[-1].lower),
    )


def _head_words(run: Sequence[Token]) -> list[Token]:
    """Return the nouns at the end of the phrase, after any owner: "man's leather jacket" is a jacket."""
    heads: list[Token] = []
    for token in reversed(run):
        if token.tag != "N":
            break
        heads.insert(0, token)
    return heads


def _modifiers(run: Sequence[Token], heads: Sequence[Token]) -> list[Modifier]:
    from_owner = max((n for n, token in enumerate(run) if token.tag == "POS"), default=-1)
    return [
        Modifier(_KINDS[token.tag], token.value or token.lower, token.start, token.end)
        for token in run[from_owner + 1 :]
        if token.tag in _KINDS
    ]


def _number(run: Sequence[Token], said: Token | None) -> tuple[int | None, bool]:
    if said is None:
        return None, False
    if said.lower in VAGUE_NUMBERS:
        return VAGUE_NUMBERS[said.lower], True
    if said.lower in NUMBERS:
        return NUMBERS[said.lower], False
    digits = said.lower.replace(",", "")
    return (int(digits), False) if digits.isdigit() and len(digits) < 7 else (None, False)


def _join_groups(found: list[Token | Noun]) -> list[Token | Noun]:
    """Make "a group of dogs" and "a pair of dogs" one phrase about dogs."""
    joined: list[Token | Noun] = []
    for item in found:
        if isinstance(item, Noun) and not item.is_pronoun and len(joined) > 1:
            of, group = joined[-1], joined[-2]
            is_of = isinstance(of, Token) and of.lower == "of"
            if is_of and isinstance(group, Noun) and _is_group(group, item):
                joined[-2:] = [_merged(group, item)]
                continue
        joined.append(item)
    return joined


def _is_group(group: Noun, inner: Noun) -> bool:
    last = group.head.rpartition(" ")[2]
    if last in ("side", "top", "half", "part", "line", "number", "family") and not inner.is_many:
        return False
    return last in GROUP_NOUNS


def _merged(group: Noun, inner: Noun) -> Noun:
    last = group.head.rpartition(" ")[2]
    if inner.number is not None and not inner.is_vague:
        return replace(inner, start=group.start)
    pairs = NUMBER_GROUPS.get(last)
    if pairs and inner.is_many:
        times = group.number or 1
        span = (group.head_start, group.head_end)
        return replace(
            inner, start=group.start, number=pairs[0] * times, number_span=span, is_vague=not pairs[1]
        )
    if GROUP_NOUNS[last] > 1:
        span = (group.head_start, group.head_end)
        return replace(
            inner, start=group.start, number=GROUP_NOUNS[last], number_span=span, is_vague=True, is_many=True
        )
    return replace(inner, start=group.start, number=group.number, number_span=group.number_span)
