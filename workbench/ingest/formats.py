"""The readers by name, and which one a source is for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from workbench.errors import IngestError, UnknownNameError
from workbench.media.content import MEDIA_EXTENSIONS

from .base import Reader, column_names
from .coco import CocoReader
from .csv import CsvReader
from .flickr import FlickrReader, is_token_line
from .folder import FolderReader
from .jsonl import JsonlReader
from .parquet import ParquetReader
from .text import first_line

__all__ = ["READERS", "reader_for", "tell_format"]

READERS: Final[dict[str, type[Reader]]] = {
    "coco": CocoReader,
    "csv": CsvReader,
    "flickr": FlickrReader,
    "folder": FolderReader,
    "jsonl": JsonlReader,
    "parquet": ParquetReader,
}

_BY_EXTENSION = {
    ".parquet": "parquet",
    ".pq": "parquet",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".csv": "csv",
    ".tsv": "csv",
    ".tab": "csv",
}


def reader_for(source: Path, format: str | None = None) -> tuple[str, Reader]:
    """Return the name of a source's format and a reader for it.

    Args:
        source: a folder or a captions file.
        format: a name of `READERS`; None tells it from the name and the first line.

    Raises:
        IngestError: there is nothing there, it does not suit the format, or its format cannot be told.
        UnknownNameError: there is no such format.
    """
    if format is not None and format not in READERS:
        raise UnknownNameError("format", format, READERS)
    if not source.exists():
        raise IngestError(f"There is nothing at {source}.", "Check the path.")
    name = format or tell_format(source)
    if source.is_dir() != (name == "folder"):
        wanted = "a folder" if name == "folder" else "a captions file"
        raise IngestError(
            f"The format {name!r} reads {wanted}, and {source} is not one.",
            "Give the folder as the source and the captions file as `captions`.",
        )
    return name, READERS[name]()


def tell_format(source: Path) -> str:
    """Tell the format of a source: by its extension, else by its first line.

    Raises:
        IngestError: it cannot be told.
    """
    if source.is_dir():
        return "folder"
    extension = source.suffix.lower()
    if extension in MEDIA_EXTENSIONS:
        raise IngestError(f"{source} is a media file, not captions.", "Give the folder that holds it.")
    if extension in _BY_EXTENSION:
        return _BY_EXTENSION[extension]
    with source.open("rb") as file:
        if file.read(4) == b"PAR1":
            return "parquet"
    start = first_line(source)
    if start.lstrip().startswith(("{", "[")):
        return _tell_json(start)
    if is_token_line(start):
        return "flickr"
    try:
        delimiter = max("\t,;|", key=start.count)
        column_names(start.split(delimiter), str(source))
    except IngestError as error:
        raise IngestError(
            f"The format of {source} cannot be told from its name or first line {start[:60]!r}.",
            f"Name it with `format`: {', '.join(READERS)}.",
        ) from error
    return "csv"


def _tell_json(start: str) -> str:
    if start.lstrip().startswith("["):
        return "jsonl"
    try:
        record = json.loads(start)
    except ValueError:
        return "coco"  # one object over many lines
    return "coco" if isinstance(record, dict) and "images" in record else "jsonl"
