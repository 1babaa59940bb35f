"""What the command lines of the benchmarks share."""

from __future__ import annotations

import argparse
from pathlib import Path

__all__ = ["existing"]


def existing(text: str) -> Path:
    """Return the path of a file or folder that is there; for `type=` of an argument.

    Raises:
        argparse.ArgumentTypeError: when nothing is there; argparse then says so and ends with code 2.
    """
    path = Path(text).expanduser()
    if not path.exists():
        raise argparse.ArgumentTypeError(f"there is nothing at {text!r}; check the path")
    return path
