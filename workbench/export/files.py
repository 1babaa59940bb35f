"""Frames as files of rows: JSON lines, Parquet and CSV, each read back with the types it had."""

from __future__ import annotations

import io
import json
from datetime import datetime
from pathlib import Path
from typing import Final

import polars as pl

from workbench.export.base import Writer

__all__ = ["FILES", "Csv", "Jsonl", "Parquet"]

_TIME: Final = "%Y-%m-%dT%H:%M:%S%.6f%z"


class Jsonl:
    """JSON lines: one object a row; times as ISO 8601."""

    def write(self, frame: pl.DataFrame) -> bytes:
        """Return one JSON object a line."""
        rows = (json.dumps(row, ensure_ascii=False, default=_iso) for row in frame.iter_rows(named=True))
        return "".join(f"{row}\n" for row in rows).encode()

    def read_back(self, path: Path, schema: dict[str, pl.DataType]) -> pl.DataFrame:
        """Return the frame that was written."""
        # Split on line feeds alone: a caption may hold other line separators, which JSON leaves as they are.
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]
        times = [name for name, kind in schema.items() if isinstance(kind, pl.Datetime)]
        for row in rows:
            row.update({name: datetime.fromisoformat(row[name]) for name in times if row[name]})
        return pl.DataFrame(rows, schema=schema)


class Parquet:
    """Parquet: every type kept as it is."""

    def write(self, frame: pl.DataFrame) -> bytes:
        """Return the file's content."""
        content = io.BytesIO()
        frame.write_parquet(content)
        return content.getvalue()

    def read_back(self, path: Path, schema: dict[str, pl.DataType]) -> pl.DataFrame:
        """Return the frame that was written."""
        return pl.read_parquet(path).cast(pl.Schema(schema))


class Csv:
    """CSV with a header; lists as JSON text inside a cell; an absent value is empty, empty text is quoted."""

    def write(self, frame: pl.DataFrame) -> bytes:
        """Return the file's content."""
        flat = frame.with_columns(
            pl.col(name).map_elements(lambda cell: json.dumps(cell.to_list()), return_dtype=pl.String)
            for name, kind in frame.schema.items()
            if isinstance(kind, pl.List)
        )
        content = io.BytesIO()
        flat.write_csv(content, quote_style="non_numeric", datetime_format=_TIME)
        return content.getvalue()

    def read_back(self, path: Path, schema: dict[str, pl.DataType]) -> pl.DataFrame:
        """Return the frame that was written."""
        text = {name: pl.String() for name in schema}
        raw = pl.read_csv(path, schema=text)
        return raw.with_columns(_parsed(name, kind) for name, kind in schema.items())


#: By the ending of the file's name.
FILES: Final[dict[str, Writer]] = {"csv": Csv(), "jsonl": Jsonl(), "parquet": Parquet()}


def _parsed(name: str, kind: pl.DataType) -> pl.Expr:
    if isinstance(kind, pl.List):
        return pl.col(name).str.json_decode(kind)
    if isinstance(kind, pl.Datetime):
        return pl.col(name).str.to_datetime(_TIME, time_unit="us", time_zone="UTC")
    if isinstance(kind, pl.Boolean):
        return pl.col(name) == "true"
    return pl.col(name).cast(kind)


def _iso(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} does not go into JSON")
