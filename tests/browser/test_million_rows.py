"""A gallery and a review over a million captions in a real JupyterLab: first, last, and what is asked."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from benchmarks.interface_world import make_world

from .jupyter_lab import LabPage

OpenCells = Callable[..., LabPage]
#: Five captions each: a million rows, for a fifth of the time that a million samples take to make.
_SAMPLES = 200_000


@pytest.fixture(scope="module")
def million(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("million") / "ws"
    make_world(folder, _SAMPLES)
    return folder


def number(text: str) -> int:
    return int(text.replace(",", "").split()[0])


def filled(root: Locator, index: int) -> Locator:
    tile = root.locator(f".cw-tile[data-index='{index}']")
    expect(tile.locator(".cw-tile-caption").first).not_to_be_empty()
    return tile


def test_a_million_rows_are_walked_from_the_first_to_the_last(
    open_cells: OpenCells, million: Path, pictures: Path
) -> None:
    lab = open_cells(
        f"import workbench, widgets\nws = workbench.open({str(million)!r}, annotator='ana')",
        "view = widgets.Gallery(ws)\nview",
        "queue = widgets.Review(ws)\nqueue",
    )
    root = lab.page.locator(".cw-gallery")
    filled(root, 0)
    total = number(root.locator(".cw-count").inner_text())
    assert total >= 999_000
    root.focus()
    lab.page.keyboard.press("End")
    last = filled(root, total - 1)
    expect(last).to_have_attribute("aria-setsize", str(total))
    expect(last).to_have_attribute("aria-posinset", str(total))
    assert root.locator(".cw-tile").count() < 100, "tiles that nobody sees are in the page"
    lab.page.keyboard.press("Home")
    filled(root, 0)
    scroller = root.locator(".cw-scroller")
    scroller.evaluate("it => { it.scrollTop = 0.5 * (it.scrollHeight - it.clientHeight); }")
    middle = root.locator(".cw-tile[data-index^='4'], .cw-tile[data-index^='5']")
    expect(middle.locator(".cw-tile-caption").first).not_to_be_empty()
    field = root.locator(".cw-filter-input")
    field.fill("yellow boat similarity<0.2")
    field.press("Enter")
    expect(root.locator(".cw-count")).not_to_have_text(f"{total:,} of {total:,}")
    assert "yellow" in filled(root, 0).inner_text().lower()
    root.screenshot(path=pictures / "gallery-million.png")
    review = lab.page.locator(".cw-review")
    caption = review.locator(".cw-caption-main")
    expect(caption).not_to_be_empty()
    first = caption.inner_text()
    review.focus()
    lab.page.keyboard.press("x")
    expect(caption).not_to_have_text(first)
    expect(review.locator(".cw-saved")).to_have_attribute("data-state", "saved")
    assert lab.ask_kernel("ws.verdicts.height") == 1
