"""Export captions with the verdicts that stand on them, one row a verdict, undecided captions included.

A caption nobody looked at has no verdict in the export, which is not the same as `ok`. The file is written
beside its place, read back and compared before it is swapped in.
"""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

import polars as pl

from workbench.errors import ExportError, UnknownNameError
from workbench.export.base import Writer
from workbench.payloads import VERDICT_COLUMNS
from workbench.schema import TABLES
from workbench.store import Store, write_atomically

__all__ = ["COLUMNS", "FORMATS", "ExportSummary", "export", "read_back"]

_SAMPLE = ("media", "root", "path", "split")
_CAPTION = (
    "caption_id",
    "sample_id",
    "kind",
    "text",
    "lang",
    "source",
    "speaker",
    "start_s",
    "end_s",
    "parent",
)
_VERDICT = tuple(name for name in VERDICT_COLUMNS if name not in ("caption_id", "caption_hash"))

#: The columns of an export and their types. The verdict's own interval is prefixed: the caption has one too.
COLUMNS: Final[dict[str, pl.DataType]] = {
    **{name: TABLES["captions"][name] for name in _CAPTION},
    **{name: TABLES["samples"][name] for name in _SAMPLE},
    **{
        f"verdict_{name}" if name in ("start_s", "end_s") else name: VERDICT_COLUMNS[name]
        for name in _VERDICT
    },
}


@dataclass(frozen=True, slots=True)
class ExportSummary:
    """What was written where."""

    path: Path
    format: str
    rows: int
    decided: int

    def __str__(self) -> str:
        return (
            f"{self.rows:,} rows ({self.decided:,} with a verdict) written to {self.path} as {self.format}."
        )


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
        for row in rows:
            row["at_utc"] = datetime.fromisoformat(row["at_utc"]) if row["at_utc"] else None
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
        flat.write_csv(content, quote_style="non_numeric", datetime_format="%Y-%m-%dT%H:%M:%S%.6f%z")
        return content.getvalue()

    def read_back(self, path: Path, schema: dict[str, pl.DataType]) -> pl.DataFrame:
        """Return the frame that was written."""
        text = {name: pl.String() for name in schema}
        raw = pl.read_csv(path, schema=text)
        return raw.with_columns(_parsed(name, kind) for name, kind in schema.items())


FORMATS: Final[dict[str, Writer]] = {"csv": Csv(), "jsonl": Jsonl(), "parquet": Parquet()}


def export(store: Store, path: Path | str, format: str | None = None) -> ExportSummary:
    """Write every caption with its sample and the verdicts on it.

    Args:
        store: the workspace.
        path: the file to write; its ending says the format when `format` is left out.
        format: one of `FORMATS`.

    Raises:
        UnknownNameError: for a format that is not known.
        ExportError: when what was written does not read back equal; the file is then left as it was.
    """
    target = Path(path).expanduser().absolute()
    name = format or target.suffix.removeprefix(".")
    if name not in FORMATS:
        raise UnknownNameError("export format", name, FORMATS)
    frame = _rows(store)
    target.parent.mkdir(parents=True, exist_ok=True)
    trial = target.with_name(f".{target.name}.trial")
    try:
        write_atomically(trial, FORMATS[name].write(frame))
        if not read_back(trial, name).equals(frame):
            raise ExportError(f"What was written to {target} does not read back equal.", "Export as parquet.")
        trial.replace(target)
    finally:
        trial.unlink(missing_ok=True)
    return ExportSummary(target, name, frame.height, frame["verdict"].count())


def read_back(path: Path | str, format: str | None = None) -> pl.DataFrame:
    """Return an export as the frame it was written from."""
    name = format or Path(path).suffix.removeprefix(".")
    if name not in FORMATS:
        raise UnknownNameError("export format", name, FORMATS)
    return FORMATS[name].read_back(Path(path), COLUMNS)


def _rows(store: Store) -> pl.DataFrame:
    verdicts = (
        store.journal.frame()
        .drop("caption_hash")
        .rename({"start_s": "verdict_start_s", "end_s": "verdict_end_s"})
    )
    samples = store.read("samples").select("sample_id", *_SAMPLE)
    whole = (
        store.read("captions")
        .select(_CAPTION)
        .join(samples, on="sample_id", how="left", maintain_order="left")
    )
    return (
        whole.join(verdicts, on="caption_id", how="left", maintain_order="left")
        .select(list(COLUMNS))
        .cast(pl.Schema(COLUMNS))
    )


def _parsed(name: str, kind: pl.DataType) -> pl.Expr:
    if isinstance(kind, pl.List):
        return pl.col(name).str.json_decode(kind)
    if isinstance(kind, pl.Datetime):
        return pl.col(name).str.to_datetime("%Y-%m-%dT%H:%M:%S%.6f%z", time_unit="us", time_zone="UTC")
    return pl.col(name).cast(kind)


def _iso(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} does not go into JSON")
