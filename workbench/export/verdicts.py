"""Export captions with the verdicts that stand on them, one row a verdict, undecided captions included.

A caption nobody looked at has no verdict in the export, which is not the same as `ok`. The file is written
beside its place, read back and compared before it is swapped in.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl

from workbench.errors import ExportError, UnknownNameError
from workbench.export.base import Writer
from workbench.export.files import FILES
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


FORMATS: Final[dict[str, Writer]] = dict(FILES)


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
