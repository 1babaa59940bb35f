"""Review among several people in a real JupyterLab: history, second opinion, adjudication, scopes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Locator, expect

from .jupyter_lab import LabPage
from .test_review_types import keep

OpenCells = Callable[..., LabPage]

#: Ana and ben decide the first captions of the queue: two of them differently.
_DECIDED = """
from workbench.records import Span
first = [item.caption_id for item in ws.queue().items(0, 4)]
ws.decide(first[0], 'misaligned', annotator='ana', error_types=['attribute'], spans=[Span(0, 4)])
ws.decide(first[0], 'ok', annotator='ben', note='green enough')
ws.decide(first[1], 'misaligned', annotator='ana', edited_text='Nothing of that.')
ws.decide(first[1], 'ok', annotator='ben')
ws.decide(first[2], 'ok', annotator='ana')
ws.decide(first[2], 'ok', annotator='ben')
"""


def open_review(
    open_cells: OpenCells, world: Path, arguments: str, *, decided: bool = True
) -> tuple[LabPage, Locator]:
    opened = f"import workbench, widgets\nws = workbench.open({str(world)!r}, annotator='cem')"
    made = _DECIDED if decided else ""
    lab = open_cells(opened + made, f"view = widgets.Review(ws{arguments})\nview")
    root = lab.page.locator(".cw-review")
    expect(root.locator(".cw-saved")).to_be_visible()
    root.focus()
    return lab, root


def caption(root: Locator) -> str:
    return root.locator(".cw-caption-main").inner_text()


def decide(lab: LabPage, root: Locator, key: str) -> None:
    shown = caption(root)
    lab.page.keyboard.press(key)
    expect(root.locator(".cw-caption-main")).not_to_have_text(shown)


def test_the_history_goes_to_a_decision_and_takes_back_down_to_one_also_after_a_restart(
    open_cells: OpenCells, world: Path, pictures: Path
) -> None:
    lab, root = open_review(open_cells, world, "", decided=False)
    expect(root.locator(".cw-stage-picture")).to_be_visible()
    seen = []
    for key in "axs":
        seen.append(caption(root))
        decide(lab, root, key)
    expect(root.locator(".cw-decisions")).to_have_text("3 decisions")
    lab.restart_kernel()
    lab.run_all()
    root = lab.page.locator(".cw-review")
    expect(root.locator(".cw-decisions")).to_have_text("3 decisions")
    root.focus()
    lab.page.keyboard.press("h")
    items = root.locator(".cw-history-item")
    expect(items).to_have_count(3)
    expect(items.first).to_contain_text("skipped")
    keep(root, "review-history", pictures, shown=False)
    lab.page.keyboard.press("ArrowDown")
    lab.page.keyboard.press("Enter")
    expect(root.locator(".cw-caption-main")).to_have_text(seen[1])
    expect(root.locator(".cw-history")).to_be_hidden()
    lab.page.keyboard.press("h")
    expect(items).to_have_count(3)
    lab.page.keyboard.press("ArrowDown")
    lab.page.keyboard.press("Backspace")
    expect(root.locator(".cw-decisions")).to_have_text("1 decision")
    assert lab.ask_kernel("ws.verdicts['verdict'].to_list()") == ["ok"]
    expect(root.locator(".cw-history-item.is-undone")).to_have_count(2)
    lab.page.keyboard.press("Escape")
    lab.page.keyboard.press("Control+Shift+z")
    expect(root.locator(".cw-decisions")).to_have_text("2 decisions")
    assert lab.ask_kernel("ws.verdicts['verdict'].to_list()") == ["ok", "misaligned"]


def test_first_unreviewed_goes_back_to_what_was_passed_over(open_cells: OpenCells, world: Path) -> None:
    lab, root = open_review(open_cells, world, "", decided=False)
    expect(root.locator(".cw-stage-picture")).to_be_visible()
    first = caption(root)
    lab.page.keyboard.press("ArrowRight")
    expect(root.locator(".cw-caption-main")).not_to_have_text(first)
    decide(lab, root, "a")
    lab.page.keyboard.press("Control+j")
    expect(root.locator(".cw-caption-main")).to_have_text(first)


def test_a_second_opinion_shows_nothing_that_others_decided(open_cells: OpenCells, world: Path) -> None:
    lab, root = open_review(open_cells, world, ", second_opinion=True")
    expect(root.locator(".cw-stage-picture")).to_be_visible()
    expect(root.locator(".cw-bar b")).to_have_text("Second opinion")
    expect(root.locator(".cw-progress-text")).to_have_text("0 of 26")
    expect(root.locator(".cw-strip-item")).not_to_have_count(0)
    expect(root.locator(".cw-strip-item .cw-dot")).to_have_count(0)
    expect(root.locator(".cw-voices")).to_be_hidden()
    assert root.locator(".cw-said").count() == 0
    assert caption(root) == lab.ask_kernel("ws.captions.filter(caption_id=first[0])['text'][0]"), (
        "what others decided is drawn again"
    )
    decide(lab, root, "a")
    expect(root.locator(".cw-progress-text")).to_have_text("1 of 26")


def test_adjudication_shows_who_said_what_and_the_verdict_stands_for_all(
    open_cells: OpenCells, world: Path, pictures: Path
) -> None:
    lab, root = open_review(open_cells, world, ", adjudicate=True")
    expect(root.locator(".cw-bar b")).to_have_text("Adjudication")
    expect(root.locator(".cw-picked")).to_have_text("2 disagreed on")
    voices = root.locator(".cw-voice")
    expect(voices).to_have_count(2)
    expect(root.locator(".cw-voices")).to_contain_text("green enough")
    keep(root, "review-adjudication", pictures)
    lab.page.keyboard.press("b")
    expect(voices.first).to_have_class("cw-voice is-taken")
    assert lab.ask_kernel("ws.disagreements(is_open=True).height") == 2, "taking it saves nothing"
    decide(lab, root, "x")
    expect(root.locator(".cw-progress-text")).to_have_text("1 of 2")
    expect(root.locator(".cw-saved")).to_have_attribute("data-state", "saved")
    assert lab.ask_kernel("ws.disagreements(is_open=False)['adjudicator'].to_list()") == ["cem"]
    standing = "ws.verdicts.filter(is_adjudicated=True).select('verdict', 'annotator').rows()"
    assert lab.ask_kernel(standing) == [["misaligned", "cem"]]
    lab.page.keyboard.press("Control+z")
    expect(root.locator(".cw-progress-text")).to_have_text("0 of 2")
    assert lab.ask_kernel("ws.verdicts.filter(is_adjudicated=True).height") == 0


def test_a_linked_pick_narrows_the_review_and_lifting_it_widens_it_again(
    open_cells: OpenCells, world: Path
) -> None:
    lab, root = open_review(open_cells, world, "", decided=False)
    expect(root.locator(".cw-head .meta").last).to_have_text("1 of 26")
    lab.ask_kernel(
        "[view.core.take_scope(ws.samples['sample_id'].head(3), 'three photos'), view.refresh()][1]"
    )
    expect(root.locator(".cw-scope-chip")).to_have_text("only three photos")
    expect(root.locator(".cw-head .meta").last).to_contain_text("of 3")
    lab.ask_kernel("[view.core.take_scope(None, ''), view.refresh()][1]")
    expect(root.locator(".cw-scope-chip")).to_be_hidden()
    expect(root.locator(".cw-head .meta").last).to_contain_text("of 26")
