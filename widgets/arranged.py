"""What the views of many rows share: an arrangement with a version, pages of it, and a selection."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from widgets.answers import texts_of
from widgets.core import Answer, Core, Message
from widgets.rows import Arrangement
from workbench.errors import WorkbenchError

if TYPE_CHECKING:
    from workbench.workspace import Workspace

__all__ = ["ArrangedCore", "number_of", "whole_of"]


class ArrangedCore(Core):
    """Rows in an order that stays as it was arranged, and which of them are selected.

    Attributes:
        key: the column that names a row.
        rows: every row, arranged or not.
        selected: the keys selected, shown or not.
        version: of the arrangement; a page asked of an older one is refused.
    """

    key = "caption_id"

    def __init__(self, workspace: Workspace, *, annotator: str | None, scorer: str = "similarity") -> None:
        super().__init__(workspace, annotator=annotator, scorer=scorer)
        self.rows = pl.DataFrame()
        self.selected: set[str] = set()
        self.version = 0
        self._arrangement = Arrangement(np.empty(0, np.int64), "")

    def select(self, message: Message) -> Answer:
        """Change the selection: `only`, `toggle`, `range`, `all` or `none`; return how many there are."""
        how = str(message.get("how"))
        with self.lock:
            if how in ("only", "none"):
                self.selected.clear()
            if how in ("only", "toggle"):
                # A tile of several captions is one thing to a hand: taken as a whole, or let go as a whole.
                named = set(texts_of(message.get(f"{self.key}s"))) or {str(message[self.key])}
                self.selected = self.selected - named if named <= self.selected else self.selected | named
            elif how == "range":
                self._select_between(whole_of(message, "start"), whole_of(message, "stop"))
            elif how == "all":
                self._select_between(0, len(self._arrangement.order))
            elif how != "none":
                raise WorkbenchError(
                    f"There is no way {how!r} to select.", "Known: only, toggle, range, all, none."
                )
            return Answer({"selected": len(self.selected)})

    def selected_rows(self) -> pl.DataFrame:
        """Return the selected rows."""
        with self.lock:
            return self.rows.filter(pl.col(self.key).is_in(list(self.selected)))

    def shown_rows(self) -> pl.DataFrame:
        """Return the rows that are shown, in their order."""
        with self.lock:
            return self.rows[self._arrangement.order]

    def _page_of(self, message: Message, most: int) -> pl.DataFrame | None:
        """Return the rows a page asks for; None when they were arranged anew meanwhile."""
        start, stop = whole_of(message, "start"), whole_of(message, "stop")
        if message.get("version") != self.version:
            return None
        return self.rows[self._arrangement.order[start : min(stop, start + most)]]

    def _outdated(self) -> Answer:
        return Answer({"version": self.version, "is_outdated": True})

    def _select_between(self, start: int, stop: int) -> None:
        places = self._arrangement.order[max(start, 0) : stop]
        self.selected |= set(self.rows[self.key][places].drop_nulls().to_list())


def whole_of(message: Message, name: str) -> int:
    """Return a whole number of a message.

    Raises:
        WorkbenchError: when it is none.
    """
    value = message.get(name)
    if not isinstance(value, int):
        raise WorkbenchError(f"{name} must be a whole number; seen {value!r}.")
    return value


def number_of(message: Message, name: str) -> float | None:
    """Return a number of a message, or None where there is none."""
    value = message.get(name)
    return float(value) if isinstance(value, int | float) else None
