"""What a run was made with, so that a number can be traced to the versions and the machine behind it."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from typing import Final

__all__ = ["describe_environment"]

_PACKAGES: Final = (
    "caption-workbench",
    "torch",
    "transformers",
    "trl",
    "peft",
    "tokenizers",
    "safetensors",
    "bitsandbytes",
    "numpy",
    "polars",
    "pillow",
)


def describe_environment() -> dict[str, object]:
    """Return versions and machine, without loading what is asked about; `started` tells the device."""
    return {
        "python": platform.python_version(),
        "system": platform.platform(),
        "machine": platform.machine(),
        "cores": os.cpu_count(),
        "memory_bytes": _memory_bytes(),
        "versions": {name: found for name in _PACKAGES if (found := _version(name))},
    }


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def _memory_bytes() -> int | None:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):  # not told on every system
        return None
