"""The board of preference pairs in a real JupyterLab."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

import workbench

from .board_world import add_many_pairs, give_pairs
from .conftest import ROOT
from .jupyter_lab import LabPage

OpenCells = Callable[..., LabPage]
Board = tuple[LabPage, Locator]


@pytest.fixture(scope="package")
def made_pairs(made_world: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pairs") / "ws"
    shutil.copytree(made_world / "ws", folder)
    give_pairs(workbench.open(folder, annotator="ana"))
    return folder


@pytest.fixture
def world(made_pairs: Path, tmp_path: Path) -> Path:
    shutil.copytree(made_pairs, tmp_path / "ws")
    return tmp_path / "ws"


def cells(world: Path, view: str = "widgets.PairBoard(ws)") -> tuple[str, ...]:
    return (
        f"import workbench, widgets\nws = workbench.open({str(world)!r}, annotator='ana')",
        f"board = {view}\nboard",
    )


@pytest.fixture
def board(open_cells: OpenCells, world: Path) -> Board:
    lab = open_cells(*cells(world))
    root = lab.page.locator(".cw-board")
    expect(root.locator(".cw-pair-media img").first).to_be_visible()
    expect(root.locator(".cw-saved")).to_contain_text("error", timeout=60_000)  # lint has ended
    return lab, root


def press(lab: LabPage, *keys: str) -> None:
    for key in keys:
        lab.page.keyboard.press(key)


def test_a_row_shows_both_captions_with_what_differs_and_all_that_is_known(board: Board) -> None:
    lab, root = board
    total = lab.ask_kernel("ws.pairs.height")
    expect(root.locator(".cw-count")).to_have_text(f"{total} of {total}")
    field = root.locator(".cw-filter-input")
    field.fill("builder:replace_attribute is:judged voices>=3")
    field.press("Enter")
    expect(root.locator(".cw-code")).to_contain_text('pl.col("voices") >= 3')
    row = root.locator(".cw-pair[data-index='0']")
    expect(row.locator(".cw-side-chosen ins")).to_have_count(1)
    expect(row.locator(".cw-side-rejected del")).to_have_count(1)
    expect(row.locator(".cw-status")).to_be_visible()
    expect(row.locator(".cw-pair-origin")).to_contain_text("replace attribute")
    expect(row.locator(".cw-pair-trust")).to_contain_text("EM weight")
    expect(row.locator(".cw-pair-trust")).to_contain_text("3 voices")


def test_a_finding_is_one_click_from_its_pairs(board: Board, pictures: Path) -> None:
    lab, root = board
    root.locator(".cw-lint-button").click()
    findings = root.locator(".cw-finding")
    expect(findings.first.locator(".cw-finding-sign")).to_contain_text("error")
    root.screenshot(path=pictures / "board-lint.png")
    name = root.locator(".cw-finding", has_text="dominates").nth(1).get_attribute("data-name")
    root.locator(f".cw-finding[data-name='{name}'] .cw-finding-rows").click()
    expect(root.locator(".cw-crumb")).to_contain_text("dominates")
    shown = lab.ask_kernel(f"[board.shown['pair_id'].to_list(), board.findings[{name!r}]]")
    assert isinstance(shown, list)
    assert sorted(shown[0]) == sorted(shown[1]) != []
    expect(root.locator(".cw-count strong")).to_have_text(str(len(shown[0])))
    root.screenshot(path=pictures / "board-finding.png")
    root.locator(".cw-crumb .cw-icon").click()
    expect(root.locator(".cw-crumb")).to_be_hidden()


def test_it_works_by_keys_alone_and_jupyterlab_sees_none_of_them(board: Board) -> None:
    lab, root = board
    before = lab.notebook_state()
    root.focus()
    press(lab, "l")
    expect(root.locator(".cw-lint")).to_be_visible()
    press(lab, "ArrowDown", "ArrowUp")
    rule = str(root.locator(".cw-finding.is-focused").get_attribute("data-name")).split("#")[0]
    press(lab, "Enter")
    expect(root.locator(".cw-crumb")).to_contain_text(rule.replace("_", " "))
    press(lab, "Enter")
    detail = root.locator(".cw-detail")
    expect(detail.locator(".cw-found")).to_contain_text(rule.replace("_", " "))
    press(lab, "Escape")
    expect(detail).to_be_hidden()
    press(lab, "Escape")
    expect(root.locator(".cw-crumb")).to_be_hidden()
    press(lab, "/")
    lab.page.keyboard.type("status:disputed OR status:accepted")
    press(lab, "Enter")
    expect(root.locator(".cw-code")).to_contain_text("disputed")
    press(lab, "Control+a")
    expect(root.locator(".cw-counts strong")).to_contain_text("Selected")
    assert lab.ask_kernel("board.selected.height == board.shown.height > 0") is True
    press(lab, "Escape")
    expect(root.locator(".cw-counts strong")).to_have_count(0)
    press(lab, "Shift+ArrowDown", "Shift+ArrowDown")
    expect(root.locator(".cw-counts strong")).to_have_text("Selected 3")
    press(lab, "d", "d", "b", "x", "Shift+m", "0", "0")
    press(lab, "?")
    expect(root.locator(".cw-sheet[aria-label=Keys]")).to_be_visible()
    press(lab, "Escape")
    assert lab.notebook_state() == before


def test_brush_and_bars_narrow_the_table(board: Board) -> None:
    lab, root = board
    box = root.locator(".cw-histogram").bounding_box()
    assert box is not None
    lab.page.mouse.move(box["x"] + 1, box["y"] + 20)
    lab.page.mouse.down()
    lab.page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + 20, steps=4)
    lab.page.mouse.up()
    expect(root.locator(".cw-code")).to_contain_text('pl.col("margin") <=')
    brushed = lab.ask_kernel("board.shown.height")
    assert isinstance(brushed, int)
    assert 0 < brushed < int(str(lab.ask_kernel("board.rows.height")))
    root.locator(".cw-measure").select_option("length_difference")
    expect(root.locator(".cw-code")).to_be_hidden()
    root.locator(".cw-bar-origin", has_text="edit").click()
    expect(root.locator(".cw-code")).to_contain_text("['edit']")
    assert lab.ask_kernel("set(board.shown['origin'].to_list())") == "{'edit'}"


def test_what_is_counted_anew_keeps_the_focus_in_the_rail(board: Board) -> None:
    lab, root = board
    bar = root.locator(".cw-bar-builder").first
    bar.focus()
    lab.page.keyboard.press("Enter")
    expect(root.locator('.cw-bar-builder[aria-pressed="true"]')).to_be_focused()
    press(lab, "c")
    expect(root.locator(".cw-lint-button")).to_contain_text("checking")
    expect(root.locator(".cw-lint-button")).not_to_contain_text("checking", timeout=60_000)
    expect(root.locator('.cw-bar-builder[aria-pressed="true"]')).to_be_focused()


def test_the_split_is_locked_with_its_seed(board: Board, pictures: Path) -> None:
    lab, root = board
    root.focus()
    press(lab, "p")
    sheet = root.locator(".cw-sheet[aria-label=Split]")
    expect(sheet).to_contain_text("not split yet")
    root.screenshot(path=pictures / "board-split.png")
    press(lab, "Enter")
    expect(root.locator(".cw-split-state")).to_contain_text("locked with seed 0", timeout=60_000)
    expect(root.locator(".cw-notice")).to_contain_text("held out")
    assert lab.ask_kernel("sorted(set(ws.pairs['split'].drop_nulls()))") == ["held_out", "train"]
    before = lab.ask_kernel("ws.pairs.sort('pair_id')['split'].to_list()")
    press(lab, "p")
    sheet.locator("input[aria-label=Seed]").fill("5")
    expect(sheet.locator(".cw-warn").first).to_be_visible()
    expect(sheet.locator(".cw-primary")).to_contain_text("Draw anew")
    press(lab, "Escape")
    expect(sheet).to_be_hidden()
    assert lab.ask_kernel("ws.pairs.sort('pair_id')['split'].to_list()") == before


def test_a_pair_opens_large_with_its_judgements(board: Board, pictures: Path) -> None:
    lab, root = board
    field = root.locator(".cw-filter-input")
    field.fill("voices>=3")
    field.press("Enter")
    expect(root.locator(".cw-code")).to_be_visible()
    press(lab, "Enter")
    detail = root.locator(".cw-detail")
    expect(detail.locator(".cw-stage-picture")).to_be_visible()
    expect(detail.locator(".cw-voices li")).to_have_count(3)
    root.screenshot(path=pictures / "board-detail.png")
    before = detail.locator(".cw-side-chosen").inner_text()
    press(lab, "ArrowDown")
    expect(detail.locator(".cw-side-chosen")).not_to_have_text(before)


def test_a_pair_across_samples_shows_the_picture_of_the_rejected_caption_too(
    board: Board, pictures: Path
) -> None:
    _, root = board
    root.locator(".cw-bar-origin", has_text="across").click()
    expect(root.locator(".cw-count strong")).to_have_text("1")
    root.locator(".cw-pair").first.dblclick()
    expect(root.locator(".cw-detail .cw-other img")).to_be_visible()
    root.screenshot(path=pictures / "board-across.png")


def test_a_wrong_filter_points_at_the_character(board: Board) -> None:
    _, root = board
    field = root.locator(".cw-filter-input")
    field.fill("orign:edit")
    field.press("Enter")
    expect(root.locator(".cw-wrong").first).to_contain_text("Did you mean origin?")


@pytest.mark.parametrize("width", [700, 480])
def test_a_narrow_board_folds_its_rail_into_the_bar(board: Board, width: int, pictures: Path) -> None:
    _, root = board
    root.evaluate("(element, width) => { element.style.width = `${width}px`; }", width)
    expect(root.locator(".cw-rail")).to_be_hidden()
    assert root.evaluate("element => element.scrollWidth <= element.clientWidth")
    words = root.locator(".cw-pair .cw-side-words").first.bounding_box()
    assert words is not None
    assert words["width"] > 130
    root.screenshot(path=pictures / f"board-{width}.png")
    root.locator(".cw-rail-button").click()
    expect(root.locator(".cw-rail")).to_be_visible()


def test_empty_boards_say_what_makes_pairs(
    open_cells: OpenCells, made_world: Path, tmp_path: Path, pictures: Path
) -> None:
    shutil.copytree(made_world / "ws", tmp_path / "ws")
    lab = open_cells(*cells(tmp_path / "ws"))
    root = lab.page.locator(".cw-board")
    expect(root.locator(".cw-main .cw-statement")).to_contain_text("ws.build_pairs()")
    root.screenshot(path=pictures / "board-empty.png")
    root.focus()
    press(lab, "l")
    expect(root.locator(".cw-lint .cw-statement")).to_contain_text("No pairs to check")
    lab = open_cells(
        f"import workbench, widgets\nws = workbench.create({str(tmp_path / 'new')!r})",
        "widgets.PairBoard(ws)",
    )
    expect(lab.page.locator(".cw-board .cw-statement").first).to_contain_text('ws.ingest("path/to/folder")')


def test_checks_that_fail_say_why_and_can_be_tried_again(open_cells: OpenCells, world: Path) -> None:
    lab = open_cells(
        *cells(world, "widgets.PairBoard(ws, lint=False)"),
        "from workbench.errors import PairError\nfrom workbench.workspace import Workspace\n"
        "lint = Workspace.lint_pairs\ndef fail(ws, target=None):\n"
        " raise PairError('The tokenizer is gone.', 'Name it.')\n"
        "Workspace.lint_pairs = fail",
    )
    root = lab.page.locator(".cw-board")
    root.focus()
    press(lab, "l")
    expect(root.locator(".cw-lint .cw-statement")).to_contain_text("Not checked yet")
    press(lab, "c")
    expect(root.locator(".cw-lint .cw-statement")).to_contain_text("The tokenizer is gone. ")
    lab.ask_kernel("setattr(Workspace, 'lint_pairs', lint)")
    root.locator(".cw-lint .cw-statement button").click()
    expect(root.locator(".cw-finding").first).to_be_visible(timeout=60_000)


def test_a_filter_on_lint_before_any_check_offers_it(open_cells: OpenCells, world: Path) -> None:
    lab = open_cells(*cells(world, "widgets.PairBoard(ws, filter='is:flagged', lint=False)"))
    root = lab.page.locator(".cw-board")
    expect(root.locator(".cw-main .cw-statement")).to_contain_text("nothing has been checked")
    root.locator(".cw-main .cw-statement button").click()
    expect(root.locator(".cw-pair .cw-rule").first).to_be_visible(timeout=60_000)


def test_the_rail_stays_away_when_the_checks_end_behind_the_lint_board(board: Board) -> None:
    lab, root = board
    root.focus()
    press(lab, "l", "c")
    expect(root.locator(".cw-lint-head")).to_contain_text("checked at", timeout=60_000)
    expect(root.locator(".cw-rail")).to_be_hidden()
    expect(root.locator(".cw-main")).to_be_hidden()
    press(lab, "/")
    lab.page.keyboard.type("origin:edit")
    press(lab, "Enter")
    expect(root.locator(".cw-rail")).to_be_visible()
    expect(root.locator(".cw-count strong")).to_have_text("5")


@pytest.mark.parametrize("media", ["video", "audio"])
def test_video_and_audio_have_rows_and_play_in_the_large_view(
    board: Board, media: str, pictures: Path
) -> None:
    lab, root = board
    root.locator(".cw-chip", has_text=media).click()
    expect(root.locator(".cw-code")).to_contain_text(media)
    expect(root.locator(".cw-pair-media img, .cw-pair-wave").first).to_be_visible()
    root.focus()
    press(lab, "Enter")
    detail = root.locator(".cw-detail")
    expect(detail.locator("video" if media == "video" else ".cw-stage-wave")).to_be_visible()
    press(lab, "Space")
    lab.page.wait_for_function(
        f"() => document.querySelector('.cw-detail {media}')?.currentTime > 0.1", timeout=20_000
    )
    root.screenshot(path=pictures / f"board-{media}.png")


def test_a_judgement_made_in_another_cell_shows(board: Board) -> None:
    lab, root = board
    root.focus()
    field = root.locator(".cw-filter-input")
    field.fill("is:unjudged origin:built")
    field.press("Enter")
    expect(root.locator(".cw-code")).to_be_visible()
    lab.ask_kernel(
        "__import__('workbench.pairs', fromlist=['judge'])"
        ".judge(ws.store, board.shown['pair_id'][0], 'both_bad', annotator='ben').kind"
    )
    press(lab, "r")
    field.fill("status:both_bad")
    field.press("Enter")
    expect(root.locator(".cw-count strong")).to_have_text("1")


def test_a_hundred_thousand_pairs_are_quick_and_the_notebook_stays_small(
    open_cells: OpenCells, world: Path, pictures: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    add_many_pairs(workbench.open(world), 100_000)
    lab = open_cells(*cells(world))
    root = lab.page.locator(".cw-board")
    expect(root.locator(".cw-count")).to_contain_text("100,1")
    expect(root.locator(".cw-pair .cw-side-words").first).to_be_visible()
    times = {}
    root.focus()
    for name, key in (("end", "End"), ("home", "Home"), ("page", "PageDown")):
        began = time.monotonic()
        press(lab, key)
        expect(root.locator(".cw-pair.is-focused .cw-side-words").first).to_be_visible()
        times[name] = time.monotonic() - began
    began = time.monotonic()
    root.locator(".cw-filter-input").fill("99999")
    root.locator(".cw-filter-input").press("Enter")
    expect(root.locator(".cw-count strong")).to_have_text("1")
    times["filter"] = time.monotonic() - began
    assert root.locator(".cw-pair").count() < 40
    size_kb = lab.page.evaluate("() => JSON.stringify(labPage.panel.model.toJSON()).length") / 1000
    with capsys.disabled():
        print(
            "\n100,000 pairs:", {name: f"{1e3 * s:.0f} ms" for name, s in times.items()}, f"{size_kb:.1f} kB"
        )
    assert size_kb < 100
    assert max(times.values()) < 5
    root.screenshot(path=pictures / "board-many.png")


def test_dark_and_light_follow_jupyterlab(board: Board, pictures: Path) -> None:
    lab, root = board
    lab.ask_kernel("len(str(ws.split_pairs(0.25, 3)))")
    root.focus()
    press(lab, "r", "ArrowDown", "ArrowUp", "c")
    expect(root.locator(".cw-split-state")).to_contain_text("locked with seed 3")
    expect(root.locator(".cw-saved")).not_to_contain_text("change", timeout=60_000)
    expect(root.locator(".cw-saved")).to_contain_text("error", timeout=60_000)
    for theme in ("dark", "light"):
        lab.set_theme(f"JupyterLab {theme.capitalize()}")
        expect(root).to_have_attribute("data-theme", theme)
        root.scroll_into_view_if_needed()
        expect(root.locator(".cw-pair-media img").first).to_be_visible()
        root.screenshot(path=pictures / f"board-{theme}.png")
        if os.environ.get("WRITE_SCREENSHOTS") == "1":
            name = "pairs.png" if theme == "light" else "pairs-dark.png"
            shutil.copyfile(pictures / f"board-{theme}.png", ROOT / "docs" / "images" / name)
