"""Where two captions differ, word by word, with the exact characters on both sides."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final

from workbench.records import Span

__all__ = ["Differences", "find_differences"]

_WORD: Final = re.compile(r"\w+(?:['’-]\w+)*|[^\w\s]")


@dataclass(frozen=True, slots=True)
class Differences:
    """The stretches of each text that the other one lacks or says otherwise, in the order of the text.

    Attributes:
        chosen: spans of the chosen text.
        rejected: spans of the rejected text.
        is_deletion: whether the chosen text only leaves out words of the rejected one.
        is_addition: whether it only adds words.
    """

    chosen: tuple[Span, ...]
    rejected: tuple[Span, ...]

    @property
    def is_deletion(self) -> bool:
        return bool(self.rejected) and not self.chosen

    @property
    def is_addition(self) -> bool:
        return bool(self.chosen) and not self.rejected


def find_differences(chosen: str, rejected: str) -> Differences:
    """Compare two texts word by word; letter case and white space make no difference, "a" and "an" do.

    Args:
        chosen: one text.
        rejected: the other.

    Returns:
        Spans in Unicode code points; neighbouring words that differ are one span.

    Example:
        >>> made = find_differences("a red car near a tree", "a blue car near a tall tree")
        >>> [tuple(span) for span in made.chosen], [tuple(span) for span in made.rejected]
        ([(2, 5)], [(2, 6), (18, 22)])
    """
    ours, theirs = list(_WORD.finditer(chosen)), list(_WORD.finditer(rejected))
    matcher = SequenceMatcher(
        None, [w.group().casefold() for w in ours], [w.group().casefold() for w in theirs], autojunk=False
    )
    left: list[Span] = []
    right: list[Span] = []
    for kind, i1, i2, j1, j2 in matcher.get_opcodes():
        if kind == "equal":
            continue
        if i2 > i1:
            left.append(Span(ours[i1].start(), ours[i2 - 1].end()))
        if j2 > j1:
            right.append(Span(theirs[j1].start(), theirs[j2 - 1].end()))
    return Differences(tuple(left), tuple(right))
