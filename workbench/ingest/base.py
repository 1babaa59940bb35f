"""What a reader is, what it yields, and how a row's fields are named and understood."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from workbench.errors import IngestError

__all__ = ["ALIASES", "TEXT_LIMIT", "BadRow", "Reader", "Row", "column_names", "rows_of_record"]

TEXT_LIMIT = 100_000
"""Characters in a caption at most; a longer one is a document, or a quote that was never closed."""

ALIASES: dict[str, tuple[str, ...]] = {
    "path": (
        "path", "file", "filepath", "file_path", "filename", "file_name", "image", "image_path", "image_name",
        "video", "video_path", "audio", "audio_path", "media_path",
    ),
    "text": ("text", "caption", "captions", "sentence", "comment"),
    "kind": ("kind",),
    "lang": ("lang", "language"),
    "source": ("source",),
    "speaker": ("speaker",),
    "start_s": ("start_s", "start", "start_time"),
    "end_s": ("end_s", "end", "end_time"),
    "group": ("group",),
    "view": ("view",),
    "split": ("split",),
    "caption_id": ("caption_id",),
}  # fmt: skip
"""Names a column may have, best first. `caption_id` only serves to notice an id used twice."""


@dataclass(frozen=True, slots=True)
class Row:
    """One caption of one file as its source gives it; `text` None names a media file without a caption."""

    number: int
    path: str
    text: str | None
    kind: str = "caption"
    lang: str | None = None
    source: str | None = None
    speaker: str | None = None
    start_s: float | None = None
    end_s: float | None = None
    group: str | None = None
    view: str | None = None
    split: str | None = None
    caption_id: str | None = None


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that cannot be understood: where, why, and what was seen."""

    number: int | None
    path: str | None
    reason: str
    value: str = ""


class Reader(Protocol):
    """Reads one format: every row comes out, as a `Row` or as a `BadRow`; none is dropped."""

    def read(self, source: Path) -> Iterator[Row | BadRow]:
        """Yield the rows of a source in their order, reading no more of it at once than it must.

        Raises:
            IngestError: the source as a whole is not of this format, or lacks what every row needs.
        """
        ...


def column_names(seen: Iterable[str], where: str) -> dict[str, str]:
    """Match the columns of a table to fields.

    Returns:
        {field: column}, for the fields that are there.

    Raises:
        IngestError: no column names the file or none the caption; says what is there and what is wanted.

    Example:
        >>> column_names(["image", "Caption"], "x.csv")
        {'path': 'image', 'text': 'Caption'}
    """
    columns = {name.strip().lower(): name for name in seen}
    found = {
        field: columns[alias]
        for field, aliases in ALIASES.items()
        if (alias := next((name for name in aliases if name in columns), None))
    }
    if missing := [field for field in ("path", "text") if field not in found]:
        wanted = "; ".join(f"for the {field}: {', '.join(ALIASES[field])}" for field in missing)
        raise IngestError(
            f"{where} has no column for the {' and the '.join(missing)}. "
            f"Columns seen: {', '.join(map(repr, columns.values())) or 'none'}.",
            f"Name a column, {wanted}.",
        )
    return found


def rows_of_record(number: int, record: Mapping[str, object]) -> Iterator[Row | BadRow]:
    """Turn one record, keyed by field name, into rows: one a caption where `text` is a list.

    Args:
        number: the row's number in its source, from 1, as an editor counts lines where there are lines.
        record: field -> value as read; text where the source has only text.
    """
    path = record.get("path")
    if not isinstance(path, str) or not path.strip():
        yield BadRow(number, None, "the row names no file.", _shown(path))
        return
    text = record.get("text")
    texts: list[object] = list(text) if isinstance(text, (list, tuple)) else [text]
    if not texts:
        yield BadRow(number, path, "the caption is empty: the list of captions has none.")
    for one in texts:
        yield _row(number, path.strip(), one, record)


def _row(number: int, path: str, text: object, record: Mapping[str, object]) -> Row | BadRow:
    if text is None:
        return BadRow(number, path, "the caption is empty: the row has no text.")
    if not isinstance(text, str):
        return BadRow(number, path, f"the caption is not text but {_type_name(text)}.", _shown(text))
    if isinstance(start_s := _seconds(record.get("start_s")), str):
        return BadRow(number, path, f"the start time {start_s}", _shown(record.get("start_s")))
    if isinstance(end_s := _seconds(record.get("end_s")), str):
        return BadRow(number, path, f"the end time {end_s}", _shown(record.get("end_s")))
    words: dict[str, str | None] = {}
    for field in ("kind", "lang", "source", "speaker", "group", "view", "split", "caption_id"):
        value = record.get(field)
        if isinstance(value, (dict, list, tuple)):
            return BadRow(number, path, f"the {field} is not a word but {_type_name(value)}.", _shown(value))
        words[field] = None if value is None or not str(value).strip() else str(value).strip()
    return Row(
        number,
        path,
        text,
        kind=words["kind"] or "caption",
        lang=words["lang"],
        source=words["source"],
        speaker=words["speaker"],
        start_s=start_s,
        end_s=end_s,
        group=words["group"],
        view=words["view"],
        split=words["split"],
        caption_id=words["caption_id"],
    )


def _seconds(value: object) -> float | str | None:
    """Read seconds; a str is the complaint."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return "is not a number of seconds."
    try:
        seconds = float(value)
    except (ValueError, OverflowError):
        return "is not a number of seconds."
    return seconds if math.isfinite(seconds) else "is not a finite number of seconds (NaN or infinite)."


def _shown(value: object) -> str:
    return "" if value is None else str(value)[:200]


def _type_name(value: object) -> str:
    names = {dict: "an object", list: "a list", bool: "true/false", int: "a number", float: "a number"}
    return names.get(type(value), f"of type {type(value).__name__}")
