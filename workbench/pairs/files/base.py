"""What a file of another tool's pairs comes down to: one pair a row, and why a row is none."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

__all__ = ["BadPair", "FilePair", "Format", "Record", "find_text", "media_names", "read_facts", "rowwise"]

#: One row of a file, by column.
Record = Mapping[str, object]

_MEDIA_COLUMNS: Final = ("images", "image", "videos", "video", "audios", "audio", "image_path", "media")
_SHOWN: Final = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class FilePair:
    """One pair as its file tells it.

    Attributes:
        row: where it stands, counted from 1; "12.TA" for one criterion of a row with several.
        item: the row that several annotators answered; "" where the row is one answer.
        chosen, rejected: the texts; the paths of the media where `side` is `media`.
        prompt: what both answer; turns of a conversation with a line between.
        media: paths as written; `embedded:HASH` for media inside the file.
        roles: who speaks in the prompt, in order; empty where the prompt is one text.
        image_marks: places for a picture in the prompt.
        side: `text`, or `media` where two media of one prompt are compared.
        answer: `prefer`; `tie` or `both_bad` where the order means nothing.
        left: which side was on the left: `chosen`, `rejected`, or "" when not told.
        status: how the pair stands, where the file says so.
        sample_id: the sample in the workspace that the file came from.
        problem: what had to be guessed, as the end of a sentence that begins with a count of pairs.
    """

    row: str
    item: str = ""
    chosen: str
    rejected: str
    prompt: str = ""
    media: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    image_marks: int = 0
    side: str = "text"
    answer: str = "prefer"
    left: str = ""
    annotator: str = ""
    criterion: str = ""
    origin: str = "imported"
    strength: int | None = None
    margin: float | None = None
    split: str | None = None
    lang: str | None = None
    reason: str = ""
    builder: str = ""
    error_type: str = ""
    completeness: str = "unknown"
    is_leaky: bool = False
    status: str = ""
    sample_id: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class BadPair:
    """A row that is no pair: where it stands, why, and what was seen."""

    row: str
    reason: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class Format:
    """One way of writing pairs down.

    Attributes:
        name: stable, snake_case.
        title: what it is, in words.
        is_like: whether a row looks like it.
        read: turns numbered rows into pairs; no row is dropped in silence.
    """

    name: str
    title: str
    is_like: Callable[[Record], bool]
    read: Callable[[Iterable[tuple[str, Record]]], Iterator[FilePair | BadPair]]


def rowwise(
    read_row: Callable[[str, Record], Iterable[FilePair | BadPair]],
) -> Callable[[Iterable[tuple[str, Record]]], Iterator[FilePair | BadPair]]:
    """Return a reader of files that reads every row by itself."""

    def read(rows: Iterable[tuple[str, Record]]) -> Iterator[FilePair | BadPair]:
        for row, record in rows:
            yield from read_row(row, record)

    return read


def find_text(record: Record, *names: str) -> str:
    """Return the first of the columns that holds text; "" when none does."""
    found = (record.get(name) for name in names)
    return next((one for one in found if isinstance(one, str)), "")


def media_names(record: Record, columns: Iterable[str] = _MEDIA_COLUMNS) -> tuple[str, ...]:
    """Return the media that a row names: a path, a list of them, or media inside the file."""
    for column in columns:
        value = record.get(column)
        listed = value if isinstance(value, list | tuple) else [value]
        if names := tuple(name for one in listed if (name := _media_name(one))):
            return names
    return ()


def _media_name(value: object) -> str:
    if isinstance(value, str):
        # A list inside a CSV cell is written as JSON.
        if value.startswith("["):
            try:
                return _media_name(next(iter(json.loads(value)), None))
            except ValueError:
                return value
        return value
    if isinstance(value, bytes):
        return "embedded:" + hashlib.blake2b(value, digest_size=16).hexdigest()
    if isinstance(value, Mapping):
        inside = value.get("bytes")
        return _media_name(inside if isinstance(inside, bytes) else value.get("path") or value.get("url"))
    return ""


def read_facts(record: Record) -> dict[str, object]:
    """Return what a row says beside its texts, such as annotator, criterion, strength, margin and split.

    The keys are fields of `FilePair`. Scores of both sides make a margin.
    """
    facts: dict[str, object] = {
        "annotator": _word(record, "annotator", "annotator_id", "worker_id", "user_id", "completed_by"),
        "criterion": _word(record, "criterion"),
        "reason": _word(record, "reason", "rationale", "critique"),
        "split": _word(record, "split") or None,
        "lang": _word(record, "lang", "language") or None,
        "margin": _margin(record),
    }
    strength = record.get("strength")
    if isinstance(strength, int | float | str) and str(strength).strip() in (
        "1",
        "2",
        "3",
        "1.0",
        "2.0",
        "3.0",
    ):
        facts["strength"] = int(float(strength))
    return facts


def _word(record: Record, *names: str) -> str:
    found = (record.get(name) for name in names)
    return next((str(one)[:_SHOWN] for one in found if isinstance(one, str | int) and str(one)), "")


def _margin(record: Record) -> float | None:
    if (told := _number(record.get("margin"))) is not None:
        return told
    for chosen, rejected in (("score_chosen", "score_rejected"), ("chosen_score", "rejected_score")):
        better, worse = _number(record.get(chosen)), _number(record.get(rejected))
        if better is not None and worse is not None:
            return better - worse
    return None


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except ValueError:
        return None
    return number if number == number and abs(number) != float("inf") else None
