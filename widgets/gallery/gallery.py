"""Gallery: every pair of a workspace in one grid, lowest score first, decided by one key."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import polars as pl

from widgets.arranged import ArrangedCore, number_of, whole_of
from widgets.core import Answer, Message, json_buffer
from widgets.filter_text import CAPTION_WORDS
from widgets.linking import Told, unlinked
from widgets.panel import STATIC, Panel
from widgets.rows import SORTS, Scope, arrange, count_facets, pair_rows
from workbench import review

if TYPE_CHECKING:
    from workbench.workspace import Workspace

__all__ = ["Gallery", "GalleryCore"]

_PAGE_ROWS: Final = 60
#: From so many selected pairs on they are a pick for the linked views; one is only where the hand is.
_PICK: Final = 2
_SHOWN: Final = (
    "sample_id", "caption_id", "media", "path", "size_bytes", "text", "kind", "lang", "source", "duration_s",
    "score", "percentile", "score_reason", "evidence", "error_types", "is_stale", "caption_number",
    "caption_count",
)  # fmt: skip

_EXAMPLES: Final = (
    ("is:flagged reviewed:no", "suspected, not decided"),
    ("percentile<0.05", "the lowest twentieth"),
    ("error:relation", "one kind of error"),
    ("dog AND NOT cat", "words of the caption"),
    ("text:/\\bcats?\\b/", "a regular expression"),
)


class GalleryCore(ArrangedCore):
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
        self._batches: dict[str, list[str]] = {}
        self._linked = Told()
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
        """Return all that a page needs to start, its first rows with it, also after a reload or restart."""
        with self.lock:
            self._arrange(self.scope)
            fixed = {"sorts": dict(SORTS), "scorer": self.scorer, "page_rows": _PAGE_ROWS}
            fixed |= {"words": _words_of(self.rows.schema)}
            return Answer(self._view_told() | fixed, [json_buffer(self._rows_between(0, _PAGE_ROWS))])

    def view(self, message: Message) -> Answer:
        """Arrange the grid anew: filter, brush, chips, sort; the rows from `start` on come with it.

        `lift` shows again what a linked view has left out.
        """
        scope = _scope_of(message, self.scope)
        start = message.get("start")
        has_changed = scope != self.scope
        with self.lock:
            if message.get("lift"):
                self._linked = Told()
            self._arrange(scope)
            self.scope = scope
            last = max(0, len(self._arrangement.order) - 1) // _PAGE_ROWS * _PAGE_ROWS
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
        if len(self.selected) >= _PICK:
            return Told(pl.Series(self.key, sorted(self.selected)), f"{len(self.selected):,} selected pairs")
        if not self._arrangement.code:
            return Told()
        ids = self.rows[self.key][self._own.order].drop_nulls()
        return Told(ids.alias(self.key), f"{len(ids):,} pairs in the gallery")

    def page(self, message: Message) -> Answer:
        """Return a stretch of the grid's rows; refused when the grid was arranged anew meanwhile."""
        start, stop = whole_of(message, "start"), whole_of(message, "stop")
        with self.lock:
            if message.get("version") != self.version:
                return self._outdated()
            rows = self._rows_between(start, min(stop, start + _PAGE_ROWS))
            return Answer({"version": self.version}, [json_buffer(rows)])

    def decide_selected(self, message: Message) -> Answer:
        """Store one verdict on every selected caption, in the order of the grid."""
        key = str(message["key"])
        with self.lock:
            ids = self._batches.get(key)
            if ids is None:  # a request sent again means the pairs it meant at first
                rows = self.rows[self._arrangement.order]
                shown = rows["caption_id"].to_list() + self.rows["caption_id"].to_list()
                ids = [key for key in dict.fromkeys(shown) if key in self.selected]
                self._batches = {key: ids}
            answer = self.decide(dict(message) | {"caption_ids": ids})
            self.selected.clear()
            return answer

    def _rows_between(self, start: int, stop: int) -> list[dict[str, object]]:
        rows = self.rows[self._arrangement.order[start:stop]].select(_SHOWN).to_dicts()
        verdicts = self.verdicts_on([row["caption_id"] for row in rows if row["caption_id"]])
        for row in rows:
            row["is_selected"] = row["caption_id"] in self.selected
            row["verdict"] = verdicts.get(row["caption_id"])
        return rows

    def _arrange(self, scope: Scope) -> None:
        frame = pair_rows(self.workspace, self.scorer, review.queue_order(self.store))
        self._own = self._arrangement = arrange(frame, scope)
        self.rows = frame
        shown = frame
        if (keys := self._linked.keys) is not None:
            is_let = frame[keys.name].is_in(keys.implode()).fill_null(False)
            order = self._own.order
            self._arrangement = replace(self._own, order=order[is_let.to_numpy()[order]])
            shown = frame.filter(is_let)
        self._facets = count_facets(shown, scope)
        self.version += 1

    def _view_told(self) -> dict[str, object]:
        return {
            "version": self.version,
            "count": len(self._arrangement.order),
            "total": self.rows.height,
            "samples": self.workspace.samples.height,
            "scored": self.rows["score"].count(),
            "selected": len(self.selected),
            "code": self._arrangement.code,
            "facets": self._facets,
            "scope": _told(self.scope),
            "linked": self._linked.why,
            "status": self.standing(),
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
    )


def _told(scope: Scope) -> dict[str, object]:
    return {
        "text": scope.text, "low": scope.low, "high": scope.high, "errors": list(scope.errors),
        "media": list(scope.media), "sort": scope.sort, "seed": scope.seed,
    }  # fmt: skip


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
