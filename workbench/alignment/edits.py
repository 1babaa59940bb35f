"""Edits: captions made wrong by one word of the same kind, to learn from and to compare with.

A verified caption and its edit differ in a single claim, so what tells them apart is that claim. An edit is
false only as far as words can tell: its new word is not said of the sample by any caption and does not mean
the same, but a photo may hold what no caption mentions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from workbench.alignment.claims.parse import Claim, Reading
from workbench.alignment.phrases import Vocabulary, plan_contrasts

__all__ = ["BINDING", "Edit", "plan_edits"]

#: What an exchange of two attributes is counted as; as an error type it is `attribute`.
BINDING = "binding"


@dataclass(frozen=True, slots=True)
class Edit:
    """A caption with one claim made false.

    Attributes:
        text: the whole caption.
        kind: object, attribute, relation, count or action; `binding` where two attributes changed places.
    """

    text: str
    kind: str


def plan_edits(
    text: str, reading: Reading, vocabulary: Vocabulary, said: frozenset[str], *, most: int = 3
) -> list[Edit]:
    """Return captions with one claim replaced by its like, and with two attributes exchanged.

    Args:
        text: the caption.
        reading: its claims.
        vocabulary: the words of the whole set; what takes a word's place is the commonest of its kind.
        said: every word that the captions of the same sample use.
        most: edits of one claim.

    Returns:
        Edits in the order of the claims; none for a caption that could not be read.

    Source:
        Replacing and swapping by type: Hsieh et al. 2023, "SugarCrepe".

    Example:
        >>> from workbench.alignment.claims.parse import read_caption
        >>> text = "a red car near a blue house"
        >>> reading = read_caption(text)
        >>> words = Vocabulary([reading])
        >>> [edit.text for edit in plan_edits(text, reading, words, frozenset()) if edit.kind == "binding"]
        ['a blue car near a red house']
    """
    found = []
    for contrast in plan_contrasts(text, reading, vocabulary, said):
        # A phrase that stands twice leaves open which one the claim is in.
        if contrast.phrase and text.count(contrast.phrase) == 1:
            edited = (text.replace(contrast.phrase, other) for other in contrast.others[:most])
            found += [Edit(other, contrast.claim.type) for other in edited if other != text]
    swapped = _exchange(text, reading.claims)
    return found + [Edit(other, BINDING) for other in swapped]


def _exchange(text: str, claims: Sequence[Claim]) -> list[str]:
    """Return the caption with two attributes of one kind changed between different things."""
    attributes = [
        claim for claim in claims if claim.type == "attribute" and claim.kind and not claim.is_negated
    ]
    return [
        text[: a.start]
        + text[b.start : b.end]
        + text[a.end : b.start]
        + text[a.start : a.end]
        + text[b.end :]
        for place, a in enumerate(attributes)
        for b in attributes[place + 1 :]
        if a.kind == b.kind and a.subject != b.subject and a.value != b.value and a.end <= b.start
    ]
