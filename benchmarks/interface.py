"""Measure how soon the views answer in JupyterLab and Chromium, at 10,000, 100,000 and 1,000,000 samples.

    python -m benchmarks.interface --json PATH     # five captions a sample; --quick: 10,000 alone, one minute

Each size is walked three times, each in a new page and a new kernel; a value is the median of the walks,
`low` and `high` are the least and the most of them. Times are the page's own, from the key, the mouse or the
start of the cell to the end of the frame in which the answer is on screen. The tables are read before the
cell that is timed; `first_paint_cold_s` is the same with nothing read. `kernel_mb` is what the kernel holds
at the end over what it held with the tables alone, the packages of the widgets included; `page_heap_mb` is
the whole page with JupyterLab in it (`page_heap_before_mb` without a view). `notebook_kb` is what one gallery
adds to a saved notebook, `notebook_with_state_kb` the same where JupyterLab is told to save the state of
widgets too, which holds the code of the view. Beside them, as the floor no view can go under, what Polars
alone takes for the same questions (`polars_*`).
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import polars as pl
from playwright.sync_api import Browser, sync_playwright

from benchmarks.interface_walk import SAVE_WIDGETS, Walk, Wanted
from benchmarks.interface_world import make_world
from tests.browser.jupyter_lab import LabServer
from workbench.metrics import Metric, write_results

__all__ = ["BOUNDS", "SIZES", "main"]

ROOT: Final = Path(__file__).parents[1]
SIZES: Final = {"10k": 10_000, "100k": 100_000, "1m": 1_000_000}
#: Metric -> what it is held to at every size; None of them is a bound of Polars.
BOUNDS: Final = {
    "first_paint_s": 1.0, "jump_p95_s": 0.25, "brush_p95_s": 0.25, "substring_s": 0.6, "step_p95_s": 0.05,
    "kernel_mb": 300.0, "page_heap_mb": 150.0, "notebook_kb": 100.0, "busy_jump_p95_s": 0.5,
}  # fmt: skip
_UNITS: Final = {"s": "s", "mb": "MB", "kb": "kB"}
_WALKS: Final = 3
_CHROMIUM: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_FLAGS: Final = (
    "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--mute-audio",
    "--disable-background-networking", "--disable-component-update",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
)  # fmt: skip


def main(arguments: list[str] | None = None) -> None:
    """Run the benchmark from the command line."""
    options = _parse(arguments)
    sizes = ["10k"] if options.quick else options.sizes
    metrics: dict[str, Metric] = {}
    with tempfile.TemporaryDirectory(prefix="interface-") as folder:
        home = options.worlds or Path(folder)
        with _lab(Path(folder)) as server, _chromium() as browser:
            for label in sizes:
                world = _world(home / label, SIZES[label])
                measured = _measure(browser, server, world, walks=options.walks, is_quick=options.quick)
                for name, values in measured.items():
                    metrics[f"{name}_{label}"] = _metric(name, values)
                _say_bounds(metrics, label)
    write_results("interface", metrics, path=options.json)


def _measure(
    browser: Browser, server: LabServer, workspace: Path, *, walks: int, is_quick: bool
) -> dict[str, list[float]]:
    words = _words_of(workspace)
    wanted = Wanted(jumps=16, brushes=5, words=words[:3], steps=15) if is_quick else Wanted(words=words)
    found: dict[str, list[float]] = {}
    for number in range(walks):
        walk = Walk(browser, server, workspace, seed=number)
        try:
            for name, value in walk.warm(wanted).items():
                found.setdefault(name, []).append(value)
        finally:
            walk.close()
        _tell(f"walk {number + 1} of {walks}: first paint {found['first_paint_s'][-1]:.2f} s")
    for number in range(1 if is_quick else walks):
        walk = Walk(browser, server, workspace, seed=100 + number)
        try:
            found.setdefault("first_paint_cold_s", []).append(walk.cold())
        finally:
            walk.close()
    return found | _floor(workspace, words[0])


def _floor(workspace: Path, word: str) -> dict[str, list[float]]:
    """Time Polars alone on the tables of a workspace: what the kernel cannot be quicker than."""
    import workbench

    ws = workbench.open(workspace)
    texts, values = ws.captions["text"], ws.scores["value"]
    asked: dict[str, Callable[[], object]] = {
        "polars_substring_s": lambda: texts.str.contains(word, literal=True).sum(),
        "polars_regex_s": lambda: texts.str.contains(f"(?i){word}").sum(),
        "polars_numeric_s": lambda: ((values >= 0.1) & (values <= 0.3)).sum(),
    }
    return {name: [_seconds(ask) for _ in range(_WALKS)] for name, ask in asked.items()}


def _seconds(act: Callable[[], object]) -> float:
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


def _words_of(workspace: Path, count: int = 6) -> tuple[str, ...]:
    """Return parts of captions to look for: of words that are in some captions and not in all."""
    import workbench

    texts = workbench.open(workspace).captions["text"].head(20_000)
    words = texts.str.to_lowercase().str.extract_all(r"\b[a-z]{5,}\b").list.unique().explode()
    counts = words.drop_nulls().value_counts(sort=True).filter(pl.col("count") < texts.len() * 0.6)
    names = counts["text"].head(count).to_list()
    return tuple(str(name)[:-1] for name in names)


def _world(folder: Path, samples: int) -> Path:
    """Return the workspace of this size, made where it is not there yet."""
    if not (folder / "workspace.json").is_file():
        start = time.perf_counter()
        make_world(folder, samples)
        _tell(f"{samples:,} samples made in {time.perf_counter() - start:.0f} s")
    # A walk decides nothing, but the journal of an earlier one must not count either.
    return folder


@contextmanager
def _lab(folder: Path) -> Iterator[LabServer]:
    home, root = folder / "jupyter", folder / "notebooks"
    name, settings = SAVE_WIDGETS
    file = home / "settings" / name
    for path in (root, file.parent):
        path.mkdir(parents=True)
    file.write_text(json.dumps(settings))
    with LabServer(root, home, {"PYTHONPATH": str(ROOT)}) as server:
        yield server


@contextmanager
def _chromium() -> Iterator[Browser]:
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, _CHROMIUM)), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=list(_FLAGS))
        yield browser
        browser.close()


def _metric(name: str, values: list[float]) -> Metric:
    unit = _UNITS[name.rpartition("_")[2]]
    is_range = len(values) > 1
    return Metric(
        statistics.median(values), len(values), unit,
        low=min(values) if is_range else None, high=max(values) if is_range else None,
    )  # fmt: skip


def _say_bounds(metrics: dict[str, Metric], label: str) -> None:
    for name, bound in BOUNDS.items():
        metric = metrics[f"{name}_{label}"]
        word = "within" if metric.value <= bound else "OVER"
        _tell(f"{name}_{label}: {metric.value:.3g} {metric.unit}, {word} {bound:g}")


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.interface", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--quick", action="store_true", help="10,000 samples alone")
    parser.add_argument("--sizes", nargs="+", choices=list(SIZES), default=list(SIZES), help="all by default")
    parser.add_argument("--walks", type=int, default=_WALKS, help=f"of each size; {_WALKS} by default")
    parser.add_argument("--worlds", type=Path, help="a folder that keeps the workspaces for the next run")
    parser.add_argument("--json", help="where the result goes, - for standard output")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
