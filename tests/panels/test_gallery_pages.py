"""What the gallery's page is given unasked: its first rows, so that it paints after one answer."""

from __future__ import annotations

import json

import polars as pl

from widgets.core import Answer
from widgets.gallery.gallery import GalleryCore
from workbench.workspace import Workspace


def texts(answer: Answer) -> list[object]:
    assert answer.content["ok"], answer.content
    return [row["text"] for row in json.loads(answer.buffers[0])]


def test_the_first_rows_come_with_the_answer_that_opens(ws: Workspace) -> None:
    core = GalleryCore(ws)
    opened = core.answer({"op": "open"})
    asked = core.answer({"op": "page", "start": 0, "stop": 60, "version": core.version})
    assert texts(opened) == texts(asked)
    assert texts(opened)[:2] == ["a dog on a sofa", "a cat"]


def test_a_grid_arranged_anew_comes_with_the_rows_of_the_page_it_stays_at(ws: Workspace) -> None:
    core = GalleryCore(ws)
    answer = core.answer({"op": "view", "text": "square"})
    assert answer.content["start"] == 0
    assert len(texts(answer)) == answer.content["count"] == 4
    # Past the end, as when fewer match than before: the last page there is.
    assert core.answer({"op": "view", "text": "square", "start": 600}).content["start"] == 0


def test_a_filter_that_nothing_passes_brings_no_rows(ws: Workspace) -> None:
    assert texts(GalleryCore(ws).answer({"op": "view", "text": "zebra"})) == []


def test_every_filter_offered_as_an_example_or_a_hint_can_be_read(ws: Workspace) -> None:
    core = GalleryCore(ws)
    words = core.answer({"op": "open"}).content["words"]
    assert {"text", "error", "is", "reviewed", "similarity"} <= set(words["fields"])
    assert "similarity" in words["numbers"]
    hinted = [f"{name}:{value}" for name, values in words["values"].items() for value in values]
    hinted += [f"{name}<1" for name in words["numbers"]] + [text for text, _meaning in words["examples"]]
    assert len(hinted) > 30
    for text in hinted:
        assert core.answer({"op": "view", "text": text}).content["ok"], text


def test_a_tile_of_several_captions_is_taken_and_let_go_as_a_whole(ws: Workspace) -> None:
    core = GalleryCore(ws)
    ids = ws.captions["caption_id"].to_list()[:3]
    assert core.answer({"op": "select", "how": "toggle", "caption_ids": ids[:1]}).content["selected"] == 1
    assert core.answer({"op": "select", "how": "toggle", "caption_ids": ids}).content["selected"] == 3
    assert core.answer({"op": "select", "how": "toggle", "caption_ids": ids}).content["selected"] == 0
    assert core.answer({"op": "select", "how": "only", "caption_ids": ids[:2]}).content["selected"] == 2


def test_the_page_is_told_whether_there_are_events_to_show(ws: Workspace) -> None:
    assert GalleryCore(ws).answer({"op": "open"}).content["grouped"] == 0
    one = pl.when(pl.int_range(pl.len()) < 2).then(pl.lit("goal"))
    ws.store.replace("samples", ws.samples.with_columns(group=one))
    assert GalleryCore(ws).answer({"op": "open"}).content["grouped"] == 2
