"""The gallery in a real JupyterLab."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from .jupyter_lab import LabPage

OpenCells = Callable[..., LabPage]


def cells(world: Path, view: str = "widgets.Gallery(ws)") -> tuple[str, ...]:
    return (
        f"import workbench, widgets\nws = workbench.open({str(world)!r}, annotator='ana')",
        f"view = {view}\nview",
    )


@pytest.fixture
def gallery(open_cells: OpenCells, world: Path) -> tuple[LabPage, Locator]:
    lab = open_cells(*cells(world))
    expect(lab.page.locator(".cw-tile img").first).to_be_visible()
    return lab, lab.page.locator(".cw-gallery")


def test_the_gallery_paints_pictures_with_captions_and_ranks(
    gallery: tuple[LabPage, Locator], pictures: Path
) -> None:
    lab, root = gallery
    first = root.locator(".cw-tile[data-index='0']")
    expect(first).to_contain_text("lowest")
    expect(first.locator(".cw-tile-caption")).not_to_be_empty()
    assert lab.page.evaluate("() => document.querySelector('.cw-tile img').naturalWidth") > 100
    expect(root.locator(".cw-count")).to_have_text("26 of 26")
    expect(root.locator(".cw-error-bar")).not_to_have_count(0)
    root.screenshot(path=pictures / "gallery.png")


def test_keys_decide_the_focused_tile_and_ctrl_z_takes_it_back(gallery: tuple[LabPage, Locator]) -> None:
    lab, root = gallery
    root.focus()
    lab.page.keyboard.press("x")
    tile = root.locator(".cw-tile[data-index='0']")
    expect(tile).to_contain_text("misaligned")
    expect(root.locator(".cw-saved")).to_have_attribute("data-state", "saved")
    assert lab.ask_kernel("ws.verdicts['verdict'].to_list()") == ["misaligned"]
    expect(root.locator(".cw-tile.is-focused")).to_have_attribute("data-index", "1")
    lab.page.keyboard.press("Control+z")
    expect(tile).not_to_contain_text("misaligned")
    assert lab.ask_kernel("ws.verdicts.height") == 0
    lab.page.keyboard.press("Control+Shift+z")
    expect(tile).to_contain_text("misaligned")


def test_a_filter_typed_and_entered_narrows_the_grid_and_gives_the_keys_back(
    gallery: tuple[LabPage, Locator],
) -> None:
    lab, root = gallery
    root.focus()
    lab.page.keyboard.press("/")
    lab.page.keyboard.type("media:audio")
    lab.page.keyboard.press("Enter")
    expect(root.locator(".cw-count")).not_to_have_text("26 of 26")
    expect(root.locator(".cw-code")).to_contain_text("media")
    lab.page.keyboard.press("x")
    expect(root.locator(".cw-saved")).to_have_attribute("data-state", "saved")
    decided = lab.ask_kernel(
        "ws.samples.join(ws.captions, on='sample_id').join(ws.verdicts, on='caption_id')['media'].to_list()"
    )
    assert decided == ["audio"]


def test_one_key_decides_all_that_match_and_one_undo_takes_them_back(
    gallery: tuple[LabPage, Locator],
) -> None:
    lab, root = gallery
    root.focus()
    lab.page.keyboard.press("/")
    lab.page.keyboard.type("error:wrong_pair")
    lab.page.keyboard.press("Enter")
    expect(root.locator(".cw-count")).not_to_have_text("26 of 26")
    shown = lab.ask_kernel("view.shown.height")
    lab.page.keyboard.press("Control+a")
    expect(root.locator(".cw-act.cw-verdict-misaligned")).to_contain_text(f"Misaligned {shown}")
    assert lab.ask_kernel("view.selected.height") == shown
    lab.page.keyboard.press("x")
    expect(root.locator(".cw-decisions")).to_have_text(f"{shown} decisions")
    lab.page.keyboard.press("Control+z")
    expect(root.locator(".cw-decisions")).to_have_text("0 decisions")
    assert lab.ask_kernel("ws.verdicts.height") == 0


def test_the_filter_shows_its_polars_expression_and_points_at_what_is_wrong(
    gallery: tuple[LabPage, Locator], pictures: Path
) -> None:
    _, root = gallery
    field = root.locator(".cw-filter-input")
    field.fill("similarity<0.3 is:flagged")
    field.press("Enter")
    expect(root.locator(".cw-code")).to_contain_text('pl.col("similarity") < 0.3')
    field.fill("similarity<0.3 eror:object")
    field.press("Enter")
    wrong = root.locator(".cw-wrong")
    expect(wrong).to_contain_text("There is no field 'eror'. Did you mean error?")
    expect(wrong.locator("mark")).to_have_text("e")
    root.screenshot(path=pictures / "filter-error.png")


def test_brushing_the_histogram_and_clicking_a_bar_scope_the_grid(gallery: tuple[LabPage, Locator]) -> None:
    lab, root = gallery
    box = root.locator(".cw-histogram").bounding_box()
    assert box is not None
    lab.page.mouse.move(box["x"] + 1, box["y"] + 20)
    lab.page.mouse.down()
    lab.page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + 20, steps=4)
    lab.page.mouse.up()
    expect(root.locator(".cw-code")).to_contain_text('pl.col("score") <=')
    brushed = lab.ask_kernel("view.shown.height")
    assert isinstance(brushed, int)
    assert 0 < brushed < 26
    root.locator(".cw-error-bar", has_text="wrong pair").click()
    expect(root.locator(".cw-code")).to_contain_text("['wrong_pair']")
    assert lab.ask_kernel("set(view.shown['error_types'].explode().to_list()) == {'wrong_pair'}") is True


def test_enter_opens_a_pair_large_and_escape_closes_it(
    gallery: tuple[LabPage, Locator], pictures: Path
) -> None:
    lab, root = gallery
    root.focus()
    lab.page.keyboard.press("Enter")
    detail = root.locator(".cw-detail")
    expect(detail.locator(".cw-stage-picture")).to_be_visible()
    expect(detail.locator(".cw-caption-main")).not_to_be_empty()
    before = detail.locator(".cw-detail-name").inner_text()
    root.screenshot(path=pictures / "gallery-detail.png")
    lab.page.keyboard.press("ArrowRight")
    expect(detail.locator(".cw-detail-name")).not_to_have_text(before)
    lab.page.keyboard.press("Escape")
    expect(detail).to_be_hidden()


@pytest.mark.parametrize("media", ["video", "audio"])
def test_video_and_audio_play_in_place(gallery: tuple[LabPage, Locator], media: str, pictures: Path) -> None:
    lab, root = gallery
    root.locator(".cw-chip", has_text=media).click()
    expect(root.locator(".cw-count")).to_have_text("1 of 26")
    root.focus()
    lab.page.keyboard.press("Space")
    if media == "video":
        lab.page.wait_for_function("() => document.querySelector('.cw-tile video')?.currentTime > 0.2")
        assert lab.page.evaluate("() => document.querySelector('.cw-tile video').videoWidth") > 0
    else:
        expect(root.locator(".cw-tile-wave")).to_be_visible()
    root.locator(".cw-tile").screenshot(path=pictures / f"tile-{media}.png")
    lab.page.keyboard.press("Enter")
    expect(root.locator(".cw-detail video" if media == "video" else ".cw-stage-wave")).to_be_visible()
    root.screenshot(path=pictures / f"detail-{media}.png")


@pytest.mark.parametrize("width", [700, 480])
def test_a_narrow_gallery_folds_its_rail_into_the_bar(
    gallery: tuple[LabPage, Locator], width: int, pictures: Path
) -> None:
    _, root = gallery
    root.evaluate("(element, width) => { element.style.width = `${width}px`; }", width)
    expect(root.locator(".cw-rail")).to_be_hidden()
    assert root.evaluate("element => element.scrollWidth <= element.clientWidth")
    root.screenshot(path=pictures / f"gallery-{width}.png")
    root.locator(".cw-rail-button").click()
    expect(root.locator(".cw-rail")).to_be_visible()


def test_an_empty_workspace_says_what_to_type(open_cells: OpenCells, tmp_path: Path, pictures: Path) -> None:
    lab = open_cells(
        f"import workbench, widgets\nws = workbench.create({str(tmp_path / 'new')!r})",
        "widgets.Gallery(ws)",
        "widgets.Review(ws)",
    )
    for name in ("gallery", "review"):
        root = lab.page.locator(f".cw-{name}")
        expect(root.locator(".cw-statement")).to_contain_text('ws.ingest("path/to/folder")')
        root.screenshot(path=pictures / f"{name}-empty.png")


def test_a_vanished_file_says_so_on_its_tile(open_cells: OpenCells, world: Path, pictures: Path) -> None:
    media = world.parent / "media"
    media.mkdir()
    (media / "here.jpg").write_bytes(next(Path(_media_of(world)).glob("IMG_0000.jpg")).read_bytes())
    (media / "gone.jpg").write_bytes(next(Path(_media_of(world)).glob("IMG_0001.jpg")).read_bytes())
    for name in ("here", "gone"):
        (media / f"{name}.txt").write_text(f"A picture that is {name}.")
    lab = open_cells(
        f"import workbench, widgets, pathlib\nws = workbench.create({str(world.parent / 'two')!r})\n"
        f"ws.ingest({str(media)!r}, progress=False)\npathlib.Path({str(media / 'gone.jpg')!r}).unlink()",
        "widgets.Gallery(ws, sort='path')",
    )
    root = lab.page.locator(".cw-gallery")
    expect(root.locator(".cw-tile-gone")).to_contain_text("The file is gone")
    expect(root.locator(".cw-tile img")).to_have_count(1)
    expect(root.locator(".cw-rail")).to_contain_text("No scores yet")
    root.screenshot(path=pictures / "gallery-vanished.png")


def _media_of(world: Path) -> str:
    roots: dict[str, str] = json.loads((world / "workspace.json").read_text())["roots"]
    return next(iter(roots.values()))
