"""Memory that is done with, given back to the system."""

from __future__ import annotations

import ctypes
import sys

__all__ = ["give_back"]


def give_back() -> None:
    """Give back what freed arrays have left behind.

    After arrays of millions of rows were sorted, glibc keeps their room for the next ones: over a hundred
    megabytes in a kernel that then only shows pages. On other systems there is nothing to do.
    """
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # musl has none
        if trim is not None:
            trim(0)
