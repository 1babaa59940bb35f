"""PairJudge in a real JupyterLab: fifty pairs by keys, undo, reload, and how soon the next one comes."""

from __future__ import annotations

import os
import shutil
import statistics
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from playwright.sync_api import Locator, expect

import workbench

from .conftest import ROOT
from .jupyter_lab import LabPage
from .pair_world import WRONG, add_across, add_built, add_collage, build_pairs

OpenCells = Callable[..., LabPage]
STEALABLE = (*"bddmyzcvxf00alo", "Escape", "Delete", "Shift+M", "Shift+Enter", "Control+f")
#: From the key that saves to the frame in which the next pair is there, its media included.
PAINT_MS = 150

#: Notes when a key went down and when the next pair had been painted, in the page's own clock.
CLOCK = """root => {
  window.paints = [];
  let pressed = null;
  const press = event => { if (event.key === "Enter") pressed = performance.now(); };
  root.addEventListener("keydown", press, true);
  new MutationObserver(() => {
    const from = pressed;
    pressed = null;
    // Behind the next frame, so that what is measured has been painted.
    const note = () => window.paints.push(performance.now() - from);
    if (from !== null) requestAnimationFrame(() => setTimeout(note));
  }).observe(root, { attributes: true, attributeFilter: ["data-place"] });
}"""


@pytest.fixture(scope="package")
def made_pairs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pairs")
    build_pairs(folder / "ws")
    return folder


@pytest.fixture
def pairs(made_pairs: Path, tmp_path: Path) -> Path:
    shutil.copytree(made_pairs / "ws", tmp_path / "ws")
    return tmp_path / "ws"


def cells(world: Path, view: str = "widgets.PairJudge(ws)") -> tuple[str, ...]:
    return (
        f"import workbench, widgets\nws = workbench.open({str(world)!r}, annotator='ana')",
        f"view = {view}\nview",
    )


def open_judge(
    open_cells: OpenCells, world: Path, view: str = "widgets.PairJudge(ws)"
) -> tuple[LabPage, Locator]:
    lab = open_cells(*cells(world, view), "1 + 1")
    root = lab.page.locator(".cw-judge")
    expect(root).to_have_attribute("data-place", "0")
    root.focus()
    return lab, root


@pytest.fixture
def judge(open_cells: OpenCells, pairs: Path) -> tuple[LabPage, Locator]:
    return open_judge(open_cells, pairs, "widgets.PairJudge(ws, repeat_share=0)")


def read(root: Locator) -> tuple[str, str]:
    """Return the two captions as a person reads them."""
    left, right = root.locator(".cw-card-text").all_inner_texts()
    return left, right


def place(root: Locator) -> int:
    return int(root.get_attribute("data-place") or -1)


def answer(lab: LabPage, root: Locator, *keys: str) -> None:
    """Press the keys of an answer, and wait until the next pair is there."""
    before = place(root)
    for key in keys:
        lab.page.keyboard.press(key)
    lab.page.wait_for_function(
        "([root, before]) => Number(root.dataset.place) !== before", arg=[root.element_handle(), before]
    )


def script(number: int, left: str) -> tuple[tuple[str, ...], str]:
    """Return the keys for the n-th pair, and what they mean: the text wanted, or tie, both bad, skip."""
    if number % 10 == 3:
        return ("ArrowDown", "Enter"), "tie"
    if number % 10 == 6:
        return ("ArrowUp", "Enter"), "both_bad"
    if number % 10 == 9:
        return ("s",), "skip"
    # The right caption, whichever side it is on; now and then the person changes their mind on the way.
    side = "ArrowRight" if WRONG in left else "ArrowLeft"
    other = {"ArrowLeft": "ArrowRight", "ArrowRight": "ArrowLeft"}[side]
    keys = (other, side) if number % 4 == 1 else (side,)
    return (*keys, str(number % 3 + 1), "Enter"), "right"


