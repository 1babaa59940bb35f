"""The tutorial notebook in a real JupyterLab, as a person would go through it."""

from __future__ import annotations

from pathlib import Path

import nbformat
from playwright.sync_api import Browser, expect

from .conftest import ROOT
from .jupyter_lab import LabPage, LabServer

NOTEBOOK = ROOT / "notebooks" / "01_find_misaligned_pairs.ipynb"


def test_the_first_notebook_from_opening_to_decisions_that_outlive_the_kernel(
    browser: Browser, server: LabServer, tmp_path: Path, pictures: Path
) -> None:
    book = nbformat.read(NOTEBOOK, as_version=4)
    [cell] = [cell for cell in book.cells if "parameters" in cell.metadata.get("tags", [])]
    cell.source += f"\nworkspace = {str(tmp_path / 'ws')!r}\nencoder = 'fake'\ndemo_photos = 20"
    nbformat.write(book, str(server.root / NOTEBOOK.name))
    lab = LabPage(browser, server, height=1000)
    lab.open(NOTEBOOK.name)
    lab.run_all()

    gallery, review = lab.page.locator(".cw-gallery"), lab.page.locator(".cw-review")
    expect(gallery.locator(".cw-tile img").first).to_be_visible()
    review.focus()
    first = review.locator(".cw-caption-main").inner_text()
    for key in ("x", "a"):
        shown = review.locator(".cw-caption-main").inner_text()
        lab.page.keyboard.press(key)
        expect(review.locator(".cw-caption-main")).not_to_have_text(shown)
    expect(review.locator(".cw-decisions")).to_have_text("2 decisions")
    lab.page.keyboard.press("Control+z")
    expect(review.locator(".cw-decisions")).to_have_text("1 decision")
    expect(review.locator(".cw-saved")).to_have_attribute("data-state", "saved")

    lab.restart_kernel()
    lab.command("docmanager:save")
    lab.page.reload()
    lab.wait_open(NOTEBOOK.name)
    sources = [cell.source for cell in book.cells]
    for part in ("encoder = 'fake'", "import widgets", "widgets.Review(ws)"):
        lab.run_cell(next(place for place, source in enumerate(sources) if part in source))
    review = lab.page.locator(".cw-review")
    expect(review.locator(".cw-decisions")).to_have_text("1 decision")
    expect(review.locator(".cw-caption-main")).not_to_have_text(first)
    assert lab.ask_kernel("ws.verdicts['verdict'].to_list()") == ["misaligned"]
    lab.page.screenshot(path=pictures / "notebook.png")
    lab.close()
