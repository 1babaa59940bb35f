"""Replay: fold a list of events into what stands now.

State is always derived, never stored: the same events in the same order give the same state, whoever replays
them and however often the program was killed in between.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Generic, Protocol, TypeVar

__all__ = ["Decision", "Replay"]


class Decision(Protocol):
    """What a replay needs to know of a decision: on what, by whom, and at which desk."""

    @property
    def subject(self) -> str: ...

    @property
    def annotator(self) -> str: ...

    @property
    def desk(self) -> str: ...


D = TypeVar("D", bound=Decision)


class Replay(Generic[D]):
    """The state after every event up to `last_seq`."""

    def __init__(self) -> None:
        self.last_seq = 0
        self._decisions: dict[int, D] = {}
        self._is_undone: dict[int, bool] = {}
        # By (desk, subject, annotator): every decision made, oldest first; the last not undone stands.
        self._made: dict[tuple[str, str, str], list[int]] = defaultdict(list)
        # The same, kept up with every event: what stands, by number. Views ask for it at every decision.
        self._stands: dict[int, D] = {}
        self._top_of: dict[tuple[str, str, str], int] = {}
        self._is_in_order = True
        # By (desk, annotator): what an undo would take back next, and what a redo would bring back next.
        self._done: dict[tuple[str, str], list[int]] = defaultdict(list)
        self._undone: dict[tuple[str, str], list[int]] = defaultdict(list)

    def apply(self, seq: int, kind: str, decision: D, target_seq: int | None) -> None:
        """Take in the next event; events must come in the order of their numbers."""
        self.last_seq = seq
        place = decision.desk, decision.annotator
        if kind == "undo" and target_seq is not None:
            self._move(target_seq, self._done[place], self._undone[place], is_undone=True)
        elif kind == "redo" and target_seq is not None:
            self._move(target_seq, self._undone[place], self._done[place], is_undone=False)
        else:
            self._decisions[seq] = decision
            self._is_undone[seq] = False
            key = decision.desk, decision.subject, decision.annotator
            self._made[key].append(seq)
            self._stands.pop(self._top_of.get(key, 0), None)
            self._stands[seq], self._top_of[key] = decision, seq
            self._done[place].append(seq)
            self._undone[place].clear()

    def last_done(self, annotator: str, desk: str) -> tuple[int, D] | None:
        """Return the decision that an undo by this annotator at this desk would take back."""
        return self._top(self._done[desk, annotator])

    def last_undone(self, annotator: str, desk: str) -> tuple[int, D] | None:
        """Return the decision that a redo by this annotator at this desk would bring back."""
        return self._top(self._undone[desk, annotator])

    def stack(self, annotator: str, desk: str, *, is_undone: bool = False) -> list[int]:
        """Return the numbers of what undos would take back, or redos bring back; the next one is the last."""
        return list((self._undone if is_undone else self._done)[desk, annotator])

    def standing(self) -> list[D]:
        """Return the decisions that stand, in the order in which they were made."""
        if not self._is_in_order:
            self._stands = dict(sorted(self._stands.items()))
            self._is_in_order = True
        return list(self._stands.values())

    def _standing_of(self, made: list[int]) -> int | None:
        return next((seq for seq in reversed(made) if not self._is_undone[seq]), None)

    def _top(self, stack: list[int]) -> tuple[int, D] | None:
        return (stack[-1], self._decisions[stack[-1]]) if stack else None

    def _move(self, seq: int, source: list[int], target: list[int], *, is_undone: bool) -> None:
        if seq in source:
            source.remove(seq)
        target.append(seq)
        self._is_undone[seq] = is_undone
        made = self._decisions[seq]
        key = made.desk, made.subject, made.annotator
        self._stands.pop(self._top_of.pop(key, 0), None)
        top = self._standing_of(self._made[key])
        if top is not None:
            self._stands[top], self._top_of[key] = self._decisions[top], top
            self._is_in_order = False