def test_fifty_pairs_by_keys_alone_with_undo_and_reload(open_cells: OpenCells, pairs: Path) -> None:
    """Images, clips and sounds; every tenth is taken back and answered otherwise; the page is reloaded."""
    lab, root = open_judge(open_cells, pairs, "widgets.PairJudge(ws, repeat_share=0)")
    root.evaluate(CLOCK)
    paints: list[float] = []
    wanted: list[tuple[tuple[str, str], str, int | None]] = []
    number = 0
    while number < 50:
        assert place(root) == number
        texts = read(root)
        assert len(set(texts)) == 2
        keys, meaning = script(number, texts[0])
        strength = int(keys[-2]) if meaning == "right" else None
        if number % 10 == 5:  # first another answer, which is taken back
            answer(lab, root, "ArrowDown", "Enter")
            answer(lab, root, "Control+z")
            assert read(root) == texts, "the same pair on the same sides"
        wanted.append((texts, meaning, strength))
        number += 1
        if number < 50:
            answer(lab, root, *keys)
        else:
            for key in keys:
                lab.page.keyboard.press(key)
        if number == 25:
            paints += root.evaluate("() => window.paints")
            expect(root.locator(".cw-saved")).to_have_attribute("data-state", "saved")
            lab.command("docmanager:save")
            name = str(lab.page.evaluate("() => labPage.panel.context.path"))
            lab.page.reload()
            lab.wait_open(name)
            root = lab.page.locator(".cw-judge")
            expect(root).to_have_attribute("data-place", "25")
            root.focus()
            root.evaluate(CLOCK)
    expect(root.locator(".cw-decisions")).to_have_text("50 decisions")
    expect(root.locator(".cw-saved")).to_have_attribute("data-state", "saved")
    paints += root.evaluate("() => window.paints")

    ws = workbench.open(pairs)
    standing = {row["pair_id"]: row for row in ws.pairs.iter_rows(named=True)}
    media = dict(ws.samples.select("sample_id", "media").iter_rows())
    assert {media[row["sample_id"]] for row in standing.values()} == {"image", "video", "audio"}
    made = ws.judgements.to_dicts()  # in the order of judging
    assert len(made) == 50
    for one, (texts, meaning, strength) in zip(made, wanted, strict=True):
        pair = standing[one["pair_id"]]
        assert {pair["chosen_text"], pair["rejected_text"]} == set(texts)
        assert one["answer"] == ("prefer" if meaning == "right" else meaning)
        assert one["strength"] == strength
        assert pair["status"] == {"right": "accepted", "skip": "open"}.get(meaning, meaning)
        if meaning == "right":
            assert WRONG not in pair["chosen_text"]
            assert pair["strength"] == strength
            shown_left = pair["chosen_text"] if one["left"] == pair["chosen_id"] else pair["rejected_text"]
            assert shown_left == texts[0]
    median = statistics.median(paints)
    slow = statistics.quantiles(paints, n=10)[8]
    print(
        f"\nkey to next pair painted: median {median:.0f} ms, p90 {slow:.0f} ms, worst {max(paints):.0f} ms, "
        f"n = {len(paints)}"
    )
    assert len(paints) > 40
    assert median <= PAINT_MS


def test_words_are_marked_only_after_the_answer_and_escape_clears_it(judge: tuple[LabPage, Locator]) -> None:
    lab, root = judge
    expect(root.locator(".cw-differs")).to_have_count(0)
    lab.page.keyboard.press("ArrowRight")
    expect(root.locator(".cw-differs")).to_have_count(1)
    expect(root.locator(".cw-differs")).to_contain_text(WRONG)
    expect(root.locator(".cw-side-card[aria-checked='true'] b")).to_have_text("B")
    lab.page.keyboard.press("Escape")
    expect(root.locator(".cw-differs")).to_have_count(0)
    lab.page.keyboard.press("Enter")
    expect(root.locator(".cw-notice")).to_contain_text("Name one first")
    assert lab.ask_kernel("ws.judgements.height") == 0


