"""How the gallery looks and is asked, in a real JupyterLab: sizes, seeds, hints, previews, themes."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from .conftest import ROOT
from .jupyter_lab import LabPage

OpenCells = Callable[..., LabPage]
OPEN = "import workbench, widgets\nws = workbench.open({path!r}, annotator='ana')"


@pytest.fixture
def gallery(open_cells: OpenCells, world: Path) -> Iterator[tuple[LabPage, Locator]]:
    lab = open_cells(OPEN.format(path=str(world)), "view = widgets.Gallery(ws)\nview")
    expect(lab.page.locator(".cw-tile img").first).to_be_visible()
    yield lab, lab.page.locator(".cw-gallery")
    lab.page.evaluate("() => localStorage.removeItem('caption-workbench-tile-size')")


def columns(root: Locator) -> int:
    """How many tiles stand in the first row."""
    tops = root.locator(".cw-tile").evaluate_all(
        "tiles => tiles.map(tile => Math.round(tile.getBoundingClientRect().top))"
    )
    return tops.count(min(tops))


def test_plus_and_minus_change_the_tiles_and_the_size_is_kept(
    gallery: tuple[LabPage, Locator], pictures: Path
) -> None:
    lab, root = gallery
    root.focus()
    medium = columns(root)
    lab.page.keyboard.press("-")
    assert columns(root) > medium
    root.screenshot(path=pictures / "gallery-small.png")
    lab.page.keyboard.press("+")
    lab.page.keyboard.press("+")
    assert columns(root) < medium
    # The larger pictures come a moment later.
    wide = "() => document.querySelector('.cw-tile img').naturalWidth > 320"
    lab.page.wait_for_function(wide)
    root.screenshot(path=pictures / "gallery-large.png")
    lab.run_all()
    expect(root).to_have_attribute("data-size", "L")


def test_a_shuffle_shows_its_seed_and_the_seed_gives_the_same_order_again(
    gallery: tuple[LabPage, Locator],
) -> None:
    lab, root = gallery
    root.focus()
    lab.page.keyboard.press("q")
    expect(root.locator("select[aria-label=Order]")).to_be_focused()
    root.locator("select[aria-label=Order]").select_option("random")
    seed = root.locator(".cw-seed-number")
    expect(seed).to_be_visible()
    expect(seed).to_have_value(str(lab.ask_kernel("view.core.scope.seed")))
    seed.fill("7")
    seed.press("Enter")
    expect(root.locator(".cw-tile[data-index='0'] .cw-tile-caption")).to_have_text(
        str(lab.ask_kernel("widgets.Gallery(ws, sort='random', seed=7).shown['text'][0]"))
    )
    root.get_by_label("Shuffle anew").click()
    expect(seed).not_to_have_value("7")


def test_the_filter_line_hints_at_fields_and_values_and_at_what_was_asked_before(
    gallery: tuple[LabPage, Locator], pictures: Path
) -> None:
    lab, root = gallery
    root.focus()
    lab.page.keyboard.press("/")
    hints = root.locator(".cw-hint")
    expect(hints.first).to_be_visible()
    lab.page.keyboard.type("err")
    expect(hints).to_have_text(["error"])
    lab.page.keyboard.press("ArrowDown")
    lab.page.keyboard.press("Enter")
    field = root.locator(".cw-filter-input")
    expect(field).to_have_value("error:")
    lab.page.keyboard.type("wr")
    root.screenshot(path=pictures / "gallery-hints.png")
    lab.page.keyboard.press("ArrowDown")
    lab.page.keyboard.press("Tab")
    expect(field).to_have_value("error:wrong_pair")
    lab.page.keyboard.press("Enter")
    expect(root.locator(".cw-code")).to_contain_text("wrong_pair")
    field.fill("")
    expect(hints.first).to_have_text("error:wrong_pair")
    lab.page.keyboard.press("Escape")
    expect(hints).to_have_count(0)
    expect(field).to_be_focused()


def test_a_hovered_video_plays_without_sound_and_space_gives_it_sound(
    gallery: tuple[LabPage, Locator],
) -> None:
    lab, root = gallery
    root.locator(".cw-chip", has_text="video").click()
    expect(root.locator(".cw-tile")).to_have_count(1)
    tile = root.locator(".cw-tile")
    tile.hover()
    lab.page.wait_for_function("() => document.querySelector('.cw-tile video')?.currentTime > 0.1")
    assert tile.locator("video").evaluate("video => video.muted") is True
    root.focus()
    lab.page.keyboard.press("Space")
    is_heard = "video => !video.muted && !video.paused"
    lab.page.wait_for_function(f"() => ({is_heard})(document.querySelector('.cw-tile video'))")
    lab.page.keyboard.press("Space")
    expect(tile.locator("video")).to_have_count(0)
    expect(tile.locator("img")).to_be_visible()


def test_a_video_reached_by_keys_plays_without_sound_and_stops_when_left(
    gallery: tuple[LabPage, Locator],
) -> None:
    lab, root = gallery
    place = lab.ask_kernel("view.shown['media'].to_list().index('video')")
    assert isinstance(place, int)
    root.focus()
    for _ in range(place):
        lab.page.keyboard.press("ArrowRight")
    expect(root.locator(".cw-tile.is-focused video")).to_have_count(1)
    assert root.locator(".cw-tile video").evaluate("video => video.muted") is True
    lab.page.keyboard.press("ArrowLeft")
    expect(root.locator(".cw-tile video")).to_have_count(0)


def test_a_linked_view_narrows_the_gallery_which_says_so_and_can_lift_it(
    gallery: tuple[LabPage, Locator],
) -> None:
    lab, root = gallery
    lab.ask_kernel(
        "[view.core.take_scope(ws.samples['sample_id'].head(3), '3 points in a lasso'), view.refresh()]"
    )
    expect(root.locator(".cw-count")).to_have_text("3 of 26")
    chip = root.locator(".cw-linked .cw-chip")
    expect(chip).to_have_text("3 points in a lasso")
    chip.click()
    expect(root.locator(".cw-count")).to_have_text("26 of 26")
    expect(chip).to_be_hidden()


def test_the_grid_goes_with_a_brush_while_it_is_dragged(gallery: tuple[LabPage, Locator]) -> None:
    lab, root = gallery
    box = root.locator(".cw-histogram").bounding_box()
    assert box is not None
    lab.page.mouse.move(box["x"] + 1, box["y"] + 20)
    lab.page.mouse.down()
    lab.page.mouse.move(box["x"] + box["width"] * 0.4, box["y"] + 20, steps=4)
    expect(root.locator(".cw-count")).not_to_have_text("26 of 26")
    lab.page.mouse.up()
    expect(root.locator(".cw-code")).to_contain_text('pl.col("score") <=')


def test_tiles_are_options_of_a_list_that_says_how_long_it_is(gallery: tuple[LabPage, Locator]) -> None:
    lab, root = gallery
    root.focus()
    lab.page.keyboard.press("ArrowRight")
    tile = root.locator("[role=listbox].cw-scroller [role=option].is-focused")
    expect(tile).to_have_attribute("aria-posinset", "2")
    expect(tile).to_have_attribute("aria-setsize", "26")
    lab.page.keyboard.press("Control+a")
    expect(root.locator(".cw-heard")).to_have_text("26 pairs selected")
    expect(tile).to_have_attribute("aria-selected", "true")
    active = root.locator(".cw-scroller").get_attribute("aria-activedescendant")
    assert active == tile.get_attribute("id")


@pytest.mark.parametrize("theme", ["Light", "Dark"])
def test_image_video_and_audio_tiles_in_both_themes(
    gallery: tuple[LabPage, Locator], theme: str, pictures: Path
) -> None:
    lab, root = gallery
    lab.set_theme(f"JupyterLab {theme}")
    try:
        root.evaluate("element => { element.style.width = '1120px'; }")
        root.focus()
        for place, key in enumerate("xax"):
            lab.page.keyboard.press(key)
            expect(root.locator(".cw-tile.is-focused")).to_have_attribute("data-index", str(place + 1))
        # The clip and the sound stand last in the list; by media they come first.
        root.locator(".cw-looks-button").focus()
        root.locator("select[aria-label=Order]").select_option("path")
        first = root.locator(".cw-tile[data-index='0'] img")
        expect(first).to_have_attribute("title", re.compile("IMG_0000"))
        root.focus()
        lab.page.keyboard.press("End")
        lab.page.mouse.move(2, 2)
        expect(root.locator(".cw-tile[data-index='25'] canvas")).to_be_visible()
        name = "gallery" if theme == "Light" else "gallery-dark"
        root.screenshot(path=pictures / f"{name}-media.png")
        if os.environ.get("WRITE_SCREENSHOTS") == "1":
            root.screenshot(path=ROOT / "docs" / "images" / f"{name}-media.png")
    finally:
        lab.set_theme("JupyterLab Light")
