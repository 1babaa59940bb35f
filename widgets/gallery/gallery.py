"""Gallery: every pair of a workspace in one grid, lowest score first, decided by one key."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import polars as pl

from widgets.arranged import number_of, whole_of
from widgets.core import Answer, Message, json_buffer
from widgets.filter_text import CAPTION_WORDS
from widgets.gallery.grid import GridCore
from widgets.linking import Told, unlinked
from widgets.panel import STATIC, Panel
from widgets.rows import SORTS, Scope
from widgets.views import SavedViews, scope_of_told, scope_told

if TYPE_CHECKING:
    from workbench.workspace import Workspace

__all__ = ["Gallery", "GalleryCore"]

_PAGE_ROWS: Final = 60
#: From so many selected pairs on they are a pick for the linked views; one is only where the hand is.
_PICK: Final = 2
_EXAMPLES: Final = (
    ("is:flagged reviewed:no", "suspected, not decided"),
    ("percentile<0.05", "the lowest twentieth"),
    ("error:relation", "one kind of error"),
    ("dog AND NOT cat", "words of the caption"),
    ("text:/\\bcats?\\b/", "a regular expression"),
)


class GalleryCore(GridCore):
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
        super().__init__(workspace, scope or Scope(), annotator=annotator, scorer=scorer)
        self.views = SavedViews(self.store)

    def commands(self) -> dict[str, Callable[[Message], Answer]]:
        """Return the shared commands and those of the grid."""
        return super().commands() | {
            "open": self.open,
            "view": self.view,
            "page": self.page,
            "select": self.select,
            "decide_selected": self.decide_selected,
            "views": lambda _message: Answer({"views": self.views.told()}),
            "save_view": self.save_view,
            "drop_view": self.drop_view,
        }

    def open(self, _message: Message) -> Answer:
        """Return all that a page needs to start, its first rows with it, also after a reload or restart."""
        with self.lock:
            self._arrange(self.scope)
            fixed = {"sorts": dict(SORTS), "scorer": self.scorer, "page_rows": _PAGE_ROWS}
            fixed |= {"words": _words_of(self.table.schema), "views": self.views.told()}
            return Answer(self._view_told() | fixed, [json_buffer(self._rows_between(0, _PAGE_ROWS))])

    def view(self, message: Message) -> Answer:
        """Arrange the grid anew: filter, brush, chips, sort, tile; the rows from `start` on come with it.

        `view` names a saved one to begin from; `lift` shows again what a linked view has left out.
        """
        named = message.get("view")
        now = self.views.find(str(named)) if named else self.scope
        scope = _scope_of(dict(scope_told(now)) | dict(message) if named else message, now)
        start = message.get("start")
        has_changed = scope != self.scope
        with self.lock:
            if message.get("lift"):
                self._linked = Told()
            self._arrange(scope)
            last = max(0, self.shown.tiles - 1) // _PAGE_ROWS * _PAGE_ROWS
            start = min(start, last) if isinstance(start, int) and start > 0 else 0
            rows = self._rows_between(start, start + _PAGE_ROWS)
            answer = Answer(self._view_told() | {"start": start}, [json_buffer(rows)])
        if has_changed:
            self.tell_scope()
        return answer

    def select(self, message: Message) -> Answer:
        """Change the selection; several selected at once are a pick that linked views follow."""
        answer = super().select(message)
        self.tell_scope()
        return answer

    def save_view(self, message: Message) -> Answer:
        """Keep what is shown under a name, or `kept`: a view that was dropped a moment ago."""
        kept = message.get("kept")
        scope = scope_of_told(kept) if isinstance(kept, Mapping) else self.scope
        self.views.save(str(message.get("name") or ""), scope)
        return Answer({"views": self.views.told()})

    def drop_view(self, message: Message) -> Answer:
        """Forget a view; the answer holds it, so that it can be had back."""
        dropped = self.views.drop(str(message.get("name")))
        return Answer({"views": self.views.told(), "dropped": scope_told(dropped)})

    def take_scope(self, keys: pl.Series | None, why: str) -> None:
        """Show only what a linked view has picked; None lifts it."""
        with self.lock:
            self._linked = Told(keys, why)
            self._arrange(self.scope)

    def tell_scope(self) -> None:
        """Tell the linked views what is picked here: the selected pairs, else those that the filter shows."""
        if self.on_scope is unlinked:
            return
        with self.lock:
            picked = self._picked()
        self.on_scope(picked.keys, picked.why)

    def _picked(self) -> Told:
        if (count := len(self.selection)) >= _PICK:
            return Told(self.selection.ids(), f"{count:,} selected pairs")
        if not self.shown.code:
            return Told()
        ids = self.shown.own_ids()
        return Told(ids, f"{len(ids):,} pairs in the gallery")

    def page(self, message: Message) -> Answer:
        """Return a stretch of the grid's tiles; refused when the grid was arranged anew meanwhile."""
        start, stop = whole_of(message, "start"), whole_of(message, "stop")
        with self.lock:
            if message.get("version") != self.version:
                return Answer({"version": self.version, "is_outdated": True})
            rows = self._rows_between(start, min(stop, start + _PAGE_ROWS))
            return Answer({"version": self.version}, [json_buffer(rows)])

    def _view_told(self) -> dict[str, object]:
        columns = self.table.columns
        return {
            "version": self.version,
            "count": self.shown.rows,
            "tiles": self.shown.tiles,
            "total": self.table.height,
            "samples": columns.samples.height,
            "grouped": columns.samples.height - columns.samples["group"].null_count(),
            "scored": columns.scored_count,
            "selected": len(self.selection),
            "code": self.shown.code,
            "facets": self._facets(),
            "is_ranking": self._ranking.is_running,
            "scope": scope_told(self.scope),
            "linked": self._linked.why,
            "status": self.standing(is_quick=not self._is_small),
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
        tile: what a tile stands for: `caption`, `sample` with all its captions, or `group` with its views.
        view: a view saved under this name, in place of filter, sort, seed and tile.

    Raises:
        FilterError: when the filter cannot be read.
        UnknownNameError: for a sort, a tile or a view that does not exist.

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
        tile: str = "caption",
        view: str = "",
    ) -> None:
        scope = Scope(text=filter, sort=sort, seed=seed, tile=tile)
        if view:
            scope = SavedViews(workspace.store).find(view)
        self.core: GalleryCore = GalleryCore(workspace, scope, annotator=annotator, scorer=scorer)
        super().__init__(self.core)

    @property
    def frame(self) -> pl.DataFrame:
        """Every pair with all its columns: what the code under the filter runs on; large where many."""
        return self.core.table.frame()

    @property
    def selected(self) -> pl.DataFrame:
        """The selected pairs with all their columns."""
        return self.core.selected_rows()

    @property
    def shown(self) -> pl.DataFrame:
        """The pairs in the grid, filtered and in its order."""
        return self.core.shown_rows()


