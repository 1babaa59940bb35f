"""Review by error type in a real JupyterLab: the queue, the underlined words, the interval on the clock."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from playwright.sync_api import Locator, expect

import workbench.workspace

from .conftest import ROOT
from .jupyter_lab import LabPage

OpenCells = Callable[..., LabPage]


def open_review(open_cells: OpenCells, world: Path, arguments: str = "") -> tuple[LabPage, Locator]:
    opened = f"import workbench, widgets\nws = workbench.open({str(world)!r}, annotator='ana')"
    lab = open_cells(opened, f"view = widgets.Review(ws{arguments})\nview")
    return lab, lab.page.locator(".cw-review")


def keep(root: Locator, name: str, pictures: Path, *, shown: bool = True) -> None:
    """Take a picture; the ones that are shown in the papers go there when asked for."""
    root.screenshot(path=pictures / f"{name}.png")
    if shown and os.environ.get("WRITE_SCREENSHOTS") == "1":
        shutil.copyfile(pictures / f"{name}.png", ROOT / "docs" / "images" / f"{name}.png")


def marked(root: Locator) -> list[tuple[str | None, str]]:
    marks = root.locator(".cw-caption-main mark").all()
    return [(mark.get_attribute("data-type"), mark.inner_text()) for mark in marks]


def first_attribute(lab: LabPage) -> tuple[str, int, int]:
    """Return the caption of the first photo and the span that is suspected in it."""
    flags = "ws.flags.filter(error_type='attribute').join(ws.captions, on='caption_id')"
    rows = f"{flags}.join(ws.samples, on='sample_id')"
    shown = lab.ask_kernel(f"list({rows}.sort('path').select('text', 'start_char', 'end_char').row(0))")
    return tuple(shown)


def set_order(root: Locator, value: str) -> None:
    """Choose an order and wait for it; the pair on the stage may stay the same."""
    root.locator("select.cw-order").select_option(value)
    expect(root.locator("select.cw-order")).to_have_value(value)


def test_the_queue_is_ordered_by_one_error_type_and_the_suspected_words_are_underlined(
    open_cells: OpenCells, world: Path, pictures: Path
) -> None:
    lab, root = open_review(open_cells, world, ", error_type='attribute'")
    expect(root.locator("select.cw-order")).to_have_value("type:attribute")
    expect(root.locator(".cw-stage-picture")).to_be_visible()
    text, start, end = first_attribute(lab)
    assert ("attribute", text[start:end]) in marked(root)
    card = root.locator(".cw-card").first
    expect(card).to_contain_text("attribute")
    expect(card).to_contain_text(f"“{text[start:end]}”")
    expect(card).to_contain_text("claims · lowest 1 %")
    expect(root.locator(".cw-chip.is-suspected", has_text="attribute")).to_be_visible()
    assert lab.ask_kernel("view.core.queue.items(0, 1)[0].error_type") == "attribute"
    keep(root, "review-by-type", pictures)


def test_several_types_are_told_apart_by_line_and_key_and_not_by_colour_alone(
    open_cells: OpenCells, world: Path
) -> None:
    ws = workbench.workspace.open(world)
    is_near = pl.col("percentile").is_between(0.06, 0.1) & (pl.col("scorer") == "claims")
    ws.store.replace(
        "scores",
        ws.scores.with_columns(pl.when(is_near).then(0.04).otherwise("percentile").alias("percentile")),
    )
    _, root = open_review(open_cells, world, ", error_type='attribute'")
    expect(root.locator(".cw-caption-main mark")).not_to_have_count(0)
    looks = {}
    for mark in root.locator(".cw-caption-main mark").all():
        style = mark.evaluate(
            "element => [getComputedStyle(element).textDecorationStyle,"
            " getComputedStyle(element, '::after').content, getComputedStyle(element).textDecorationColor]"
        )
        looks[mark.get_attribute("data-type")] = style
        assert str(mark.get_attribute("title")).count("lowest") >= 1
    assert set(looks) == {"attribute", "object", "count"}
    for part in (0, 2):
        assert len({style[part] for style in looks.values()}) == 3
    assert '"3"' in looks["attribute"][1]


def test_every_type_with_scores_is_offered_with_its_count_and_no_other(
    open_cells: OpenCells, world: Path
) -> None:
    _, root = open_review(open_cells, world)
    expect(root.locator("select.cw-order optgroup option")).not_to_have_count(0)
    offered = root.locator("select.cw-order option").all_inner_texts()
    assert offered[:2] == ["Most suspicious first", "Random order"]
    assert "attribute first (24)" in offered
    assert "time first (1)" in offered
    assert not any("speaker" in words for words in offered)


def test_another_order_keeps_what_is_decided_and_goes_on_at_the_first_that_is_not(
    open_cells: OpenCells, world: Path
) -> None:
    lab, root = open_review(open_cells, world, ", error_type='attribute'")
    expect(root.locator(".cw-caption-main mark")).not_to_have_count(0)
    root.focus()
    lab.page.keyboard.press("3")
    lab.page.keyboard.press("x")
    expect(root.locator(".cw-decisions")).to_have_text("1 decision")
    first = lab.ask_kernel("ws.verdicts['caption_id'][0]")
    drawn = "[i.caption_id for i in view.core.queue.items(0, 26) if i.stratum == 'random'][0]"
    chosen_at_random = lab.ask_kernel(drawn)
    set_order(root, "type:count")
    expect(root.locator(".cw-card").first).to_contain_text("count")
    assert lab.ask_kernel("view.core.error_type") == "count"
    assert lab.ask_kernel(drawn) == chosen_at_random
    assert lab.ask_kernel("ws.verdicts['caption_id'].to_list()") == [first]
    set_order(root, "type:attribute")
    expect(root.locator(".cw-progress-text")).to_have_text("1 of 26")
    expect(root.locator(".cw-caption-main mark[data-type='attribute']")).to_be_visible()
    lab.page.keyboard.press("ArrowLeft")
    expect(root.locator(".cw-said-misaligned").first).to_have_text("misaligned, attribute")


def test_a_type_nothing_has_looked_for_says_the_line_to_run(
    open_cells: OpenCells, world: Path, pictures: Path
) -> None:
    _, root = open_review(open_cells, world, ", error_type='speaker'")
    expect(root.locator(".cw-statement code")).to_contain_text("ws.score(")
    keep(root, "review-no-scores-of-type", pictures, shown=False)
    root.get_by_role("button", name="Most suspicious first").click()
    expect(root.locator(".cw-caption-main")).to_be_visible()
    expect(root.locator("select.cw-order")).to_have_value("worst")


def test_the_interval_and_what_fits_better_stand_on_the_clock_and_a_click_seeks(
    open_cells: OpenCells, world: Path, pictures: Path
) -> None:
    lab, root = open_review(open_cells, world, ", error_type='interval'")
    track, player = root.locator(".cw-clock-track"), root.locator("video")
    expect(player).to_be_visible()
    boxes = {name: root.locator(f".cw-segment-{name}").bounding_box() for name in ("caption", "suggested")}
    line = track.bounding_box()
    assert line is not None
    for name, (start_s, end_s) in {"caption": (0.4, 2.3), "suggested": (2.4, 4.3)}.items():
        box = boxes[name]
        assert box is not None
        assert (box["x"] - line["x"]) / line["width"] == pytest.approx(start_s / 4.65, abs=0.01)
        assert box["width"] / line["width"] == pytest.approx((end_s - start_s) / 4.65, abs=0.01)
    expect(root.locator(".cw-play-suggested")).to_contain_text("2.4–4.3 s")
    expect(root.locator(".cw-shift")).to_have_text("2.0 s later")
    root.focus()
    track.click(position={"x": line["width"] * 0.6, "y": line["height"] / 2})
    lab.page.wait_for_function("() => Math.abs(document.querySelector('video').currentTime - 2.79) < 0.1")
    expect(track).to_have_attribute("aria-valuetext", "2.8 s, in the interval that fits better")
    # The arrows still go from pair to pair after a click.
    assert lab.page.evaluate("() => document.activeElement.classList.contains('cw-review')")
    keep(root, "review-clock", pictures)


def test_an_interval_is_played_and_stepped_through_by_keys_alone(open_cells: OpenCells, world: Path) -> None:
    lab, root = open_review(open_cells, world, ", error_type='interval'")
    expect(root.locator("video")).to_be_visible()
    root.focus()
    now = "() => document.querySelector('video').currentTime"
    lab.page.keyboard.press("i")
    is_stopped_at = (
        "end => { const v = document.querySelector('video'); return v.paused && v.currentTime >= end; }"
    )
    lab.page.wait_for_function(is_stopped_at, arg=2.3)
    assert lab.page.evaluate(now) < 2.7
    before = lab.page.evaluate(now)
    lab.page.keyboard.press(",")
    lab.page.wait_for_function("before => document.querySelector('video').currentTime < before", arg=before)
    assert before - lab.page.evaluate(now) < 0.2
    root.locator(".cw-clock-track").focus()
    lab.page.keyboard.press("End")
    lab.page.wait_for_function("() => document.querySelector('video').currentTime > 4.5")
    lab.page.keyboard.press("Home")
    lab.page.wait_for_function("() => document.querySelector('video').currentTime === 0")
    expect(root.locator(".cw-caption-main")).to_contain_text("yellow boat")


def test_the_order_is_chosen_by_keys_alone_and_the_overlay_names_them(
    open_cells: OpenCells, world: Path, pictures: Path
) -> None:
    lab, root = open_review(open_cells, world)
    expect(root.locator(".cw-stage-picture")).to_be_visible()
    root.focus()
    lab.page.keyboard.press("q")
    expect(root.locator("select.cw-order")).to_be_focused()
    lab.page.keyboard.type("attribute")
    expect(root.locator("select.cw-order")).to_have_value("type:attribute")
    lab.page.keyboard.press("Enter")
    expect(root).to_be_focused()
    expect(root.locator(".cw-card").first).to_contain_text("attribute")
    assert lab.ask_kernel("ws.verdicts.height") == 0, "letters typed in the list decide nothing"
    lab.page.keyboard.press("w")
    expect(root.locator(".cw-others")).to_be_visible()
    root.locator(".cw-evidence summary").focus()
    lab.page.keyboard.press("Enter")
    expect(root.locator(".cw-others")).to_be_hidden()
    lab.page.keyboard.press("w")
    keep(root, "review-others", pictures, shown=False)
    lab.page.keyboard.press("?")
    for words in ("order of the queue", "why: the other error types", "play what fits better"):
        expect(root.locator(".cw-sheet")).to_contain_text(words)
    keep(root, "review-keys", pictures, shown=False)


def test_an_undefined_score_says_why(open_cells: OpenCells, world: Path) -> None:
    lab, root = open_review(open_cells, world, ", error_type='relation'")
    root.focus()
    is_unscored = "[i.suspicion is None and i.stratum == 'worst' for i in view.core.queue.items(0, 26)]"
    place = lab.ask_kernel(is_unscored).index(True)
    caption_id = lab.ask_kernel(f"view.core.queue.items({place}, 1)[0].caption_id")
    for _ in range(place):
        shown = root.locator(".cw-caption-main").inner_text()
        lab.page.keyboard.press("ArrowRight")
        expect(root.locator(".cw-caption-main")).not_to_have_text(shown)
    text = lab.ask_kernel(f"ws.captions.filter(caption_id={caption_id!r})['text'][0]")
    expect(root.locator(".cw-caption-main")).to_have_text(str(text))
    expect(root.locator(".cw-evidence")).to_contain_text("No score: the ")


def test_a_long_caption_scrolls_to_its_suspected_words(
    open_cells: OpenCells, world: Path, pictures: Path
) -> None:
    lab, root = open_review(open_cells, world, ", error_type='object'")
    root.focus()
    expect(root.locator(".cw-caption-main mark").first).to_be_visible()
    while root.locator(".cw-caption-main mark", has_text="a red kite").count() == 0:
        shown = root.locator(".cw-caption-main").inner_text()
        lab.page.keyboard.press("ArrowRight")
        expect(root.locator(".cw-caption-main")).not_to_have_text(shown)
    mark, box = (
        root.locator(".cw-caption-main mark").bounding_box(),
        root.locator(".cw-caption-main").bounding_box(),
    )
    assert mark is not None
    assert box is not None
    assert box["y"] <= mark["y"] <= mark["y"] + mark["height"] <= box["y"] + box["height"]
    expect(root.locator(".cw-verdict").first).to_be_in_viewport()
    keep(root, "review-long-caption", pictures, shown=False)


@pytest.mark.parametrize("width", [700, 480])
def test_a_narrow_review_keeps_its_clock_and_its_order(
    open_cells: OpenCells, world: Path, width: int, pictures: Path
) -> None:
    _, root = open_review(open_cells, world, ", error_type='interval'")
    expect(root.locator("video")).to_be_visible()
    root.evaluate("(element, width) => { element.style.width = `${width}px`; }", width)
    frame = root.bounding_box()
    assert frame is not None
    for part in (".cw-clock-track", "select.cw-order", ".cw-play-suggested", ".cw-verdict-skip"):
        box = root.locator(part).bounding_box()
        assert box is not None, part
        assert box["x"] >= frame["x"], part
        assert box["x"] + box["width"] <= frame["x"] + frame["width"], part
    video = root.locator("video").bounding_box()
    assert video is not None
    assert video["height"] >= 100
    keep(root, f"review-clock-{width}", pictures, shown=False)


def test_the_dark_theme_shows_the_marks_and_the_clock(
    open_cells: OpenCells, world: Path, pictures: Path
) -> None:
    lab, root = open_review(open_cells, world, ", error_type='attribute'")
    expect(root.locator(".cw-stage-picture")).to_be_visible()
    lab.set_theme("JupyterLab Dark")
    expect(root).to_have_attribute("data-theme", "dark")
    keep(root, "review-by-type-dark", pictures)
    set_order(root, "type:interval")
    expect(root.locator("video")).to_be_visible()
    keep(root, "review-clock-dark", pictures)
    lab.set_theme("JupyterLab Light")


def test_the_gallery_underlines_and_explains_alike(
    open_cells: OpenCells, world: Path, pictures: Path
) -> None:
    lab = open_cells(
        f"import workbench, widgets\nws = workbench.open({str(world)!r}, annotator='ana')",
        "view = widgets.Gallery(ws, filter='claims_attribute<0.5')\nview",
    )
    root = lab.page.locator(".cw-gallery")
    expect(root.locator(".cw-tile img").first).to_be_visible()
    assert lab.ask_kernel("view.shown.height") == 2
    lab.page.keyboard.press("Escape")
    root.locator(".cw-scroller").focus()
    lab.page.keyboard.press("Enter")
    expect(root.locator(".cw-detail mark[data-type='attribute']")).to_be_visible()
    expect(root.locator(".cw-detail .cw-evidence summary")).to_contain_text("more error type")
    keep(root, "gallery-detail", pictures, shown=False)
