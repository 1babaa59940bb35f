"""Rows for TRL's DPOTrainer in its standard form: prompt, chosen and rejected as text.

Text alone: what the media show is not in it. For pictures use `trl_conversational`.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Final

import polars as pl

from workbench.export.pairs.base import PairSet, Written
from workbench.export.pairs.row_files import COMMON, ROW_ENDINGS, frame_of_rows, read_rows, write_rows

__all__ = ["Trl"]

_COLUMNS: Final[dict[str, pl.DataType]] = {
    **COMMON,
    "prompt": pl.String(),
    "chosen": pl.String(),
    "rejected": pl.String(),
    "strength": pl.Int64(),
    "weight": pl.Float64(),
}


class Trl:
    """Standard preference rows.

    A prompt of the workbench ends its line, so that no token spans the border between it and a caption.
    """

    endings: tuple[str, ...] = ROW_ENDINGS

    def write(self, chosen: PairSet, place: Path, ending: str) -> Written:
        """Write one row a pair."""
        left_out: Counter[str] = Counter()
        rows = frame_of_rows(
            (
                {
                    **pair.text_row,
                    "strength": pair.strength,
                    "weight": pair.weight,
                }
                for pair in chosen.fit(left_out)
            ),
            _COLUMNS,
        )
        write_rows(rows, place, ending)
        return Written(rows, left_out)

    def read_back(self, place: Path, ending: str) -> pl.DataFrame:
        """Return the rows that were written."""
        return read_rows(place, ending, _COLUMNS)
