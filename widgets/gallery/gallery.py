"""Gallery: every pair of a workspace in one grid, lowest score first, decided by one key."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from widgets.core import Answer, Core, Message, json_buffer
from widgets.panel import STATIC, Panel
from widgets.rows import SORTS, Arrangement, Scope, arrange, count_facets, pair_rows
from workbench import review
from workbench.errors import WorkbenchError

if TYPE_CHECKING:
    from workbench.workspace import Workspace

__all__ = ["Gallery", "GalleryCore"]

_PAGE_ROWS: Final = 60
_SHOWN: Final = (
    "sample_id", "caption_id", "media", "path", "text", "kind", "lang", "source", "duration_s", "score",
    "percentile", "score_reason", "evidence", "error_types", "is_stale", "caption_number", "caption_count",
)  # fmt: skip


class GalleryCore(Core):
    """What the gallery shows and selects.

    The view stays as it was arranged until it is arranged anew: a pair decided under `reviewed:no` does not
    jump away under the hand that decided it.
    """

    def __init__(
        self,
        workspace: Workspace,
        scope: Scope | None = None,
        *,
        annotator: str | None = None,
        scorer: str = "similarity",
    ) -> None:
        super().__init__(workspace, annotator=annotator, scorer=scorer)
        self.scope = scope or Scope()
        self.selected: set[str] = set()
        self.version = 0
        self._batches: dict[str, list[str]] = {}
        self._frame = pl.DataFrame()
        self._arrangement = Arrangement(np.empty(0, np.int64), "")
        with self.lock:
            self._arrange(self.scope)

    def commands(self) -> dict[str, Callable[[Message], Answer]]:
        """Return the shared commands and those of the grid."""
        return super().commands() | {
            "open": self.open,
            "view": self.view,
            "page": self.page,
            "select": self.select,
            "decide_selected": self.decide_selected,
        }

    def open(self, _message: Message) -> Answer:
        """Return all that a page needs to start, also after a reload or a restart."""
        with self.lock:
            self._arrange(self.scope)
            return Answer(
                self._view_told()
                | {
                    "scope": _told(self.scope),
                    "sorts": dict(SORTS),
                    "scorer": self.scorer,
                    "page_rows": _PAGE_ROWS,
                    "status": self.standing(),
                }
            )

    def view(self, message: Message) -> Answer:
        """Arrange the grid anew: filter, brush, chips, sort."""
        scope = _scope_of(message, self.scope)
        with self.lock:
            self._arrange(scope)
            self.scope = scope
            return Answer(self._view_told() | {"scope": _told(scope), "status": self.standing()})

    def page(self, message: Message) -> Answer:
        """Return a stretch of the grid's rows; refused when the grid was arranged anew meanwhile."""
        start, stop = _whole(message, "start"), _whole(message, "stop")
        with self.lock:
            if message.get("version") != self.version:
                return Answer({"version": self.version, "is_outdated": True})
            order = self._arrangement.order[start : min(stop, start + _PAGE_ROWS)]
            rows = self._frame[order].select(_SHOWN).to_dicts()
            selected = self.selected.copy()
        verdicts = self.verdicts_on([row["caption_id"] for row in rows if row["caption_id"]])
        for row in rows:
            row["is_selected"] = row["caption_id"] in selected
            row["verdict"] = verdicts.get(row["caption_id"])
        return Answer({"version": self.version}, [json_buffer(rows)])

    def select(self, message: Message) -> Answer:
        """Change the selection: `only`, `toggle`, `range`, `all` or `none`; return how many there are."""
        how = str(message.get("how"))
        with self.lock:
            if how in ("only", "none"):
                self.selected.clear()
            if how in ("only", "toggle"):
                self.selected ^= {str(message["caption_id"])}
            elif how in ("range", "all"):
                first, last = (
                    (0, len(self._arrangement.order))
                    if how == "all"
                    else (_whole(message, "start"), _whole(message, "stop"))
                )
                self.selected |= self._captions_between(first, last)
            elif how != "none":
                raise WorkbenchError(
                    f"There is no way {how!r} to select.", "Known: only, toggle, range, all, none."
                )
            return Answer({"selected": len(self.selected)})

    def decide_selected(self, message: Message) -> Answer:
        """Store one verdict on every selected caption, in the order of the grid."""
        key = str(message["key"])
        with self.lock:
            ids = self._batches.get(key)
            if ids is None:  # a request sent again means the pairs it meant at first
                rows = self._frame[self._arrangement.order]
                shown = rows["caption_id"].to_list() + self._frame["caption_id"].to_list()
                ids = [key for key in dict.fromkeys(shown) if key in self.selected]
                self._batches = {key: ids}
            answer = self.decide(dict(message) | {"caption_ids": ids})
            self.selected.clear()
            return answer

    def selected_rows(self) -> pl.DataFrame:
        """Return the selected rows."""
        with self.lock:
            return self._frame.filter(pl.col("caption_id").is_in(list(self.selected)))

    def shown_rows(self) -> pl.DataFrame:
        """Return the rows in the grid, in its order."""
        with self.lock:
            return self._frame[self._arrangement.order]

    def _captions_between(self, start: int, stop: int) -> set[str]:
        rows = self._arrangement.order[max(start, 0) : stop]
        return set(self._frame["caption_id"][rows].drop_nulls().to_list())

    def _arrange(self, scope: Scope) -> None:
        frame = pair_rows(self.workspace, self.scorer, review.queue_order(self.store))
        self._arrangement = arrange(frame, scope)
        self._frame = frame
        self._facets = count_facets(frame, scope)
        self.version += 1

    def _view_told(self) -> dict[str, object]:
        return {
            "version": self.version,
            "count": len(self._arrangement.order),
            "total": self._frame.height,
            "samples": self.workspace.samples.height,
            "scored": self._frame["score"].count(),
            "selected": len(self.selected),
            "code": self._arrangement.code,
            "facets": self._facets,
        }


