"""Large workspaces: what the first page does not wait for is made beside the view and told."""

from __future__ import annotations

import json

import pytest

from widgets.gallery import grid
from widgets.gallery.gallery import GalleryCore
from workbench.workspace import Workspace


@pytest.fixture
def large(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> GalleryCore:
    """A gallery that takes seven pairs for too many to make everything at once."""
    monkeypatch.setattr(grid, "_AT_ONCE", 0)
    return GalleryCore(ws)


def test_the_first_page_comes_before_the_counts_which_are_told(large: GalleryCore) -> None:
    heard: list[dict[str, object]] = []
    large.tell = heard.append
    answer = large.answer({"op": "open"})
    assert answer.content["facets"]["is_late"] is True
    assert json.loads(answer.buffers[0])[0]["text"] == "a dog on a sofa"
    large.wait()
    [told] = heard
    assert told["event"] == "facets"
    assert told["version"] == large.version
    again = large.answer({"op": "view"}).content["facets"]
    assert again == told["facets"]
    assert sum(again["histogram"]["all"]) == 6


def test_the_order_of_suspicion_is_told_when_it_is_there(large: GalleryCore) -> None:
    heard: list[object] = []
    large.tell = lambda event: heard.append(event["event"])
    assert large.answer({"op": "view", "sort": "suspicious"}).content["ok"]
    large.wait()
    assert "changed" in heard
    answer = large.answer({"op": "view", "sort": "suspicious"})
    assert answer.content["is_ranking"] is False
    assert json.loads(answer.buffers[0])[0]["text"] == "a dog on a sofa"
    assert large.answer({"op": "view", "text": "suspicion>1"}).content["count"] == 1


def test_pages_are_the_same_before_and_after_the_whole_order_is_there(large: GalleryCore) -> None:
    early = large.answer({"op": "view", "text": "square"}).buffers
    large.wait()
    assert large.table.order(large.scope) is not None
    assert large.answer({"op": "view", "text": "square"}).buffers == early


def test_too_many_selected_are_not_decided_by_one_key(
    large: GalleryCore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(grid, "_MOST_DECIDED", 3)
    large.answer({"op": "select", "how": "all"})
    answer = large.answer({"op": "decide_selected", "verdict": "ok", "key": "k"}).content
    assert answer["ok"] is False
    assert "6 captions are too many" in answer["error"]


def test_what_is_selected_stays_selected_when_the_tables_are_read_anew(large: GalleryCore) -> None:
    large.answer({"op": "view", "text": "square"})
    large.answer({"op": "select", "how": "all"})
    before = sorted(large.selected_rows()["caption_id"])
    store = large.store
    store.replace("captions", store.read("captions").reverse())
    assert large.answer({"op": "open"}).content["selected"] == 4
    assert sorted(large.selected_rows()["caption_id"]) == before
