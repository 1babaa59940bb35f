"""Tiles of samples and events in a real JupyterLab: several captions on one, several views on one clock."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from playwright.sync_api import Locator, expect

import workbench

from .jupyter_lab import LabPage
from .test_gallery import _media_of

OpenCells = Callable[..., LabPage]
OPEN = "import workbench, widgets\nws = workbench.open({path!r}, annotator='ana')"
#: Said of the first photo beside its own caption: another language, another kind.
_MORE = (
    {"text": "Zwei Männer sitzen vor hohen Bergen.", "lang": "de", "source": "model-b"},
    {"text": "Deux hommes au pied des montagnes.", "lang": "fr", "source": "model-b"},
    {
        "text": "Two men, two trees and a tent, seen from afar.",
        "lang": "en",
        "source": "model-c",
        "kind": "description",
    },
)


@pytest.fixture
def many(world: Path) -> Path:
    """The small world, its first photo told four times, and two photos and the clip of one event."""
    media = Path(_media_of(world))
    listing = world.parent / "more.jsonl"
    listing.write_text("\n".join(json.dumps({"path": "IMG_0000.jpg"} | more) for more in _MORE))
    ws = workbench.open(world, annotator="ana")
    ws.ingest(listing, media_root=media, progress=False)
    views = {"IMG_0001.jpg": "left", "IMG_0002.jpg": "right", "clip_00.mp4": "middle"}
    name = pl.col("path").str.split("/").list.last()
    ws.store.replace(
        "samples",
        ws.samples.with_columns(
            group=pl.when(name.is_in(list(views))).then(pl.lit("harbour")),
            view=name.replace_strict(views, default=None, return_dtype=pl.String),
        ),
    )
    return world


@pytest.fixture
def samples(open_cells: OpenCells, many: Path) -> tuple[LabPage, Locator]:
    lab = open_cells(
        OPEN.format(path=str(many)), "view = widgets.Gallery(ws, tile='sample', sort='path')\nview"
    )
    root = lab.page.locator(".cw-gallery")
    expect(root.locator(".cw-tile img").first).to_be_visible()
    return lab, root


def test_a_sample_lists_its_captions_with_their_languages_and_keys_go_through_them(
    samples: tuple[LabPage, Locator], pictures: Path
) -> None:
    lab, root = samples
    tile = root.locator(".cw-tile[data-index='0']")
    expect(tile.locator(".cw-line")).to_have_count(4)
    # What most captions have, English and being a caption, needs no word.
    assert set(tile.locator(".cw-tag").all_inner_texts()) == {"de", "fr", "description"}
    expect(root.locator(".cw-count")).to_have_text("29 of 29")
    root.focus()
    for key in ("a", "x"):
        lab.page.keyboard.press(key)
        expect(tile.locator(f".cw-said-{'ok' if key == 'a' else 'misaligned'}")).to_have_count(1)
        expect(tile.locator(".cw-line").nth("ax".index(key) + 1)).to_have_class("cw-line is-here")
    expect(tile.locator(".cw-tile-foot")).to_contain_text("2 of 4 reviewed")
    assert sorted(lab.ask_kernel("ws.verdicts['verdict'].to_list()")) == ["misaligned", "ok"]
    lab.page.keyboard.press("k")
    expect(tile.locator(".cw-line").nth(1)).to_have_class("cw-line is-here")
    for _ in range(3):
        lab.page.keyboard.press("j")
    expect(root.locator(".cw-tile.is-focused")).to_have_attribute("data-index", "1")
    root.screenshot(path=pictures / "gallery-samples.png")


def test_m_opens_every_caption_of_a_tile_and_escape_closes_it(
    samples: tuple[LabPage, Locator], pictures: Path
) -> None:
    lab, root = samples
    root.focus()
    lab.page.keyboard.press("m")
    tile = root.locator(".cw-tile.is-open")
    expect(tile).to_have_count(1)
    for line in tile.locator(".cw-line p").all():
        assert line.evaluate("line => line.scrollHeight <= line.clientHeight + 1"), "no words cut off"
    expect(tile).to_contain_text("model-b")
    root.screenshot(path=pictures / "gallery-samples-open.png")
    lab.page.keyboard.press("Escape")
    expect(tile).to_have_count(0)


def test_one_tile_is_selected_with_all_its_captions_and_one_key_decides_them(
    samples: tuple[LabPage, Locator],
) -> None:
    lab, root = samples
    root.locator(".cw-tile[data-index='0'] .cw-tile-media").click()
    expect(root.locator(".cw-act.cw-verdict-ok")).to_contain_text("Fine 4")
    lab.page.keyboard.press("a")
    expect(root.locator(".cw-decisions")).to_have_text("4 decisions")
    expect(root.locator(".cw-tile[data-index='0'] .cw-dot-ok")).to_be_visible()
    lab.page.keyboard.press("Control+z")
    expect(root.locator(".cw-decisions")).to_have_text("0 decisions")


def test_a_filter_keeps_the_sample_and_lets_its_other_captions_stand_back(
    samples: tuple[LabPage, Locator],
) -> None:
    _lab, root = samples
    field = root.locator(".cw-filter-input")
    field.fill("lang:de")
    field.press("Enter")
    expect(root.locator(".cw-tile")).to_have_count(1)
    expect(root.locator(".cw-line")).to_have_count(4)
    expect(root.locator(".cw-line.is-other")).to_have_count(3)
    expect(root.locator(".cw-count")).to_have_text("1 of 29")


def test_the_views_of_an_event_stand_side_by_side(open_cells: OpenCells, many: Path, pictures: Path) -> None:
    lab = open_cells(
        OPEN.format(path=str(many)), "view = widgets.Gallery(ws, tile='group', filter='group:harbour')\nview"
    )
    root = lab.page.locator(".cw-gallery")
    expect(root.locator(".cw-tile")).to_have_count(1)
    expect(root.locator(".cw-pane img")).to_have_count(3)
    assert set(root.locator(".cw-pane-name").all_inner_texts()) == {"left", "middle", "right"}
    tops = root.locator(".cw-pane").evaluate_all("panes => panes.map(pane => pane.offsetTop)")
    assert len(set(tops)) == 1
    root.screenshot(path=pictures / "gallery-events.png")


def test_views_by_name_are_kept_opened_dropped_and_had_back(samples: tuple[LabPage, Locator]) -> None:
    lab, root = samples
    field = root.locator(".cw-filter-input")
    field.fill("lang:de")
    field.press("Enter")
    expect(root.locator(".cw-count")).to_have_text("1 of 29")
    menu = root.locator(".cw-looks-button")
    menu.click()
    root.get_by_label("Name of this view").fill("German")
    root.get_by_role("button", name="Save").click()
    expect(root.locator(".cw-saved-view")).to_contain_text("German")
    root.get_by_role("button", name="Captions", exact=True).click()
    field.fill("")
    field.press("Enter")
    expect(root.locator(".cw-count")).to_have_text("29 of 29")
    menu.click()
    root.locator(".cw-saved-view").click()
    expect(field).to_have_value("lang:de")
    expect(root).to_have_attribute("data-tile", "sample")
    menu.click()
    root.get_by_label("Drop the view German").click()
    expect(root.locator(".cw-saved-view")).to_have_count(0)
    root.get_by_role("button", name="Have it back").click()
    expect(root.locator(".cw-saved-view")).to_have_count(1)
    assert lab.ask_kernel("widgets.Gallery(ws, view='German').shown.height") == 1
