"""Which rows a person has picked: a mark a row, so that all of five million cost no more than one."""

from __future__ import annotations

import numpy as np
import polars as pl

from widgets.table.columns import Columns
from workbench.matching import NONE, Numbers, match

__all__ = ["Selection"]


class Selection:
    """Captions picked, shown or not; kept by their ids where the tables are read anew.

    Args:
        columns: of the table.
        before: the selection that a table read earlier had.
    """

    def __init__(self, columns: Columns, before: Selection | None = None) -> None:
        self._columns = columns
        self.is_picked = np.zeros(columns.height, bool)
        if before is not None and len(before):
            self.put(self._rows_of(before.ids()), is_on=True)

    def __len__(self) -> int:
        return int(np.count_nonzero(self.is_picked))

    def clear(self) -> None:
        """Pick nothing."""
        self.is_picked[:] = False

    def put(self, rows: Numbers, *, is_on: bool) -> None:
        """Pick rows, or let them go; a sample without a caption has nothing to pick."""
        self.is_picked[rows[rows < self._columns.captions.height]] = is_on

    def toggle(self, caption_ids: pl.Series) -> None:
        """Take captions as a whole, or let them go as a whole where all of them are picked."""
        rows = self._rows_of(caption_ids)
        self.put(rows, is_on=not self.is_picked[rows].all())

    def rows(self) -> Numbers:
        """Return the rows picked, in the order of the table."""
        return np.flatnonzero(self.is_picked).astype(np.uint32)

    def ids(self) -> pl.Series:
        """Return the ids of the captions picked."""
        return self._columns.captions["caption_id"].gather(self.rows())

    def _rows_of(self, caption_ids: pl.Series) -> Numbers:
        found = match(caption_ids, self._columns.captions["caption_id"])
        rows: Numbers = found[found != NONE]
        return rows
