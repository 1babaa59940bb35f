"""The real FiftyOne App in Chromium on a workspace: pictures, a video, a sound that plays, a tag kept."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from workbench.fiftyone_bridge import from_fiftyone, serve_fiftyone
from workbench.store import Store

from .jupyter_lab import LabPage, LabServer, write_notebook
from .small_world import build

ROOT = Path(__file__).parents[2]
#: The App is a large page; on a machine that does other work it takes its time.
SLOW_MS = 60_000


class App:
    """A page on FiftyOne's App, with what it asked for."""

    def __init__(self, page: Page, dataset: Any, url: str, store: Store) -> None:
        self.page, self.dataset, self.url, self.store = page, dataset, url, store
        self.left: list[str] = []
        self.served: list[str] = []
        page.on("requestfinished", lambda request: self._note(request.url))
        page.on("response", lambda answer: self.served.append(answer.url) if answer.ok else None)
        # An advertisement that a new profile of the browser is shown, at a time of its own.
        page.add_locator_handler(page.get_by_text("Dismiss", exact=True), lambda found: found.click())

    def _note(self, url: str) -> None:
        if not url.startswith((self.url, "blob:", "data:")):
            self.left.append(url)

    def part(self, name: str) -> Locator:
        """Return what FiftyOne calls by a name in its own tests."""
        return self.page.locator(f"[data-cy='{name}']")

    @property
    def tiles(self) -> Locator:
        return self.part("looker")

    def show_slice(self, name: str) -> None:
        """Choose which kind of media the grid shows, as a person does."""
        self.part("selector-slice").click()
        self.part(f"selector-result-{name}").click()

    def shoot(self, name: str, folder: Path) -> None:
        self.page.screenshot(path=folder / f"{name}.png")
        if os.environ.get("WRITE_SCREENSHOTS") == "1":
            self.page.screenshot(path=ROOT / "docs" / "images" / f"{name}.png")


@pytest.fixture(scope="module")
def app(fiftyone: Any, browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    ws = build(tmp_path_factory.mktemp("fiftyone") / "kites", photos=6, clips=1)
    server, sent = serve_fiftyone(ws.store, annotator="ana")
    context = browser.new_context(viewport={"width": 1290, "height": 900})
    page = context.new_page()
    page.set_default_timeout(SLOW_MS)
    shown = App(page, sent.dataset, server.url, ws.store)
    page.goto(server.dataset_url(sent.dataset.name))
    expect(shown.tiles.first).to_be_visible(timeout=SLOW_MS)
    yield shown
    context.close()
    server.stop()
    fiftyone.delete_dataset(sent.dataset.name)


def test_pictures_are_shown_with_their_captions_and_a_tag_comes_home(app: App, pictures: Path) -> None:
    page = app.page
    expect(app.tiles).to_have_count(6, timeout=SLOW_MS)
    page.wait_for_function(
        "() => performance.getEntriesByType('resource').some(e => e.name.includes('IMG_'))"
    )
    assert any("IMG_0000.jpg" in url for url in app.served)
    app.shoot("fiftyone", pictures)
    app.tiles.first.hover()
    app.tiles.first.click(position={"x": 18, "y": 18})  # its box for selecting, which the pointer brings out
    app.part("action-tag-sample-labels").click()
    box = app.part("sample-tag-input")
    box.fill("misaligned")
    box.press("Enter")
    with page.expect_response(lambda answer: answer.url.endswith("/tag")):
        page.get_by_text("Apply", exact=True).click()
    taken = from_fiftyone(app.store, app.dataset, annotator="ana")
    assert (taken.samples, taken.verdicts, taken.refused) == (1, 1, ())
    (made,) = app.store.journal.verdicts()
    assert (made.verdict, made.annotator) == ("misaligned", "ana")


def test_a_sound_is_drawn_and_plays_in_the_grid(app: App, pictures: Path) -> None:
    page = app.page
    app.show_slice("audio")
    sound = page.locator("audio")
    expect(sound).to_have_count(1, timeout=SLOW_MS)
    expect(page.get_by_text("Waves roll in while gulls cry").first).to_be_visible()
    page.wait_for_function("() => document.querySelector('img[src*=filepath]')?.naturalWidth === 480")
    box = sound.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + 16, box["y"] + box["height"] / 2)  # its own button: nothing may lie over it
    page.wait_for_function("() => document.querySelector('audio').currentTime > 0.3", timeout=SLOW_MS)
    app.shoot("fiftyone-audio", pictures)
    sound.evaluate("audio => audio.pause()")


def test_a_video_plays_with_its_frames(app: App, pictures: Path) -> None:
    page = app.page
    app.show_slice("video")
    expect(page.locator("audio")).to_have_count(0)
    expect(app.tiles).to_have_count(1, timeout=SLOW_MS)
    app.tiles.first.click(position={"x": 60, "y": 60})
    expect(app.part("modal")).to_be_visible(timeout=SLOW_MS)
    clock = app.part("modal").get_by_text(re.compile(r"^0:0\d\.\d\d / 0:04\.65$"))
    expect(clock).to_have_text("0:00.00 / 0:04.65")
    page.keyboard.press("Space")
    expect(clock).to_have_text(re.compile(r"^0:0[12]\."))
    assert any("clip_00.mp4" in url for url in app.served)
    app.shoot("fiftyone-video", pictures)
    page.keyboard.press("Escape")


def test_nothing_leaves_this_machine(app: App) -> None:
    assert app.left == []


def test_the_app_opens_in_a_cell_on_a_port_of_its_own(
    app: App, browser: Browser, server: LabServer, pictures: Path
) -> None:
    uri = os.environ["FIFTYONE_DATABASE_URI"]
    write_notebook(
        server.root / "fiftyone.ipynb",
        [
            f"import os\nos.environ.update(FIFTYONE_DATABASE_URI={uri!r}, FIFTYONE_DATABASE_VALIDATION='0')",
            f"import workbench\nws = workbench.open({str(app.store.path)!r}, annotator='ana')\n"
            "session = ws.open_fiftyone(height=600)",
        ],
    )
    lab = LabPage(browser, server)
    try:
        lab.open("fiftyone.ipynb")
        lab.command("notebook:run-all-cells")
        lab.wait_idle(240)
        assert lab.page.evaluate("() => labPage.errors()") == []
        tiles = lab.page.frame_locator("iframe").locator("[data-cy='looker']")
        expect(tiles.first).to_be_visible(timeout=SLOW_MS)
        lab.page.screenshot(path=pictures / "fiftyone-cell.png")
        url = lab.ask_kernel("session.url")
        assert str(url).startswith("http://127.0.0.1:")
        assert not str(url).startswith(app.url), "each kernel has a server of its own"
    finally:
        lab.close()
