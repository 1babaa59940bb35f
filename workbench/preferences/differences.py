"""Where two captions differ, word by word, with the exact characters on both sides."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final, NamedTuple

from workbench.records import Span

__all__ = ["Differences", "Run", "find_differences", "merge_texts"]

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
    steps = [step for step in _compare(chosen, rejected) if not step.is_same]
    return Differences(
        tuple(step.ours for step in steps if step.ours), tuple(step.theirs for step in steps if step.theirs)
    )


class Run(NamedTuple):
    """A stretch of two texts laid over each other.

    Attributes:
        kind: `same`, `gone` (of the rejected text alone) or `new` (of the chosen text alone).
        text: its characters.
    """

    kind: str
    text: str


def merge_texts(chosen: str, rejected: str) -> list[Run]:
    """Lay two texts over each other as one to read: what was taken out stands before what came in.

    What both share is written as the chosen text has it.

    Example:
        >>> [tuple(run) for run in merge_texts("a blue ball", "a red ball")]
        [('same', 'a '), ('gone', 'red'), ('same', ' '), ('new', 'blue'), ('same', ' ball')]
    """
    runs: list[Run] = []

    def add(kind: str, text: str, span: Span | None, *, is_spaced: bool) -> None:
        if span:
            runs.extend([Run("same", " ")] if runs and is_spaced else [])
            runs.append(Run(kind, text[span.start : span.end]))

    for step in _compare(chosen, rejected):
        ours, theirs = _is_spaced(chosen, step.ours), _is_spaced(rejected, step.theirs)
        if step.is_same:
            is_after_gone = bool(runs) and runs[-1].kind == "gone"
            add("same", chosen, step.ours, is_spaced=ours or (theirs and is_after_gone))
        else:
            add("gone", rejected, step.theirs, is_spaced=theirs)
            # Nothing stands before the first word; what was taken out there is kept apart all the same.
            add("new", chosen, step.ours, is_spaced=ours or (step.ours is not None and step.ours.start == 0))
    return _joined(runs)


class _Step(NamedTuple):
    """Words that stand in both texts, or in the place of each other; None where a text has none there."""

    is_same: bool
    ours: Span | None
    theirs: Span | None


def _compare(chosen: str, rejected: str) -> Iterator[_Step]:
    ours, theirs = list(_WORD.finditer(chosen)), list(_WORD.finditer(rejected))
    matcher = SequenceMatcher(
        None, [w.group().casefold() for w in ours], [w.group().casefold() for w in theirs], autojunk=False
    )
    for kind, i1, i2, j1, j2 in matcher.get_opcodes():
        yield _Step(
            kind == "equal",
            Span(ours[i1].start(), ours[i2 - 1].end()) if i2 > i1 else None,
            Span(theirs[j1].start(), theirs[j2 - 1].end()) if j2 > j1 else None,
        )


def _is_spaced(text: str, span: Span | None) -> bool:
    return span is not None and text[: span.start] != text[: span.start].rstrip()


def _joined(runs: list[Run]) -> list[Run]:
    joined: list[Run] = []
    for run in runs:
        if joined and joined[-1].kind == run.kind:
            joined[-1] = Run(run.kind, joined[-1].text + run.text)
        else:
            joined.append(run)
    return joined
