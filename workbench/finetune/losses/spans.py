"""Which tokens of two answers stand for the words in which they differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher
from typing import Protocol

from workbench.preferences.differences import find_differences

__all__ = ["PlacedAnswers", "differing_tokens"]


class PlacedAnswers(Protocol):
    """Two answers as tokens.

    `chosen_ids`, `rejected_ids` with their end marks; `chosen_places`, `rejected_places` the characters
    `[start, end)` of the caption that each token covers, (0, 0) for marks, empty where nobody knows.
    """

    @property
    def chosen_ids(self) -> Sequence[int]: ...
    @property
    def rejected_ids(self) -> Sequence[int]: ...
    @property
    def chosen_places(self) -> Sequence[tuple[int, int]]: ...
    @property
    def rejected_places(self) -> Sequence[tuple[int, int]]: ...


def differing_tokens(row: Mapping[str, object], answers: PlacedAnswers) -> tuple[list[bool], list[bool]]:
    """Return for each token of the chosen and of the rejected answer whether it is of the difference.

    Spans come from the pair; one without any has its texts compared word by word. Where the places of tokens
    are not known, the tokens themselves are compared. Where nothing differs all tokens count: two answers
    that are alike must not become a pair without a word.

    Args:
        row: of `ROW_SCHEMA`.
        answers: its tokens.
    """
    if answers.chosen_places and answers.rejected_places:
        spans = _spans(row)
        chosen = [_meets(place, spans[0]) for place in answers.chosen_places]
        rejected = [_meets(place, spans[1]) for place in answers.rejected_places]
    else:
        chosen, rejected = _compare(answers.chosen_ids, answers.rejected_ids)
    if any(chosen) or any(rejected):
        return chosen, rejected
    return [True] * len(chosen), [True] * len(rejected)


def _spans(row: Mapping[str, object]) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    given = tuple(
        [(int(one[0]), int(one[1])) for one in found] if isinstance(found, list) else []
        for found in (row["chosen_spans"], row["rejected_spans"])
    )
    if given[0] or given[1]:
        return given[0], given[1]
    made = find_differences(str(row["chosen"]), str(row["rejected"]))
    return [(one.start, one.end) for one in made.chosen], [(one.start, one.end) for one in made.rejected]


def _meets(place: tuple[int, int], spans: Sequence[tuple[int, int]]) -> bool:
    return any(place[0] < end and start < place[1] for start, end in spans)


def _compare(chosen: Sequence[int], rejected: Sequence[int]) -> tuple[list[bool], list[bool]]:
    ours, theirs = [True] * len(chosen), [True] * len(rejected)
    for block in SequenceMatcher(None, chosen, rejected, autojunk=False).get_matching_blocks():
        ours[block.a : block.a + block.size] = [False] * block.size
        theirs[block.b : block.b + block.size] = [False] * block.size
    return ours, theirs
