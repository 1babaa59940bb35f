"""Read regions from files: JSON lines, COCO instances, scene graphs (Visual Genome, GQA), tables."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

import polars as pl

from workbench.errors import IngestError

from .base import BadRow
from .region_rows import RegionRow, read_record
from .text import lines

__all__ = ["frame_rows", "read_regions"]

_FORMATS: Final = "a polars frame, .jsonl, .csv, .parquet, a COCO instances file or a scene graph (.json)"


def read_regions(path: Path) -> Iterator[RegionRow | BadRow]:
    """Yield every region of a file, or the reason why a row is none; the file's content tells its format.

    Raises:
        IngestError: the file cannot be read, or is none of the known formats.
    """
    if not path.is_file():
        raise IngestError(f"There is no file {path}.", f"Give {_FORMATS}.")
    match path.suffix.lower():
        case ".jsonl" | ".ndjson":
            return _json_lines(path)
        case ".json":
            return _json(path)
        case ".csv" | ".parquet":
            return frame_rows(_table(path))
    raise IngestError(f"{path} is no known form of regions.", f"Give {_FORMATS}.")


def frame_rows(frame: pl.DataFrame) -> Iterator[RegionRow | BadRow]:
    """Yield every row of a table as a region; columns are named as in the JSON form."""
    for number, record in enumerate(frame.iter_rows(named=True), start=1):
        yield read_record(number, _unpacked(record))


def _unpacked(record: dict[str, object]) -> dict[str, object]:
    """Read relations that are JSON text, as the workspace's own table has them."""
    relations = record.get("relations")
    if not isinstance(relations, str) or not relations.strip():
        return record
    try:
        return record | {"relations": json.loads(relations)}
    except json.JSONDecodeError:
        return record


def _table(path: Path) -> pl.DataFrame:
    try:
        return pl.read_parquet(path) if path.suffix.lower() == ".parquet" else pl.read_csv(path)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise IngestError(f"{path} cannot be read as a table: {error}.", f"Give {_FORMATS}.") from error


def _json_lines(path: Path) -> Iterator[RegionRow | BadRow]:
    for number, line in lines(path):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except (ValueError, RecursionError) as error:
            yield BadRow(number, None, f"the line is not valid JSON: {error}.", ascii(line)[:200])
            continue
        if isinstance(record, dict):
            yield read_record(number, record)
        else:
            yield BadRow(number, None, "the row is JSON but no object with fields.", str(record)[:200])


def _json(path: Path) -> Iterator[RegionRow | BadRow]:
    try:
        whole = json.loads(path.read_bytes())
    except (ValueError, RecursionError, OSError) as error:
        raise IngestError(
            f"{path} cannot be read as JSON: {error}.", "Check that it is there in full."
        ) from error
    if isinstance(whole, dict) and isinstance(whole.get("annotations"), list) and "categories" in whole:
        return _coco(whole)
    if (
        isinstance(whole, dict)
        and whole
        and all(isinstance(one, dict) and "objects" in one for one in whole.values())
    ):
        return _graphs([one | {"image_id": one.get("image_id", key)} for key, one in whole.items()])
    if isinstance(whole, list) and whole and all(isinstance(one, dict) and "objects" in one for one in whole):
        return _graphs(whole)
    if isinstance(whole, list) and all(isinstance(one, dict) for one in whole):
        return (read_record(number, one) for number, one in enumerate(whole, start=1))
    raise IngestError(f"{path} is JSON but no known form of regions.", f"Give {_FORMATS}.")


def _coco(whole: dict[str, object]) -> Iterator[RegionRow | BadRow]:
    """Read COCO instances; crowds are kept as one region marked "crowd"."""
    images = {one["id"]: one for one in _dicts(whole.get("images")) if "id" in one}
    names = {one["id"]: one.get("name") for one in _dicts(whole.get("categories")) if "id" in one}
    for number, one in enumerate(_dicts(whole.get("annotations")), start=1):
        image = images.get(one.get("image_id"))
        if image is None:
            reason = f"the annotation is for image id {one.get('image_id')!r}, which is not in 'images'."
            yield BadRow(number, None, reason, str(one)[:200])
            continue
        record: dict[str, object] = {
            "path": image.get("file_name"),
            "label": names.get(one.get("category_id")),
            "bbox": one.get("bbox"),
            "region_id": one.get("id"),
            "score": one.get("score"),
            "attributes": ["crowd"] if one.get("iscrowd") else None,
        }
        yield _sized(read_record(number, record, is_pixels=True), image)


def _graphs(images: list[dict[str, object]]) -> Iterator[RegionRow | BadRow]:
    """Read scene graphs: objects with names, boxes in pixels, attributes; relationships beside or within."""
    number = 0
    for image in images:
        path = next((image[name] for name in ("path", "file_name", "image") if image.get(name)), None)
        path = path or f"{image.get('image_id', image.get('id'))}.jpg"
        ties: dict[str, list[list[object]]] = {}
        for tie in _dicts(image.get("relationships")):
            subject, target = _end(tie, "subject"), _end(tie, "object")
            ties.setdefault(str(subject), []).append([tie.get("predicate"), target])
        objects = image.get("objects")
        named = objects.items() if isinstance(objects, dict) else ((None, one) for one in _dicts(objects))
        for key, one in named:
            number += 1
            own = one.get("object_id", one.get("id", key))
            names = one.get("names")
            label = names[0] if isinstance(names, list) and names else one.get("name")
            record: dict[str, object] = {
                "path": path, "label": label, "region_id": own, "x": one.get("x"), "y": one.get("y"),
                "w": one.get("w", one.get("width")), "h": one.get("h", one.get("height")),
                "attributes": one.get("attributes"), "relations": ties.get(str(own)) or one.get("relations"),
            }  # fmt: skip
            yield _sized(read_record(number, record, is_pixels=True), image)


def _end(tie: dict[str, object], name: str) -> object:
    """Return the id at one end of a relationship: "subject_id", or the "object_id" within "subject"."""
    inner = tie.get(name)
    return inner.get("object_id") if isinstance(inner, dict) else tie.get(f"{name}_id")


def _sized(row: RegionRow | BadRow, image: dict[str, object]) -> RegionRow | BadRow:
    width, height = image.get("width"), image.get("height")
    if isinstance(row, RegionRow) and isinstance(width, (int, float)) and isinstance(height, (int, float)):
        return replace(row, size=(float(width), float(height)))
    return row


def _dicts(value: object) -> list[dict[str, object]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