def test_reasons_and_a_note_by_keys_are_stored(judge: tuple[LabPage, Locator]) -> None:
    lab, root = judge
    for key in ("ArrowLeft", "4", "7", "7", "8", "n"):
        lab.page.keyboard.press(key)
    lab.page.keyboard.type("1 dog? s")
    answer(lab, root, "Enter")
    expect(root.locator(".cw-decisions")).to_have_text("1 decision")
    told = lab.ask_kernel("ws.judgements.select('answer', 'strength', 'reasons', 'note').row(0)")
    assert told == ["prefer", None, ["invents something", "leaves out"], "1 dog? s"]
    lab.page.keyboard.press("k")
    expect(root.locator(".cw-note")).to_have_value("1 dog? s")
    expect(root.locator(".cw-reason[aria-pressed='true']")).to_have_count(2)
    seconds = lab.ask_kernel("ws.judgements['seconds'][0]")
    assert isinstance(seconds, float)
    assert 0 < seconds < 60


def test_enter_twice_is_one_judgement_and_looking_back_stores_nothing(judge: tuple[LabPage, Locator]) -> None:
    lab, root = judge
    lab.page.keyboard.press("ArrowLeft")
    lab.page.keyboard.press("Enter")
    lab.page.keyboard.press("Enter")
    expect(root).to_have_attribute("data-place", "1")
    lab.page.keyboard.press("k")
    expect(root).to_have_attribute("data-place", "0")
    lab.page.keyboard.press("Enter")
    expect(root).to_have_attribute("data-place", "1")
    expect(root.locator(".cw-saved")).to_have_attribute("data-state", "saved")
    assert lab.ask_kernel("len(ws.store.journal.events())") == 1


def test_one_key_saves_where_that_is_wanted(judge: tuple[LabPage, Locator]) -> None:
    lab, root = judge
    lab.page.keyboard.press("o")
    for number, key in enumerate(("ArrowLeft", "ArrowDown", "ArrowRight")):
        answer(lab, root, *(("3", key) if key == "ArrowRight" else (key,)))
        assert place(root) == number + 1
    expect(root.locator(".cw-decisions")).to_have_text("3 decisions")
    told = lab.ask_kernel("ws.judgements.select('answer', 'strength').rows()")
    assert told == [["prefer", None], ["tie", None], ["prefer", 3]]


def test_a_mouse_does_it_too_and_enter_still_saves(judge: tuple[LabPage, Locator]) -> None:
    lab, root = judge
    root.locator(".cw-side-card").nth(1).click()
    root.get_by_role("button", name="clearly").click()
    root.get_by_role("button", name="invents something").click()
    answer(lab, root, "Enter")
    expect(root.locator(".cw-decisions")).to_have_text("1 decision")
    assert lab.ask_kernel("ws.judgements.select('strength', 'reasons').row(0)") == [2, ["invents something"]]
    assert lab.ask_kernel("bool((ws.judgements['winner'] != ws.judgements['left'])[0])")


def test_no_key_reaches_the_notebook(judge: tuple[LabPage, Locator]) -> None:
    lab, root = judge
    lab.page.evaluate("() => { labPage.activate(1); labPage.book.mode = 'command'; }")
    root.locator(".cw-stage-media").first.click()
    before = lab.notebook_state()
    for key in STEALABLE:
        lab.page.keyboard.press(key)
    assert lab.notebook_state() == before
    assert lab.page.evaluate("() => document.activeElement.classList.contains('cw-judge')")


def test_hidden_repeats_make_agreement_with_oneself(open_cells: OpenCells, pairs: Path) -> None:
    lab, root = open_judge(open_cells, pairs, "widgets.PairJudge(ws, repeat_share=0.2, is_quick=True)")
    for _ in range(22):
        left, _right = read(root)
        answer(lab, root, "ArrowRight" if WRONG in left else "ArrowLeft")
        expect(root.locator(".cw-progress-text")).not_to_contain_text("repeat")
    expect(root.locator(".cw-decisions")).to_have_text("22 decisions")
    expect(root.locator(".cw-agreement")).to_have_text("agreement with yourself 1.00 (3 repeats)")
    assert lab.ask_kernel("ws.judgements.filter(occasion=2).height") == 3