class Gallery(Panel):
    """Show the pairs of a workspace in a grid.

    Args:
        workspace: what `workbench.open(path)` returned.
        filter: a filter text to start with, such as `similarity<0.2 reviewed:no`.
        sort: `lowest`, `suspicious`, `highest`, `newest`, `path` or `random`.
        scorer: whose values are on the tiles.
        annotator: who decides; stored with every verdict. The workspace's own when left out.
        seed: of the shuffled order.

    Example:
        `gallery = widgets.Gallery(ws)` in one cell, `gallery.selected` in a later one.
    """

    _esm = STATIC / "gallery.js"
    _css = STATIC / "gallery.css"

    def __init__(
        self,
        workspace: Workspace,
        *,
        filter: str = "",
        sort: str = "lowest",
        scorer: str = "similarity",
        annotator: str | None = None,
        seed: int = 0,
    ) -> None:
        scope = Scope(text=filter, sort=sort, seed=seed)
        self.core: GalleryCore = GalleryCore(workspace, scope, annotator=annotator, scorer=scorer)
        super().__init__(self.core)

    @property
    def selected(self) -> pl.DataFrame:
        """The selected pairs with all their columns."""
        return self.core.selected_rows()

    @property
    def shown(self) -> pl.DataFrame:
        """The pairs in the grid, filtered and in its order."""
        return self.core.shown_rows()


def _scope_of(message: Message, now: Scope) -> Scope:
    low, high, seed = message.get("low"), message.get("high"), message.get("seed", now.seed)
    return replace(
        now,
        text=str(message.get("text", "")),
        low=float(low) if isinstance(low, int | float) else None,
        high=float(high) if isinstance(high, int | float) else None,
        errors=_names(message.get("errors")),
        media=_names(message.get("media")),
        sort=str(message.get("sort", now.sort)),
        seed=seed if isinstance(seed, int) else 0,
    )


def _told(scope: Scope) -> dict[str, object]:
    return {
        "text": scope.text, "low": scope.low, "high": scope.high, "errors": list(scope.errors),
        "media": list(scope.media), "sort": scope.sort, "seed": scope.seed,
    }  # fmt: skip


def _names(value: object) -> tuple[str, ...]:
    return tuple(str(part) for part in value) if isinstance(value, list | tuple) else ()


def _whole(message: Message, name: str) -> int:
    value = message.get(name)
    if not isinstance(value, int):
        raise WorkbenchError(f"{name} must be a whole number; seen {value!r}.")
    return value
