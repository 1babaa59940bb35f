"""Read JSON lines, or one JSON list of objects."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from workbench.errors import IngestError

from .base import ALIASES, BadRow, Row, rows_of_record
from .text import first_line, lines, undecodable

__all__ = ["JsonlReader"]


class JsonlReader:
    """Reads one JSON object a line (streamed), or a file that is one JSON list of objects (read whole)."""

    def read(self, source: Path) -> Iterator[Row | BadRow]:
        """Yield the rows; their number is the line, or the place in the list from 1."""
        numbered = _listed(source) if first_line(source).lstrip().startswith("[") else _lined(source)
        for number, record in numbered:
            if isinstance(record, BadRow):
                yield record
            elif not isinstance(record, dict):
                yield BadRow(number, None, "the row is JSON but no object with fields.", str(record)[:200])
            else:
                yield from rows_of_record(number, _by_field(record))


def _lined(source: Path) -> Iterator[tuple[int, object]]:
    for number, line in lines(source):
        if not line.strip():
            continue
        if wrong := undecodable(line):
            yield number, BadRow(number, None, f"the line {wrong}", ascii(line)[:200])
            continue
        try:
            yield number, json.loads(line)
        except json.JSONDecodeError as error:
            reason = f"the line is not valid JSON: {error.msg} at character {error.pos + 1}."
            yield number, BadRow(number, None, reason, line[:200])
        except (RecursionError, ValueError) as error:
            # ValueError here is an integer with thousands of digits.
            what = "nested too deep" if isinstance(error, RecursionError) else "with too long a number"
            reason = f"the line is JSON that cannot be read: {what}."
            yield number, BadRow(number, None, reason, line[:200])


def _listed(source: Path) -> Iterator[tuple[int, object]]:
    try:
        records = json.loads(source.read_bytes())
    except (ValueError, RecursionError) as error:
        raise IngestError(
            f"{source} is not valid JSON: {error}.", "Check that it is there in full."
        ) from error
    yield from enumerate(records, start=1)


def _by_field(record: dict[object, object]) -> dict[str, object]:
    lowered = {str(name).strip().lower(): value for name, value in record.items()}
    found = {
        field: next((lowered[name] for name in names if lowered.get(name) is not None), None)
        for field, names in ALIASES.items()
    }
    return {field: value for field, value in found.items() if value is not None}
