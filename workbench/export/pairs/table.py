"""Every column that pairs have in the workspace, one row a pair, nothing left out: for spreadsheets."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Final

import polars as pl

from workbench.export.pairs.base import PairSet, Written
from workbench.export.pairs.row_files import read_rows, write_rows
from workbench.schema import TABLES

__all__ = ["TABLE_COLUMNS", "Table", "whole_rows"]

#: The columns of a pair as it stands.
TABLE_COLUMNS: Final[dict[str, pl.DataType]] = {
    **TABLES["pairs"],
    "status": pl.String(),
    "voices_chosen": pl.Int64(),
    "voices_rejected": pl.Int64(),
    "voices_tie": pl.Int64(),
    "voices_both_bad": pl.Int64(),
    "judged_by": pl.List(pl.String()),
    "is_turned": pl.Boolean(),
    "weight": pl.Float64(),
    "agreement": pl.Float64(),
    "media": pl.String(),
    "path": pl.String(),
}


class Table:
    """The table of pairs as a CSV file."""

    endings: tuple[str, ...] = (".csv",)

    def write(self, chosen: PairSet, place: Path, ending: str) -> Written:
        """Write one row a pair."""
        rows = whole_rows(chosen)
        write_rows(rows, place, ending)
        return Written(rows, Counter())

    def read_back(self, place: Path, ending: str) -> pl.DataFrame:
        """Return the rows that were written."""
        return read_rows(place, ending, TABLE_COLUMNS)


def whole_rows(chosen: PairSet) -> pl.DataFrame:
    """Return the pairs with all their columns; what the frame lacks is null."""
    media = pl.Series("media", [pair.shown.media or None for pair in chosen.pairs], pl.String)
    paths = pl.Series(
        "path", [str(pair.shown.paths[0]) if pair.shown.paths else None for pair in chosen.pairs], pl.String
    )
    whole = chosen.frame.with_columns(media, paths)
    return whole.select(
        (pl.col(name) if name in whole.columns else pl.lit(None)).cast(kind).alias(name)
        for name, kind in TABLE_COLUMNS.items()
    )
