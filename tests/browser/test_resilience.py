"""What goes wrong around a view in a real JupyterLab: nothing is lost by it, and nothing counted twice."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable, Iterator
from copy import copy
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, expect

import workbench

from .cut_line import Line
from .jupyter_lab import LabPage, LabServer, write_notebook

OpenCells = Callable[..., LabPage]
OpenTab = Callable[..., LabPage]
_CUT_MS = 10_000
_WATCH_DEATH = """() => {
  const { statusChanged } = labPage.session;
  window.died = new Promise(done =>
    statusChanged.connect((_, status) => status === "autorestarting" && done()));
}"""


def cells(world: Path, view: str = "widgets.Review(ws)", annotator: str = "ana") -> tuple[str, ...]:
    return (
        f"import workbench, widgets\nws = workbench.open({str(world)!r}, annotator={annotator!r})",
        f"view = {view}\nview",
    )


@pytest.fixture
def open_tab(browser: Browser, server: LabServer) -> Iterator[OpenTab]:
    """Open a notebook in a tab and a kernel of its own, by a line of the test's own where it has one."""
    tabs: list[LabPage] = []

    def open_(name: str, *sources: str, line: Line | None = None) -> LabPage:
        reached = copy(server)
        reached.url = line.url if line else server.url
        tab = LabPage(browser, reached)
        tabs.append(tab)
        write_notebook(server.root / name, sources)
        tab.open(name)
        tab.run_all()
        return tab

    yield open_
    for tab in tabs:
        inside = (tab.server.url, tab.server.url.replace("http:", "ws:"), "blob:", "data:")
        assert [url for url in tab.requests if not url.startswith(inside)] == [], (
            "a request left this machine"
        )
        tab.close()


def review_of(tab: LabPage) -> Locator:
    root = tab.page.locator(".cw-review")
    expect(root.locator(".cw-caption-main")).not_to_be_empty()
    return root


def decide(tab: LabPage, key: str) -> None:
    """Press a key and wait until another pair is there, whether a decision is on disk or not."""
    root = tab.page.locator(".cw-review")
    caption = root.locator(".cw-caption-main").inner_text()
    root.focus()
    tab.page.keyboard.press(key)
    expect(root.locator(".cw-caption-main")).not_to_have_text(caption)


def events_of(world: Path) -> list[str]:
    """Return what the journal on disk holds, read by another process than the kernel."""
    return [event.verdict.verdict for event in workbench.open(world).store.journal.events()]


def expect_saved(root: Locator, decisions: int) -> None:
    expect(root.locator(".cw-decisions")).to_have_text(f"{decisions} decision{'s' if decisions != 1 else ''}")
    expect(root.locator(".cw-saved")).to_have_attribute("data-state", "saved")


def test_a_connection_cut_in_the_middle_of_review_loses_nothing_and_counts_nothing_twice(
    open_tab: OpenTab, server: LabServer, world: Path, pictures: Path
) -> None:
    with Line(server.url) as line:
        tab = open_tab("cut.ipynb", *cells(world), line=line)
        root = review_of(tab)
        decide(tab, "x")
        expect_saved(root, 1)
        for key in ("j",) * 4 + ("k",) * 4:  # what comes next is in the page by then
            decide(tab, key)
        line.cut()
        for key in "axa":
            decide(tab, key)
        expect(root.locator(".cw-saved")).to_contain_text("3 not saved yet")
        root.screenshot(path=pictures / "review-cut.png")
        # Longer than the outbox waits for an answer, so that it sends again what JupyterLab still holds too.
        tab.page.wait_for_timeout(_CUT_MS)
        assert events_of(world) == ["misaligned"]
        expect(root.locator(".cw-saved")).not_to_have_attribute("data-state", "saved")
        line.mend()
        expect(root.locator(".cw-saved")).to_have_attribute("data-state", "saved", timeout=60_000)
        expect_saved(root, 4)
        assert events_of(world) == ["misaligned", "ok", "misaligned", "ok"]
        assert line.refused > 0, "the page never tried to come back while the line was cut"
        # JupyterLab has put its own word about the connection over the page by now.
        tab.page.evaluate("() => document.querySelectorAll('.jp-Dialog button').forEach(one => one.click())")
        root.focus()
        tab.page.keyboard.press("Control+z")
        expect_saved(root, 3)


