"""Review in a real JupyterLab: decisions, undo, restart, keys."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from .conftest import ROOT
from .jupyter_lab import LabPage

OpenCells = Callable[..., LabPage]
#: Keys that JupyterLab acts on in command mode; `d d` deletes a cell, `0 0` restarts the kernel.
STEALABLE = (*"bddmyzcvjkf001ax", "Enter", "Escape", "Delete", "Shift+M", "Shift+Enter", "Control+f")


def cells(world: Path, view: str = "widgets.Review(ws)") -> tuple[str, ...]:
    return (
        f"import workbench, widgets\nws = workbench.open({str(world)!r}, annotator='ana')",
        f"view = {view}\nview",
    )


def shown_caption(root: Locator) -> str:
    return root.locator(".cw-caption-main").inner_text()


@pytest.fixture
def review(open_cells: OpenCells, world: Path) -> tuple[LabPage, Locator]:
    lab = open_cells(*cells(world), "1 + 1")
    root = lab.page.locator(".cw-review")
    expect(root.locator(".cw-stage-picture")).to_be_visible()
    return lab, root


def test_a_and_x_decide_and_go_on_and_ctrl_z_comes_back(
    review: tuple[LabPage, Locator], pictures: Path
) -> None:
    lab, root = review
    root.focus()
    first = shown_caption(root)
    lab.page.keyboard.press("x")
    expect(root.locator(".cw-caption-main")).not_to_have_text(first)
    lab.page.keyboard.press("a")
    expect(root.locator(".cw-decisions")).to_have_text("2 decisions")
    expect(root.locator(".cw-saved")).to_have_attribute("data-state", "saved")
    assert lab.ask_kernel("ws.verdicts.sort('at_utc')['verdict'].to_list()") == ["misaligned", "ok"]
    lab.page.keyboard.press("Control+z")
    expect(root.locator(".cw-decisions")).to_have_text("1 decision")
    lab.page.keyboard.press("Control+z")
    expect(root.locator(".cw-caption-main")).to_have_text(first)
    assert lab.ask_kernel("ws.verdicts.height") == 0
    root.screenshot(path=pictures / "review.png")


def test_a_key_pressed_twice_is_one_decision(review: tuple[LabPage, Locator]) -> None:
    lab, root = review
    root.focus()
    first = shown_caption(root)
    lab.page.keyboard.press("x")
    lab.page.keyboard.press("x")  # within the pause before the next pair
    expect(root.locator(".cw-caption-main")).not_to_have_text(first)
    expect(root.locator(".cw-decisions")).to_have_text("1 decision")
    assert lab.ask_kernel("len(ws.store.journal.events())") == 1


def test_number_keys_choose_what_is_wrong_before_x(review: tuple[LabPage, Locator]) -> None:
    lab, root = review
    root.focus()
    lab.page.keyboard.press("3")
    lab.page.keyboard.press("5")
    expect(root.locator(".cw-chip[aria-pressed='true']")).to_have_count(2)
    lab.page.keyboard.press("x")
    expect(root.locator(".cw-decisions")).to_have_text("1 decision")
    assert lab.ask_kernel("ws.verdicts['error_types'].to_list()") == [["attribute", "count"]]


def test_the_stratum_of_the_queue_is_stored_with_the_verdict(review: tuple[LabPage, Locator]) -> None:
    lab, root = review
    root.focus()
    for number in range(8):
        lab.page.keyboard.press("a")
        expect(root.locator(".cw-decisions")).to_have_text(f"{number + 1} decision{'s' if number else ''}")
        expect(root.locator(".cw-verdict.is-said")).to_have_count(0)
    assert set(lab.ask_kernel("ws.verdicts['stratum'].to_list()")) == {"worst", "random"}


def test_decisions_survive_a_kernel_restart_and_a_page_reload(review: tuple[LabPage, Locator]) -> None:
    lab, root = review
    root.focus()
    first = shown_caption(root)
    lab.page.keyboard.press("x")
    expect(root.locator(".cw-caption-main")).not_to_have_text(first)
    expect(root.locator(".cw-saved")).to_have_attribute("data-state", "saved")
    second = shown_caption(root)
    lab.command("docmanager:save")
    name = str(lab.page.evaluate("() => labPage.panel.context.path"))
    lab.page.reload()
    lab.wait_open(name)
    # The kernel lives on: the saved output shows the view again, with the state that the kernel holds.
    expect(lab.page.locator(".cw-review .cw-caption-main")).to_have_text(second)
    lab.restart_kernel()
    lab.run_all()
    root = lab.page.locator(".cw-review")
    expect(root.locator(".cw-caption-main")).to_have_text(second)
    expect(root.locator(".cw-decisions")).to_have_text("1 decision")
    root.focus()
    lab.page.keyboard.press("Control+z")
    expect(root.locator(".cw-caption-main")).to_have_text(first)
    assert lab.ask_kernel("ws.verdicts.height") == 0


def test_a_view_whose_kernel_is_gone_calls_nothing_saved(
    review: tuple[LabPage, Locator], pictures: Path
) -> None:
    lab, root = review
    lab.restart_kernel()
    root.focus()
    lab.page.keyboard.press("a")
    expect(root.locator(".cw-notice")).to_contain_text("Run this cell again")
    expect(root.locator(".cw-saved")).to_have_attribute("data-state", "failed")
    expect(root.locator(".cw-verdict.is-said")).to_have_count(0)
    root.screenshot(path=pictures / "review-no-kernel.png")


def test_no_key_reaches_the_notebook(review: tuple[LabPage, Locator]) -> None:
    lab, root = review
    lab.page.evaluate("() => { labPage.activate(1); labPage.book.mode = 'command'; }")
    root.locator(".cw-stage-media").click()
    before = lab.notebook_state()
    for key in STEALABLE:
        lab.page.keyboard.press(key)
    assert lab.notebook_state() == before
    assert lab.page.evaluate("() => document.activeElement.classList.contains('cw-review')")


def test_no_key_is_stolen_while_someone_types(open_cells: OpenCells, world: Path) -> None:
    lab = open_cells(*cells(world, "widgets.Gallery(ws)"))
    before = lab.notebook_state()["cells"]
    field = lab.page.locator(".cw-filter-input")
    field.click()
    lab.page.keyboard.type("ax?/s d d")
    expect(field).to_have_value("ax?/s d d")
    lab.page.keyboard.press("Shift+Enter")
    assert lab.notebook_state()["cells"] == before
    assert lab.ask_kernel("ws.verdicts.height") == 0


def test_the_view_answers_while_a_cell_computes(open_cells: OpenCells, world: Path) -> None:
    busy = "import time\nend = time.monotonic() + 6\nwhile time.monotonic() < end: pass"
    lab = open_cells(*cells(world), busy, run=False)
    lab.run_cell(0)
    lab.run_cell(1)
    root = lab.page.locator(".cw-review")
    expect(root.locator(".cw-stage-picture")).to_be_visible()
    first = shown_caption(root)
    lab.run_cell(2, wait=False)
    lab.page.wait_for_function("() => !labPage.isIdle()")
    root.focus()
    lab.page.keyboard.press("a")
    expect(root.locator(".cw-saved")).to_have_attribute("data-state", "saved")
    expect(root.locator(".cw-caption-main")).not_to_have_text(first)
    assert not lab.page.evaluate("() => labPage.isIdle()"), (
        "the cell ended too early for this test to say anything"
    )


def test_a_decision_is_called_saved_only_when_the_kernel_has_said_so(review: tuple[LabPage, Locator]) -> None:
    lab, root = review
    lab.ask_kernel("setattr(view.core, 'held', view.core.lock.acquire())")
    root.focus()
    lab.page.keyboard.press("a")
    expect(root.locator(".cw-saved")).to_have_attribute("data-state", "pending")
    assert lab.ask_kernel("ws.verdicts.height") == 0
    lab.ask_kernel("setattr(view.core, 'held', view.core.lock.release())")
    expect(root.locator(".cw-saved")).to_have_attribute("data-state", "saved")
    assert lab.ask_kernel("ws.verdicts.height") == 1


def test_a_decision_in_one_view_shows_in_the_other(open_cells: OpenCells, world: Path) -> None:
    lab = open_cells(*cells(world), "widgets.Gallery(ws)")
    review, gallery = lab.page.locator(".cw-review"), lab.page.locator(".cw-gallery")
    expect(gallery.locator(".cw-tile img").first).to_be_visible()
    review.focus()
    lab.page.keyboard.press("x")
    expect(gallery.locator(".cw-decisions")).to_have_text("1 decision")
    expect(gallery.locator(".cw-dot-misaligned")).to_have_count(1)


@pytest.mark.parametrize("width", [700, 480])
def test_a_narrow_review_keeps_all_its_parts(
    review: tuple[LabPage, Locator], width: int, pictures: Path
) -> None:
    _, root = review
    root.evaluate("(element, width) => { element.style.width = `${width}px`; }", width)
    stage, side = root.locator(".cw-stage").bounding_box(), root.locator(".cw-side-box").bounding_box()
    assert stage is not None
    assert side is not None
    is_above = stage["y"] + stage["height"] <= side["y"] + 1
    assert is_above == (width == 480)
    for button in root.locator(".cw-verdict").all():
        assert button.evaluate("element => element.scrollWidth <= element.clientWidth")
    root.screenshot(path=pictures / f"review-{width}.png")


def test_dark_and_light_follow_jupyterlab(open_cells: OpenCells, world: Path, pictures: Path) -> None:
    lab = open_cells(*cells(world, "widgets.Review(ws, random_share=0.6)"), "widgets.Gallery(ws)")
    review, gallery = lab.page.locator(".cw-review"), lab.page.locator(".cw-gallery")
    expect(gallery.locator(".cw-tile img").first).to_be_visible()
    review.focus()
    for _ in range(9):
        caption = shown_caption(review)
        lab.page.keyboard.press("x" if review.locator(".cw-flag").count() else "a")
        expect(review.locator(".cw-caption-main")).not_to_have_text(caption)
    expect(review.locator(".cw-left")).to_contain_text("at random")  # the estimate follows the decisions
    for theme in ("dark", "light"):
        lab.set_theme(f"JupyterLab {theme.capitalize()}")
        for name, root in (("review", review), ("gallery", gallery)):
            expect(root).to_have_attribute("data-theme", theme)
            root.scroll_into_view_if_needed()
            expect(root.locator("img").first).to_be_visible()
            root.screenshot(path=pictures / f"{name}-{theme}.png")
            if os.environ.get("WRITE_SCREENSHOTS") == "1":
                target = (
                    ROOT / "docs" / "images" / (f"{name}.png" if theme == "light" else f"{name}-{theme}.png")
                )
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(pictures / f"{name}-{theme}.png", target)
