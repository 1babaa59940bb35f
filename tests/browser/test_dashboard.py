"""The Panel page as `panel serve` gives it: a lasso in a HoloViews figure narrows our gallery."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from .conftest import ROOT
from .plot_world import build_plots_world


@pytest.fixture(scope="module")
def small_plots(made_world: Path) -> Path:
    folder = made_world / "few-plots"
    build_plots_world(folder, sorted((made_world / "ws-media").glob("*.jpg")), samples=300)
    return folder


@pytest.fixture
def served(small_plots: Path, tmp_path: Path) -> Iterator[str]:
    """The address of a page that `panel serve` gives."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        sys.executable, "-m", "panel", "serve", str(ROOT / "widgets" / "dashboard.py"),
        "--address", "127.0.0.1", "--port", str(port), "--allow-websocket-origin", f"127.0.0.1:{port}",
        "--args", str(small_plots),
    ]  # fmt: skip
    log = tmp_path / "panel.log"
    with log.open("wb") as file:
        env = os.environ | {"PYTHONPATH": str(ROOT)}
        process = subprocess.Popen(command, stdout=file, stderr=subprocess.STDOUT, env=env)
        try:
            yield wait_until_up(f"http://127.0.0.1:{port}", process, log)
        finally:
            process.terminate()
            process.wait(20)


def wait_until_up(url: str, process: subprocess.Popen[bytes], log: Path) -> str:
    end = time.monotonic() + 120
    while time.monotonic() < end and process.poll() is None:
        with contextlib.suppress(OSError):
            urllib.request.urlopen(f"{url}/favicon.ico", timeout=5).read()
            return f"{url}/dashboard"
        time.sleep(0.1)
    raise RuntimeError(log.read_text(errors="replace"))


def lasso(page: Page, figure: Locator) -> None:
    """Draw a shape over the middle of a figure."""
    box = figure.bounding_box()
    assert box is not None
    corners = [(0.3, 0.3), (0.7, 0.3), (0.75, 0.7), (0.3, 0.75)]
    places = [(box["x"] + left * box["width"], box["y"] + top * box["height"]) for left, top in corners]
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place, steps=6)
    page.mouse.up()


def check_lasso(page: Page, pictures: Path, name: str) -> None:
    count = page.locator(".cw-gallery .cw-count")
    expect(count).to_contain_text("600 of 600", timeout=60_000)
    expect(page.locator(".cw-tile img").first).to_be_visible()
    figure = page.locator(".bk-Canvas, .bk-CanvasView, .bk-Figure").first
    expect(figure).to_be_visible()
    lasso(page, figure)
    expect(count).not_to_contain_text("600 of 600")
    page.screenshot(path=pictures / name)


def test_panel_serve_gives_the_page_and_nothing_is_fetched_from_elsewhere(
    browser: Browser, served: str, pictures: Path
) -> None:
    context = browser.new_context(viewport={"width": 1340, "height": 800})
    page = context.new_page()
    asked: list[str] = []
    errors: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(served)
    check_lasso(page, pictures, "dashboard-served.png")
    inside = (served.rsplit("/", 1)[0], served.rsplit("/", 1)[0].replace("http:", "ws:"), "blob:", "data:")
    assert [url for url in asked if not url.startswith(inside)] == []
    assert errors == []
    context.close()
