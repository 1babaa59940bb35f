"""Read COCO captions: one JSON object with `images` and `annotations`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from workbench.errors import IngestError

from .base import BadRow, Row, rows_of_record

__all__ = ["CocoReader"]


class CocoReader:
    """Reads a COCO captions file. The format has no order that could be streamed, so it is read whole.

    An image without annotations comes as a row without text. An image id that two files share is refused with
    all its captions: which file they speak of cannot be known.
    """

    def read(self, source: Path) -> Iterator[Row | BadRow]:
        """Yield the rows; their number counts the annotations (for an image by itself, the images)."""
        images, annotations = _parts(source)
        files: dict[object, str] = {}
        shared: set[object] = set()
        for number, image in enumerate(images, start=1):
            key, file = _field(image, "id"), _field(image, "file_name")
            if not isinstance(key, (int, str)) or not isinstance(file, str):
                yield BadRow(
                    number, None, "an entry of 'images' has no id or no file_name.", str(image)[:200]
                )
            elif files.setdefault(key, file) != file:
                shared.add(key)
                yield BadRow(number, file, f"image id {key!r} is used by two files: {files[key]} and {file}.")
        named: set[object] = set()
        ids: set[object] = set()
        for number, annotation in enumerate(annotations, start=1):
            named.add(_key(_field(annotation, "image_id")))
            yield from _caption(number, annotation, files, shared, ids)
        for number, (key, file) in enumerate(files.items(), start=1):
            if key not in named:
                yield Row(number, file, None)


def _caption(
    number: int, annotation: object, files: dict[object, str], shared: set[object], ids: set[object]
) -> Iterator[Row | BadRow]:
    image = _key(_field(annotation, "image_id"))
    shown = str(annotation)[:200]
    if image not in files:
        yield BadRow(
            number, None, f"the annotation is for image id {image!r}, which is not in 'images'.", shown
        )
        return
    if image in shared:
        yield BadRow(number, files[image], f"image id {image!r} is used by two files.", shown)
        return
    if (key := _key(_field(annotation, "id"))) is not None:
        if key in ids:
            yield BadRow(number, files[image], f"annotation id {key!r} is used twice.", shown)
            return
        ids.add(key)
    yield from rows_of_record(number, {"path": files[image], "text": _field(annotation, "caption")})


def _parts(source: Path) -> tuple[list[object], list[object]]:
    try:
        whole = json.loads(source.read_bytes())
    except (ValueError, RecursionError) as error:
        raise IngestError(
            f"{source} is not valid JSON: {error}.", "Check that it is there in full."
        ) from error
    except OSError as error:
        raise IngestError(f"{source} cannot be read: {error.strerror}.", "Check the path.") from error
    images, annotations = _field(whole, "images"), _field(whole, "annotations")
    if not isinstance(images, list) or not isinstance(annotations, list):
        seen = ", ".join(map(repr, whole)) if isinstance(whole, dict) else type(whole).__name__
        raise IngestError(
            f"{source} is no COCO captions file: it needs 'images' and 'annotations', and has {seen}.",
            "Name the right file, or give format='jsonl' for a list of objects.",
        )
    if annotations and not any(_field(annotation, "caption") is not None for annotation in annotations):
        raise IngestError(
            f"{source} has annotations but none with a 'caption': is it the instances file?",
            "Give the captions file, such as captions_val2017.json.",
        )
    return images, annotations


def _field(record: object, name: str) -> object:
    return record.get(name) if isinstance(record, dict) else None


def _key(value: object) -> object:
    return value if isinstance(value, (int, str)) else None
