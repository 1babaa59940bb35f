"""The sections of the benchmark beside captions: each a module that may lack what it stands on."""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable
from typing import Final

from workbench.errors import MissingExtraError
from workbench.metrics import Metric

__all__ = ["SECTIONS", "measure_section"]

#: Section -> its module, with a `measure(seed, quick) -> dict[str, Metric]`.
SECTIONS: Final[dict[str, str]] = {
    "transcripts": "workbench.demo.benchmark.transcripts",
    "av_sync": "workbench.demo.benchmark.av_sync",
    "intervals": "workbench.demo.benchmark.intervals",
    "views": "workbench.demo.benchmark.views",
    "pairs": "workbench.demo.benchmark.pairs",
}


def measure_section(
    name: str, *, seed: int, quick: bool, tell: Callable[[str], None]
) -> tuple[dict[str, Metric], str]:
    """Return a section's numbers and, where a package is missing, the sentence that says so.

    Args:
        name: a key of `SECTIONS`.
        seed: number of the world.
        quick: a reduced run.
        tell: is handed a line when it is done.
    """
    began = time.perf_counter()
    try:
        found: dict[str, Metric] = importlib.import_module(SECTIONS[name]).measure(seed, quick)
    except MissingExtraError as missing:
        return {}, f"No {name}: {missing}"
    except ModuleNotFoundError as missing:
        if missing.name and missing.name.startswith("workbench") and missing.name != SECTIONS[name]:
            raise
        return {}, f"No {name}: the module {missing.name} is not installed."
    tell(f"{name}: {len(found)} numbers in {time.perf_counter() - began:.0f} s")
    return found, ""
