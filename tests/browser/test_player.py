"""The player in a real JupyterLab: edges are dragged, views share a clock, what cannot play is converted."""

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
from .player_world import build

OpenCells = Callable[..., LabPage]
Drag = tuple[Locator, Locator]


@pytest.fixture(scope="package")
def made_player_world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("player-world")
    build(folder / "ws")
    return folder


@pytest.fixture
def world(made_player_world: Path, tmp_path: Path) -> Path:
    """A workspace of the test's own, with the decisions of no other test."""
    shutil.copytree(made_player_world / "ws", tmp_path / "ws")
    return tmp_path / "ws"


def open_player(
    open_cells: OpenCells, world: Path, asked: str = "path='harbour.mp4'"
) -> tuple[LabPage, Locator]:
    name, _, value = asked.partition("=")
    wanted = (
        f"group={value}" if name == "group" else f"sample_id=ws.samples.filter(path={value})['sample_id'][0]"
    )
    opened = f"import workbench, widgets\nws = workbench.open({str(world)!r}, annotator='ana')"
    lab = open_cells(opened, f"view = widgets.Player(ws, {wanted}, encoder='fake')\nview")
    root = lab.page.locator(".cw-player")
    expect(root.locator(".cw-tl-ruler")).to_be_visible()
    return lab, root


def wait_ready(root: Locator) -> None:
    """Wait until the media play and the timeline has read the file."""
    expect(root.locator("video").first).to_be_visible()
    expect(root.locator(".cw-player-clock")).to_contain_text("fps")


def keep(root: Locator, name: str, pictures: Path, *, shown: bool = False) -> None:
    root.screenshot(path=pictures / f"{name}.png")
    if shown and os.environ.get("WRITE_SCREENSHOTS") == "1":
        shutil.copyfile(pictures / f"{name}.png", ROOT / "docs" / "images" / f"{name}.png")


def segment(root: Locator, text: str) -> Locator:
    return root.locator(".cw-tl-seg", has_text=text)


def drag_edge(
    lab: LabPage, root: Locator, text: str, edge: str, to_s: float, *, hold_alt: bool = False
) -> None:
    """Drag an edge of a segment to a moment on the ruler."""
    ruler = root.locator(".cw-tl-ruler").bounding_box()
    box = segment(root, text).locator(f".cw-tl-edge-{edge}").bounding_box()
    assert ruler
    assert box
    duration = float(root.locator(".cw-tl-ruler").get_attribute("aria-valuemax") or 0)
    mouse = lab.page.mouse
    mouse.move(box["x"] + box["width"] / 2, box["y"] + 10)
    mouse.down()
    if hold_alt:
        lab.page.keyboard.down("Alt")
    mouse.move(ruler["x"] + ruler["width"] * to_s / duration, box["y"] + 12, steps=6)
    mouse.up()
    if hold_alt:
        lab.page.keyboard.up("Alt")


def edited(lab: LabPage) -> list[list[object]]:
    expression = "[list(r) for r in ws.verdicts.select('edited_start_s', 'edited_end_s', 'offset_s').rows()]"
    return lab.ask_kernel(expression)


def wait_saved(root: Locator) -> None:
    expect(root.locator(".cw-saved")).to_have_attribute("data-state", "saved")


def test_a_dragged_edge_snaps_is_stored_and_undone_also_after_a_restart(
    open_cells: OpenCells, world: Path, pictures: Path
) -> None:
    lab, root = open_player(open_cells, world)
    wait_ready(root)
    segment(root, "A yellow boat").locator("button").click()
    expect(root.locator(".cw-player-text")).to_have_text("A yellow boat sails past and sounds its horn.")
    drag_edge(lab, root, "A yellow boat", "start", 2.46)
    expect(root.locator(".cw-player-moved")).to_contain_text("earlier")
    wait_saved(root)
    [[start_s, end_s, offset_s]] = edited(lab)
    assert start_s == pytest.approx(2.44, abs=0.09)  # the instant at which it begins to move, not 2.46
    assert (end_s, offset_s) == (4.2, None)
    assert lab.ask_kernel("ws.verdicts['error_types'].to_list()") == [["interval"]]
    keep(root, "player-dragged", pictures)

    again = open_cells(
        f"import workbench, widgets\nws = workbench.open({str(world)!r}, annotator='ana')",
        "view = widgets.Player(ws)\nview",
    )
    root = again.page.locator(".cw-player")
    expect(segment(root, "A yellow boat")).to_have_class(re.compile("is-moved"))
    root.focus()
    again.page.keyboard.press("Control+z")
    expect(root.locator(".cw-notice")).to_contain_text("Taken back")
    expect(segment(root, "A yellow boat")).not_to_have_class(re.compile("is-moved"))
    assert edited(again) == []


