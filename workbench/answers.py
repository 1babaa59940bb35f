"""Answers of a command: a text for people, the same as JSON for scripts."""

from __future__ import annotations

import dataclasses
import json
import math
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

__all__ = ["format_frame", "to_json", "write_answer"]

_SHOWN_ROWS = 20


def write_answer(answer: object, text: str, json_to: str | None = None) -> None:
    """Print the text; where JSON is asked for, write the answer to that file too, or print it instead.

    Args:
        answer: a frame, a dataclass, or lists of these.
        text: the same for people.
        json_to: a file, `-` for stdout (which then holds nothing else), or None for no JSON.
    """
    if json_to == "-":
        sys.stdout.write(to_json(answer))
        return
    if json_to:
        Path(json_to).write_text(to_json(answer), encoding="utf-8")
    print(text)


def to_json(answer: object) -> str:
    """Return an answer as JSON text.

    Example:
        >>> to_json([{"at_utc": datetime(2026, 1, 2), "value": math.nan}])
        '[\\n  {\\n    "at_utc": "2026-01-02T00:00:00",\\n    "value": null\\n  }\\n]\\n'
    """
    return json.dumps(_plain(answer), ensure_ascii=False, indent=2) + "\n"


def format_frame(frame: pl.DataFrame, noun: str) -> str:
    """Lay a frame out for a terminal, its first rows and how many there are."""
    import polars as pl

    count = f"{frame.height:,} {noun}{'' if frame.height == 1 else 's'}"
    if frame.is_empty():
        return f"{count}."
    more = "; --json - lists them all" if frame.height > _SHOWN_ROWS else ""
    with pl.Config(tbl_rows=_SHOWN_ROWS, tbl_hide_dataframe_shape=True, tbl_hide_column_data_types=True):
        return f"{frame}\n{count}{more}."


def _plain(value: object) -> object:
    """Return a value that JSON has words for: times as ISO 8601, not-a-number and infinities as null."""
    import polars as pl

    if isinstance(value, pl.DataFrame):
        return _plain(value.to_dicts())
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {one.name: _plain(getattr(value, one.name)) for one in dataclasses.fields(value)}
    match value:
        case float() if not math.isfinite(value):
            return None
        case datetime():
            return value.isoformat()
        case dict():
            return {str(name): _plain(one) for name, one in value.items()}
        case list() | tuple():
            return [_plain(one) for one in value]
        case str() | int() | float() | None:
            return value
        case _:
            return str(value)
