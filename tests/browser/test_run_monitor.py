"""The run monitor in a real JupyterLab, on a run that really goes and on runs told by hand."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

import workbench
from tests.panels.run_folders import Teller
from workbench.finetune.holding import hold
from workbench.finetune.run import Run

from .conftest import ROOT
from .jupyter_lab import LabPage
from .run_world import give_runs
from .small_runs import QUEUES, long_config, make_tunable

OpenCells = Callable[..., LabPage]
Told = tuple[LabPage, Locator, Teller]
_SLOW_MS = 120_000  # a process that imports a trainer, on a machine that does other things too


def cells(world: Path, *more: str) -> tuple[str, ...]:
    head = (
        "import os\n"
        f"os.environ |= {{'XDG_CACHE_HOME': {str(world.parent / QUEUES)!r}, 'OMP_NUM_THREADS': '1'}}\n"
        f"import workbench, widgets\nws = workbench.open({str(world)!r}, annotator='ana')"
    )
    return (head, *more)


def press(lab: LabPage, *keys: str) -> None:
    for key in keys:
        lab.page.keyboard.press(key)


def step_of(root: Locator) -> int:
    found = re.match(r"step ([\d,]+)", root.locator(".cw-run-facts").inner_text())
    return int(found[1].replace(",", "")) if found else 0


def wait_for_steps(lab: LabPage, root: Locator, more: int, *, since: int | None = None) -> None:
    """Wait until the page shows that many steps more than now, or than there were."""
    wanted = (step_of(root) if since is None else since) + more
    lab.page.wait_for_function(
        "wanted => Number(document.querySelector('.cw-run-facts')?.textContent"
        ".match(/^step ([\\d,]+)/)?.[1].replaceAll(',', '') ?? 0) >= wanted",
        arg=wanted, timeout=_SLOW_MS,
    )  # fmt: skip


def curve_of(root: Locator) -> str:
    """Return the path of the loss."""
    line = root.locator(".cw-plot").first.locator(".cw-plot-line.cw-tone-accent").last
    return str(line.get_attribute("d"))


# -- a run that goes


@pytest.fixture(scope="module")
def tunable(made_world: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tunable")
    make_tunable(made_world, folder)
    return folder


@pytest.fixture(scope="module")
def going(tunable: Path) -> Iterator[Run]:
    """A run that trains a tiny model of pictures on the pairs of a workspace."""
    before = {name: os.environ.get(name) for name in ("XDG_CACHE_HOME", "OMP_NUM_THREADS")}
    os.environ |= {"XDG_CACHE_HOME": str(tunable / QUEUES), "OMP_NUM_THREADS": "1"}
    try:
        run = workbench.open(tunable / "ws").finetune(long_config(tunable, "dpo-going"))
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})
    yield run
    for one in workbench.open(tunable / "ws").runs.values():
        one.kill().wait(30)


@pytest.fixture
def live(open_cells: OpenCells, tunable: Path, going: Run) -> tuple[LabPage, Locator]:
    if not going.is_alive:
        going.resume()
    lab = open_cells(*cells(tunable / "ws", "monitor = widgets.RunMonitor(ws.runs['dpo-going'])\nmonitor"))
    root = lab.page.locator(".cw-runs")
    expect(root.locator(".cw-run-chip").first).to_have_text("running", timeout=_SLOW_MS)
    return lab, root


def test_curves_move_while_the_run_goes_and_while_a_cell_is_busy(
    live: tuple[LabPage, Locator], pictures: Path
) -> None:
    lab, root = live
    wait_for_steps(lab, root, 4)
    before, step = curve_of(root), step_of(root)
    lab.set_cells([])  # nothing is left of the view: it is made anew, and has all that was told
    lab.set_cells(["monitor", "import time\nend = time.monotonic() + 4\nwhile time.monotonic() < end: pass"])
    lab.run_cell(0)
    wait_for_steps(lab, root, 0, since=step)
    lab.run_cell(1, wait=False)
    wait_for_steps(lab, root, 3)
    assert lab.page.evaluate("() => labPage.isIdle()") is False, "the cell was to be busy meanwhile"
    assert curve_of(root) != before
    for place, labels in ((0, ["held out", "training"]), (2, ["chosen", "rejected"])):
        assert root.locator(".cw-plot").nth(place).locator(".cw-plot-label").all_text_contents() == labels
    expect(root.locator(".cw-run-make")).to_contain_text("fast engine on cpu")
    expect(root.locator(".cw-counts")).to_contain_text("the run goes on if you close this page")
    root.screenshot(path=pictures / "runs-live.png")
    lab.wait_idle()


def test_stop_keeps_a_checkpoint_and_resume_goes_on_from_it(live: tuple[LabPage, Locator]) -> None:
    lab, root = live
    wait_for_steps(lab, root, 2)
    root.focus()
    press(lab, "s")
    expect(root.locator(".cw-run-chip").first).to_have_text("stopped", timeout=_SLOW_MS)
    stopped = step_of(root)
    expect(root.locator(".cw-saved")).to_contain_text(f"saved step {stopped:,}")
    expect(root.locator(".cw-banner-stopped")).to_contain_text(f"The checkpoint of step {stopped:,} is kept")
    assert lab.ask_kernel("ws.runs['dpo-going'].state") == "stopped"
    root.locator(".cw-banner-stopped button").click()
    expect(root.locator(".cw-run-chip").first).to_have_text("running", timeout=_SLOW_MS)
    wait_for_steps(lab, root, 2)
    assert step_of(root) > stopped
    assert lab.ask_kernel("ws.runs['dpo-going'].steps['step'].is_unique().all()") is True


def test_a_reload_of_the_page_shows_the_whole_curve_again(live: tuple[LabPage, Locator]) -> None:
    lab, root = live
    wait_for_steps(lab, root, 2)
    step = step_of(root)
    lab.command("docmanager:save")
    name = str(lab.page.evaluate("() => labPage.panel.context.path"))
    lab.page.reload()
    lab.wait_open(name)
    expect(root.locator(".cw-run-chip").first).to_have_text("running")
    assert step_of(root) >= step
    assert curve_of(root).count("L") > 2
    wait_for_steps(lab, root, 2)


def test_the_run_outlives_the_kernel_and_is_attached_again(
    live: tuple[LabPage, Locator], going: Run, pictures: Path
) -> None:
    lab, root = live
    wait_for_steps(lab, root, 2)
    lab.restart_kernel()
    expect(root.locator(".cw-contact")).to_contain_text("no contact", timeout=20_000)
    assert root.evaluate("root => root.classList.contains('is-lost')")
    root.screenshot(path=pictures / "runs-lost.png")
    step = step_of(root)
    assert going.is_alive
    lab.run_all()
    expect(root.locator(".cw-run-chip").first).to_have_text("running")
    wait_for_steps(lab, root, 2)
    assert step_of(root) > step
    expect(root.locator(".cw-contact")).to_be_empty()


def test_a_clone_waits_for_the_device_and_says_behind_whom(
    live: tuple[LabPage, Locator], pictures: Path
) -> None:
    lab, root = live
    wait_for_steps(lab, root, 1)
    root.focus()
    press(lab, "c")
    sheet = root.locator(".cw-sheet[aria-label='Clone with changes']")
    rate = sheet.locator("label", has_text="learning rate").locator("input")
    rate.fill("-1")
    press(lab, "Enter")
    expect(sheet.locator(".cw-wrong")).to_contain_text("learning_rate")
    rate.fill("1e-4")
    sheet.locator("label", has_text="name").locator("input").fill("dpo-slower")
    expect(sheet.locator("[role=status]")).to_have_text("Changed: learning rate.")
    press(lab, "Enter")
    expect(sheet).to_be_hidden()
    expect(root.locator(".cw-run-title")).to_have_text("dpo-slower")
    expect(root.locator(".cw-banner-queued")).to_contain_text("1 run goes before it", timeout=_SLOW_MS)
    expect(root.locator(".cw-legend")).to_contain_text("dpo-going")
    root.screenshot(path=pictures / "runs-queued.png")
    assert lab.ask_kernel("ws.runs['dpo-slower'].config.learning_rate") == 1e-4
    press(lab, "s")
    expect(root.locator(".cw-run-chip").first).to_have_text("stopped", timeout=_SLOW_MS)


# -- runs told by hand


@pytest.fixture
def told(open_cells: OpenCells, world: Path) -> Iterator[Told]:
    ws = workbench.open(world, annotator="ana")
    _, teller = give_runs(ws)
    handle = hold(teller.folder.lock)
    assert handle is not None
    lab = open_cells(*cells(world, "monitor = widgets.RunMonitor(ws)\nmonitor"))
    root = lab.page.locator(".cw-runs")
    expect(root.locator(".cw-item img").first).to_be_visible()
    yield lab, root, teller
    os.close(handle)


def test_flagged_items_show_what_is_mended_and_what_is_wrong_still(told: Told) -> None:
    lab, root, teller = told
    items = root.locator(".cw-item")
    expect(items).to_have_count(9)
    expect(root.locator(".cw-outcome-mended")).to_have_count(4)
    first, last = items.first, items.last
    expect(first.locator(".cw-item-before del")).to_have_count(1)
    expect(first.locator(".cw-item-now ins")).to_have_count(1)
    expect(last.locator(".cw-item-now del")).to_have_count(1)
    expect(last.locator(".cw-item-sign")).to_have_attribute("aria-label", "wrong still")
    texts = lab.ask_kernel("[i.told['correction'] for i in monitor.core._named('dpo-attributes-3').items()]")
    ids = lab.ask_kernel("[i.told['caption_id'] for i in monitor.core._named('dpo-attributes-3').items()]")
    assert isinstance(texts, list)
    assert isinstance(ids, list)
    teller.steps(85, 86).say(86, dict(zip(ids, texts, strict=True)))
    expect(root.locator(".cw-outcome-mended")).to_have_count(9)
    expect(root.locator(".cw-flagged-foot .cw-primary")).to_be_disabled()


def test_what_is_left_goes_to_the_review_that_is_open(told: Told, pictures: Path) -> None:
    lab, root, _ = told
    root.focus()
    press(lab, "v")
    expect(root.locator(".cw-notice")).to_contain_text("widgets.Review(ws, only=monitor.left)")
    lab.set_cells(["monitor", "review = widgets.Review(ws)\nreview"])
    lab.run_all()
    root.locator(".cw-flagged-foot .cw-primary").click()
    expect(root.locator(".cw-notice")).to_contain_text("5 items in the review")
    review = lab.page.locator(".cw-review")
    expect(review.locator(".cw-picked")).to_have_text("5 left by dpo-attributes-3")
    texts = "dict(ws.captions.select('caption_id', 'text').iter_rows())"
    left = lab.ask_kernel(f"[{texts}[key] for key in monitor.left]")
    assert isinstance(left, list)
    assert len(left) == 5
    assert review.locator(".cw-caption-main").inner_text() in left
    review.screenshot(path=pictures / "review-left.png")
    review.locator(".cw-picked").click()
    expect(review.locator(".cw-picked")).to_be_hidden()


def test_runs_are_laid_beside_each_other_with_one_cursor(told: Told, pictures: Path) -> None:
    lab, root, _ = told
    root.focus()
    press(lab, "m")
    expect(root.locator(".cw-legend .cw-row")).to_have_count(2)
    loss = root.locator(".cw-plot").first
    expect(loss.locator(".cw-plot-line[stroke-dasharray]")).to_have_count(1)
    press(lab, "ArrowLeft")
    expect(loss.locator(".cw-readout")).to_contain_text("dpo-attributes-2 .")
    expect(root.locator(".cw-plot-cursor")).to_have_count(8)
    root.screenshot(path=pictures / "runs-beside.png")
    press(lab, "Escape")
    expect(root.locator(".cw-plot-cursor")).to_have_count(0)
    root.locator("tr[data-run='dpo-attributes-2'] input").uncheck()
    expect(root.locator(".cw-legend")).to_be_hidden()
    press(lab, "ArrowDown")
    expect(root.locator(".cw-run-title")).to_have_text("dpo-attributes-2")
    expect(root.locator(".cw-run-chip").first).to_have_text("finished")


def test_alarms_and_failures_are_told_with_what_to_do(told: Told, pictures: Path) -> None:
    _, root, teller = told
    teller.tell(
        "alarm",
        step=84,
        name="chosen_falling",
        message="The chosen answers fall.",
        remedy="Set `sft_weight=0.2`",
    )
    expect(root.locator(".cw-banner-alarm")).to_contain_text("The chosen answers fall.")
    expect(root.locator(".cw-banner-alarm code")).to_have_text("sft_weight=0.2")
    expect(root.locator(".cw-run-alarm")).to_have_text("1 alarm")
    expect(root.locator(".cw-plot-mark").first).to_be_visible()
    teller.tell("failed", message="The disk takes no more.", remedy="Free some space.", step=84)
    expect(root.locator(".cw-run-chip").first).to_have_text("failed")
    expect(root.locator(".cw-banner-failed")).to_contain_text("Free some space.")
    expect(root.locator(".cw-banner-failed button")).to_be_visible()
    root.screenshot(path=pictures / "runs-failed.png")


def test_a_note_is_written_by_keys_and_jupyterlab_sees_none_of_them(told: Told) -> None:
    lab, root, _ = told
    before = lab.notebook_state()
    root.focus()
    press(lab, "n")
    lab.page.keyboard.type("d d: lower the rate, x")
    press(lab, "Enter")
    expect(root.locator(".cw-banner-note")).to_contain_text("d d: lower the rate, x")
    press(lab, "d", "d", "b", "x", "Shift+m", "0", "0")
    press(lab, "?")
    expect(root.locator(".cw-sheet[aria-label=Keys]")).to_be_visible()
    press(lab, "Escape")
    expect(root.locator(".cw-sheet[aria-label=Keys]")).to_be_hidden()
    assert lab.notebook_state() == before
    assert lab.ask_kernel("ws.runs['dpo-attributes-3'].notes") == ["d d: lower the rate, x"]


@pytest.mark.parametrize("width", [700, 480])
def test_a_narrow_monitor_folds_the_flagged_items_into_the_bar(
    told: Told, width: int, pictures: Path
) -> None:
    lab, root, _ = told
    root.evaluate("(element, width) => { element.style.width = `${width}px`; }", width)
    expect(root.locator(".cw-flagged")).to_be_hidden()
    assert root.evaluate("element => element.scrollWidth <= element.clientWidth")
    main = root.locator(".cw-run-main")
    assert main.evaluate("element => element.scrollWidth <= element.clientWidth")
    root.screenshot(path=pictures / f"runs-{width}.png")
    root.focus()
    press(lab, "f")
    expect(root.locator(".cw-item img").first).to_be_visible()
    root.screenshot(path=pictures / f"runs-{width}-flagged.png")
    press(lab, "Escape")
    expect(root.locator(".cw-flagged")).to_be_hidden()


def test_without_runs_it_says_what_starts_one(open_cells: OpenCells, world: Path, pictures: Path) -> None:
    lab = open_cells(*cells(world, "widgets.RunMonitor(ws)"))
    root = lab.page.locator(".cw-runs")
    expect(root.locator(".cw-statement")).to_contain_text("ws.build_pairs()")
    root.screenshot(path=pictures / "runs-empty.png")


def test_dark_and_light_follow_jupyterlab(told: Told, pictures: Path) -> None:
    lab, root, teller = told
    teller.tell(
        "alarm", step=80, name="chosen_falling",
        message="Chosen is slipping: −0.6 nats in 40 steps",
        remedy="If it goes on, add SFT (`sft_weight=0.2`) or lower the learning rate",
    )  # fmt: skip
    expect(root.locator(".cw-banner-alarm")).to_be_visible()
    for theme in ("dark", "light"):
        lab.set_theme(f"JupyterLab {theme.capitalize()}")
        expect(root).to_have_attribute("data-theme", theme)
        root.scroll_into_view_if_needed()
        expect(root.locator(".cw-item img").first).to_be_visible()
        root.screenshot(path=pictures / f"runs-{theme}.png")
        if os.environ.get("WRITE_SCREENSHOTS") == "1":
            name = "runs.png" if theme == "light" else "runs-dark.png"
            shutil.copyfile(pictures / f"runs-{theme}.png", ROOT / "docs" / "images" / name)
