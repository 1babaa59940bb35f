"""Fixtures of the browser tests: one server and one browser for all, a page a test."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

import workbench

from .every_view import fill
from .jupyter_lab import LabPage, LabServer, write_notebook
from .small_world import build

ROOT = Path(__file__).parents[2]

#: No name resolves but this machine's: a page that reaches for a CDN fails at once.
_NO_OUTSIDE = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost"
#: The default of five seconds is too short for a machine that does other work beside.
expect.set_options(timeout=20_000)
_CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def find_chromium() -> str | None:
    """Return the Chromium to use: the one named by CHROMIUM, the system's, or None for Playwright's own."""
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, _CHROMIUM_NAMES)), None)


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=find_chromium(),
            args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--mute-audio",
                  "--disable-background-networking", "--disable-component-update",
                  "--autoplay-policy=no-user-gesture-required", _NO_OUTSIDE],
        )  # fmt: skip
        yield started
        started.close()


@pytest.fixture(scope="package")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabServer]:
    root = tmp_path_factory.mktemp("notebooks")
    with LabServer(root, tmp_path_factory.mktemp("jupyter"), {"PYTHONPATH": str(ROOT)}) as started:
        yield started


@pytest.fixture(scope="package")
def made_world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds a workspace `ws` and its media beside it, to be copied."""
    folder = tmp_path_factory.mktemp("world")
    build(folder / "ws")
    return folder


@pytest.fixture
def world(made_world: Path, tmp_path: Path) -> Path:
    """A workspace of the test's own, with the decisions of no other test."""
    shutil.copytree(made_world / "ws", tmp_path / "ws")
    return tmp_path / "ws"


@pytest.fixture(scope="package")
def made_everything(made_world: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same workspace with pairs, judgements and runs in it, for every view."""
    folder = tmp_path_factory.mktemp("everything") / "ws"
    shutil.copytree(made_world / "ws", folder)
    fill(workbench.open(folder, annotator="ana"))
    return folder


@pytest.fixture
def everything(made_everything: Path, tmp_path: Path) -> Path:
    shutil.copytree(made_everything, tmp_path / "everything")
    return tmp_path / "everything"


@pytest.fixture(scope="package")
def shared_lab(browser: Browser, server: LabServer) -> Iterator[LabPage]:
    """One page and one kernel for all tests: opening JupyterLab takes longer than most tests."""
    page = LabPage(browser, server)
    write_notebook(server.root / "shared.ipynb", ["import workbench, widgets"])
    page.open("shared.ipynb")
    yield page
    page.close()


@pytest.fixture
def lab(shared_lab: LabPage, server: LabServer) -> Iterator[LabPage]:
    yield shared_lab
    assert shared_lab.errors == [], "the page raised an error"
    inside = (server.url, server.url.replace("http:", "ws:"), "blob:", "data:")
    outside = [url for url in shared_lab.requests if not url.startswith(inside)]
    assert outside == [], "a request left this machine"


@pytest.fixture
def open_cells(lab: LabPage) -> Callable[..., LabPage]:
    """Show these cells in the notebook; run them unless told not to."""

    def open_(*cells: str, run: bool = True) -> LabPage:
        lab.set_cells(cells)
        if run:
            lab.run_all()
        return lab

    return open_


@pytest.fixture(scope="package")
def pictures() -> Path:
    """Where screenshots go."""
    folder = ROOT / "tests" / "output"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
