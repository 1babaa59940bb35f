"""Read Flickr8k/30k caption files: `photo.jpg#0<TAB>caption`, or their comma and bar separated variants."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from .base import BadRow, Row
from .csv import CsvReader
from .text import first_line, lines

__all__ = ["FlickrReader", "is_token_line"]

_TOKEN_LINE = re.compile(r"^(?P<file>[^\t]+?)#(?P<slot>\d+)\t(?P<text>.*)$", re.DOTALL)


def is_token_line(line: str) -> bool:
    """Tell whether a line is `file#k<TAB>caption`."""
    return _TOKEN_LINE.match(line) is not None


class FlickrReader:
    """Reads token files. The number after `#` becomes the caption's source (`#0` to `#4`).

    So two people who wrote the same sentence for a photo stay two captions. A file that starts with a header
    (`image,caption`) instead is read as the table it is.
    """

    def read(self, source: Path) -> Iterator[Row | BadRow]:
        """Yield the rows; their number is the line."""
        if "\t" not in (start := first_line(source)) and not is_token_line(start):
            yield from CsvReader().read(source)
            return
        for number, line in lines(source):
            if not line.strip():
                continue
            match = _TOKEN_LINE.match(line)
            if match is None:
                reason = "the line is not 'file#number<TAB>caption'."
                yield BadRow(number, None, reason, line[:200])
            else:
                yield Row(number, match["file"].strip(), match["text"], source=f"#{match['slot']}")
