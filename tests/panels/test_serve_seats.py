"""Seats: kept while a page may come back, given up after, and nobody waits for another's."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator

import pytest

from widgets.core import Core
from widgets.serve.places import PLACES, Place
from widgets.serve.seats import KEPT_S, MOST_SEATS, Seat, Seats
from workbench.workspace import Workspace


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    made = asyncio.new_event_loop()
    yield made
    made.close()


PLAIN = Place("plain", "Plain", "plain", lambda workspace, _blind: Core(workspace))


def find(
    seats: Seats, loop: asyncio.AbstractEventLoop, tab: str, annotator: str = "ana"
) -> tuple[Seat, bool]:
    return seats.find(annotator, PLAIN, tab, loop)


def test_a_tab_finds_its_own_seat_again_and_no_other(ws: Workspace, loop: asyncio.AbstractEventLoop) -> None:
    seats = Seats(ws.store)
    first, is_kept = find(seats, loop, "t1")
    assert not is_kept
    assert find(seats, loop, "t1") == (first, True)
    assert find(seats, loop, "t2")[0] is not first
    assert find(seats, loop, "t1", "ben")[0].core.annotator == "ben"


def test_seats_are_given_up_when_nobody_comes_back(ws: Workspace, loop: asyncio.AbstractEventLoop) -> None:
    seats = Seats(ws.store)
    taken, free = find(seats, loop, "taken")[0], find(seats, loop, "free")[0]
    taken.take(lambda _event: None)
    seats.sweep(now_s=free.left_at + KEPT_S - 1)
    assert len(seats.all()) == 2
    seats.sweep(now_s=free.left_at + KEPT_S + 1)
    assert seats.all() == [taken]


def test_an_annotator_has_only_so_many_seats(ws: Workspace, loop: asyncio.AbstractEventLoop) -> None:
    seats = Seats(ws.store)
    first = find(seats, loop, "t0")[0]
    first.take(lambda _event: None)
    for number in range(1, MOST_SEATS + 4):
        find(seats, loop, f"t{number}")
    assert len(seats.all()) == MOST_SEATS
    assert first in seats.all(), "a page that is open keeps its seat"


def test_nobody_waits_for_a_seat_that_is_made_for_another(
    ws: Workspace, loop: asyncio.AbstractEventLoop
) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def slow(workspace: Workspace, _blind: bool) -> Core:
        begun.set()
        assert go_on.wait(20)
        return Core(workspace)

    seats = Seats(ws.store)
    place = Place("slow", "Slow", "slow", slow)
    maker = threading.Thread(target=lambda: seats.find("ana", place, "t", loop))
    maker.start()
    assert begun.wait(20)
    seats.sweep()
    assert find(seats, loop, "t1", "ben")[1] is False
    go_on.set()
    maker.join(20)
    assert len(seats.all()) == 2


def test_a_second_opinion_reaches_every_view_that_shows_verdicts(ws: Workspace) -> None:
    for name in ("review", "gallery", "player", "team"):
        assert PLACES[name].make(ws, True).desk.is_second_opinion, name
        assert not PLACES[name].make(ws, False).desk.is_second_opinion, name


def test_ones_own_changes_are_shown_again_and_those_of_others_asked_for(
    ws: Workspace, loop: asyncio.AbstractEventLoop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("widgets.serve.seats.PAUSE_S", 0.05)
    seats = Seats(ws.store)
    one, two = find(seats, loop, "t1")[0], find(seats, loop, "t2")[0]
    other = find(seats, loop, "t3", "ben")[0]
    heard: dict[str, list[object]] = {"two": [], "other": []}
    two.take(lambda event: heard["two"].append(event["event"]))
    other.take(lambda event: heard["other"].append(event["event"]))
    caption = ws.captions["caption_id"][0]
    for key in ("k1", "k2"):
        one.core.answer({"op": "decide", "caption_ids": [caption], "verdict": "ok", "key": key})
    loop.call_soon(lambda: loop.call_later(0.2, loop.stop))  # after what was told, however late that is run
    loop.run_forever()
    assert heard == {"two": ["changed"], "other": ["status"]}, "told once for both"
