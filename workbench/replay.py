"""Replay: fold a list of events into what stands now.

State is always derived, never stored: the same events in the same order give the same state, whoever replays
them and however often the program was killed in between.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Generic, Protocol, TypeVar

__all__ = ["Decision", "Replay"]


class Decision(Protocol):
    """What a replay needs to know of a decision: on what, and by whom."""

    @property
    def caption_id(self) -> str: ...

    @property
    def annotator(self) -> str: ...


D = TypeVar("D", bound=Decision)


class Replay(Generic[D]):
    """The state after every event up to `last_seq`."""

    def __init__(self) -> None:
        self.last_seq = 0
        self._decisions: dict[int, D] = {}
        self._is_undone: dict[int, bool] = {}
        # By (caption, annotator): every decision made, oldest first; the last that is not undone stands.
        self._made: dict[tuple[str, str], list[int]] = defaultdict(list)
        # By annotator: what an undo would take back next, and what a redo would bring back next.
        self._done: dict[str, list[int]] = defaultdict(list)
        self._undone: dict[str, list[int]] = defaultdict(list)

    def apply(self, seq: int, kind: str, decision: D, target_seq: int | None) -> None:
        """Take in the next event; events must come in the order of their numbers."""
        self.last_seq = seq
        if kind == "undo" and target_seq is not None:
            self._move(target_seq, self._done, self._undone, decision.annotator, is_undone=True)
        elif kind == "redo" and target_seq is not None:
            self._move(target_seq, self._undone, self._done, decision.annotator, is_undone=False)
        else:
            self._decisions[seq] = decision
            self._is_undone[seq] = False
            self._made[decision.caption_id, decision.annotator].append(seq)
            self._done[decision.annotator].append(seq)
            self._undone[decision.annotator].clear()

    def last_done(self, annotator: str) -> tuple[int, D] | None:
        """Return the decision that an undo by this annotator would take back."""
        return self._top(self._done[annotator])

    def last_undone(self, annotator: str) -> tuple[int, D] | None:
        """Return the decision that a redo by this annotator would bring back."""
        return self._top(self._undone[annotator])

    def standing(self) -> list[D]:
        """Return the decisions that stand, in the order in which they were made."""
        tops = (self._standing_of(made) for made in self._made.values())
        return [self._decisions[seq] for seq in sorted(seq for seq in tops if seq is not None)]

    def _standing_of(self, made: list[int]) -> int | None:
        return next((seq for seq in reversed(made) if not self._is_undone[seq]), None)

    def _top(self, stack: list[int]) -> tuple[int, D] | None:
        return (stack[-1], self._decisions[stack[-1]]) if stack else None

    def _move(
        self,
        seq: int,
        source: dict[str, list[int]],
        target: dict[str, list[int]],
        annotator: str,
        *,
        is_undone: bool,
    ) -> None:
        if seq in source[annotator]:
            source[annotator].remove(seq)
        target[annotator].append(seq)
        self._is_undone[seq] = is_undone
