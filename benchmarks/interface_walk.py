"""One walk through the views of a workspace in a real JupyterLab, timed by the page's own clock."""

from __future__ import annotations

import json
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
from playwright.sync_api import Browser, Locator, Page

from tests.browser.jupyter_lab import LabPage, LabServer, write_notebook

__all__ = ["SAVE_WIDGETS", "Walk", "Wanted", "quantile_95"]

_PAGE_SCRIPT: Final = Path(__file__).with_name("interface_page.js")
#: A setting of JupyterLab, off by default: a saved notebook holds the state of its widgets, code included.
SAVE_WIDGETS: Final = ("@jupyter-widgets/jupyterlab-manager/plugin.jupyterlab-settings", {"saveState": True})
_RSS: Final = "__import__('psutil').Process().memory_info().rss"
_GALLERY, _REVIEW, _BUSY = 1, 2, 3
_BUSY_S: Final = 8.0
_COUNT: Final = ".cw-count"


@dataclass(frozen=True, slots=True)
class Wanted:
    """How much of each thing is done in one walk."""

    jumps: int = 40
    brushes: int = 10
    words: tuple[str, ...] = ()
    steps: int = 40
    busy_jumps: int = 12


class Walk:
    """Open a workspace in a page and kernel of its own and do what a person does, measuring each.

    Args:
        browser: Chromium.
        server: the JupyterLab in which the notebook lies.
        workspace: folder of the workspace.
        seed: of the places jumped to.
    """

    def __init__(self, browser: Browser, server: LabServer, workspace: Path, *, seed: int) -> None:
        self.lab = LabPage(browser, server, width=1400, height=1000)
        self.lab.context.add_init_script(path=_PAGE_SCRIPT)
        self.page: Page = self.lab.page
        self.random = np.random.default_rng(seed)
        self.file = server.root / f"walk-{seed}.ipynb"
        self.workspace = workspace
        self.found: dict[str, float] = {}

    def warm(self, wanted: Wanted) -> dict[str, float]:
        """Do all of it, the tables read before; return seconds, MB and kB by name."""
        opened = f"import workbench, widgets\nws = workbench.open({str(self.workspace)!r}, annotator='ana')\n"
        read = "for name in ('samples', 'captions', 'scores', 'flags'): getattr(ws, name).height"
        busy = f"import time\nend = time.monotonic() + {_BUSY_S}\nwhile time.monotonic() < end: pass"
        cells = [opened + read, "view = widgets.Gallery(ws)\nview", "queue = widgets.Review(ws)\nqueue", busy]
        self._open(cells)
        self.lab.run_cell(0)
        tables = self._number(_RSS)
        bare_kb = self._saved_kb(has_state=False)
        self.found["page_heap_before_mb"] = self._heap_mb()
        self._first_paint(_GALLERY)
        self.found["notebook_kb"] = self._saved_kb(has_state=False) - bare_kb
        self.found["notebook_with_state_kb"] = self._saved_kb(has_state=True) - bare_kb
        self._jump(wanted.jumps)
        self._brush(wanted.brushes)
        self._search(wanted.words)
        self.found["page_heap_mb"] = self._heap_mb()
        self._review(wanted.steps)
        self.found["kernel_mb"] = (self._number(_RSS) - tables) / 1e6
        self.found["tables_mb"] = tables / 1e6
        self._jump_while_busy(wanted.busy_jumps)
        return self.found

    def cold(self) -> float:
        """Return the seconds from one cell that does everything, a new kernel's first, to the first page."""
        self._open([
            f"import workbench, widgets\nws = workbench.open({str(self.workspace)!r}, annotator='ana')\n"
            "view = widgets.Gallery(ws)\nview",
        ])  # fmt: skip
        return float(self.page.evaluate("() => walk.firstPaint(0)")["rows"])

    def close(self) -> None:
        """Shut the kernel down and close the page."""
        self.lab.close()

    # -- the parts

    def _open(self, cells: Sequence[str]) -> None:
        write_notebook(self.file, cells)
        self.lab.open(self.file.name)

    def _first_paint(self, cell: int) -> None:
        taken = self.page.evaluate("cell => walk.firstPaint(cell)", cell)
        self.found |= {"first_paint_s": taken["rows"], "first_pictures_s": taken["pictures"]}

    def _jump(self, count: int) -> None:
        places = self.random.uniform(0.0, 1.0, count).tolist()
        self._note("jump", self.page.evaluate("places => walk.jumps(places)", places))
        places = self.random.uniform(0.0, 1.0, max(5, count // 4)).tolist()
        taken = self.page.evaluate("places => walk.jumps(places, true)", places)
        self.found["jump_pictures_p95_s"] = quantile_95(taken)

    def _brush(self, count: int) -> None:
        """Drag over the histogram of scores, a new stretch each time, and wait for the grid."""
        plot = self.page.locator(".cw-gallery .cw-histogram").first
        plot.scroll_into_view_if_needed()
        box = plot.bounding_box()
        assert box is not None, "the gallery shows no histogram: has the workspace scores?"
        middle = box["y"] + box["height"] / 2
        taken = []
        for number in range(count):
            left, right = 0.08 + 0.4 * number / count, 0.94 - 0.3 * ((number * 7) % count) / count
            ends = box["x"] + box["width"] * left, box["x"] + box["width"] * right
            taken.append(self._timed("pointerup", "gallery", _COUNT, partial(self._drag, *ends, middle)))
        self._note("brush", taken)
        plot.locator("[role=slider]").press("Escape")
        self._settle()

    def _drag(self, left: float, right: float, y: float) -> None:
        self.page.mouse.move(left, y)
        self.page.mouse.down()
        self.page.mouse.move(right, y)
        self.page.mouse.up()

    def _search(self, words: Sequence[str]) -> None:
        """Type a substring, press Enter, and wait for the grid."""
        field = self.page.locator(".cw-gallery .cw-filter-input")
        ask = partial(self._timed, "keydown", "gallery", _COUNT)
        taken = [ask(partial(self._enter, field, word)) for word in words]
        self.found["substring_s"] = statistics.median(taken)
        self.found["substring_worst_s"] = max(taken)
        ask(partial(self._enter, field, ""))

    def _enter(self, field: Locator, text: str) -> None:
        # Set at once: what is timed is the search, and nobody can type into it meanwhile.
        field.evaluate("(input, text) => { input.focus(); input.value = text; }", text)
        field.press("Enter")

    def _review(self, steps: int) -> None:
        self.found["review_first_paint_s"] = self.page.evaluate("cell => walk.firstItem(cell)", _REVIEW)
        root = self.page.locator(".cw-review")
        root.focus()
        keys = ["ArrowRight"] * (steps * 2 // 3) + ["ArrowLeft"] * (steps - steps * 2 // 3)
        ask = partial(self._timed, "keydown", "review", ".cw-caption-main")
        taken = [ask(partial(self.page.keyboard.press, key)) for key in keys]
        self._note("step", taken)

    def _jump_while_busy(self, count: int) -> None:
        """Jump while a cell goes round in plain Python, which gives its lock up every few milliseconds."""
        self.lab.run_cell(_BUSY, wait=False)
        self.page.wait_for_function("() => !labPage.isIdle()")
        places = self.random.uniform(0.0, 1.0, count).tolist()
        taken = self.page.evaluate("places => walk.jumps(places)", places)
        is_over = self.page.evaluate("() => labPage.isIdle()")
        self.found["busy_jump_p95_s"] = float("nan") if is_over else quantile_95(taken)
        self.lab.wait_idle()

    # -- measuring

    def _timed(self, event: str, view: str, says: str, act: Callable[[], None]) -> float:
        self.page.evaluate("([event, view, says]) => walk.arm(event, view, says)", [event, view, says])
        act()
        return float(self.page.evaluate("() => walk.taken"))

    def _note(self, name: str, taken: Sequence[float]) -> None:
        self.found[f"{name}_p50_s"] = statistics.median(taken)
        self.found[f"{name}_p95_s"] = quantile_95(taken)

    def _settle(self) -> None:
        self.page.evaluate("() => walk.until(() => walk.isFilled(walk.root('gallery')), 'the whole grid')")

    def _number(self, expression: str) -> float:
        found = self.lab.ask_kernel(expression)
        assert isinstance(found, int | float)
        return float(found)

    def _heap_mb(self) -> float:
        session = self.lab.context.new_cdp_session(self.page)
        session.send("HeapProfiler.collectGarbage")
        used: Mapping[str, float] = session.send("Runtime.getHeapUsage")
        session.detach()
        return float(used["usedSize"]) / 1e6

    def _saved_kb(self, *, has_state: bool) -> float:
        """Save the notebook and return its size, with the state of its widgets or without."""
        self.lab.command("docmanager:save")
        book = json.loads(self.file.read_text())
        if not has_state:
            book["metadata"].pop("widgets", None)
        return len(json.dumps(book, ensure_ascii=False).encode()) / 1000


def quantile_95(taken: Sequence[float]) -> float:
    """Return the time under which 95 of 100 lie."""
    return float(np.quantile(np.asarray(taken), 0.95))
