"""Which captions a review goes through, in which order, and which of them come next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import polars as pl

from widgets.linking import narrow
from widgets.standing import stamp_tables
from workbench.errors import UnknownNameError, WorkbenchError
from workbench.records import ERROR_TYPES, Verdict
from workbench.review import (
    Item,
    ReviewQueue,
    disagreements,
    fresh_scores,
    queued_captions,
    rank_captions,
)

if TYPE_CHECKING:
    from widgets.deciding import Desk
    from workbench.store import Store

__all__ = ["Choice", "Walk"]

#: Why a choice is made when people disagree; the page says it in words.
DISAGREEMENTS: Final = "disagreements"


@dataclass(frozen=True)
class Choice:
    """Captions to go through and no other.

    Attributes:
        captions: their ids.
        why: said beside them.
        since: number of the last event before they were chosen: what was decided later counts as done. None
            where everything decided counts.
    """

    captions: pl.Series = field(repr=False)
    why: str
    since: int | None = None


class Walk:
    """The queue of a review, by place: 0 is the first caption to look at.

    Args:
        desk: whose decisions count.
        order: `worst` or `random`.
        random_share: the share of looks spent on captions drawn at random.
        seed: fixes the random order.
        error_type: order by what speaks of this type of error alone.
    """

    def __init__(
        self, desk: Desk, *, order: str, random_share: float, seed: int, error_type: str | None
    ) -> None:
        self.desk = desk
        self.order, self.error_type = order, error_type
        self.random_share, self.seed = random_share, seed
        self.picked: Choice | None = None
        self.scope: Choice | None = None
        self.lack: dict[str, str] | None = None
        self.scored_types: list[dict[str, object]] = []
        self._made_of: tuple[object, ...] | None = ()
        self.make()

    def make_if_changed(self) -> None:
        """Rank everything anew where anything that the order rests on has changed: seconds at millions."""
        if self._rests_on() != self._made_of:
            self.make()

    def _rests_on(self) -> tuple[object, ...] | None:
        if self.desk.is_adjudicating or self.desk.is_second_opinion:
            return None  # these rest on what others decide, too
        return (stamp_tables(self.desk.store), self.order, self.error_type, self.picked)

    def make(self) -> None:
        """Rank everything anew.

        Raises:
            UnknownNameError: for an order or an error type that does not exist.
            DecisionError: when none of the captions picked is there.
        """
        store, rests_on = self.desk.store, self._rests_on()
        counts = rank_captions(store).counts
        known = (name for name in ERROR_TYPES if name in counts)
        self.scored_types = [{"error_type": name, "count": counts[name]} for name in known]
        self.lack = _lack(store, counts, self.error_type) if self.error_type else None
        if self.desk.is_adjudicating:
            self.picked = Choice(disagreements(store)["caption_id"], DISAGREEMENTS)
        # Without a score of the type there is nothing to order by; the page says so instead of the queue.
        self._whole = ReviewQueue(
            store, "given" if self.desk.is_adjudicating else self.order, random_share=self.random_share,
            seed=self.seed, annotator=self.desk.annotator, error_type=None if self.lack else self.error_type,
            only=self.picked.captions if self.picked else None,
        )  # fmt: skip
        if self.desk.is_second_opinion and not self.picked:
            self._whole = self._whole.put_first(self._by_others())
        self._made_of = () if rests_on is None else rests_on
        self._narrow()

    def _by_others(self) -> set[str]:
        """Return what others have decided: a second opinion is wanted on that first."""
        voices = self.desk.store.journal.voices()
        return {voice.caption_id for voice in voices if voice.annotator != self.desk.annotator}

    def pick(self, caption_ids: Sequence[str], why: str) -> None:
        """Go through these captions alone, whether they have been decided or not."""
        before = self.picked
        self.picked = Choice(pl.Series("caption_id", caption_ids, pl.String), why, self._last_event())
        try:
            self.make()
        except WorkbenchError:
            self.picked = before
            raise

    def take_all(self) -> None:
        """Go through all captions again."""
        self.picked = self.scope = None
        self.make()

    def take_scope(self, keys: pl.Series | None, why: str) -> None:
        """Go through what a linked view lets through; None for everything."""
        captions = queued_captions(self.desk.store).select("caption_id", "sample_id")
        self.scope = None if keys is None else Choice(narrow(captions, keys)["caption_id"], why)
        self._narrow()

    def _narrow(self) -> None:
        self.queue = self._whole
        if self.scope is not None:
            try:
                self.queue = self._whole.narrow(self.scope.captions)
            except WorkbenchError:  # nothing of what was picked is in the scope
                self.queue = self._whole.narrow([])

    def at(self, place: int, count: int) -> list[Item]:
        """Return the captions from a place on, fewer at the end.

        Raises:
            WorkbenchError: when there is none.
        """
        found = self.queue.items(place, count)
        if not found:
            raise WorkbenchError(f"There is no pair at place {place}.", f"The queue has {len(self.queue)}.")
        return found

    def stratum_of(self, caption_id: str) -> str:
        """Say from which stream of the queue a caption came; within a choice or a scope it was picked."""
        place = self.queue.place_of(caption_id)
        return "picked" if place is None else self.queue.items(place, 1)[0].stratum

    @property
    def stamp(self) -> str:
        """A text that changes when other captions are to be gone through."""
        choices = [choice for choice in (self.picked, self.scope) if choice]
        return " ".join(f"{one.why} {len(one.captions)} {one.since}" for one in choices)

    def next_open(self, start: int) -> int | None:
        """Return the place of the next caption to decide, from a place on and then from the first."""
        return self.queue.next_open(self._decided(), start)

    def count_decided(self) -> int:
        """Count the captions of the queue that are done."""
        return len(self.queue.places_of(self._decided()))

    def _decided(self) -> set[str]:
        if self.picked is None or self.picked.since is None:
            return {verdict.caption_id for verdict in self.desk.verdicts()}
        decided: set[str] = set()  # what was decided before it was picked is to be looked at again
        for event in self.desk.store.journal.events(since=self.picked.since):
            if isinstance(event.decision, Verdict):
                key = {event.decision.caption_id}
                decided = decided - key if event.kind == "undo" else decided | key
        return decided

    def _last_event(self) -> int:
        return self.desk.store.journal.last_seq()


def _lack(store: Store, counts: Mapping[str, int], error_type: str) -> dict[str, str] | None:
    """Say why an error type orders nothing (`reason`), or the `code` that mends it; None where it orders."""
    if error_type not in ERROR_TYPES:
        raise UnknownNameError("error type", error_type, ERROR_TYPES)
    if counts.get(error_type):
        return None
    reasons = fresh_scores(store).filter(error_type=error_type)["reason"].drop_nulls().value_counts(sort=True)
    if reasons.height:
        return {"reason": str(reasons["reason"][0]).rstrip(". ")}
    return {"code": f'ws.score("{_scorer_of(error_type)}")'}


def _scorer_of(error_type: str) -> str:
    """Return the cheapest scorer that speaks of an error type, or `all` where none is known."""
    from workbench.scoring import SCORERS

    costs = ("cheap", "media", "model")
    able = [name for name, scorer in SCORERS.items() if error_type in scorer.error_types]
    return min(able, key=lambda name: costs.index(SCORERS[name].cost), default="all")
