"""Every key that Review lists does what it says, in a real JupyterLab that gets none of them."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from .jupyter_lab import LabPage
from .test_review_marks import open_review

OpenCells = Callable[..., LabPage]


@pytest.fixture
def clip(open_cells: OpenCells, world: Path) -> tuple[LabPage, Locator]:
    lab, root = open_review(open_cells, world, ", error_type='interval'")
    expect(root.locator("video")).to_be_visible()
    lab.page.wait_for_function("() => document.querySelector('.cw-review video').readyState >= 2")
    return lab, root


def time_of(root: Locator) -> float:
    return float(root.locator("video").evaluate("video => video.currentTime"))


def is_playing(lab: LabPage, expected: bool) -> None:
    lab.page.wait_for_function(
        "expected => document.querySelector('.cw-review video').paused !== expected", arg=expected
    )


def test_the_keys_of_the_media_play_step_and_go_to_both_intervals(clip: tuple[LabPage, Locator]) -> None:
    lab, root = clip
    before = lab.notebook_state()
    press = lab.page.keyboard.press
    for expected in (True, False):
        press("Space")
        is_playing(lab, expected)
    for key, sign in ((".", 1), (",", -1)):
        then = time_of(root)
        press(key)
        lab.page.wait_for_function(
            "([then, sign]) => sign * (document.querySelector('.cw-review video').currentTime - then) > 0",
            arg=[then, sign],
        )
    for key, start_s in (("i", 0.4), ("f", 2.4)):
        press(key)
        is_playing(lab, True)
        assert start_s - 0.1 <= time_of(root) <= start_s + 2.0, key
        press("Space")
        is_playing(lab, False)
    press("[")
    expect(root.locator(".cw-segment-marked")).to_be_visible()
    press("]")
    expect(root.locator(".cw-stretch")).to_have_class(re.compile("is-set"))
    assert lab.notebook_state() == before


def test_the_keys_of_a_verdict_open_what_they_name_and_escape_closes_it(
    clip: tuple[LabPage, Locator],
) -> None:
    lab, root = clip
    before = lab.notebook_state()
    press = lab.page.keyboard.press
    for key, opened in (
        ("e", ".cw-edit-field"), ("n", ".cw-note"), ("d", ".cw-caption-main.is-marking"),
        ("h", ".cw-history"), ("?", ".cw-sheet"),
    ):  # fmt: skip
        press(key)
        expect(root.locator(opened)).to_be_visible()
        press("Escape")
        expect(root.locator(opened).filter(visible=True)).to_have_count(0)
        assert root.evaluate("root => root.contains(document.activeElement)"), key
    press("w")
    expect(root.locator(".cw-evidence details[open]")).to_have_count(1)
    press("q")
    expect(root.locator("select.cw-order")).to_be_focused()
    press("Escape")
    press("8")
    expect(root.locator(".cw-types .cw-chip[aria-pressed='true']")).to_have_text("8time")
    press("g")
    expect(root.locator(".cw-severity")).to_have_attribute("aria-pressed", "true")
    assert lab.notebook_state() == before
    assert lab.ask_kernel("ws.verdicts.height") == 0, "none of these decides"


def test_the_keys_that_decide_and_go_do_so_and_undo_follows_them(clip: tuple[LabPage, Locator]) -> None:
    lab, root = clip
    before = lab.notebook_state()
    place, press = root.locator(".cw-head .meta").last, lab.page.keyboard.press
    for key, shown in (
        ("ArrowRight", "2 of 26"), ("j", "3 of 26"), ("k", "2 of 26"), ("ArrowLeft", "1 of 26"),
        ("u", "2 of 26"), ("Control+j", "1 of 26"),
    ):  # fmt: skip
        press(key)
        expect(place).to_contain_text(shown)
    for number, (key, verdict) in enumerate((("a", "ok"), ("x", "misaligned"), ("s", "skip")), start=1):
        caption = root.locator(".cw-caption-main").inner_text()
        press(key)
        expect(root.locator(".cw-caption-main")).not_to_have_text(caption)
        expect(root.locator(".cw-decisions")).to_contain_text(f"{number} decision")
        expect(root.locator(".cw-saved")).to_have_attribute("data-state", "saved")
        assert lab.ask_kernel("ws.verdicts.sort('at_utc')['verdict'][-1]") == verdict
    for key, count in (("Control+z", 2), ("Control+z", 1), ("Control+Shift+z", 2)):
        press(key)
        expect(root.locator(".cw-decisions")).to_contain_text(f"{count} decision")
    assert lab.ask_kernel("ws.verdicts.height") == 2
    assert lab.notebook_state() == before
