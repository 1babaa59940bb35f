"""Pools of candidates: several texts a sample, from a frame or a file, placed or refused with a reason."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl

from workbench.errors import IngestError
from workbench.records import utc_now
from workbench.store import Store

__all__ = ["POOL_COLUMNS", "Pool", "read_pool"]

#: A candidate: its sample, its text, and what is known of it. `rank` 1 is best; `score` higher is better.
POOL_COLUMNS: Final[dict[str, pl.DataType]] = {
    "sample_id": pl.String(),
    "text": pl.String(),
    "score": pl.Float64(),
    "rank": pl.Int64(),
    "source": pl.String(),
    "prompt": pl.String(),
}
_PATHS: Final = ("path", "file", "file_name", "filename", "image", "image_path", "video", "audio")
_TEXTS: Final = ("text", "texts", "candidates", "caption", "captions", "responses", "response")
_READER: Final = "candidates"
_FORMATS: Final = "a polars frame, JSON lines, a JSON list, CSV or Parquet"


@dataclass(frozen=True)
class Pool:
    """Candidates that have a place, and rows that have none.

    Attributes:
        rows: a frame with `POOL_COLUMNS`, in the order read.
        rejects: rows of the table `rejects`.
        rows_read: rows of the source; a row may hold several candidates.
    """

    rows: pl.DataFrame
    rejects: pl.DataFrame
    rows_read: int


def read_pool(store: Store, source: Path | str | pl.DataFrame, *, name: str = "") -> Pool:
    """Read candidates and find their samples.

    A row names its sample by `sample_id`, by the path of its file, or by a file name that only one sample
    has; and its text by `text`, or several at once by a list (`texts`, `captions`, `candidates`). With a
    list, `score` and `rank` may be lists too; a list with `is_ranked` true is ranked as it stands.

    Args:
        store: the workspace; its samples must be there already.
        source: a frame, or a file of JSON lines, a JSON list, CSV or Parquet.
        name: what made the candidates, for rows that do not say; the file's name by default.

    Raises:
        IngestError: when the source as a whole cannot be read.
    """
    if isinstance(source, pl.DataFrame):
        listing, made = name or "frame", name
        records: Iterable[tuple[int, object]] = enumerate(source.iter_rows(named=True), start=1)
    else:
        path = Path(source).expanduser().resolve()
        listing, made, records = str(path), name or path.stem, _records(path)
    places = _places(store)
    found: list[dict[str, object]] = []
    rejects: list[dict[str, object]] = []
    count = 0
    for number, record in records:
        count += 1
        try:
            found += _candidates(record, places, made)
        except IngestError as error:
            shown = json.dumps(record, ensure_ascii=False, default=str)[:200]
            rejects.append({"row": number, "reason": error.message, "value": shown})
    refused = pl.DataFrame(rejects, schema={"row": pl.Int64, "reason": pl.String, "value": pl.String})
    refused = refused.with_columns(
        source=pl.lit(listing), reader=pl.lit(_READER), rejected_at=pl.lit(utc_now())
    )
    return Pool(pl.DataFrame(found, schema=POOL_COLUMNS), refused, count)


def _records(path: Path) -> Iterator[tuple[int, object]]:
    if not path.is_file():
        raise IngestError(f"There is no file {path}.", f"Give {_FORMATS}.")
    try:
        match path.suffix.lower():
            case ".parquet":
                yield from enumerate(pl.read_parquet(path).iter_rows(named=True), start=1)
            case ".csv":
                yield from enumerate(pl.read_csv(path, infer_schema=False).iter_rows(named=True), start=1)
            case ".json":
                yield from enumerate(_list(path), start=1)
            case ".jsonl" | ".ndjson":
                yield from _lines(path)
            case _:
                raise IngestError(f"{path} is no known form of candidates.", f"Give {_FORMATS}.")
    except (pl.exceptions.PolarsError, OSError, UnicodeDecodeError) as error:
        first = (str(error).splitlines() or [type(error).__name__])[0]
        raise IngestError(f"{path} cannot be read: {first}.", f"Give {_FORMATS}.") from error


def _list(path: Path) -> list[object]:
    try:
        whole = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise IngestError(f"{path} is not valid JSON: {error}.", "Check that it is there in full.") from error
    if not isinstance(whole, list):
        raise IngestError(f"{path} is JSON but no list of objects.", f"Give {_FORMATS}.")
    return whole


def _lines(path: Path) -> Iterator[tuple[int, object]]:
    with path.open(encoding="utf-8-sig") as file:
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            try:
                yield number, json.loads(line)
            except (ValueError, RecursionError):
                yield number, line.strip()


def _places(store: Store) -> dict[str, list[str]]:
    """Return which samples a name may mean: an id, a path, or a bare file name."""
    places: dict[str, list[str]] = {}
    by_name: dict[str, list[str]] = {}
    for sample, path in store.read("samples").select("sample_id", "path").iter_rows():
        places.setdefault(path, []).append(sample)
        by_name.setdefault(path.rpartition("/")[2], []).append(sample)
        places[sample] = [sample]
    return by_name | places


def _candidates(record: object, places: Mapping[str, list[str]], made: str) -> list[dict[str, object]]:
    """Return the candidates of one row.

    Raises:
        IngestError: the row has none; the message is the reason of its reject.
    """
    if not isinstance(record, dict):
        raise IngestError("the row is no object with fields.")
    fields = {str(name).strip().lower(): value for name, value in record.items() if value is not None}
    sample = _sample(fields, places)
    texts = _texts(next((fields[name] for name in _TEXTS if name in fields), None))
    scores = _numbers("score", fields.get("score"), len(texts))
    ranks = _numbers("rank", fields.get("rank"), len(texts))
    if str(fields.get("is_ranked", "")).lower() in ("true", "1"):
        ranks = [float(place) for place in range(1, len(texts) + 1)]
    source, prompt = str(fields.get("source") or made), str(fields.get("prompt") or "")
    return [
        {"sample_id": sample, "text": text, "score": score, "rank": None if rank is None else int(rank),
         "source": source, "prompt": prompt}
        for text, score, rank in zip(texts, scores, ranks, strict=True)
    ]  # fmt: skip


def _sample(fields: Mapping[str, object], places: Mapping[str, list[str]]) -> str:
    named = next((fields[name] for name in ("sample_id", *_PATHS) if fields.get(name)), None)
    if not isinstance(named, str):
        raise IngestError("the row names no sample and no file.")
    name = named.replace("\\", "/").removeprefix("./")
    found = places.get(name) or places.get(name.rpartition("/")[2], [])
    if len(found) != 1:
        raise IngestError(
            f"{len(found)} samples have a file of this name."
            if found
            else "no sample of the workspace has this id or path."
        )
    return found[0]


def _texts(given: object) -> list[str]:
    listed = [given] if isinstance(given, str) else list(given) if isinstance(given, list | tuple) else []
    if not listed or not all(isinstance(text, str) and text.strip() for text in listed):
        raise IngestError("the row has no text, or one that is empty.")
    return [" ".join(text.split()) for text in listed]


def _numbers(what: str, given: object, count: int) -> list[float | None]:
    """Read one number a text; none where none is given."""
    listed = list(given) if isinstance(given, list | tuple) else [given] * count
    if len(listed) != count:
        raise IngestError(f"the row has {count} texts and {len(listed)} values of {what}.")
    try:
        numbers = [None if one is None or one == "" else float(str(one)) for one in listed]
    except ValueError:
        raise IngestError(f"the {what} is not a number.") from None
    if any(one is not None and not math.isfinite(one) for one in numbers):
        raise IngestError(f"the {what} is not a finite number.")
    return numbers