def _scope_of(message: Message, now: Scope) -> Scope:
    seed = message.get("seed", now.seed)
    return replace(
        now,
        text=str(message.get("text", "")),
        low=number_of(message, "low"),
        high=number_of(message, "high"),
        errors=_names(message.get("errors")),
        media=_names(message.get("media")),
        sort=str(message.get("sort", now.sort)),
        seed=seed if isinstance(seed, int) else 0,
        tile=str(message.get("tile", now.tile)),
    )


def _words_of(schema: pl.Schema) -> dict[str, object]:
    """Return what the filter line can hint at: fields, those that are numbers, and the values of some."""
    words = CAPTION_WORDS
    column_of = {name: words.aliases.get(name, name) for name in words.offered}
    scorers = [name for name, kind in schema.items() if kind.is_float() and name not in words.measures]
    fields = [name for name, column in column_of.items() if column in schema] + scorers
    states = [*words.states, *words.opposites]
    values: dict[str, list[str]] = {
        name: list(words.values.get(column_of.get(name, ""), ())) for name in fields
    }
    return {
        "fields": ["is", *words.states, *fields],
        "numbers": [name for name in fields if schema[column_of.get(name, name)].is_numeric()],
        "values": values | {"is": states} | {name: ["yes", "no"] for name in words.states},
        "examples": [list(pair) for pair in _EXAMPLES],
    }


def _names(value: object) -> tuple[str, ...]:
    return tuple(str(part) for part in value) if isinstance(value, list | tuple) else ()
