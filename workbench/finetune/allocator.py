"""Let the C library keep the memory that it freed: each step of a training asks for the same again."""

from __future__ import annotations

import ctypes
import platform
from typing import Final

__all__ = ["keep_freed_memory"]

# mallopt(3): numbers of M_MMAP_THRESHOLD, M_TRIM_THRESHOLD and M_TOP_PAD, and what they are set to.
_SETTINGS: Final = ((-3, 1 << 30), (-1, (1 << 31) - 1), (-2, 256 << 20))


def keep_freed_memory() -> bool:
    """Tell glibc to keep freed blocks for the next step; return whether it could be told.

    Without this every large tensor is mapped anew and its pages are faulted in one by one. The process keeps
    what it once had until it ends. Elsewhere than on Linux with glibc nothing is done.
    """
    if platform.system() != "Linux" or platform.libc_ver()[0] != "glibc":
        return False
    library = ctypes.CDLL("libc.so.6")
    return all(library.mallopt(number, value) == 1 for number, value in _SETTINGS)