def test_a_killed_kernel_takes_no_decision_with_it(open_tab: OpenTab, world: Path) -> None:
    tab = open_tab("killed.ipynb", *cells(world))
    root = review_of(tab)
    for number, key in enumerate("xa"):
        decide(tab, key)
        expect_saved(root, number + 1)
    left_at = root.locator(".cw-caption-main").inner_text()
    kernel = tab.ask_kernel("__import__('os').getpid()")
    assert isinstance(kernel, int)
    tab.page.evaluate(_WATCH_DEATH)
    os.kill(kernel, signal.SIGKILL)
    tab.page.evaluate("() => window.died")
    assert events_of(world) == ["misaligned", "ok"]
    tab.wait_idle()
    tab.page.locator(".jp-Dialog .jp-mod-accept").click()  # JupyterLab says by itself that the kernel died
    # It has started another one, which knows nothing of the view: that must not say that it saves.
    root.focus()
    tab.page.keyboard.press("a")
    expect(root.locator(".cw-saved, .cw-notice").filter(has_text="un this cell again").first).to_be_visible()
    expect(root.locator(".cw-saved")).not_to_have_attribute("data-state", "saved")
    assert events_of(world) == ["misaligned", "ok"]
    tab.run_all()
    root = review_of(tab)
    expect(root.locator(".cw-caption-main")).to_have_text(left_at)
    expect_saved(root, 2)
    root.focus()
    tab.page.keyboard.press("Control+z")
    expect_saved(root, 1)


def test_a_closed_tab_takes_no_saved_decision_with_it(
    open_tab: OpenTab, server: LabServer, world: Path
) -> None:
    tab = open_tab("closed.ipynb", *cells(world))
    root = review_of(tab)
    for number, key in enumerate("xax"):
        decide(tab, key)
        expect_saved(root, number + 1)
    tab.page.close(run_before_unload=False)
    assert events_of(world) == ["misaligned", "ok", "misaligned"]
    again = open_tab("again.ipynb", *cells(world))
    expect_saved(review_of(again), 3)
    again.page.locator(".cw-review").focus()
    again.page.keyboard.press("Control+z")
    expect_saved(review_of(again), 2)


def test_two_tabs_with_kernels_of_their_own_decide_in_one_workspace(
    open_cells: OpenCells, open_tab: OpenTab, world: Path
) -> None:
    lab = open_cells(*cells(world))
    other = open_tab("other.ipynb", *cells(world, annotator="ben"))
    first, second = review_of(lab), review_of(other)
    for number in range(3):
        decide(lab, "x")
        expect_saved(first, 2 * number + 1)
        decide(other, "a")
        expect_saved(second, 2 * number + 2)  # what the other tab has decided is counted too
    verdicts = workbench.open(world).verdicts
    assert sorted(verdicts.group_by("annotator").len().rows()) == [("ana", 3), ("ben", 3)]
    other.page.keyboard.press("Control+z")
    expect_saved(second, 5)
    assert workbench.open(world).verdicts.filter(annotator="ana").height == 3, (
        "an undo took another's decision"
    )


def test_two_tabs_on_one_notebook_do_not_answer_for_each_other(
    open_tab: OpenTab, browser: Browser, server: LabServer, world: Path
) -> None:
    tab = open_tab("shared-by-two.ipynb", *cells(world))
    root = review_of(tab)
    tab.command("docmanager:save")
    twin = LabPage(browser, server)
    try:
        twin.open("shared-by-two.ipynb")
        mirror = review_of(twin)
        decide(tab, "x")
        expect_saved(root, 1)
        decide(twin, "a")
        expect(mirror.locator(".cw-saved")).to_have_attribute("data-state", "saved")
        assert len(events_of(world)) == 2
    finally:
        twin.context.close()


@pytest.mark.parametrize("view", ["Gallery", "Review"])
def test_a_workspace_whose_media_have_vanished_is_still_decided(
    open_cells: OpenCells, world: Path, tmp_path: Path, pictures: Path, view: str
) -> None:
    media = tmp_path / "moved"
    ws = workbench.open(world)
    shutil.copytree(next(iter(ws.store.roots.values())), media)
    make = (
        "import workbench, widgets, shutil\n"
        f"ws = workbench.create({str(tmp_path / 'gone')!r}, annotator='ana')\n"
        f"ws.ingest({str(media)!r}, captions={str(media / 'captions.jsonl')!r}, progress=False)\n"
        f"shutil.rmtree({str(media)!r})"
    )
    lab = open_cells(make, f"view = widgets.{view}(ws)\nview")
    root = lab.page.locator(f".cw-{view.lower()}")
    expect(root.get_by_text("The file is gone").first).to_be_visible()
    root.screenshot(path=pictures / f"{view.lower()}-all-vanished.png")
    root.focus()
    lab.page.keyboard.press("x")
    expect_saved(root, 1)
    assert lab.ask_kernel("ws.verdicts['verdict'].to_list()") == ["misaligned"]
