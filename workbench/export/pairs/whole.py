"""A folder for `datasets` that holds all that is known of the pairs, their pictures, and a data card."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import polars as pl

from workbench.export.pairs.base import PairSet, Written
from workbench.export.pairs.card import write_card
from workbench.export.pairs.dataset_folder import Item, read_folder, write_folder
from workbench.export.pairs.table import TABLE_COLUMNS, whole_rows

__all__ = ["Whole"]

#: Without `path`, which means nothing on another machine.
_COLUMNS: Final[dict[str, pl.DataType]] = {
    **{name: kind for name, kind in TABLE_COLUMNS.items() if name != "path"},
    "asked": pl.String(),
}


class Whole:
    """Every pair with every column, pictures where there are any, and what they answer as `asked`."""

    endings: tuple[str, ...] = ("",)

    def write(self, chosen: PairSet, place: Path, ending: str) -> Written:
        """Write one row a pair, by split; a pair without pictures keeps its place."""
        rows = whole_rows(chosen).drop("path").iter_rows(named=True)
        items = [
            Item(row | {"asked": pair.shown.prompt}, pair.shown, may_lack=True)
            for row, pair in zip(rows, chosen.pairs, strict=True)
        ]
        written = write_folder(place, items, _COLUMNS, chosen.settings)
        write_card(place, chosen, written.rows, "every column, and pictures")
        return written

    def read_back(self, place: Path, ending: str) -> pl.DataFrame:
        """Return the rows that were written, as `datasets` reads them."""
        return read_folder(place, _COLUMNS)
