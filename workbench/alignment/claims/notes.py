"""Write down what is read: the claims that a noun phrase makes by itself, and those that tie two together."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from .chunks import Noun
from .statements import Claim, Phrase
from .tokens import Token
from .words import MEDIA_NOUNS, TIME_NOUNS, WORN_NOUNS

__all__ = ["SPACE", "Notes", "is_worn"]

#: Predicates that say where one thing is from another.
SPACE: Final = frozenset(
    ("left of", "right of", "on", "under", "above", "below", "in front of", "behind", "near", "inside",
     "outside", "between", "across from", "at", "on the wall of", "across", "beyond")
)  # fmt: skip


class Notes:
    """The claims and phrases of one caption as they are found.

    Args:
        text: the caption, from which the words of each claim are taken.
    """

    def __init__(self, text: str) -> None:
        self.claims: list[Claim] = []
        self.phrases: list[Phrase] = []
        self._text = text

    def describe(self, noun: Noun, owner: str, *, is_place: bool, is_absent: bool, is_setting: bool) -> None:
        """Add what a noun phrase claims by itself: that it is there, how many, how it looks.

        A setting ("in front of a house") may be a place or a thing, which makes its claim less certain.
        """
        if not noun.head or noun.is_pronoun or noun.is_media or noun.head in TIME_NOUNS:
            return
        if is_absent:
            self.add("absence", noun.head_start, noun.head_end, noun.head, "", owner=owner)
            return
        if is_place:
            self.add("place", noun.start, noun.end, "", noun.head)
        elif noun.head.rpartition(" ")[2] not in MEDIA_NOUNS:
            many = "plural" if noun.is_many else "singular"
            self.add(
                "object", noun.head_start, noun.head_end, noun.head, many, owner=owner,
                kind="definite" if noun.is_definite else "", certainty=0.5 if is_setting else 1.0,
            )  # fmt: skip
        if noun.number is not None and noun.number_span:
            self.add("count", *noun.number_span, noun.head, str(noun.number), is_vague=noun.is_vague)
        for one in noun.modifiers:
            self.add("attribute", one.start, one.end, noun.head, one.value, kind=one.kind, owner=owner)
            self.phrases.append(Phrase("modifier", one.start, one.end))

    def relate(
        self,
        subject: Noun,
        at: Token,
        noun: Noun,
        *,
        predicate: str = "",
        certainty: float = 1.0,
        rivals: tuple[str, ...] = (),
        is_negated: bool = False,
    ) -> None:
        """Add that one thing stands in a relation to another; nothing where either is not there."""
        if not subject.head or not noun.head or subject.is_absent or noun.is_absent or subject.is_media:
            return
        value = predicate or at.value
        kind = "part" if predicate else "space" if value in SPACE else "other"
        self.add(
            "relation",
            at.start,
            at.end,
            subject.head,
            value,
            object_=noun.head,
            kind=kind,
            certainty=certainty,
            rivals=rivals,
            is_negated=is_negated,
        )

    def add(
        self,
        type_: str,
        start: int,
        end: int,
        subject: str,
        value: str,
        *,
        object_: str = "",
        kind: str = "",
        owner: str = "",
        rivals: tuple[str, ...] = (),
        is_vague: bool = False,
        is_negated: bool = False,
        certainty: float = 1.0,
    ) -> None:
        """Add one claim at characters [start, end)."""
        words = self._text[start:end]
        claim = Claim(type_, words, subject, value, start, end, object_, kind, owner, rivals)
        if is_vague or is_negated or certainty != 1:
            claim = replace(claim, is_vague=is_vague, is_negated=is_negated, certainty=certainty)
        self.claims.append(claim)

    def finish(self) -> None:
        """Put claims and phrases in the order of the text."""
        self.claims.sort(key=lambda claim: (claim.start, claim.end))
        self.phrases.sort(key=lambda phrase: (phrase.start, -phrase.end))


def is_worn(noun: Noun) -> bool:
    """Tell whether the thing is worn: then "in" and "with" say on whom and not where."""
    return noun.head.rpartition(" ")[2] in WORN_NOUNS
