"""Read preference pairs of other tools: which format a file is in, and its pairs row by row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path
from typing import Final

from workbench.errors import PairError, UnknownNameError
from workbench.pairs.files import annotated, preferred, ranked
from workbench.pairs.files.base import BadPair, FilePair, Format, Record
from workbench.pairs.files.containers import read_records

__all__ = ["FORMATS", "BadPair", "FilePair", "read_pairs"]

#: Format by name, in the order in which a row is held against them.
FORMATS: Final[dict[str, Format]] = {
    one.name: one for one in (*annotated.FORMATS, *ranked.FORMATS, *preferred.FORMATS)
}
_TOLD_FROM: Final = 50


def read_pairs(source: Path | str, format: str | None = None) -> tuple[Format, Iterator[FilePair | BadPair]]:
    """Open a file or folder of preference pairs.

    Args:
        source: JSON, JSON lines, CSV, Parquet, a folder of these, or a folder that `datasets` saved.
        format: a name of `FORMATS`; told from the first rows when left out.

    Returns:
        Its format, and its pairs; a row that is none comes as a `BadPair` with the reason.

    Raises:
        PairError: when it is not there or empty, cannot be read, or has a shape that no format has.
        UnknownNameError: for a format that does not exist.
    """
    if format is not None and format not in FORMATS:
        raise UnknownNameError("format of pairs", format, FORMATS)
    path = Path(source).expanduser()
    rows = read_records(path)
    first = list(islice(rows, _TOLD_FROM))
    known = FORMATS[format] if format else _tell(path, first)
    return known, _read(known, chain(first, rows))


def _read(known: Format, rows: Iterator[tuple[str, Record | BadPair]]) -> Iterator[FilePair | BadPair]:
    bad: list[BadPair] = []

    def good() -> Iterator[tuple[str, Record]]:
        for row, record in rows:
            if isinstance(record, BadPair):
                bad.append(record)
            else:
                yield row, record

    for pair in known.read(good()):
        yield from bad
        bad.clear()
        yield pair
    yield from bad


def _tell(path: Path, first: list[tuple[str, Record | BadPair]]) -> Format:
    records = [record for _row, record in first if not isinstance(record, BadPair)]
    if not records:
        raise PairError(f"{path} holds no row that reads.", "Check that it is there in full.")
    told = Counter(
        next((one.name for one in FORMATS.values() if one.is_like(record)), "") for record in records
    )
    name = told.most_common(1)[0][0]
    if not name:
        columns = ", ".join(map(repr, list(records[0])[:12]))
        raise PairError(
            f"The rows of {path} look like no format of pairs that is known; the first has {columns}.",
            f"Rename the columns to prompt, chosen and rejected, or give one of: {', '.join(FORMATS)}.",
        )
    return FORMATS[name]