def test_a_quiz_tells_what_is_known_after_the_answer(
    open_cells: OpenCells, pairs: Path, pictures: Path
) -> None:
    add_built(workbench.open(pairs))
    lab, root = open_judge(open_cells, pairs, "widgets.PairJudge(ws, quiz=2)")
    expect(root.locator(".cw-progress-text")).to_contain_text("calibration 1 of 2")
    for right in (True, False):
        left, _ = read(root)
        expect(root.locator(".cw-feedback")).to_be_hidden()
        lab.page.keyboard.press("ArrowRight" if (WRONG in left) == right else "ArrowLeft")
        lab.page.keyboard.press("Enter")
        expect(root.locator(".cw-feedback")).to_contain_text("As known" if right else "Known otherwise")
        root.screenshot(path=pictures / f"judge-quiz-{right}.png")
        answer(lab, root, "Enter")
    expect(root.locator(".cw-agreement")).to_contain_text("quiz 1 of 2")
    expect(root.locator(".cw-progress-text")).not_to_contain_text("calibration")


def test_the_worse_of_two_samples_is_named(open_cells: OpenCells, pairs: Path, pictures: Path) -> None:
    ws = workbench.open(pairs)
    ws.store.replace("pairs", ws.pairs.head(0).select(ws.store.read("pairs").columns))
    across = add_across(ws)
    lab, root = open_judge(open_cells, pairs, "widgets.PairJudge(ws, route='all')")
    expect(root.locator(".cw-stage-picture")).to_have_count(2)
    expect(root.locator(".cw-question")).to_have_text("Which caption is less faithful to what it describes?")
    left, _ = read(root)
    lab.page.keyboard.press("ArrowLeft" if WRONG in left else "ArrowRight")
    expect(root.locator(".cw-side-card.is-worse")).to_contain_text(WRONG)
    root.screenshot(path=pictures / "judge-across.png")
    lab.page.keyboard.press("Enter")
    expect(root.locator(".cw-decisions")).to_have_text("1 decision")
    assert lab.ask_kernel("ws.judgements['winner'].to_list()") == [across.chosen_id]


def test_a_collage_is_shown_with_its_question(open_cells: OpenCells, pairs: Path, pictures: Path) -> None:
    ws = workbench.open(pairs)
    ws.store.replace("pairs", ws.pairs.head(0).select(ws.store.read("pairs").columns))
    add_collage(ws)
    _, root = open_judge(open_cells, pairs, "widgets.PairJudge(ws, route='all')")
    expect(root.locator(".cw-collage img")).to_have_count(4)
    expect(root.locator(".cw-prompt")).to_contain_text("Describe picture 3")
    root.screenshot(path=pictures / "judge-collage.png")


def test_clear_proposals_are_not_asked_about_until_that_is_wanted(open_cells: OpenCells, pairs: Path) -> None:
    ws = workbench.open(pairs)
    ws.store.replace("pairs", ws.pairs.head(0).select(ws.store.read("pairs").columns))
    add_built(ws)
    lab = open_cells(*cells(pairs, "widgets.PairJudge(ws, audit_share=0)"))
    root = lab.page.locator(".cw-judge")
    expect(root.locator(".cw-statement")).to_contain_text("5 clear proposals")
    root.focus()
    lab.page.keyboard.press("Enter")
    expect(root).to_have_attribute("data-place", "0")
    assert lab.ask_kernel("ws.pairs['status'].unique().to_list()") == ["proposed"]


def test_a_workspace_without_pairs_says_how_to_make_some(open_cells: OpenCells, world: Path) -> None:
    lab = open_cells(*cells(world))
    expect(lab.page.locator(".cw-judge .cw-statement")).to_contain_text("ws.build_pairs()")


