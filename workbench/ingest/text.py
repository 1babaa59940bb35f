"""Read text files line by line, keeping what is wrong with a line apart from the lines around it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from workbench.errors import IngestError

__all__ = ["LINE_LIMIT_BYTES", "first_line", "lines", "undecodable"]

LINE_LIMIT_BYTES = 16 << 20
"""A line longer than this is read no further: a file without line breaks must not fill the memory."""

_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_BOM = b"\xef\xbb\xbf"


def lines(path: Path) -> Iterator[tuple[int, str]]:
    """Yield (number from 1, line without its end). Bytes that are not UTF-8 come as lone surrogates.

    Raises:
        IngestError: the file cannot be read, or is UTF-16.
    """
    try:
        with path.open("rb") as file:
            for number, raw in enumerate(_limited(file, path), start=1):
                if number == 1:
                    _refuse_utf16(raw, path)
                    raw = raw.removeprefix(_BOM)
                yield number, raw.decode("utf-8", "surrogateescape").rstrip("\r\n")
    except OSError as error:
        raise IngestError(
            f"{path} cannot be read: {error.strerror}.", "Check the path and its rights."
        ) from error


def first_line(path: Path) -> str:
    """Return the first line that is not blank, or nothing."""
    return next((line for _number, line in lines(path) if line.strip()), "")


def undecodable(text: str) -> str | None:
    """Say what makes a text unfit to store; None when it is fine.

    Example:
        >>> undecodable(b"caf\\xe9".decode("utf-8", "surrogateescape"))
        'is not UTF-8 (byte 0xe9 at character 4); save the file as UTF-8.'
    """
    if "\x00" in text:
        return "holds a zero character (U+0000); the file may be damaged or UTF-16."
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        code = ord(text[error.start])
        if 0xDC80 <= code <= 0xDCFF:
            byte = code - 0xDC00
            return f"is not UTF-8 (byte {byte:#04x} at character {error.start + 1}); save the file as UTF-8."
        return f"holds half of a character (a lone surrogate U+{code:04X})."
    return None


def _limited(file: BinaryIO, path: Path) -> Iterator[bytes]:
    while raw := file.readline(LINE_LIMIT_BYTES + 1):
        if len(raw) > LINE_LIMIT_BYTES:
            raise IngestError(
                f"{path} has a line of more than {LINE_LIMIT_BYTES >> 20} MB.",
                "Check that it is the right file and has line breaks.",
            )
        yield raw


def _refuse_utf16(raw: bytes, path: Path) -> None:
    if raw.startswith(_UTF16):
        raise IngestError(f"{path} is UTF-16 text.", "Save it as UTF-8.")
