"""Marks in Review in a real JupyterLab: words by mouse and by keys, a stretch of time, severity, a note."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from .jupyter_lab import LabPage
from .test_review_types import keep

OpenCells = Callable[..., LabPage]


def open_review(open_cells: OpenCells, world: Path, arguments: str = "") -> tuple[LabPage, Locator]:
    opened = f"import workbench, widgets\nws = workbench.open({str(world)!r}, annotator='ana')"
    lab = open_cells(opened, f"view = widgets.Review(ws{arguments})\nview")
    root = lab.page.locator(".cw-review")
    expect(root.locator(".cw-caption-main")).not_to_be_empty()
    root.focus()
    return lab, root


@pytest.fixture
def review(open_cells: OpenCells, world: Path) -> tuple[LabPage, Locator]:
    return open_review(open_cells, world, ", error_type='attribute'")


def text_of(lab: LabPage) -> str:
    return str(lab.page.evaluate("() => document.querySelector('.cw-caption-main').textContent"))


def select(lab: LabPage, start: int, end: int) -> None:
    """Select characters of the caption with the mouse, as a hand does."""
    box = lab.page.evaluate(
        """([start, end]) => {
          const root = document.querySelector('.cw-caption-main');
          const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
          const at = (offset) => {
            walker.currentNode = root;
            for (let left = offset; walker.nextNode(); left -= walker.currentNode.data.length)
              if (left <= walker.currentNode.data.length) return [walker.currentNode, left];
          };
          const range = document.createRange();
          range.setStart(...at(start));
          range.setEnd(...at(end));
          const boxes = [...range.getClientRects()];
          const [first, last] = [boxes[0], boxes.at(-1)];
          return [first.left + 1, first.top + first.height / 2, last.right - 1, last.top + last.height / 2];
        }""",
        [start, end],
    )
    lab.page.mouse.move(box[0], box[1])
    lab.page.mouse.down()
    lab.page.mouse.move((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
    lab.page.mouse.move(box[2], box[3])
    lab.page.mouse.up()


def seek(lab: LabPage, root: Locator, share: float) -> None:
    """Put the playhead at a share of the media, and wait until it is there."""
    track = root.locator(".cw-clock-track")
    box = track.bounding_box()
    assert box is not None
    track.click(position={"x": box["width"] * share, "y": 4})
    lab.page.wait_for_function(
        "([track, share]) => Math.abs(track.ariaValueNow / track.ariaValueMax - share) < 0.02",
        arg=[track.element_handle(), share],
    )


def decide(lab: LabPage, root: Locator) -> None:
    first = root.locator(".cw-caption-main").inner_text()
    lab.page.keyboard.press("x")
    expect(root.locator(".cw-saved")).to_have_attribute("data-state", "saved")
    expect(root.locator(".cw-caption-main")).not_to_have_text(first)


def test_words_selected_with_the_mouse_are_marked_whole_and_a_click_takes_the_mark_away(
    review: tuple[LabPage, Locator],
) -> None:
    lab, root = review
    text = text_of(lab)
    words = text.split()
    start = len(words[0]) + 1
    end = start + len(words[1]) + 1 + len(words[2])
    select(lab, start + 1, end - 1)  # within the first and the last word
    expect(root.locator(".cw-marked-chip")).to_have_count(1)
    decide(lab, root)
    assert lab.ask_kernel("ws.verdicts['spans'].to_list()[0]") == [[start, end]]
    lab.page.keyboard.press("ArrowLeft")
    expect(root.locator(".cw-marked-chip")).to_have_count(1)
    root.locator(".cw-caption-main .cw-made.is-marked").first.click()
    expect(root.locator(".cw-marked-chip")).to_have_count(0)
    decide(lab, root)
    assert lab.ask_kernel("ws.verdicts['spans'].to_list()[0]") == []


def test_words_are_marked_by_keys_alone_beginning_at_what_is_suspected(
    review: tuple[LabPage, Locator], pictures: Path
) -> None:
    lab, root = review
    text = text_of(lab)
    suspected = root.locator(".cw-caption-main mark.cw-suspect").first.inner_text()
    lab.page.keyboard.press("d")
    expect(root.locator(".cw-made.is-cursor").first).to_be_visible()
    lab.page.keyboard.press("Shift+ArrowRight")
    lab.page.keyboard.press("Enter")
    expect(root.locator(".cw-made.is-cursor")).to_have_count(0)
    expect(root.locator(".cw-marked-chip")).to_contain_text(suspected.split()[0])
    lab.page.keyboard.press("3")
    lab.page.keyboard.press("g")
    lab.page.keyboard.press("g")
    expect(root.locator(".cw-severity")).to_contain_text("clear")
    keep(root, "review-marks", pictures, shown=False)
    decide(lab, root)
    row = lab.ask_kernel("ws.verdicts.select('spans', 'severity', 'error_types').rows()[0]")
    [[start, end]], severity, types = row
    assert text[start:end].startswith(suspected.split()[0])
    assert " " in text[start:end], "two words"
    assert (severity, types) == (2, ["attribute"])


def test_marking_is_left_by_escape_and_nothing_is_decided_by_its_keys(
    review: tuple[LabPage, Locator],
) -> None:
    lab, root = review
    shown = text_of(lab)
    for key in ("d", "ArrowRight", "ArrowRight", "Escape"):
        lab.page.keyboard.press(key)
    expect(root.locator(".cw-made")).to_have_count(0)
    assert text_of(lab) == shown, "the arrows moved in the caption, not in the queue"
    lab.page.keyboard.press("ArrowRight")
    expect(root.locator(".cw-caption-main")).not_to_have_text(shown)


def test_a_note_is_kept_with_the_verdict_and_typing_it_decides_nothing(
    review: tuple[LabPage, Locator],
) -> None:
    lab, root = review
    lab.page.keyboard.press("n")
    expect(root.locator(".cw-note")).to_be_focused()
    lab.page.keyboard.type("ask about sax")
    lab.page.keyboard.press("Enter")
    expect(root.locator(".cw-note-chip")).to_contain_text("ask about sax")
    assert lab.ask_kernel("ws.verdicts.height") == 0
    decide(lab, root)
    assert lab.ask_kernel("ws.verdicts['note'].to_list()") == ["ask about sax"]


def test_marks_not_decided_yet_are_there_again_on_coming_back(review: tuple[LabPage, Locator]) -> None:
    lab, root = review
    lab.page.keyboard.press("g")
    expect(root.locator(".cw-severity")).to_contain_text("slight")
    lab.page.keyboard.press("ArrowRight")
    expect(root.locator(".cw-severity")).to_contain_text("how grave")
    lab.page.keyboard.press("ArrowLeft")
    expect(root.locator(".cw-severity")).to_contain_text("slight")


def test_brackets_say_when_a_caption_should_be_and_its_edges_are_dragged(
    open_cells: OpenCells, world: Path, pictures: Path
) -> None:
    lab, root = open_review(open_cells, world, ", error_type='interval'")
    expect(root.locator("video")).to_be_visible()
    track = root.locator(".cw-clock-track")
    box = track.bounding_box()
    assert box is not None
    duration = float(track.get_attribute("aria-valuemax") or 0)
    seek(lab, root, 0.25)
    lab.page.keyboard.press("[")
    seek(lab, root, 0.5)
    lab.page.keyboard.press("]")
    expect(root.locator(".cw-stretch")).to_contain_text("should be")
    edge = root.locator(".cw-edge-end").bounding_box()
    assert edge is not None
    lab.page.mouse.move(edge["x"] + 4, edge["y"] + 5)
    lab.page.mouse.down()
    lab.page.mouse.move(box["x"] + box["width"] * 0.75, edge["y"] + 5, steps=4)
    lab.page.mouse.up()
    keep(root, "review-stretch", pictures, shown=False)
    decide(lab, root)
    row = lab.ask_kernel(
        "list(ws.verdicts.select('edited_start_s', 'edited_end_s', 'error_types').rows()[0])"
    )
    near = pytest.approx
    assert row == [near(duration * 0.25, abs=0.1), near(duration * 0.75, abs=0.1), ["interval"]]


def test_brackets_say_where_a_caption_of_the_whole_is_wrong(open_cells: OpenCells, world: Path) -> None:
    sounds = "ws.captions.join(ws.samples.filter(media='audio'), on='sample_id')['caption_id'].to_list()"
    lab, root = open_review(open_cells, world, f", only={sounds}")
    expect(root.locator(".cw-clock-track")).to_be_visible()
    duration = float(root.locator(".cw-clock-track").get_attribute("aria-valuemax") or 0)
    seek(lab, root, 0.5)
    lab.page.keyboard.press("[")
    expect(root.locator(".cw-stretch")).to_contain_text("wrong")
    lab.page.keyboard.press("x")
    expect(root.locator(".cw-saved")).to_have_attribute("data-state", "saved")
    row = lab.ask_kernel("list(ws.verdicts.select('start_s', 'end_s', 'edited_start_s').rows()[0])")
    assert row == [pytest.approx(duration * 0.5, abs=0.1), pytest.approx(duration, abs=0.05), None]


def test_a_button_pressed_with_the_mouse_leaves_the_keys_to_the_view(
    review: tuple[LabPage, Locator],
) -> None:
    lab, root = review
    for button in (".cw-types .cw-chip", ".cw-severity", ".cw-strip-item:nth-child(2)"):
        root.locator(button).first.click()
        assert root.evaluate("root => root.contains(document.activeElement)"), button
    before = text_of(lab)
    lab.page.keyboard.press("ArrowRight")
    expect(root.locator(".cw-caption-main")).not_to_have_text(before)
