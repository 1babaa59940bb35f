"""Write the rows of a format to a file, and read them back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

import polars as pl

from workbench.export.files import FILES

__all__ = ["COMMON", "ROW_ENDINGS", "frame_of_rows", "read_rows", "write_rows"]

#: Endings of files of rows.
ROW_ENDINGS: Final = (".jsonl", ".parquet")

#: In every format: which pair a row came of, so that it can be traced; trainers do not look at them.
COMMON: Final[Mapping[str, pl.DataType]] = {
    "pair_id": pl.String(),
    "sample_id": pl.String(),
    "split": pl.String(),
}


def frame_of_rows(rows: Iterable[Mapping[str, object]], columns: Mapping[str, pl.DataType]) -> pl.DataFrame:
    """Return rows as a frame of the columns of their format."""
    return pl.DataFrame(list(rows), schema=dict(columns))


def write_rows(frame: pl.DataFrame, place: Path, ending: str) -> None:
    """Write a frame to a file that is not there yet."""
    place.write_bytes(FILES[ending.removeprefix(".")].write(frame))


def read_rows(place: Path, ending: str, columns: Mapping[str, pl.DataType]) -> pl.DataFrame:
    """Return the frame that was written."""
    return FILES[ending.removeprefix(".")].read_back(place, dict(columns))
