"""Open what pairs are kept in: JSON, JSON lines, CSV, Parquet, folders of these, saved `datasets` folders."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from workbench.errors import MissingExtraError, PairError
from workbench.pairs.files.base import BadPair, Record

__all__ = ["ENDINGS", "read_records"]

#: What is read by the ending of its name; other names are tried as JSON.
ENDINGS: Final = (".json", ".jsonl", ".ndjson", ".csv", ".tsv", ".parquet", ".pq")
_ROWS_AT_ONCE: Final = 4_096
_HELD_OUT: Final = ("test", "validation", "valid", "val", "dev", "eval", "held_out")


def read_records(source: Path) -> Iterator[tuple[str, Record | BadPair]]:
    """Yield the rows of a file or folder, numbered from 1, without understanding them.

    In a folder a row's number has the name of its file before it, and a file called train, test or
    validation gives its rows that split.

    Raises:
        PairError: when it is not there, or cannot be read as a whole.
        MissingExtraError: for a saved `datasets` folder without that package.
    """
    if source.is_dir():
        yield from _read_folder(source)
        return
    if not source.exists():
        raise PairError(f"There is nothing at {source}.", "Check the path.")
    match source.suffix.lower():
        case ".csv" | ".tsv":
            yield from _read_csv(source)
        case ".parquet" | ".pq":
            yield from _read_parquet(source)
        case _:
            yield from _read_json(source)


def _text_of(source: Path) -> str:
    try:
        return source.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise PairError(
            f"{source} is not UTF-8 (byte {error.start:,}).", "Save it as UTF-8; Parquet ends with .parquet."
        ) from error


def _read_json(source: Path) -> Iterator[tuple[str, Record | BadPair]]:
    text = _text_of(source)
    if source.suffix.lower() in (".jsonl", ".ndjson"):
        yield from _read_lines(text)
        return
    try:
        whole = json.loads(text)
    except (ValueError, RecursionError) as error:
        if len(text.splitlines()) < 2 or not text.lstrip().startswith("{"):
            raise PairError(
                f"{source} is not valid JSON: {error}.", "Check that it is there in full."
            ) from error
        yield from _read_lines(text)
        return
    if isinstance(whole, list):
        yield from _numbered(whole)
    elif isinstance(whole, Mapping) and (parts := {k: v for k, v in whole.items() if isinstance(v, list)}):
        if len(parts) == 1 and next(iter(parts)) not in ("train", *_HELD_OUT):
            yield from _numbered(next(iter(parts.values())))
            return
        for name, rows in parts.items():
            yield from (_placed(pair, str(name)) for pair in _numbered(rows))
    else:
        yield from _numbered([whole])


def _read_lines(text: str) -> Iterator[tuple[str, Record | BadPair]]:
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            yield from _numbered([json.loads(line)], number)
        except (ValueError, RecursionError) as error:
            yield str(number), BadPair(str(number), f"the line is not valid JSON: {error}.", line[:80])


def _numbered(rows: list[object], first: int = 1) -> Iterator[tuple[str, Record | BadPair]]:
    for number, row in enumerate(rows, start=first):
        if isinstance(row, Mapping):
            yield str(number), {str(name): value for name, value in row.items()}
        else:
            yield str(number), BadPair(str(number), "it is no object with named fields.", repr(row)[:80])


def _read_csv(source: Path) -> Iterator[tuple[str, Record | BadPair]]:
    text = _text_of(source)
    header = text.partition("\n")[0]
    delimiter = max("\t,;", key=header.count)
    csv.field_size_limit(1 << 30)
    table = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, restkey="")
    try:
        for number, row in enumerate(table, start=1):
            if row.get(""):
                yield (
                    str(number),
                    BadPair(str(number), "it has more fields than the header names.", str(row[""])[:80]),
                )
            elif None in row.values():
                yield str(number), BadPair(str(number), "it has fewer fields than the header names.")
            else:
                yield str(number), {name.strip(): _cell(cell) for name, cell in row.items() if name}
    except csv.Error as error:
        raise PairError(f"{source} cannot be read as a table: {error}.", "Check its quotes.") from error


def _cell(cell: object) -> object:
    """Return what a cell holds: lists and objects are written as JSON in a table."""
    if isinstance(cell, str) and cell[:1] in "[{" and cell[-1:] in "]}":
        try:
            return json.loads(cell)
        except ValueError:
            return cell
    return cell


def _read_parquet(source: Path) -> Iterator[tuple[str, Record | BadPair]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    number = 0
    try:
        for batch in pq.ParquetFile(source).iter_batches(batch_size=_ROWS_AT_ONCE):
            for row in batch.to_pylist():
                number += 1
                yield str(number), row
    except (pa.ArrowException, OSError) as error:
        first = (str(error).splitlines() or [type(error).__name__])[0]
        raise PairError(
            f"{source} cannot be read as Parquet: {first}.", "Check that it is there in full."
        ) from error


def _read_folder(folder: Path) -> Iterator[tuple[str, Record | BadPair]]:
    if any((folder / name).exists() for name in ("dataset_dict.json", "state.json")):
        yield from _read_saved(folder)
        return
    files = sorted(one for one in folder.rglob("*") if one.suffix.lower() in ENDINGS and one.is_file())
    files = [one for one in files if not one.name.startswith((".", "dataset_info", "metadata"))]
    if not files:
        raise PairError(f"{folder} holds no file of pairs.", f"Known endings: {', '.join(ENDINGS)}.")
    for file in files:
        split = _split_of(file.stem)
        for row, record in read_records(file):
            placed = _placed((row, record), split) if split else (row, record)
            yield f"{file.stem}.{row}", placed[1]


def _read_saved(folder: Path) -> Iterator[tuple[str, Record | BadPair]]:
    try:
        import datasets
    except ImportError as error:
        raise MissingExtraError("Reading a saved datasets folder", "finetune") from error
    loaded = datasets.load_from_disk(str(folder))
    parts = loaded.items() if isinstance(loaded, Mapping) else [("", loaded)]
    for split, rows in parts:
        plain = rows.with_format(None)
        for name, feature in plain.features.items():
            plain = plain.cast_column(name, _undecoded(feature, datasets))
        for number, record in enumerate(plain, start=1):
            label = f"{split}.{number}" if split else str(number)
            yield _placed((label, record), str(split)) if split else (label, record)


def _undecoded(feature: object, datasets: object) -> object:
    """Return the same column with its pictures left as bytes: lint compares them and looks at none."""
    image = datasets.Image  # type: ignore[attr-defined]
    if isinstance(feature, image):
        return image(decode=False)
    inner = getattr(feature, "feature", None)
    if isinstance(inner, image):
        return datasets.List(image(decode=False))  # type: ignore[attr-defined]
    return feature


def _split_of(stem: str) -> str | None:
    word = stem.lower().split("-")[0].split("_0")[0]
    return word if word in ("train", *_HELD_OUT) else None


def _placed(pair: tuple[str, Record | BadPair], split: str) -> tuple[str, Record | BadPair]:
    row, record = pair
    name = row if row.startswith(split) else f"{split}.{row}"
    return (
        (name, record)
        if isinstance(record, BadPair)
        else (name, dict(record) | {"split": record.get("split") or split})
    )
