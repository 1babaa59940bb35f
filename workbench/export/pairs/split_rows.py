"""One file of JSON lines a split, in a folder: how trainers that go by a path to a file take their splits."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import polars as pl

from workbench.export.pairs.row_files import read_rows, write_rows

__all__ = ["UNSPLIT", "file_of", "name_split", "read_splits", "write_splits"]

#: Of rows in neither split, where there are splits; loaded by nobody by accident.
UNSPLIT: Final = "unsplit"
_ENDING: Final = ".jsonl"


def name_split(split: object, has_splits: bool) -> str:
    """Return the name under which a row of some split is filed.

    Example:
        >>> name_split(None, has_splits=False), name_split(None, has_splits=True)
        ('train', 'unsplit')
    """
    return str(split or (UNSPLIT if has_splits else "train"))


def file_of(split: str) -> str:
    """Return the name of the file of a split."""
    return f"{split}{_ENDING}"


def write_splits(rows: pl.DataFrame, place: Path) -> pl.DataFrame:
    """Write rows to a file a split, and return them in the order of the files."""
    has_splits = rows["split"].null_count() < rows.height
    filed = rows.with_columns(
        _file=pl.col("split").map_elements(
            lambda split: name_split(split, has_splits), return_dtype=pl.String, skip_nulls=False
        )
    )
    parts = []
    for (split,), part in sorted(filed.group_by("_file", maintain_order=True)):
        parts.append(part.drop("_file"))
        write_rows(parts[-1], place / file_of(str(split)), _ENDING)
    return pl.concat(parts) if parts else rows


def read_splits(place: Path, columns: Mapping[str, pl.DataType]) -> pl.DataFrame:
    """Return the rows of every file, in the order of their names."""
    files = sorted(place.glob(f"*{_ENDING}"))
    parts = [read_rows(file, _ENDING, columns) for file in files]
    return pl.concat([pl.DataFrame(schema=dict(columns)), *parts])
