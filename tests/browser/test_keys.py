"""No key that a view has the focus for is taken by the notebook around it, in any view."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from .every_view import VIEWS, cells, ready
from .jupyter_lab import LabPage

OpenCells = Callable[..., LabPage]
#: What JupyterLab acts on in command mode: two of `d` delete the cell, two of `0` restart the kernel.
KEYS = (
    *"baxmyvzcfjk00dd1", "ArrowDown", "ArrowUp", "Delete",
    "Shift+M", "Shift+Enter", "Shift+ArrowDown", "Control+f", "Control+s", "Control+Enter", "Alt+Enter",
)  # fmt: skip
#: What a key is said to do wherever it is named at all.
MEANINGS = {
    "A": "fine", "X": "misaligned", "S": "skip|stop", "Ctrl Z": "take", "Ctrl Shift Z": "again",
    "Space": "play", ",.": "frame|picture", "Enter": "open|save|pick", "?": "these keys", "Esc": "close|lift",
    "/": "filter", "U": "next", "I": "play|interval", "R": "again|anew|resume", "[]": "interval|start|end",
    "Ctrl A": "select all",
}  # fmt: skip


def test_the_keys_tried_are_those_that_jupyterlab_takes(open_cells: OpenCells) -> None:
    lab = open_cells("1 + 1", "2 + 2", run=False)
    lab.page.locator(".jp-InputPrompt").nth(1).click()
    before = lab.notebook_state()
    for key in "bm":
        lab.page.keyboard.press(key)
    assert lab.notebook_state() != before


@pytest.mark.parametrize("view", VIEWS)
def test_no_key_is_stolen_by_the_notebook(open_cells: OpenCells, everything: Path, view: str) -> None:
    lab = open_cells(*cells(everything, view), "1 + 1")
    root = ready(lab)
    lab.page.evaluate("() => { labPage.activate(2); labPage.book.mode = 'command'; }")
    root.focus()  # its cell is now the active one
    before = lab.notebook_state()
    for key in KEYS:
        root.focus()
        lab.page.keyboard.press(key)
        assert lab.notebook_state() == before, f"{key} has changed the notebook"
        assert root.evaluate("root => root.contains(document.activeElement)"), f"{key} took the focus away"


@pytest.mark.parametrize("view", VIEWS)
def test_a_question_mark_lists_the_keys_and_they_mean_what_they_mean_in_every_view(
    open_cells: OpenCells, everything: Path, view: str
) -> None:
    lab = open_cells(*cells(everything, view))
    root = ready(lab)
    root.focus()
    lab.page.keyboard.press("?")
    sheet = root.get_by_role("dialog", name="Keys")
    expect(sheet).to_be_visible()
    said = dict(
        sheet.locator("dl > div").evaluate_all(
            "rows => rows.map(row => ['dt', 'dd'].map(part => row.querySelector(part).textContent))"
        )
    )
    assert "?" in said, f"{view} does not say how its keys are listed"
    for keys, meaning in MEANINGS.items():
        if keys in said:
            assert re.search(meaning, said[keys]), f"{keys} is “{said[keys]}” in {view}"
    lab.page.keyboard.press("Escape")
    expect(sheet).to_be_hidden()
    assert root.evaluate("root => root.contains(document.activeElement)")
