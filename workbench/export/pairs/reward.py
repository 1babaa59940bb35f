"""Rows for TRL's RewardTrainer: as for DPO, with the margin by which the chosen caption should win.

The trainer reads text alone; a reward model of pictures is not something TRL 1.16 can train.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Final

import polars as pl

from workbench.export.pairs.base import ExportPair, PairSet, Written
from workbench.export.pairs.row_files import COMMON, ROW_ENDINGS, frame_of_rows, read_rows, write_rows

__all__ = ["Reward", "margin_of"]

_COLUMNS: Final[dict[str, pl.DataType]] = {
    **COMMON,
    "prompt": pl.String(),
    "chosen": pl.String(),
    "rejected": pl.String(),
    "margin": pl.Float64(),
}

#: Of the scale of strengths: 1 slightly, 2 clearly, 3 by far.
_BY_FAR: Final = 3


class Reward:
    """Preference rows with `margin`: a third for slightly, 1 for by far, 0 where nobody said how strongly.

    It is made of people's strengths alone. The margin of a score has another scale, on which a sum of rewards
    would mean something else; the format `csv` keeps it.
    """

    endings: tuple[str, ...] = ROW_ENDINGS

    def write(self, chosen: PairSet, place: Path, ending: str) -> Written:
        """Write one row a pair."""
        left_out: Counter[str] = Counter()
        rows = frame_of_rows(
            (
                {
                    **pair.text_row,
                    "margin": margin_of(pair),
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


def margin_of(pair: ExportPair) -> float:
    """Return the margin by which the chosen caption should win, 0..1."""
    return (pair.strength or 0) / _BY_FAR
