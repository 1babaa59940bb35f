"""A folder that `datasets.load_dataset` reads: Parquet by split with pictures inside, and a data card.

Rows are written as they come, so that no more than a few pictures are in memory, and in the order of their
samples, so that a picture of several pairs is stored once in each group of rows. What was written is read
back through `datasets` itself; a picture is compared by the hash of its bytes.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from workbench.errors import MediaError, MissingExtraError
from workbench.export.pairs.base import ExportSettings, Written
from workbench.export.pairs.split_rows import name_split
from workbench.shown import Shown
from workbench.shown.pictures import NOT_READ, encode_pictures, why_no_pictures

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq
    from polars.datatypes import DataTypeClass

__all__ = ["Item", "read_folder", "write_folder"]

_GROUP_ROWS: Final = 64
#: Pictures of a group that are kept apart by their bytes; past it, Parquet stores each as often as it comes.
_DICTIONARY_BYTES: Final = 256 * 1024 * 1024
_PICTURES: Final = "images"

_KINDS: Final = {
    pl.String(): "string",
    pl.Int64(): "int64",
    pl.Float64(): "float64",
    pl.Boolean(): "bool",
    pl.Datetime("us", "UTC"): "timestamp[us, tz=UTC]",
}


@dataclass(frozen=True, slots=True)
class Item:
    """One row and what is shown with it.

    Attributes:
        row: the columns but for the pictures; `split` is among them.
        shown: whose pictures belong to it; None for a row without.
        may_lack: whether the row is kept without pictures where there are none.
    """

    row: Mapping[str, object]
    shown: Shown | None
    may_lack: bool = False


def write_folder(
    place: Path, items: Iterable[Item], columns: Mapping[str, pl.DataType], settings: ExportSettings
) -> Written:
    """Write rows with their pictures, one Parquet file a split.

    Args:
        place: the folder, not there yet.
        items: the rows.
        columns: of the rows; a column `images` is added when any of them is of a sample.
        settings: how pictures are written.

    Returns:
        The rows by split, each picture as the hash of its bytes; and the pairs left out, by reason.

    Raises:
        MissingExtraError: without `datasets`.
    """
    left_out: Counter[str] = Counter()
    known = sorted(items, key=lambda item: str(item.row["sample_id"]))
    has_splits = any(item.row["split"] for item in known)
    # Sound or a lost file is a reason to leave a row out; texts that never had media are rows of text.
    has_pictures = any(item.shown and item.shown.media for item in known)
    (place / "data").mkdir(parents=True)
    files = _Files(place / "data", columns, has_pictures)
    kept: dict[str, list[dict[str, object]]] = {}
    try:
        for item in known:
            pictures = _pictures(item, settings, left_out) if has_pictures else []
            if pictures is None:
                continue
            split = name_split(item.row["split"], has_splits)
            files.add(split, dict(item.row), pictures)
            told = {_PICTURES: [_digest(picture) for picture in pictures]} if has_pictures else {}
            kept.setdefault(split, []).append(dict(item.row) | told)
    finally:
        files.close()
    schema = {**columns, _PICTURES: pl.List(pl.String())} if has_pictures else dict(columns)
    rows = [row for split in sorted(kept) for row in kept[split]]
    return Written(pl.DataFrame(rows, schema=schema), left_out)


def read_folder(place: Path, columns: Mapping[str, pl.DataType]) -> pl.DataFrame:
    """Return the rows of a folder as `datasets` reads them, each picture as the hash of its bytes."""
    datasets = _datasets()
    schema = dict(columns)
    rows: list[dict[str, object]] = []
    for _, part in sorted(datasets.load_dataset(str(place), streaming=True).items()):
        if _PICTURES in part.column_names:
            schema[_PICTURES] = pl.List(pl.String())
            part = part.cast_column(_PICTURES, datasets.List(datasets.Image(decode=False)))
        rows.extend(_told(row) for row in part)
    return pl.DataFrame(rows, schema=schema)


def _told(row: dict[str, Any]) -> dict[str, object]:
    if _PICTURES in row:
        row[_PICTURES] = [_digest(picture["bytes"]) for picture in row[_PICTURES]]
    return row


def _pictures(item: Item, settings: ExportSettings, left_out: Counter[str]) -> list[bytes] | None:
    """Return the pictures of a row; None when it cannot go without and has none."""
    why = why_no_pictures(item.shown) if item.shown else ""
    if item.shown and not why:
        try:
            return encode_pictures(item.shown, settings.pictures)
        except MediaError:
            why = NOT_READ
    if item.may_lack or not why:
        return []
    left_out[why] += 1
    return None


def _digest(content: bytes) -> str:
    return hashlib.blake2b(content, digest_size=16).hexdigest()


class _Files:
    """The Parquet files of a folder, opened as their first row comes."""

    def __init__(self, folder: Path, columns: Mapping[str, pl.DataType], has_pictures: bool) -> None:
        datasets = _datasets()
        features = {name: _feature(kind) for name, kind in columns.items()}
        if has_pictures:
            features[_PICTURES] = datasets.List(datasets.Image())
        self._schema: pa.Schema = datasets.Features(features).arrow_schema
        self._has_pictures = has_pictures
        self._folder = folder
        self._files: dict[str, pq.ParquetWriter] = {}
        self._waiting: dict[str, list[dict[str, object]]] = {}

    def add(self, split: str, row: dict[str, object], pictures: list[bytes]) -> None:
        if self._has_pictures:
            row[_PICTURES] = [{"bytes": picture, "path": None} for picture in pictures]
        waiting = self._waiting.setdefault(split, [])
        waiting.append(row)
        if len(waiting) >= _GROUP_ROWS:
            self._flush(split)

    def close(self) -> None:
        for split in self._waiting:
            self._flush(split)
        for file in self._files.values():
            file.close()

    def _flush(self, split: str) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        if split not in self._files:
            self._files[split] = pq.ParquetWriter(
                self._folder / f"{split}.parquet",
                self._schema,
                dictionary_pagesize_limit=_DICTIONARY_BYTES,
            )
        if waiting := self._waiting[split]:
            self._files[split].write_table(pa.Table.from_pylist(waiting, schema=self._schema))
            waiting.clear()


def _feature(kind: pl.DataType) -> Any:
    datasets = _datasets()
    if isinstance(kind, pl.List):
        return datasets.List(_feature(_whole(kind.inner)))
    if isinstance(kind, pl.Struct):
        return {field.name: _feature(_whole(field.dtype)) for field in kind.fields}
    return datasets.Value(_KINDS[kind])


def _whole(kind: pl.DataType | DataTypeClass) -> pl.DataType:
    return kind if isinstance(kind, pl.DataType) else kind()


def _datasets() -> Any:
    try:
        import datasets
    except ImportError as error:
        raise MissingExtraError("Writing a folder for `datasets`", "finetune") from error
    return datasets
