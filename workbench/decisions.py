"""Decisions as JSON lines: what a script sends to `workbench decide`.

One object a line: `caption_id` and `verdict`, and where wanted `error_types`, `note`, `edited_text` (what the
caption should say), `is_complete` (whether nothing is missing from it), `edited_interval` (`[start_s, end_s]`
of when the caption should be), `offset_s` (by how much the sound is late), what is wrong where: `spans`
(`[[start, end], ...]`, code points of the text), `interval` (`[start_s, end_s]` of the media) and `severity`
(1 to 3), `is_adjudicated` (whether it settles what people decided differently), `annotator`, `key`.
Lines are handed on as they arrive, so that a slow sender sees each one saved before it sends the next.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from workbench.errors import DecisionError
from workbench.records import Interval, Span

__all__ = ["FIELDS", "Decision", "read_decisions"]

FIELDS = (
    "caption_id",
    "verdict",
    "error_types",
    "spans",
    "interval",
    "severity",
    "note",
    "edited_text",
    "is_complete",
    "edited_interval",
    "offset_s",
    "is_adjudicated",
    "annotator",
    "key",
)
_SHOWN_CHARS = 80


@dataclass(frozen=True, slots=True)
class Decision:
    """What one line asks to be stored; `annotator` and `key` are None where the line names none."""

    caption_id: str
    verdict: str
    error_types: tuple[str, ...] = field(default=())
    note: str = ""
    annotator: str | None = None
    key: str | None = None
    edited_text: str = ""
    is_complete: bool | None = None
    edited_interval: Interval | None = None
    offset_s: float | None = None
    spans: tuple[Span, ...] = ()
    interval: Interval | None = None
    severity: int | None = None
    is_adjudicated: bool = False


def read_decisions(lines: Iterable[bytes]) -> Iterator[tuple[int, Decision | DecisionError]]:
    """Read decisions line by line; blank lines are passed over but counted.

    A bad line is handed back as an error, not raised, so that the lines after it are still read.

    Args:
        lines: UTF-8, one JSON object each.

    Returns:
        The number of each line, from 1, with what it says or why it says nothing.

    Example:
        >>> for number, said in read_decisions([b'{"caption_id": "c1", "verdict": "ok"}', b"oops"]):
        ...     print(number, said if isinstance(said, DecisionError) else said.verdict)
        1 ok
        2 Not JSON: 'oops'. Write one JSON object a line.
    """
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            yield number, _decision_of(line)
        except DecisionError as error:
            yield number, error


def _decision_of(line: bytes) -> Decision:
    row = _object_of(line)
    unknown = sorted(set(row) - set(FIELDS))
    if unknown:
        # Passing over a field would lose what a person said in it.
        raise DecisionError(f"Unknown field {unknown[0]!r}.", f"Known: {', '.join(FIELDS)}.")
    edited_text, is_complete = _text(row, "edited_text") or "", _answer(row, "is_complete")
    if is_complete is not None and not edited_text:
        raise DecisionError(
            "is_complete says whether a correction is, and there is none.",
            "Give edited_text, or leave it out.",
        )
    return Decision(
        caption_id=_text(row, "caption_id") or _absent("caption_id"),
        verdict=_text(row, "verdict") or _absent("verdict"),
        error_types=_texts(row, "error_types"),
        note=_text(row, "note") or "",
        annotator=_text(row, "annotator"),
        key=_text(row, "key"),
        edited_text=edited_text,
        is_complete=is_complete,
        edited_interval=_interval(row, "edited_interval"),
        offset_s=_number(row, "offset_s"),
        spans=_spans(row),
        interval=_interval(row, "interval"),
        severity=_whole(row, "severity"),
        is_adjudicated=_answer(row, "is_adjudicated") or False,
    )


def _object_of(line: bytes) -> dict[str, object]:
    try:
        row = json.loads(line.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise DecisionError(f"Not UTF-8 at byte {error.start}.", "Save the file as UTF-8.") from error
    except (json.JSONDecodeError, RecursionError) as error:
        shown = line.decode(errors="replace").strip()[:_SHOWN_CHARS]
        raise DecisionError(f"Not JSON: {shown!r}.", "Write one JSON object a line.") from error
    if not isinstance(row, dict):
        raise DecisionError(f"A JSON {type(row).__name__}, not an object.", 'Write {"caption_id": ...}.')
    return row


def _text(row: dict[str, object], name: str) -> str | None:
    value = row.get(name)
    if value is None or isinstance(value, str):
        return value
    raise DecisionError(f"{name} is {value!r}.", "Give text in quotes.")


def _answer(row: dict[str, object], name: str) -> bool | None:
    value = row.get(name)
    if value is None or isinstance(value, bool):
        return value
    raise DecisionError(f"{name} is {value!r}.", "Give true, false, or leave it out where nobody was asked.")


def _number(row: dict[str, object], name: str) -> float | None:
    value = row.get(name)
    if value is None:
        return None
    if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
        return float(value)
    raise DecisionError(f"{name} is {value!r}.", "Give a number of seconds.")


def _whole(row: dict[str, object], name: str) -> int | None:
    value = row.get(name)
    if value is None or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    raise DecisionError(f"{name} is {value!r}.", "Give a whole number.")


def _spans(row: dict[str, object]) -> tuple[Span, ...]:
    value = row.get("spans")
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(part, list) and len(part) == 2 for part in value):
        raise DecisionError(f"spans is {value!r}.", "Give [[start, end], ...], code points of the text.")
    ends = [[_whole({"spans": end}, "spans") for end in part] for part in value]
    return tuple(Span(start or 0, end or 0) for start, end in ends)


def _interval(row: dict[str, object], name: str) -> Interval | None:
    value = row.get(name)
    if value is None:
        return None
    if isinstance(value, list) and len(value) == 2:
        start_s, end_s = (_number({name: part}, name) for part in value)
        if start_s is not None and end_s is not None:
            return Interval(start_s, end_s)
    raise DecisionError(f"{name} is {value!r}.", "Give [start_s, end_s].")


def _texts(row: dict[str, object], name: str) -> tuple[str, ...]:
    value = row.get(name)
    if value is None:
        return ()
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return tuple(value)
    raise DecisionError(f"{name} is {value!r}.", "Give a list of texts.")


def _absent(name: str) -> str:
    raise DecisionError(f"The line has no {name}.", "Each decision needs caption_id and verdict.")