def test_an_answer_in_the_making_outlives_pairs_that_a_cell_adds(
    judge: tuple[LabPage, Locator], pairs: Path
) -> None:
    lab, root = judge
    answer(lab, root, "ArrowLeft", "Enter")
    texts = read(root)
    for key in ("ArrowRight", "3", "5"):
        lab.page.keyboard.press(key)
    ws = workbench.open(pairs)
    first = ws.judgements["pair_id"][0]
    gone = ws.store.read("pairs").filter(pl.col("pair_id") != first)
    ws.store.replace("pairs", gone)
    add_built(ws)
    lab.ask_kernel("view.refresh()")
    expect(root).to_have_attribute("data-place", "0")  # what was judged first is gone
    assert read(root) == texts
    expect(root.locator(".cw-side-card[aria-checked='true'] b")).to_have_text("B")
    expect(root.locator(".cw-reason[aria-pressed='true']")).to_have_text("wrong attribute5")


def test_an_answer_is_called_saved_only_when_the_kernel_has_said_so(judge: tuple[LabPage, Locator]) -> None:
    lab, root = judge
    lab.ask_kernel("setattr(view.core, 'held', view.core.lock.acquire())")
    lab.page.keyboard.press("ArrowLeft")
    lab.page.keyboard.press("Enter")
    expect(root.locator(".cw-saved")).to_have_attribute("data-state", "pending")
    assert lab.ask_kernel("ws.judgements.height") == 0
    lab.ask_kernel("setattr(view.core, 'held', view.core.lock.release())")
    expect(root.locator(".cw-saved")).to_have_attribute("data-state", "saved")
    assert lab.ask_kernel("ws.judgements.height") == 1


def test_a_view_whose_kernel_is_gone_calls_nothing_saved(judge: tuple[LabPage, Locator]) -> None:
    lab, root = judge
    before = read(root)
    lab.restart_kernel()
    root.focus()
    lab.page.keyboard.press("ArrowLeft")
    lab.page.keyboard.press("Enter")
    expect(root.locator(".cw-notice")).to_contain_text("Run this cell again")
    expect(root.locator(".cw-saved")).to_have_attribute("data-state", "failed")
    expect(root.locator(".cw-decisions")).to_have_text("0 decisions")
    assert read(root) == before, "back at the pair that was not saved"


@pytest.mark.parametrize("width", [700, 480])
def test_a_narrow_judge_keeps_all_its_parts(
    judge: tuple[LabPage, Locator], width: int, pictures: Path
) -> None:
    lab, root = judge
    root.evaluate("(element, width) => { element.style.width = `${width}px`; }", width)
    lab.page.keyboard.press("ArrowLeft")
    stage, side = root.locator(".cw-stages").bounding_box(), root.locator(".cw-side-box").bounding_box()
    assert stage is not None
    assert side is not None
    assert (stage["y"] + stage["height"] <= side["y"] + 1) == (width == 480)
    box = root.bounding_box()
    assert box is not None
    for button in root.locator(".cw-judge-foot .cw-btn, .cw-how .cw-btn").all():
        assert button.evaluate("element => element.scrollWidth <= element.clientWidth")
        inside = button.bounding_box()
        assert inside is not None
        assert inside["x"] + inside["width"] <= box["x"] + box["width"]
    root.screenshot(path=pictures / f"judge-{width}.png")


def test_dark_and_light_follow_jupyterlab(open_cells: OpenCells, pairs: Path, pictures: Path) -> None:
    lab, root = open_judge(open_cells, pairs, "widgets.PairJudge(ws, repeat_share=0.2)")
    for _ in range(19):
        left, _right = read(root)
        answer(lab, root, "ArrowRight" if WRONG in left else "ArrowLeft", "2", "Enter")
    for key in ("ArrowLeft" if WRONG not in read(root)[0] else "ArrowRight", "2", "4"):
        lab.page.keyboard.press(key)
    root.locator(".cw-note").fill("there is no dog")
    root.focus()
    for theme in ("dark", "light"):
        lab.set_theme(f"JupyterLab {theme.capitalize()}")
        expect(root).to_have_attribute("data-theme", theme)
        root.scroll_into_view_if_needed()
        root.screenshot(path=pictures / f"judge-{theme}.png")
        if os.environ.get("WRITE_SCREENSHOTS") == "1":
            target = ROOT / "docs" / "images" / ("judge.png" if theme == "light" else "judge-dark.png")
            shutil.copyfile(pictures / f"judge-{theme}.png", target)
