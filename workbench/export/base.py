"""The contract of an export format: what one writes, the same one reads back."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import polars as pl

__all__ = ["Writer"]


class Writer(Protocol):
    """Turn a frame into the bytes of one file, and a file into the frame it was."""

    def write(self, frame: pl.DataFrame) -> bytes:
        """Return the content of the file."""
        ...

    def read_back(self, path: Path, schema: dict[str, pl.DataType]) -> pl.DataFrame:
        """Return the frame that was written, with the types it had."""
        ...
