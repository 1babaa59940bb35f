"""What the gallery costs in Python alone at a million samples: no browser, no notebook.

Every step is asked of a core as a page asks it. Beside the time on the wall stands the processor's, which a
busy machine does not stretch, and beside the substring filter what Polars alone takes for it.

    python -m benchmarks.interface_world big --samples 1000000
    python -m benchmarks.interface_python big --json python.json
"""

from __future__ import annotations

import argparse
import gc
import statistics
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final, TypeVar

import numpy as np

import workbench
from benchmarks.arguments import existing
from benchmarks.interface_world import RARE_WORD
from widgets.gallery.gallery import GalleryCore
from widgets.review.review import ReviewCore
from workbench.metrics import Metric, write_results
from workbench.workspace import Workspace

__all__ = ["main", "measure"]

Made = TypeVar("Made")
_ROUNDS: Final = 5
_JUMPS: Final = 20
_STEPS: Final = 30


def main(arguments: list[str] | None = None) -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("workspace", type=existing, help="made by benchmarks.interface_world")
    parser.add_argument("--json", help="where the results go")
    parser.add_argument("--no-review", action="store_true", help="leave the review queue out")
    asked = parser.parse_args(arguments)
    metrics = measure(asked.workspace, has_review=not asked.no_review)
    write_results("interface_python", metrics, path=asked.json)


def measure(folder: Path, *, has_review: bool = True) -> dict[str, Metric]:
    """Measure a gallery and a review of one workspace.

    Args:
        folder: of the workspace.
        has_review: whether the review queue is measured too.
    """
    times = _Times()
    space = workbench.open(folder, annotator="bench")
    times.take("tables_cold", lambda: (space.samples, space.captions, space.scores, space.flags))
    before_mb = _resident_mb()
    core = times.take("first_page", lambda: _opened(space))
    core.wait()
    _measure_gallery(core, times)
    gc.collect()
    times.metrics["gallery_memory_mb"] = Metric(_resident_mb() - before_mb, 1, "MB")
    captions = space.captions["text"]
    for _ in range(_ROUNDS):
        times.take("polars_alone", lambda: captions.str.contains(RARE_WORD, literal=True).sum())
    if has_review:
        _measure_review(space, times)
    return times.told()


def _opened(space: Workspace) -> GalleryCore:
    core = GalleryCore(space)
    assert core.answer({"op": "open"}).content["ok"]
    return core


def _measure_gallery(core: GalleryCore, times: _Times) -> None:
    rng = np.random.default_rng(0)
    times.take("sorted_whole", lambda: core.table.order(core.scope))
    for start in rng.integers(core.shown.tiles - 60, size=_JUMPS).tolist():
        page = {"op": "page", "start": start, "stop": start + 60, "version": core.version}
        times.take("page", partial(core.answer, page))
    for low in rng.uniform(0.15, 0.35, _JUMPS).tolist():
        times.take("brush", partial(core.answer, {"op": "view", "low": low}))
    for word in ("dog", RARE_WORD, "bridge, photo 1", "zebra", "orange h"):
        times.take("substring", partial(core.answer, {"op": "view", "text": f'"{word}"'}))
    for tile in ("sample", "group"):
        for text in ("", RARE_WORD, "similarity<0.2"):
            asked = {"op": "view", "text": text, "tile": tile}
            times.take(f"{tile}_tiles", partial(core.answer, asked))
    core.answer({"op": "view", "tile": "caption"})


def _measure_review(space: Workspace, times: _Times) -> None:
    before_mb = _resident_mb()
    core = times.take("review_open", lambda: _reviewed(space))
    for place in np.random.default_rng(0).integers(len(core.queue), size=_STEPS).tolist():
        times.take("review_step", partial(core.answer, {"op": "items", "place": place}))
    core.stands.wait()
    times.take("estimate", lambda: (core.answer({"op": "status"}), core.stands.wait()))
    times.metrics["review_memory_mb"] = Metric(_resident_mb() - before_mb, 1, "MB")


def _reviewed(space: Workspace) -> ReviewCore:
    core = ReviewCore(space)
    assert core.answer({"op": "open"}).content["ok"]
    return core


class _Times:
    """What was measured, by name: seconds on the wall, and of the processor."""

    def __init__(self) -> None:
        self.wall: dict[str, list[float]] = {}
        self.processor: dict[str, list[float]] = {}
        self.metrics: dict[str, Metric] = {}

    def take(self, name: str, work: Callable[[], Made]) -> Made:
        wall, processor = time.perf_counter(), time.process_time()
        made = work()
        self.wall.setdefault(name, []).append(time.perf_counter() - wall)
        self.processor.setdefault(name, []).append(time.process_time() - processor)
        return made

    def told(self) -> dict[str, Metric]:
        for name, seconds in self.wall.items():
            for ending, values in (("_s", seconds), ("_processor_s", self.processor[name])):
                self.metrics[name + ending] = Metric(statistics.median(values), len(values), "s")
            if len(seconds) > _ROUNDS:
                self.metrics[name + "_p95_s"] = Metric(float(np.quantile(seconds, 0.95)), len(seconds), "s")
        return self.metrics


def _resident_mb() -> float:
    status = Path("/proc/self/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


if __name__ == "__main__":
    main()
