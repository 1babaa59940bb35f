"""PairJudge in a real JupyterLab: fifty pairs by keys alone, undo, reload, and how soon the next one is there."""

from __future__ import annotations

import os
import shutil
import statistics
from collections.abc import Callable, Iterator
from pathlib import Path

import polars as pl
import pytest
from playwright.sync_api import Locator, expect

import workbench
from workbench.pairs import JudgeQueue, add_pairs
from workbench.preferences.pair import Pair

from .conftest import ROOT
from .jupyter_lab import LabPage
from .pair_world import WRONG, build_pairs

OpenCells = Callable[..., LabPage]
STEALABLE = (*"bddmyzcvxf00alo", "Escape", "Delete", "Shift+M", "Shift+Enter", "Control+f")
#: From the key that saves to the frame in which the next pair is there, its media included.
PAINT_MS = 150

#: Notes when a key went down and when the next pair had been painted, in the page's own clock.
CLOCK = """root => {
  window.paints = [];
  let pressed = null;
  root.addEventListener("keydown", event => { if (event.key === "Enter") pressed = performance.now(); }, true);
  new MutationObserver(() => {
    const from = pressed;
    pressed = null;
    // Behind the next frame, so that what is measured has been painted.
    if (from !== null) requestAnimationFrame(() => setTimeout(() => window.paints.push(performance.now() - from)));
  }).observe(root, { attributes: true, attributeFilter: ["data-place"] });
}"""


@pytest.fixture(scope="session")
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
    print(f"\nkey to next pair painted: median {median:.0f} ms, p90 {statistics.quantiles(paints, n=10)[8]:.0f} ms, "
          f"worst {max(paints):.0f} ms, n = {len(paints)}")  # fmt: skip
    assert len(paints) > 40
    assert median <= PAINT_MS
