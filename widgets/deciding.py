"""Decide, take back and make again: what every view does with verdicts, whatever it shows beside them."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final, Literal

from widgets.answers import Message, texts_of
from widgets.marks import Marks, marks_of, read_marks, tell_verdict
from workbench import review
from workbench.errors import DecisionError, WorkbenchError

if TYPE_CHECKING:
    from workbench.journal import Event
    from workbench.records import Verdict
    from workbench.store import Store

__all__ = ["Desk", "batch_size"]

_BATCH = re.compile(r"(?P<batch>.+)#(?P<size>\d+)/.+")


class Desk:
    """One annotator's decisions in one workspace.

    Args:
        store: where they are kept.
        annotator: who decides.
        lock: held while several are stored.
        stratum_of: says how a caption came to be looked at.
        is_second_opinion: hide what others have decided, so that this annotator's word is their own.
        is_adjudicating: what is decided here settles what people decided differently, and stands for all.
    """

    def __init__(
        self,
        store: Store,
        annotator: str,
        *,
        lock: threading.RLock,
        stratum_of: Callable[[str], str],
        is_second_opinion: bool = False,
        is_adjudicating: bool = False,
    ) -> None:
        self.store = store
        self.annotator = annotator
        self.lock = lock
        self.stratum_of = stratum_of
        self.is_second_opinion = is_second_opinion
        self.is_adjudicating = is_adjudicating
        #: Where an undo of this desk takes back from.
        self.name: Final[Literal["review", "adjudicate"]] = "adjudicate" if is_adjudicating else "review"

    def decide(self, message: Message) -> list[Event]:
        """Store one verdict on each caption named, each under a key of its own that names the batch.

        The size of the batch is part of the keys, so that one undo takes back the whole of it, also after the
        kernel was restarted. What the message leaves out of a `misaligned` stays as it was said before.

        Raises:
            DecisionError: without a caption, or with a correction or marks that are of one caption only.
        """
        key, verdict = str(message["key"]), str(message.get("verdict"))
        caption_ids = texts_of(message.get("caption_ids"))
        if not caption_ids:
            raise DecisionError("There is no caption to decide on.", "Select a pair that has a caption.")
        if len(caption_ids) > 1 and (own := _of_one_caption(message)):
            raise DecisionError(
                f"One {own} cannot be of {len(caption_ids)} captions.", "Take them one by one."
            )
        with self.lock:
            kept = self._own_marks() if verdict == "misaligned" else {}
            marks = {one: read_marks(message, kept.get(one, Marks())) for one in caption_ids}
            batch = f"{key}#{len(caption_ids)}"
            return [self._store(message, one, marks[one], f"{batch}/{one}") for one in caption_ids]

    def _store(self, message: Message, caption_id: str, marks: Marks, key: str) -> Event:
        stratum = (
            review.settled_stratum(self.store, caption_id)
            if self.is_adjudicating
            else self.stratum_of(caption_id)
        )
        return review.decide(
            self.store,
            caption_id,
            str(message.get("verdict")),
            annotator=self.annotator,
            error_types=texts_of(message.get("error_types")),
            spans=marks.spans,
            interval=marks.interval,
            severity=marks.severity,
            note=marks.note,
            edited_text=marks.edited_text,
            is_complete=marks.is_complete,
            edited_interval=marks.edited_interval,
            offset_s=marks.offset_s,
            stratum=stratum,
            is_adjudicated=self.is_adjudicating,
            key=key,
        )

    def _own_marks(self) -> dict[str, Marks]:
        made = self.verdicts() if self.is_adjudicating else self.store.journal.voices()
        mine = (verdict for verdict in made if verdict.annotator == self.annotator)
        return {verdict.caption_id: marks_of(verdict) for verdict in mine if verdict.verdict == "misaligned"}

    def verdicts(self) -> list[Verdict]:
        """Return the verdicts that this desk is told of: all that stand, own ones, or adjudicated ones."""
        journal = self.store.journal
        if self.is_second_opinion:
            return [verdict for verdict in journal.voices() if verdict.annotator == self.annotator]
        return [one for one in journal.verdicts() if one.is_adjudicated or not self.is_adjudicating]

    def verdicts_on(self, caption_ids: Sequence[str]) -> dict[str, object]:
        """Return what stands on each caption: the annotator's own verdict, else the last of anybody's."""
        wanted: dict[str, object] = dict.fromkeys(caption_ids)
        own: set[str] = set()
        for verdict in self.verdicts():
            key, is_own = verdict.caption_id, verdict.annotator == self.annotator
            if key in wanted and (key not in own or is_own):
                wanted[key] = tell_verdict(verdict)
                own.update({key} if is_own else ())
        return wanted

    # -- take back, make again

    def turn(self, message: Message, kind: str) -> list[Event]:
        """Take back (`undo`) or make again (`redo`) the last decision, with its whole batch."""
        with self.lock:
            key = str(message["key"])
            events = self._turn_one(kind, f"{key}#0")
            for number in range(1, self._batch_size(events[0]) if events else 0):
                events += self._turn_one(kind, f"{key}#{number}")
            return events

    def turn_back_to(self, message: Message) -> list[Event]:
        """Take back everything from the last decision to the one numbered `seq`, that one included.

        Sent again under the same key it takes back nothing more, but what a crash has left undone.

        Raises:
            WorkbenchError: when the number is none, or names no decision of this annotator that stands.
        """
        seq, key, journal = message.get("seq"), str(message["key"]), self.store.journal
        with self.lock:
            events: list[Event] = []
            while journal.event_of(f"{key}#{len(events)}"):
                events += self._turn_one("undo", f"{key}#{len(events)}")
            stack = journal.stack(self.annotator, desk=self.name)
            if isinstance(seq, int) and seq in stack:
                for _ in stack[stack.index(seq) :]:
                    events += self._turn_one("undo", f"{key}#{len(events)}")
        if not events:
            raise WorkbenchError(
                f"Decision {seq!r} does not stand.", "It was taken back before, or is another's."
            )
        return events

    def history(self, limit: int) -> list[tuple[Event, bool]]:
        """Return the last decisions, newest first, and whether each stands.

        Those taken back come before them, the one that would be made again next nearest to those that stand.
        """
        journal = self.store.journal
        with self.lock:
            done = journal.stack(self.annotator, desk=self.name)
            undone = journal.stack(self.annotator, is_undone=True, desk=self.name)
            found = {event.seq: event for event in journal.numbered([*undone[-limit:], *done[-limit:]])}
        taken_back = [(found[seq], False) for seq in undone[-limit:]]
        return taken_back + [(found[seq], True) for seq in reversed(done[-limit:])]

    def _turn_one(self, kind: str, key: str) -> list[Event]:
        journal = self.store.journal
        turn = journal.undo if kind == "undo" else journal.redo
        event = turn(self.annotator, key=key, desk=self.name)
        return [event] if event else []

    def _batch_size(self, turned: Event) -> int:
        if turned.target_seq is None:
            return 1
        [target] = self.store.journal.numbered([turned.target_seq])
        return batch_size(target.key)


def batch_size(key: str | None) -> int:
    """Return how many decisions were made at once, by the key of one of them."""
    found = _BATCH.fullmatch(key or "")
    return int(found["size"]) if found else 1


def _of_one_caption(message: Message) -> str:
    """Name what a message says that can be of one caption only."""
    named = {"edited_text": "correction", "spans": "marked span", "interval": "marked interval",
             "edited_interval": "corrected interval"}  # fmt: skip
    return next((word for name, word in named.items() if message.get(name)), "")
