"""What a verdict says beyond its word: what is wrong where, how grave, and what should be there instead.

A message says only what it knows. What it leaves out stays as the annotator said it before: naming another
error is no word against the words that were marked. What it says empty is taken away.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from widgets.answers import Message
from workbench.errors import DecisionError
from workbench.records import Interval, Span, Verdict

__all__ = ["Marks", "marks_of", "read_marks", "tell_verdict"]

#: Fields of a message that only a `misaligned` can carry; a correction is refused by the verdict itself.
_OF_MISALIGNED: Final = ("spans", "interval", "severity")


@dataclass(frozen=True, slots=True)
class Marks:
    """The parts of a verdict beside its word and its error types; see `workbench.records.Verdict`."""

    spans: tuple[Span, ...] = ()
    interval: Interval | None = None
    severity: int | None = None
    note: str = ""
    edited_text: str = ""
    is_complete: bool | None = None
    edited_interval: Interval | None = None
    offset_s: float | None = None


def marks_of(verdict: Verdict) -> Marks:
    """Return the marks of a verdict that stands."""
    return Marks(
        spans=verdict.spans,
        interval=verdict.interval,
        severity=verdict.severity,
        note=verdict.note,
        edited_text=verdict.edited_text,
        is_complete=verdict.is_complete,
        edited_interval=verdict.edited_interval,
        offset_s=verdict.offset_s,
    )


def read_marks(message: Message, kept: Marks) -> Marks:
    """Return the marks that a message makes of those that are there.

    Args:
        message: a `decide`.
        kept: what stays where the message says nothing.

    Raises:
        DecisionError: for a field that cannot be read, or marks on a verdict that is not `misaligned`.
    """
    marked = [name for name in _OF_MISALIGNED if message.get(name)]
    if marked and message.get("verdict") != "misaligned":
        raise DecisionError(
            f"A verdict {message.get('verdict')!r} cannot carry {marked[0]}.",
            "Use the verdict 'misaligned', or leave the marks out.",
        )
    marks = kept
    if "spans" in message:
        marks = replace(marks, spans=_spans(message["spans"]))
    if "interval" in message:
        marks = replace(marks, interval=_interval(message["interval"], "interval"))
    if "severity" in message:
        marks = replace(marks, severity=_severity(message["severity"]))
    if isinstance(note := message.get("note"), str):
        marks = replace(marks, note=note.strip())
    if isinstance(edited := message.get("edited_text"), str):
        is_complete = message.get("is_complete")
        marks = replace(
            marks, edited_text=edited, is_complete=is_complete if isinstance(is_complete, bool) else None
        )
    if "edited_interval" in message:
        marks = replace(marks, edited_interval=_interval(message["edited_interval"], "edited_interval"))
    if "offset_s" in message:
        marks = replace(marks, offset_s=_seconds(message["offset_s"], "offset_s"))
    return marks


def tell_verdict(verdict: Verdict) -> dict[str, object]:
    """Return a verdict as a page is told of it."""
    interval, edited = verdict.interval, verdict.edited_interval
    return {
        "verdict": verdict.verdict,
        "error_types": list(verdict.error_types),
        "annotator": verdict.annotator,
        "edited_text": verdict.edited_text,
        "is_complete": verdict.is_complete,
        "spans": [list(span) for span in verdict.spans],
        "interval": None if interval is None else list(interval),
        "severity": verdict.severity,
        "note": verdict.note,
        "edited_interval": None if edited is None else list(edited),
        "offset_s": verdict.offset_s,
        "is_adjudicated": verdict.is_adjudicated,
        "at": verdict.at_utc.isoformat() if verdict.at_utc else None,
    }


def _spans(value: object) -> tuple[Span, ...]:
    parts = value if isinstance(value, list | tuple) else [value]
    return tuple(Span(*_pair(part, "spans", int)) for part in parts) if value else ()


def _interval(value: object, name: str) -> Interval | None:
    return Interval(*map(float, _pair(value, name, (int, float)))) if value else None


def _pair(value: object, name: str, kind: type | tuple[type, ...]) -> tuple[int, int]:
    pair = list(value) if isinstance(value, list | tuple) else []
    if len(pair) != 2 or not all(isinstance(part, kind) and not isinstance(part, bool) for part in pair):
        raise DecisionError(f"{name} holds {value!r}.", "Give a start and an end.")
    return pair[0], pair[1]


def _severity(value: object) -> int | None:
    if value is None or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    raise DecisionError(f"severity is {value!r}.", "Give 1 (slight) to 3 (grave), or null.")


def _seconds(value: object, name: str) -> float | None:
    if value is None:
        return None
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    raise DecisionError(f"{name} is {value!r}.", "Give a number of seconds, or null.")
