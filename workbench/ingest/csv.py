"""Read CSV and TSV files with a header line."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from workbench.errors import IngestError

from .base import TEXT_LIMIT, BadRow, Row, column_names, rows_of_record
from .text import first_line, lines

__all__ = ["CsvReader"]


class CsvReader:
    """Reads a table of text: one header line, one row a caption, separated by comma, tab, semicolon or bar.

    Quotes are read strictly and a row with more fields than the header is refused: both are signs of a
    caption with a comma in it that nobody quoted, and guessing would cut it off in silence.
    """

    def read(self, source: Path) -> Iterator[Row | BadRow]:
        """Yield the rows; their number is the line where they start."""
        header = first_line(source)
        if not header:
            raise IngestError(f"{source} is empty.", "Check that it was written in full.")
        delimiter = max("\t,;|", key=header.count)
        at_line = 0

        def counted() -> Iterator[str]:
            nonlocal at_line
            for number, line in lines(source):
                at_line = number
                yield line + "\n"

        table = csv.reader(counted(), delimiter=delimiter, strict=True, skipinitialspace=delimiter == "|")
        names = [name.strip() for name in _next_filled(table)]
        columns = column_names(names, str(source))
        fields = {field: names.index(column.strip()) for field, column in columns.items()}
        while True:
            number = at_line + 1
            try:
                cells = next(table)
            except StopIteration:
                return
            except csv.Error as error:
                yield BadRow(number, None, _reason(error, at_line), "")
                continue
            yield from _rows(number, cells, len(names), fields)


def _rows(number: int, cells: list[str], width: int, fields: dict[str, int]) -> Iterator[Row | BadRow]:
    if not any(cell.strip() for cell in cells):
        return  # a blank line is no row
    path = cells[fields["path"]] if fields["path"] < len(cells) else None
    if len(cells) != width:
        more = len(cells) > width
        hint = ": a caption with the separator in it must stand in quotes" if more else ""
        reason = f"the row has {len(cells)} fields where the header has {width}{hint}."
        yield BadRow(number, path, reason, " | ".join(cells)[:200])
        return
    yield from rows_of_record(number, {field: cells[index] for field, index in fields.items()})


def _next_filled(table: Iterator[list[str]]) -> list[str]:
    return next((cells for cells in table if any(cell.strip() for cell in cells)), [])


def _reason(error: csv.Error, at_line: int) -> str:
    text = str(error)
    if "field larger" in text:
        return (
            f"a field is longer than {csv.field_size_limit():,} characters "
            f"(a caption may have {TEXT_LIMIT:,}): a quote may never have been closed."
        )
    if "unexpected end of data" in text:
        return f"a quote opened here is never closed; lines up to {at_line} were taken as one field."
    return f'the quotes of this row do not match ({text}); a quote inside a quoted field is written "".'
