"""Corrections in Review in a real JupyterLab: written in place, asked about, saved, taken back."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from .conftest import ROOT
from .jupyter_lab import LabPage

OpenCells = Callable[..., LabPage]


@pytest.fixture
def review(open_cells: OpenCells, world: Path) -> tuple[LabPage, Locator]:
    opened = f"import workbench, widgets\nws = workbench.open({str(world)!r}, annotator='ana')"
    lab = open_cells(opened, "view = widgets.Review(ws, error_type='attribute')\nview")
    root = lab.page.locator(".cw-review")
    expect(root.locator(".cw-stage-picture")).to_be_visible()
    root.focus()
    return lab, root


def caption(root: Locator) -> str:
    return root.locator(".cw-caption-main").inner_text()


def write(lab: LabPage, root: Locator, text: str) -> None:
    """Open the edit by its key, put a text in the place of the caption, and finish it."""
    lab.page.keyboard.press("e")
    field = root.locator(".cw-edit-field")
    expect(field).to_be_focused()
    field.fill(text)
    lab.page.keyboard.press("Enter")


def without_colour(text: str) -> str:
    """Take the colour out of the first caption of the attribute queue, whatever it is."""
    colours = ["red", "blue", "green", "yellow", "brown", "white", "black", "grey", "orange", "pink"]
    return next(text.replace(f"{colour} ", "", 1) for colour in colours if f"{colour} " in text)


def keep(root: Locator, name: str, pictures: Path) -> None:
    root.screenshot(path=pictures / f"{name}.png")
    if os.environ.get("WRITE_SCREENSHOTS") == "1":
        shutil.copyfile(pictures / f"{name}.png", ROOT / "docs" / "images" / f"{name}.png")


def test_an_edit_is_compared_counted_asked_about_and_saved_as_one_decision(
    review: tuple[LabPage, Locator], pictures: Path
) -> None:
    lab, root = review
    first = caption(root)
    lab.page.keyboard.press("3")
    lab.page.keyboard.press("e")
    field = root.locator(".cw-edit-field")
    expect(field).to_be_focused()
    expect(field).to_have_value(first)
    field.fill(first.replace("Two", "Three").rstrip(".") + " in the rain.")
    expect(root.locator(".cw-edit-diff .cw-new").last).to_have_text("in the rain")
    expect(root.locator(".cw-edit-length")).to_contain_text("tokens of 256")
    lab.page.keyboard.press("Enter")
    expect(root.locator(".cw-question")).to_be_focused()
    assert lab.ask_kernel("ws.verdicts.height") == 0, "nothing is saved before the question is answered"
    lab.page.keyboard.press("n")
    expect(root.locator(".cw-caption-main")).not_to_have_text(first)
    expect(root.locator(".cw-saved")).to_have_attribute("data-state", "saved")
    expect(root.locator(".cw-last")).to_contain_text("misaligned, attribute, corrected")
    stored = lab.ask_kernel("ws.pairs.select('rejected_text', 'completeness', 'origin', 'status').rows()[0]")
    assert stored == [first, "full", "edit", "accepted"]
    lab.page.keyboard.press("Control+z")
    expect(root.locator(".cw-caption-main")).to_have_text(first)
    assert lab.ask_kernel("[ws.verdicts.height, ws.pairs.height]") == [0, 0]
    expect(root.locator(".cw-edit-shown")).to_have_text("Write what it should say")
    lab.page.keyboard.press("Control+Shift+z")
    expect(root.locator(".cw-edit-shown .cw-new").last).to_have_text("in the rain")


def test_words_only_taken_out_are_warned_of_and_more_can_be_added(review: tuple[LabPage, Locator]) -> None:
    lab, root = review
    first = caption(root)
    write(lab, root, without_colour(first))
    expect(root.locator(".cw-edit-warning")).to_contain_text("teach a model to say less")
    lab.page.keyboard.press("a")  # Add it, not Fine
    field = root.locator(".cw-edit-field")
    expect(field).to_be_focused()
    assert lab.ask_kernel("ws.verdicts.height") == 0
    lab.page.keyboard.type(" It rains.")
    lab.page.keyboard.press("Enter")
    expect(root.locator(".cw-question")).to_be_focused()
    lab.page.keyboard.press("m")
    expect(root.locator(".cw-decisions")).to_have_text("1 decision")
    expect(root.locator(".cw-saved")).to_have_attribute("data-state", "saved")
    assert lab.ask_kernel("ws.pairs['completeness'].to_list()") == ["partial"]
    assert str(lab.ask_kernel("ws.pairs['chosen_text'].to_list()[0]")).endswith("It rains.")


def test_enter_saves_without_an_answer_and_x_later_keeps_the_edit(review: tuple[LabPage, Locator]) -> None:
    lab, root = review
    first = caption(root)
    write(lab, root, without_colour(first))
    expect(root.locator(".cw-question")).to_be_focused()
    lab.page.keyboard.press("Enter")
    expect(root.locator(".cw-caption-main")).not_to_have_text(first)
    assert lab.ask_kernel("ws.pairs['completeness'].to_list()") == ["deletes_only"]
    lab.page.keyboard.press("ArrowLeft")
    expect(root.locator(".cw-caption-main")).to_have_text(first)
    lab.page.keyboard.press("2")
    lab.page.keyboard.press("x")
    expect(root.locator(".cw-last")).to_contain_text("misaligned, object, corrected")
    expect(root.locator(".cw-saved")).to_have_attribute("data-state", "saved")
    assert lab.ask_kernel("ws.pairs['error_type'].to_list()") == ["object"]
    assert lab.ask_kernel("ws.pairs['completeness'].to_list()") == ["deletes_only"]


def test_the_original_written_back_drops_the_edit_and_fine_does_too(review: tuple[LabPage, Locator]) -> None:
    lab, root = review
    first = caption(root)
    for number, key in enumerate(("Enter", "a")):
        write(lab, root, f"{first} It rains, {number}.")
        lab.page.keyboard.press("n")
        expect(root.locator(".cw-caption-main")).not_to_have_text(first)
        lab.page.keyboard.press("ArrowLeft")
        expect(root.locator(".cw-caption-main")).to_have_text(first)
        if key == "Enter":
            write(lab, root, first)
        else:
            lab.page.keyboard.press(key)
        expect(root.locator(".cw-caption-main")).not_to_have_text(first)
        expect(root.locator(".cw-saved")).to_have_attribute("data-state", "saved")
        assert lab.ask_kernel("[ws.verdicts.height, ws.pairs.height]") == [1, 0]
        lab.page.keyboard.press("ArrowLeft")
        expect(root.locator(".cw-caption-main")).to_have_text(first)


def test_no_key_decides_while_someone_writes_and_escape_leaves(review: tuple[LabPage, Locator]) -> None:
    lab, root = review
    first = caption(root)
    lab.page.keyboard.press("e")
    field = root.locator(".cw-edit-field")
    expect(field).to_be_focused()
    lab.page.keyboard.press("End")
    lab.page.keyboard.type(" axs 123 d d")
    expect(field).to_have_value(f"{first} axs 123 d d")
    lab.page.keyboard.press("Control+z")  # of the field, not of the review
    lab.page.keyboard.press("Escape")
    expect(field).to_be_hidden()
    assert root.evaluate("element => element === document.activeElement")
    assert caption(root) == first
    assert lab.ask_kernel("ws.verdicts.height") == 0


def test_an_edit_on_its_way_is_kept_when_another_pair_is_looked_at(review: tuple[LabPage, Locator]) -> None:
    lab, root = review
    first = caption(root)
    lab.page.keyboard.press("e")
    root.locator(".cw-edit-field").fill(f"{first} And it snows.")
    root.locator(".cw-strip-item").last.click()
    expect(root.locator(".cw-caption-main")).not_to_have_text(first)
    expect(root.locator(".cw-edit-field")).to_be_hidden()
    root.locator(".cw-strip-item").first.click()
    while caption(root) != first:
        root.focus()
        lab.page.keyboard.press("ArrowLeft")
    expect(root.locator(".cw-edit-warning")).to_contain_text("not saved yet")
    root.focus()
    lab.page.keyboard.press("e")
    expect(root.locator(".cw-edit-field")).to_have_value(f"{first} And it snows.")


def test_misaligned_by_mouse_while_writing_asks_first(review: tuple[LabPage, Locator]) -> None:
    lab, root = review
    first = caption(root)
    lab.page.keyboard.press("e")
    root.locator(".cw-edit-field").fill(f"{first} And it snows.")
    root.locator(".cw-verdict-misaligned").click()
    expect(root.locator(".cw-question")).to_be_visible()
    assert lab.ask_kernel("ws.verdicts.height") == 0
    root.get_by_role("button", name="Nothing is missing").click()
    expect(root.locator(".cw-decisions")).to_have_text("1 decision")


def test_the_limit_of_the_encoder_is_marked_where_a_long_edit_passes_it(
    open_cells: OpenCells, world: Path, pictures: Path
) -> None:
    opened = f"import workbench, widgets\nws = workbench.open({str(world)!r}, annotator='ana')"
    lab = open_cells(opened, "view = widgets.Review(ws, error_type='attribute', encoder='fake')\nview")
    root = lab.page.locator(".cw-review")
    expect(root.locator(".cw-stage-picture")).to_be_visible()
    root.focus()
    lab.page.keyboard.press("e")
    field = root.locator(".cw-edit-field")
    expect(field).to_be_focused()
    words = [f"w{number}" for number in range(40)]  # this encoder reads 32 words at once
    field.fill(" ".join(words))
    expect(root.locator(".cw-edit-length")).to_have_text("40 tokens of 32")
    expect(root.locator(".cw-edit-length")).to_have_class(re.compile("cw-warn"))
    expect(root.locator(".cw-edit-diff .cw-limit")).to_have_text("32")
    expect(root.locator(".cw-limit + ins")).to_have_text(" ".join(words[32:]))
    root.screenshot(path=pictures / "review-edit-long.png")


PROPOSED = "A man in a purple jacket on the quay, two ducks and a white sailing boat in the rain."
PROPOSE = """
from workbench.pairs import add_pairs
from workbench.preferences.pair import Pair, variant_id
sample = view.core.queue.items(0, 1)[0].sample_id
texts = [{text!r}, 'A boat.']
ids = [variant_id(sample, text, 'on_policy') for text in texts]
add_pairs(ws.store, [Pair(sample, *ids, *texts, 'on_policy', source='your model', margin=0.2)])
view.refresh()
"""


def test_what_a_model_proposes_is_taken_by_tab_while_writing_and_stays_proposed_till_then(
    open_cells: OpenCells, world: Path, pictures: Path
) -> None:
    opened = f"import workbench, widgets\nws = workbench.open({str(world)!r}, annotator='ana')"
    cell = "view = widgets.Review(ws, error_type='attribute')\nview"
    lab = open_cells(opened, cell, PROPOSE.format(text=PROPOSED))
    root = lab.page.locator(".cw-review")
    box = root.locator(".cw-proposal")
    expect(box).to_contain_text("proposed by your model, not accepted")
    expect(box).to_contain_text(PROPOSED)
    root.focus()
    lab.page.keyboard.press("e")
    expect(root.locator(".cw-edit-field")).to_be_focused()
    root.screenshot(path=pictures / "review-proposal.png")
    lab.page.keyboard.press("Tab")
    expect(root.locator(".cw-edit-field")).to_have_value(PROPOSED)
    expect(box).to_be_hidden()
    assert lab.ask_kernel("ws.verdicts.height") == 0
    lab.page.keyboard.press("Enter")
    lab.page.keyboard.press("n")
    expect(root.locator(".cw-decisions")).to_have_text("1 decision")
    expect(root.locator(".cw-saved")).to_have_attribute("data-state", "saved")
    assert lab.ask_kernel("ws.pairs.filter(origin='edit')['chosen_text'].to_list()") == [PROPOSED]
    assert lab.ask_kernel("ws.pairs.filter(origin='on_policy')['status'].to_list()") == ["proposed"]


@pytest.mark.parametrize("width", [1120, 480])
def test_the_question_is_whole_in_both_themes_and_when_narrow(
    review: tuple[LabPage, Locator], width: int, pictures: Path
) -> None:
    lab, root = review
    root.evaluate("(element, width) => { element.style.width = `${width}px`; }", width)
    lab.page.keyboard.press("3")
    suspect = root.locator(".cw-caption-main mark").inner_text()
    write(lab, root, caption(root).replace(suspect, "white").rstrip(".") + " in the rain.")
    expect(root.locator(".cw-question")).to_be_focused()
    shown = root.locator(".cw-edit-diff .cw-new").last
    expect(shown).to_have_text("in the rain")
    box, side = shown.bounding_box(), root.locator(".cw-side").bounding_box()
    assert box is not None
    assert side is not None
    assert box["y"] + box["height"] <= side["y"] + side["height"], "the words asked about can be read"
    for theme in ("dark", "light"):
        lab.set_theme(f"JupyterLab {theme.capitalize()}")
        expect(root).to_have_attribute("data-theme", theme)
        for button in root.locator(".cw-answers .cw-btn").all():
            expect(button).to_be_in_viewport()
            assert button.evaluate("element => element.scrollWidth <= element.clientWidth + 1")
        if width == 1120:
            keep(root, "review-edit" if theme == "light" else "review-edit-dark", pictures)
        else:
            root.screenshot(path=pictures / f"review-edit-480-{theme}.png")
