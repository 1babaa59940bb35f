"""The grid of a gallery: what is shown of a table of pairs, page by page, and which of them are selected.

Small workspaces are answered at once and whole. For millions of captions the first page comes without the
counts beside it and without the whole order: both are made on a thread of their own, and the page is told.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import polars as pl

from widgets.answers import Answer, Message, texts_of
from widgets.arranged import whole_of
from widgets.core import Core
from widgets.job import Job
from widgets.linking import Told
from widgets.rows import Scope
from widgets.standing import stamp_tables
from widgets.table.pages import page_told
from widgets.table.pair_table import PairTable
from widgets.table.selection import Selection
from widgets.table.shown import Shown
from workbench import review
from workbench.errors import DecisionError, WorkbenchError
from workbench.matching import Numbers
from workbench.payloads import verdicts_frame

if TYPE_CHECKING:
    from workbench.workspace import Workspace

__all__ = ["GridCore"]

#: Up to so many pairs everything is made at once: less than a blink.
_AT_ONCE: Final = 200_000
#: One key must not decide what nobody can look through, nor hold the journal for minutes.
_MOST_DECIDED: Final = 20_000
#: The page draws its first rows before all cores are taken by what nobody waits for.
_BREATH_S: Final = 0.25
_NO_FACETS: Final[dict[str, object]] = {"histogram": None, "errors": {}, "media": {}, "is_late": True}


class GridCore(Core):
    """The rows shown and those selected.

    Attributes:
        scope: what was asked for.
        table: every pair, as the tables stood when it was last arranged.
        shown: what the scope shows of it.
        version: of the arrangement; a page asked of an older one is refused.
    """

    def __init__(self, workspace: Workspace, scope: Scope, *, annotator: str | None, scorer: str) -> None:
        super().__init__(workspace, annotator=annotator, scorer=scorer)
        self.scope = scope
        self.version = 0
        self.table: PairTable
        self.shown: Shown
        self.selection: Selection
        self._stamp = ""
        self._verdicts_seen: int | None = None
        self._linked = Told()
        self._batches: dict[str, list[str]] = {}
        self._readying: Job[None] = Job("counting of the gallery", self._ready)
        self._ranking: Job[None] = Job("ranking of all captions", self._rank)
        with self.lock:
            self._arrange(scope)

    # -- which rows are shown

    def _arrange(self, scope: Scope) -> None:
        self._read_tables()
        made = self.desk.verdicts()
        seen = hash(tuple((verdict.caption_id, verdict.at_utc) for verdict in made))
        if seen != self._verdicts_seen:
            self.table.take_verdicts(verdicts_frame(made))
            self._verdicts_seen = seen
        if scope.sort == "suspicious" or "suspicion" in scope.text:
            self._want_suspicion()
        self.shown = self.table.arrange(scope, self._linked.keys)
        self.scope = scope
        self.version += 1

    def _read_tables(self) -> None:
        stamp = stamp_tables(self.store)
        if stamp != self._stamp:
            self.table = PairTable(self.columns())
            self.selection = Selection(self.table.columns, getattr(self, "selection", None))
            self._stamp, self._verdicts_seen = stamp, None

    @property
    def _is_small(self) -> bool:
        return self.table.height <= _AT_ONCE

    def _want_suspicion(self) -> None:
        if self.table.columns.suspicion is not None:
            return
        if self._is_small:
            self.table.take_suspicion(review.rank_captions(self.store))
        else:
            self._ranking.start()

    def _rank(self) -> None:
        stamp = self._stamp
        ranked = review.rank_captions(self.store)
        with self.lock:
            if stamp == self._stamp:
                self.table.take_suspicion(ranked)
                self._arrange(self.scope)
        self.tell({"event": "changed"})

    def _facets(self) -> dict[str, object]:
        if self._is_small or self.table.facets.is_ready:
            return self.shown.facets()
        self._readying.start()
        return _NO_FACETS

    def _ready(self) -> None:
        """Make what the first page did not wait for: the whole order, then the counts."""
        time.sleep(_BREATH_S)
        table, scope = self.table, self.scope
        table.order(scope)
        table.facets.make_ready()
        with self.lock:
            told = {"event": "facets", "version": self.version, "facets": self.shown.facets()}
        self.tell(told)

    def wait(self, limit_s: float | None = None) -> None:
        """Wait for what is being made beside the view."""
        for job in (self._readying, self._ranking):
            job.wait(limit_s)

    # -- pages

    def _rows_between(self, start: int, stop: int) -> list[dict[str, object]]:
        tiles = self.shown.between(start, stop)
        return page_told(self.table, self.shown, tiles, self.selection, self.verdicts_on)

    def shown_rows(self) -> pl.DataFrame:
        """Return the pairs that are shown with all their columns, in their order."""
        with self.lock:
            return self.table.frame(self.shown.ordered_rows())

    def selected_rows(self) -> pl.DataFrame:
        """Return the selected pairs with all their columns."""
        with self.lock:
            return self.table.frame(self.selection.rows())

    # -- selection

    def select(self, message: Message) -> Answer:
        """Change the selection: `only`, `toggle`, `range`, `all` or `none`; return how many captions."""
        how = str(message.get("how"))
        with self.lock:
            change = self._changes().get(how)
            if change is None:
                raise WorkbenchError(
                    f"There is no way {how!r} to select.", f"Known: {', '.join(self._changes())}."
                )
            change(message)
            return Answer({"selected": len(self.selection)})

    def _changes(self) -> dict[str, Callable[[Message], None]]:
        def only(message: Message) -> None:
            self.selection.clear()
            self.selection.toggle(_captions_of(message))

        return {
            "only": only,
            "toggle": lambda message: self.selection.toggle(_captions_of(message)),
            "range": lambda message: self.selection.put(self._tiles_rows(message), is_on=True),
            "all": lambda _message: self.selection.put(self.shown.all_rows(), is_on=True),
            "none": lambda _message: self.selection.clear(),
        }

    def _tiles_rows(self, message: Message) -> Numbers:
        return self.shown.rows_of(self.shown.between(whole_of(message, "start"), whole_of(message, "stop")))

    def decide_selected(self, message: Message) -> Answer:
        """Store one verdict on every selected caption, in the order of the grid."""
        key = str(message["key"])
        with self.lock:
            ids = self._batches.get(key)
            if ids is None:  # a request sent again means the pairs it meant at first
                ids = self._selected_in_order()
                self._batches = {key: ids}
            answer = self.decide(dict(message) | {"caption_ids": ids})
            self.selection.clear()
            return answer

    def _selected_in_order(self) -> list[str]:
        count = len(self.selection)
        if count > _MOST_DECIDED:
            raise DecisionError(
                f"{count:,} captions are too many for one decision.",
                f"Narrow the filter to at most {_MOST_DECIDED:,}, or decide in a cell: ws.decide(...).",
            )
        order = self.shown.ordered_rows()
        picked = self.selection.is_picked
        here = order[picked[order]]
        is_elsewhere = picked.copy()
        is_elsewhere[here] = False
        ids = self.table.columns.captions["caption_id"]
        return [*ids.gather(here), *ids.filter(pl.Series(is_elsewhere[: len(ids)]))]


def _captions_of(message: Message) -> pl.Series:
    named = texts_of(message.get("caption_ids")) or [str(message["caption_id"])]
    return pl.Series(named, dtype=pl.String)