def test_an_edge_stops_at_its_neighbour_and_escape_lets_go_of_it(open_cells: OpenCells, world: Path) -> None:
    lab, root = open_player(open_cells, world)
    wait_ready(root)
    drag_edge(lab, root, "almost crossed", "end", 4.0, hold_alt=True)
    wait_saved(root)
    assert edited(lab) == [[1.3, 2.9, None]]
    box = segment(root, "almost crossed").locator(".cw-tl-edge-start").bounding_box()
    assert box
    lab.page.mouse.move(box["x"] + 5, box["y"] + 10)
    lab.page.mouse.down()
    lab.page.mouse.move(box["x"] + 150, box["y"] + 10, steps=4)
    lab.page.keyboard.press("Escape")
    lab.page.mouse.up()
    assert edited(lab) == [[1.3, 2.9, None]]


def test_it_is_all_done_by_keys(open_cells: OpenCells, world: Path) -> None:
    lab, root = open_player(open_cells, world)
    wait_ready(root)
    before = lab.notebook_state()
    root.focus()
    press = lab.page.keyboard.press
    for key in ("j", "j", "j", "j"):
        press(key)
    expect(root.locator(".cw-player-text")).to_have_text("A yellow boat sails past and sounds its horn.")
    press("t")  # where the scorer says that it fits better
    expect(root.locator(".cw-player-moved")).to_be_visible()
    wait_saved(root)
    assert edited(lab) == [[2.44, 3.74, None]]
    for key in (",", "["):
        press(key)
    wait_saved(root)
    [[start_s, *_]] = edited(lab)
    assert start_s == pytest.approx(2.84, abs=0.001)  # the picture before the one at 2.9 s, by its own time
    root.locator(".cw-tl-seg.is-selected .cw-tl-edge-end").focus()
    press("ArrowRight")
    press("Shift+ArrowRight")
    root.focus()  # let go of, the edge is where it is meant to be
    wait_saved(root)
    [[_, end_s, _]] = edited(lab)
    assert end_s == pytest.approx(3.74 + 0.44, abs=0.002)
    press("a")
    expect(root.locator(".cw-verdict-ok")).to_have_attribute("aria-pressed", "true")
    for key in ("l", "<", ">", "+", "0", "?", "Escape", "b", "d", "d", "m"):
        press(key)
    assert lab.notebook_state() == before


def test_it_plays_a_stretch_and_stops_at_its_end(open_cells: OpenCells, world: Path) -> None:
    lab, root = open_player(open_cells, world)
    wait_ready(root)
    root.focus()
    lab.page.keyboard.press("i")
    video = "document.querySelector('.cw-player video')"
    lab.page.wait_for_function(f"{video}.currentTime > 0.9 && !{video}.paused")
    lab.page.wait_for_function(f"{video}.paused && {video}.currentTime >= 1.2")
    assert lab.page.evaluate(f"{video}.currentTime") < 1.9


def test_views_of_one_event_keep_one_clock_and_the_sound_is_moved(
    open_cells: OpenCells, world: Path, pictures: Path
) -> None:
    lab, root = open_player(open_cells, world, "group='beach-1'")
    wait_ready(root)
    expect(root.locator("video")).to_have_count(2)
    expect(root.locator(".cw-player-view")).to_have_text(["mast", "quay, −40 ms"])
    root.focus()
    lab.page.keyboard.press("Space")
    times = "[...document.querySelectorAll('.cw-player video')].map((video) => video.currentTime)"
    # Started one after the other, they come in step while they play.
    lab.page.wait_for_function(
        f"() => {{ const [a, b] = {times}; return a > 0.5 && Math.abs(a - b - 0.04) < 0.05; }}"
    )
    lab.page.keyboard.press("Space")
    sync = root.locator(".cw-sync")
    expect(sync.locator(".cw-sync-figure")).to_have_text("210 ms late")
    expect(sync.locator(".cw-sync-figure")).to_have_attribute("data-state", "out")
    for _ in range(2):
        sync.get_by_role("button", name="− 10 ms").click(modifiers=["Shift"])
    sync.get_by_role("button", name="Move sound −80 ms").click()
    expect(sync.locator(".cw-sync-figure")).to_have_text("80 ms late")
    wait_saved(root)
    assert [row[2] for row in edited(lab)] == [0.08]
    assert lab.ask_kernel("ws.verdicts['error_types'].to_list()") == [["av_sync"]]
    keep(root, "player-sync", pictures)


