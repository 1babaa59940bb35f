"""The plots in a real JupyterLab: drawn, brushed, lassoed, linked, and all of it by keys."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from .conftest import ROOT
from .jupyter_lab import LabPage
from .plot_world import build_plots_world

OpenCells = Callable[..., LabPage]
ALL = "2,400 of 2,400 samples, 4,800 of 4,800 captions"


@pytest.fixture(scope="package")
def made_plots(made_world: Path) -> Path:
    folder = made_world / "plots"
    build_plots_world(folder, sorted((made_world / "ws-media").glob("*.jpg")))
    return folder


def cells(world: Path, view: str = "widgets.Plots(ws)") -> tuple[str, ...]:
    return (
        f"import workbench, widgets\nws = workbench.open({str(world)!r}, annotator='ana')",
        f"view = {view}\nview",
    )


@pytest.fixture
def plots(open_cells: OpenCells, made_plots: Path) -> tuple[LabPage, Locator]:
    lab = open_cells(*cells(made_plots))
    root = lab.page.locator(".cw-plots")
    expect(root.locator(".cw-count")).to_have_text(ALL)
    wait_painted(lab)
    return lab, root


def wait_painted(lab: LabPage) -> None:
    """Wait until the map has points: pixels that are not clear."""
    lab.page.wait_for_function(
        """() => { const canvas = document.querySelector('.cw-map-points');
        if (!canvas?.width) return false;
        const pixels = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
        return pixels.some((value, place) => place % 4 === 3 && value > 0); }"""
    )


def drag(lab: LabPage, over: Locator, *corners: tuple[float, float]) -> None:
    """Draw over an element, from corner to corner, in shares of its width and height."""
    box = over.bounding_box()
    assert box is not None
    places = [(box["x"] + left * box["width"], box["y"] + top * box["height"]) for left, top in corners]
    lab.page.mouse.move(*places[0])
    lab.page.mouse.down()
    for place in places[1:]:
        lab.page.mouse.move(*place, steps=4)
    lab.page.mouse.up()


def test_the_plots_show_a_map_scores_errors_and_the_worst_slices(
    plots: tuple[LabPage, Locator], pictures: Path
) -> None:
    lab, root = plots
    expect(root.locator(".cw-map-told")).to_contain_text("PCA; the two axes hold")
    expect(root.locator(".cw-bars > i")).to_have_count(40)
    expect(root.locator(".cw-error-bar").first).to_contain_text("wrong pair")
    rows = root.locator(".cw-slices-table tbody tr")
    expect(rows.first).to_contain_text("language de")
    expect(root.locator(".cw-slices-note")).to_contain_text("95 % bounds")
    root.screenshot(path=pictures / "plots.png")
    for theme in ("dark", "light"):
        lab.set_theme(f"JupyterLab {theme.capitalize()}")
        expect(root).to_have_attribute("data-theme", theme)
        drag(lab, root.locator(".cw-map-over"), (0.55, 0.05), (0.97, 0.05), (0.97, 0.6), (0.6, 0.55))
        expect(root.locator(".cw-picks")).to_contain_text("lasso")
        root.screenshot(path=pictures / f"plots-{theme}.png")
        if os.environ.get("WRITE_SCREENSHOTS") == "1":
            name = "plots.png" if theme == "light" else "plots-dark.png"
            shutil.copyfile(pictures / f"plots-{theme}.png", ROOT / "docs" / "images" / name)
        root.locator(".cw-bar .cw-btn").click()
        expect(root.locator(".cw-count")).to_have_text(ALL)


def test_a_lasso_a_brush_a_bar_and_a_slice_narrow_each_other_and_are_lifted_one_by_one(
    plots: tuple[LabPage, Locator],
) -> None:
    lab, root = plots
    drag(lab, root.locator(".cw-map-over"), (0.02, 0.02), (0.5, 0.02), (0.5, 0.98), (0.02, 0.98))
    expect(root.locator(".cw-picks .cw-chip")).to_have_text(["lasso"])
    inside = lab.ask_kernel("view.picked['sample_id'].n_unique()")
    assert isinstance(inside, int)
    assert 0 < inside < 2400
    drag(lab, root.locator(".cw-scores .cw-histogram"), (0.01, 0.5), (0.4, 0.5))
    expect(root.locator(".cw-picks .cw-chip")).to_have_count(2)
    root.locator(".cw-error-bar", has_text="wrong pair").click()
    root.get_by_role("button", name="language de", exact=True).click()
    expect(root.locator(".cw-picks .cw-chip")).to_have_count(4)
    expect(root.locator(".cw-picks")).to_contain_text("language: de")
    found = lab.ask_kernel("view.picked['lang'].unique().to_list()")
    assert found == ["de"]
    root.locator(".cw-picks .cw-chip", has_text="lasso").click()
    expect(root.locator(".cw-picks .cw-chip")).to_have_count(3)
    root.focus()
    lab.page.keyboard.press("Escape")
    expect(root.locator(".cw-count")).to_have_text(ALL)


def test_a_lasso_narrows_a_linked_gallery_and_a_filter_there_narrows_the_plots(
    open_cells: OpenCells, made_plots: Path
) -> None:
    lab = open_cells(
        *cells(made_plots), "gallery = widgets.Gallery(ws)\nlink = widgets.link(view, gallery)\ngallery"
    )
    root, gallery = lab.page.locator(".cw-plots"), lab.page.locator(".cw-gallery")
    expect(gallery.locator(".cw-count")).to_contain_text("4,800 of 4,800")
    root.scroll_into_view_if_needed()
    wait_painted(lab)
    drag(lab, root.locator(".cw-map-over"), (0.02, 0.02), (0.5, 0.02), (0.5, 0.98), (0.02, 0.98))
    expect(gallery.locator(".cw-count")).not_to_contain_text("4,800 of 4,800")
    inside = lab.ask_kernel("view.picked.height")
    expect(gallery.locator(".cw-count strong")).to_have_text(f"{inside:,}")
    root.locator(".cw-bar .cw-btn").click()
    expect(gallery.locator(".cw-count strong")).to_have_text("4,800")
    field = gallery.locator(".cw-filter-input")
    field.fill("lang:de")
    field.press("Enter")
    expect(root.locator(".cw-linked")).to_contain_text("narrowed by a linked view")
    german = lab.ask_kernel("ws.captions.filter(__import__('polars').col('lang') == 'de').height")
    expect(root.locator(".cw-count")).to_contain_text(f"{german:,} of 4,800 captions")


def test_every_pick_can_be_made_by_keys_and_none_is_stolen(plots: tuple[LabPage, Locator]) -> None:
    lab, root = plots
    press = lab.page.keyboard.press
    before = lab.notebook_state()
    root.focus()
    for key in (
        "1",
        "ArrowRight",
        "ArrowLeft",
        "Shift+ArrowRight",
        "Shift+ArrowDown",
        "Shift+ArrowDown",
        "Enter",
    ):
        press(key)
    expect(root.locator(".cw-picks")).to_contain_text("lasso")
    press("Escape")  # the frame
    press("Escape")  # the pick
    expect(root.locator(".cw-count")).to_have_text(ALL)
    press("2")
    press("ArrowLeft")
    expect(root.locator(".cw-picks")).to_contain_text("similarity ≤")
    press("3")
    press("Enter")
    expect(root.locator(".cw-error-bar").first).to_have_attribute("aria-pressed", "true")
    expect(root.locator(".cw-error-bar").first).to_be_focused()
    press("ArrowDown")
    expect(root.locator(".cw-error-bar").nth(1)).to_be_focused()
    expect(root.locator(".cw-slice").first).to_be_visible()  # the table comes when the hand rests
    press("4")
    press("Space")
    expect(root.locator(".cw-slice[aria-pressed=true]")).to_have_count(1)
    for key in ("d", "d", "a", "b", "x", "m", "Shift+Enter", "+", "0"):
        press(key)
    press("Escape")
    expect(root.locator(".cw-count")).to_have_text(ALL)
    press("?")
    expect(root.locator(".cw-sheet")).to_be_visible()
    assert lab.notebook_state() == before


def test_a_point_shows_its_picture_and_a_click_picks_it(
    plots: tuple[LabPage, Locator], pictures: Path
) -> None:
    lab, root = plots
    over = root.locator(".cw-map-over")
    box = over.bounding_box()
    assert box is not None
    at = lab.ask_kernel(
        "[(float(m.x[7]) / 65535, 1 - float(m.y[7]) / 65535) for m in [view.core._tally.map]][0]"
    )
    assert isinstance(at, list)
    place = (box["x"] + at[0] * box["width"], box["y"] + at[1] * box["height"])
    lab.page.mouse.move(place[0] - 3, place[1])
    lab.page.mouse.move(*place)
    hover = root.locator(".cw-hover")
    expect(hover).to_be_visible()
    expect(hover.locator("img")).to_be_visible()
    expect(hover.locator(".cw-hover-name")).to_contain_text(".jpg")
    root.screenshot(path=pictures / "plots-hover.png")
    lab.page.mouse.down()
    lab.page.mouse.up()
    expect(root.locator(".cw-count")).to_contain_text("1 of 2,400 samples")


@pytest.mark.parametrize("width", [700, 480])
def test_narrow_plots_stand_one_above_the_other(
    plots: tuple[LabPage, Locator], width: int, pictures: Path
) -> None:
    _, root = plots
    root.evaluate("(element, width) => { element.style.width = `${width}px`; }", width)
    expect(root.locator(".cw-plots-body")).to_have_css("display", "flex")
    assert root.evaluate("element => element.scrollWidth <= element.clientWidth")
    assert root.locator(".cw-plots-body").evaluate("element => element.scrollWidth <= element.clientWidth")
    root.screenshot(path=pictures / f"plots-{width}.png")


def test_an_empty_workspace_and_one_without_vectors_say_what_to_type(
    open_cells: OpenCells, world: Path, tmp_path: Path, pictures: Path
) -> None:
    lab = open_cells(
        f"import workbench, widgets\nwidgets.Plots(workbench.create({str(tmp_path / 'new')!r}))",
        f"widgets.Plots(workbench.open({str(world)!r}))",
    )
    first, second = lab.page.locator(".cw-plots").nth(0), lab.page.locator(".cw-plots").nth(1)
    expect(first.locator(".cw-empty .cw-statement")).to_contain_text('ws.ingest("path/to/folder")')
    expect(second.locator(".cw-map-message")).to_contain_text("No vectors of the media are kept yet.")
    expect(second.locator(".cw-map-message code")).to_have_text('ws.score("similarity")')
    expect(second.locator(".cw-error-bar")).not_to_have_count(0)
    second.screenshot(path=pictures / "plots-without-vectors.png")
