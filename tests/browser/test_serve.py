"""The views in a browser without a notebook: links, tabs, a line that is cut, what others decide."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

import workbench
from tests.served_workspace import Served, serve

ROOT = Path(__file__).parents[2]
SIZE = {"width": 1120, "height": 700}
#: The port must be the same after a restart, so that the page that was open finds its server again.
Enter = Callable[..., Page]


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    made = browser.new_context(viewport=SIZE)
    yield made
    made.close()


@pytest.fixture
def enter(context: BrowserContext) -> Iterator[Enter]:
    """Open an annotator's link in a page of its own; no page may ask for anything but its server."""
    asked: list[str] = []
    errors: list[str] = []
    origins: set[str] = set()

    def open_(served: Served, annotator: str, place: str = "review") -> Page:
        page = context.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.on("pageerror", lambda error: errors.append(str(error)))
        origins.add(served.origin)
        page.goto(served.links[annotator])
        page.wait_for_url("**/review")
        if place != "review":
            page.get_by_role("link", name=place.capitalize(), exact=True).click()
            page.wait_for_url(f"**/{place}")
        return page

    yield open_
    assert errors == []
    inside = (*origins, *(one.replace("http", "ws") for one in origins), "blob:", "data:")
    assert [url for url in asked if not url.startswith(inside)] == [], "a request left this machine"


def decide(page: Page, key: str) -> None:
    """Press a key once the pair is on the screen, and wait until the next one is."""
    caption = page.locator(".cw-review .cw-caption-main")
    before = caption.inner_text()
    page.locator(".cw-review").press(key)
    expect(caption).not_to_have_text(before)


def test_decisions_made_without_a_line_are_kept_over_a_closed_page_and_stored_once(
    world: Path, enter: Enter, context: BrowserContext
) -> None:
    ws = workbench.open(world)
    with ExitStack() as first:
        served = first.enter_context(serve(world, "ana"))
        page = enter(served, "ana")
        line = page.locator(".cw-line")
        expect(line).to_contain_text("connected")
        expect(page.locator(".cw-review .cw-caption-main")).not_to_be_empty()
        decide(page, "a")
        expect(page.locator(".cw-saved")).to_contain_text("saved")
        served.process.kill()
        expect(line).to_contain_text("no connection")
        page.locator(".cw-review").press("a")
        expect(line).to_contain_text("1 decision not saved yet, kept in this browser")
        port = served.port
        page.close()
    assert ws.verdicts.height == 1, "nothing was stored while there was no server"
    with serve(world, "ana", options=("--port", str(port))) as again:
        page = enter(again, "ana")
        expect(page.locator(".cw-line")).to_contain_text("1 decision from before saved now")
        assert ws.verdicts.height == 2
        page.reload()
        expect(page.locator(".cw-line")).to_have_text("connected")
    assert [event.kind for event in ws.store.journal.events()] == ["verdict", "verdict"]


def test_a_page_goes_on_by_itself_when_the_server_comes_back(world: Path, enter: Enter) -> None:
    ws = workbench.open(world)
    with ExitStack() as first:
        served = first.enter_context(serve(world, "ana"))
        page = enter(served, "ana")
        expect(page.locator(".cw-review .cw-caption-main")).not_to_be_empty()
        port = served.port
        served.process.kill()
        expect(page.locator(".cw-line")).to_contain_text("no connection")
        page.locator(".cw-review").press("s")
        expect(page.locator(".cw-line")).to_contain_text("not saved yet")
    with serve(world, "ana", options=("--port", str(port))):
        expect(page.locator(".cw-line")).to_have_text("connected")
        expect(page.locator(".cw-saved")).to_contain_text("saved")
    assert [event.kind for event in ws.store.journal.events()] == ["verdict"]


def test_the_team_page_follows_what_others_decide(world: Path, enter: Enter, pictures: Path) -> None:
    ws = workbench.open(world)
    ids = ws.captions["caption_id"].to_list()
    for place, caption in enumerate(ids):
        for name, says_bad in (("ana", place % 3 == 0), ("ben", place % 3 == 0 or place == 4)):
            types = ["object"] if says_bad else []
            ws.decide(caption, "misaligned" if says_bad else "ok", error_types=types, annotator=name)
    with serve(world, "ana", "ben") as served:
        page = enter(served, "ana", "team")
        team = page.locator(".cw-team")
        expect(team.locator(".cw-team-agreement b")).to_contain_text("alpha")
        expect(team.locator(".cw-people-table tbody tr")).to_have_count(2)
        expect(team.locator(".cw-act-row").first).to_contain_text("ben")
        ws.decide(ids[0], "ok", annotator="cem")
        expect(team.locator(".cw-people-table tbody tr")).to_have_count(3)
        expect(team.locator(".cw-act-row").first).to_contain_text("cem")
        page.locator(".cw-team").press("3")
        expect(team.locator(".cw-act-who").first).to_have_text("cem")
        expect(team.locator(".cw-act-row")).to_have_count(1)
        team.press("0")
        expect(team.locator(".cw-act-row")).to_have_count(40)
        for theme in ("light", "dark"):
            page.get_by_role("button", name="Light or dark").click()
            expect(team).to_have_attribute("data-theme", theme)
            picture = pictures / f"team-{theme}.png"
            page.screenshot(path=picture, animations="disabled")  # else a colour on its way
            if os.environ.get("WRITE_SCREENSHOTS") == "1":
                name = "team.png" if theme == "light" else "team-dark.png"
                shutil.copyfile(picture, ROOT / "docs" / "images" / name)
        for width in (700, 480):
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
            page.screenshot(path=pictures / f"team-{width}.png")


@pytest.mark.parametrize("place", ["gallery", "player"])
def test_a_view_is_the_same_as_in_a_notebook(world: Path, enter: Enter, place: str, pictures: Path) -> None:
    with serve(world, "ana") as served:
        page = enter(served, "ana", place)
        root = page.locator(f"#view .cw-{place}")
        expect(root).to_be_focused()
        expect(root.locator("img:visible, video:visible").first).to_be_visible()
        box = root.bounding_box()
        assert box is not None
        assert box["y"] + box["height"] == SIZE["height"]
        page.screenshot(path=pictures / f"served-{place}.png")
