"""The queue: captions one by one, worst first with a random share, and the verdicts on them."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from workbench.errors import DecisionError, UnknownNameError
from workbench.journal import Event
from workbench.matching import NONE, Numbers
from workbench.records import Interval, Span, Verdict
from workbench.review.interleaving import Interleaved
from workbench.review.order import SUSPICION, rank_captions
from workbench.store import Store

__all__ = ["ORDERS", "Item", "ReviewQueue", "decide"]

#: `given` is the order in which the captions asked for are named.
ORDERS: Final = ("worst", "random", "given")
_STRETCH: Final = 256


@dataclass(frozen=True, slots=True)
class Item:
    """One caption to look at, why it came up now, and where its witness points."""

    caption_id: str
    sample_id: str
    stratum: str
    suspicion: float | None
    witness: str | None
    evidence: str | None
    error_type: str | None = None
    span: Span | None = None
    interval: Interval | None = None


def decide(
    store: Store,
    caption_id: str,
    verdict: str,
    *,
    annotator: str,
    error_types: Sequence[str] = (),
    spans: Sequence[Span] = (),
    interval: Interval | None = None,
    severity: int | None = None,
    note: str = "",
    edited_text: str = "",
    is_complete: bool | None = None,
    edited_interval: Interval | None = None,
    offset_s: float | None = None,
    stratum: str = "picked",
    is_adjudicated: bool = False,
    key: str | None = None,
) -> Event:
    """Store one verdict on one caption, with its correction if there is one; on disk when this returns.

    Raises:
        DecisionError: when there is no such caption, the correction says what the caption says already, or
            the verdict cannot be stored as given.
        JournalError: when it could not be written; nothing was acknowledged then.
    """
    row = store.read("captions").filter(pl.col("caption_id") == caption_id)
    if row.is_empty():
        raise DecisionError(
            f"There is no caption {caption_id!r} in this workspace.", "See ws.captions for the ids."
        )
    if edited_text and edited_text.strip() == str(row["text"][0]).strip():
        raise DecisionError(
            f"The correction of {caption_id!r} says what the caption says already.",
            "Change a word, or decide without a correction.",
        )
    if (last := max((span.end for span in spans), default=0)) > len(str(row["text"][0])):
        raise DecisionError(
            f"A span ends at character {last}; {caption_id!r} has {len(str(row['text'][0]))}.",
            "Spans count the code points of the caption's text.",
        )
    if edited_interval is not None and tuple(edited_interval) == (row["start_s"][0], row["end_s"][0]):
        raise DecisionError(
            f"The corrected interval of {caption_id!r} is the one it has.", "Move an edge, or leave it out."
        )
    return store.journal.record(
        Verdict(
            caption_id=caption_id,
            verdict=verdict,
            annotator=annotator,
            error_types=tuple(error_types),
            spans=tuple(spans),
            interval=interval,
            severity=severity,
            note=note,
            edited_text=edited_text.strip(),
            is_complete=is_complete,
            edited_interval=edited_interval,
            offset_s=offset_s,
            stratum=stratum,
            caption_hash=row["caption_hash"][0],
            is_adjudicated=is_adjudicated,
        ),
        key=key,
    )


class ReviewQueue:
    """Hand out captions one by one, worst first with a random share, skipping what anyone has decided.

    Args:
        store: the workspace.
        order: `worst`, `random` for a plain random sample, or `given` for that of `only`.
        random_share: the share of looks spent on the random stratum, 0..1; without it nothing can be said
            about how many bad pairs are left.
        seed: fixes the random order.
        annotator: who decides.
        scorer: whose order `worst` means.
        error_type: order by what speaks of this type of error alone.
        only: hand out these captions and no other, in the same order. They were picked, so what is said of
            them is no evidence of how many bad pairs are left.

    Raises:
        UnknownNameError: for an order or an error type that does not exist.
        DecisionError: for a random share that is none, or when none of `only` is in the workspace.
    """

    def __init__(
        self,
        store: Store,
        order: str = "worst",
        *,
        random_share: float = 0.15,
        seed: int = 0,
        annotator: str = "me",
        scorer: str = SUSPICION,
        error_type: str | None = None,
        only: Sequence[str] | pl.Series | None = None,
    ) -> None:
        if order not in ORDERS:
            raise UnknownNameError("queue order", order, ORDERS)
        if order == "given" and only is None:
            raise DecisionError("The order 'given' is that of captions asked for; none were.", "Give `only`.")
        if not 0 <= random_share <= 1:
            raise DecisionError(
                f"A random share of {random_share} makes no queue.", "Give a number from 0 to 1."
            )
        self.store = store
        self.annotator = annotator
        self.order, self._random_share, self._seed = order, random_share, seed
        self.ranking = rank_captions(store, scorer, error_type=error_type)
        self._ranked = self.ranking.order
        self._is_picked = False
        if only is None:
            self._arrange()
        else:
            self._take(pl.Series("caption_id", only, pl.String))

    def narrow(self, only: Sequence[str] | pl.Series) -> ReviewQueue:
        """Return the queue of some captions alone, in the same order, without ranking all of them again.

        Raises:
            DecisionError: when none of them is in this queue.
        """
        narrowed = copy.copy(self)
        narrowed._take(pl.Series("caption_id", only, pl.String))
        return narrowed

    def put_first(self, caption_ids: Collection[str]) -> ReviewQueue:
        """Return the queue with these captions before all others, each part in the order it had."""
        reordered = copy.copy(self)
        reordered._order = self._order.put_first(self._marked(self.ranking.rows_of(list(caption_ids))))
        return reordered

    def _take(self, only: pl.Series) -> None:
        asked = self.ranking.rows_of(only)
        if self.order == "given":
            is_here = self._marked(self._ranked)
            known = asked[asked != NONE]
            self._ranked = known[is_here[known]]
        else:
            self._ranked = self._ranked[self._marked(asked)[self._ranked]]
        if len(only) and not len(self._ranked):
            raise DecisionError(
                f"None of the {len(only)} captions asked for is in this workspace.",
                "See ws.captions for the ids.",
            )
        self._is_picked = True
        self._arrange()

    def _marked(self, rows: Numbers) -> npt.NDArray[np.bool_]:
        """Return for every caption of the workspace whether it is one of these."""
        marked = np.zeros(self.ranking.captions.height, bool)
        marked[rows[rows != NONE]] = True
        return marked

    def _arrange(self) -> None:
        share = 1.0 if self.order == "random" else 0.0 if self._is_picked else self._random_share
        by_chance = self._ranked
        if share:
            whole = self.ranking.by_chance(self._seed)
            is_whole = len(self._ranked) == len(whole)
            by_chance = whole if is_whole else whole[self._marked(self._ranked)[whole]]
        self._order = Interleaved(self._ranked, by_chance, share)

    def __len__(self) -> int:
        return len(self._order)

    def peek(self, count: int = 1) -> list[Item]:
        """Return the next captions that nobody has decided, without taking them out."""
        decided = {verdict.caption_id for verdict in self.store.journal.verdicts()}
        found = itertools.islice(self._open_places(decided, 0, len(self)), count)
        return self._items(np.array([*found], np.uint32))

    def next(self) -> Item | None:
        """Return the next caption to decide; None when all are decided."""
        return next(iter(self.peek(1)), None)

    def items(self, first: int, count: int) -> list[Item]:
        """Return a stretch of the whole queue, decided ones included."""
        return self._items(np.arange(max(first, 0), min(first + count, len(self)), dtype=np.uint32))

    def texts(self, first: int, count: int) -> list[str]:
        """Return the captions of a stretch of the queue."""
        rows = self._order.rows(max(first, 0), max(first + count, 0))
        return self.ranking.captions["text"].gather(rows).to_list()

    def place_of(self, caption_id: str) -> int | None:
        """Return the place of a caption in the queue; None when it is not in it."""
        return next(iter(self.places_of([caption_id])), None)

    def places_of(self, caption_ids: Collection[str]) -> list[int]:
        """Return the places of those captions that are in the queue, in their order."""
        places: list[int] = self._order.places_of(
            self._marked(self.ranking.rows_of(list(caption_ids)))
        ).tolist()
        return places

    def next_open(self, decided: Collection[str], start: int = 0) -> int | None:
        """Return the first place from `start` on whose caption is not decided, else the first of all."""
        first = max(start, 0)
        later, earlier = self._open_places(decided, first, len(self)), self._open_places(decided, 0, first)
        return next(itertools.chain(later, earlier), None)

    def _open_places(self, decided: Collection[str], start: int, stop: int) -> Iterator[int]:
        ids = self.ranking.captions["caption_id"]
        for first in range(start, min(stop, len(self)), _STRETCH):
            rows = self._order.rows(first, min(first + _STRETCH, stop))
            yield from (first + number for number, one in enumerate(ids.gather(rows)) if one not in decided)

    def decide(
        self,
        item: Item,
        verdict: str,
        *,
        error_types: Sequence[str] = (),
        edited_text: str = "",
        is_complete: bool | None = None,
        key: str | None = None,
    ) -> Event:
        """Store the verdict on an item, and its correction, with the stratum that it was drawn from."""
        return decide(
            self.store,
            item.caption_id,
            verdict,
            annotator=self.annotator,
            error_types=error_types,
            edited_text=edited_text,
            is_complete=is_complete,
            stratum=item.stratum,
            key=key,
        )

    def undo(self) -> Event | None:
        """Take back this annotator's last verdict that stands."""
        return self.store.journal.undo(self.annotator)

    def redo(self) -> Event | None:
        """Make this annotator's verdict taken back last stand again."""
        return self.store.journal.redo(self.annotator)

    def _items(self, places: Numbers) -> list[Item]:
        if not len(places):
            return []
        first = int(places[0])
        rows = self._order.rows(first, int(places[-1]) + 1)[places - first]
        told = self.ranking.frame(rows).iter_rows(named=True)
        drawn = self._order.drawn(places).tolist()
        return [self._item(row, is_random) for row, is_random in zip(told, drawn, strict=True)]

    def _item(self, row: Mapping[str, Any], is_random: bool) -> Item:
        drawn = "random" if is_random else "worst"
        start_char, end_char, start_s, end_s = (
            row[n] for n in ("start_char", "end_char", "start_s", "end_s")
        )
        return Item(
            caption_id=row["caption_id"],
            sample_id=row["sample_id"],
            stratum="picked" if self._is_picked else drawn,
            suspicion=row["suspicion"],
            witness=row["witness"],
            evidence=row["evidence"],
            error_type=row["error_type"],
            span=None if start_char is None else Span(start_char, end_char),
            interval=None if start_s is None else Interval(start_s, end_s),
        )