def test_a_video_that_cannot_be_shown_says_so_and_is_converted(
    open_cells: OpenCells, world: Path, pictures: Path
) -> None:
    _, root = open_player(open_cells, world, "path='hevc.mp4'")
    alert = root.get_by_role("alert").filter(has_text="cannot show this video")
    expect(alert).to_be_visible()
    keep(root, "player-codec", pictures)
    alert.get_by_role("button", name="Make a copy that plays").click()
    expect(root.locator("video")).to_be_visible()
    expect(root.locator(".cw-copy-note")).to_have_text("a copy plays")
    root.page.wait_for_function("document.querySelector('.cw-player video').videoWidth === 160")


def test_a_sound_has_its_waveform_and_a_caption_without_a_time_is_given_one(
    open_cells: OpenCells, world: Path, pictures: Path
) -> None:
    lab, root = open_player(open_cells, world, "path='gulls.wav'")
    expect(root.locator(".cw-player-when")).to_contain_text("Speaks of the whole")
    expect(root.locator(".cw-tl-note")).to_have_text("")
    lab.page.wait_for_function("document.querySelector('.cw-player audio').readyState >= 2")
    root.focus()
    for key in (".", ".", "[", *["."] * 12, "]"):
        lab.page.keyboard.press(key)
    expect(root.locator(".cw-tl-seg")).to_have_count(1)
    wait_saved(root)
    [[start_s, end_s, _]] = edited(lab)
    assert (start_s, end_s) == (pytest.approx(0.04, abs=0.005), pytest.approx(0.28, abs=0.005))
    keep(root, "player-audio", pictures)


def test_the_curve_of_a_caption_is_made_on_request(open_cells: OpenCells, world: Path) -> None:
    _, root = open_player(open_cells, world)
    wait_ready(root)
    root.get_by_role("button", name="Look where it fits").click()
    expect(root.locator(".cw-tl-curve path")).to_have_attribute("d", re.compile(r"^M[\d.]+ "), timeout=60_000)


def test_a_workspace_of_nothing_that_plays_says_what_to_do(open_cells: OpenCells, tmp_path: Path) -> None:
    opened = f"import workbench, widgets\nws = workbench.create({str(tmp_path / 'none')!r}, annotator='ana')"
    lab = open_cells(opened, "widgets.Player(ws)")
    expect(lab.page.locator(".cw-player .cw-statement")).to_contain_text("No samples yet")


def test_it_looks_well_at_every_width_and_in_the_dark(
    open_cells: OpenCells, world: Path, pictures: Path
) -> None:
    lab, root = open_player(open_cells, world, "group='beach-1'")
    wait_ready(root)
    segment(root, "pink ball").first.locator("button").click()
    root.get_by_role("button", name="Look where it fits").click()
    expect(root.locator(".cw-tl-curve path")).to_have_attribute("d", re.compile("^M"), timeout=60_000)
    keep(root, "player", pictures, shown=True)
    for width in (700, 480):
        lab.page.evaluate(
            "([root, width]) => { root.style.width = width; }", [root.element_handle(), f"{width}px"]
        )
        expect(root).to_have_css("width", f"{width}px")
        expect(root.locator(".cw-player-text")).to_be_visible()
        keep(root, f"player-{width}", pictures)
    lab.page.evaluate("(root) => { root.style.width = ''; }", root.element_handle())
    lab.set_theme("JupyterLab Dark")
    try:
        expect(root).to_have_attribute("data-theme", "dark")
        keep(root, "player-dark", pictures, shown=True)
    finally:
        lab.set_theme("JupyterLab Light")
