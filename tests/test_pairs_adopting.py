"""Corrections taken up as captions: added once, taken out when undone, never handed out as undecided."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from tests.made_stores import fill
from workbench.pairs import adopt_edits
from workbench.review import queue_order
from workbench.scoring.consensus import consensus_reasons
from workbench.store import Store
from workbench.workspace import Workspace


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    store = Store.create(tmp_path / "ws")
    fill(store, 12)
    return Workspace(store, "ana")


def correct(ws: Workspace, place: int, text: str, annotator: str = "ana") -> str:
    caption = str(ws.captions["caption_id"][place])
    ws.decide(caption, "misaligned", edited_text=text, annotator=annotator)
    return caption


def test_a_correction_becomes_a_caption_with_a_parent_and_the_original_stays(ws: Workspace) -> None:
    original = correct(ws, 0, "caption number seven")
    assert str(ws.adopt_edits()).startswith("1 corrections adopted as captions, 0 taken out")
    row = ws.captions.filter(parent=original).row(0, named=True)
    assert (row["text"], row["source"]) == ("caption number seven", "edit")
    assert ws.captions.filter(caption_id=original)["text"].to_list() == ["caption number 0"]
    assert adopt_edits(ws.store).added == 0


def test_the_same_correction_by_two_people_is_one_caption(ws: Workspace) -> None:
    correct(ws, 0, "caption number seven")
    correct(ws, 0, "caption number seven", "ben")
    assert adopt_edits(ws.store).standing == 1


def test_an_undone_correction_is_taken_out_and_one_decided_on_stays(ws: Workspace) -> None:
    correct(ws, 0, "caption number seven")
    correct(ws, 1, "caption number eight")
    adopt_edits(ws.store)
    seven = str(ws.captions.filter(text="caption number seven")["caption_id"][0])
    ws.decide(seven, "ok", annotator="ben")
    ws.undo()
    ws.undo()
    done = adopt_edits(ws.store)
    assert (done.removed, done.decided, done.standing) == (1, 1, 1)
    assert "kept because decided on" in str(done)
    assert ws.captions.filter(pl.col("parent").is_not_null())["caption_id"].to_list() == [seven]


def test_the_queue_and_the_estimate_speak_of_the_captions_that_came_in(ws: Workspace) -> None:
    for place in range(6):
        correct(ws, place, f"a corrected caption, {place}")
    before = [item.caption_id for item in ws.queue().peek(20)], ws.estimate()
    adopt_edits(ws.store)
    assert ws.captions.height == 18
    assert ([item.caption_id for item in ws.queue().peek(20)], ws.estimate()) == before
    assert queue_order(ws.store).height == 12
    assert ws.flag().scored == 12


def test_an_adopted_correction_can_be_decided_and_corrected_again(ws: Workspace) -> None:
    correct(ws, 0, "caption number seven")
    adopt_edits(ws.store)
    seven = str(ws.captions.filter(text="caption number seven")["caption_id"][0])
    ws.decide(seven, "misaligned", edited_text="caption number seven, in blue", annotator="ben")
    adopt_edits(ws.store)
    parents = ws.captions.filter(pl.col("parent").is_not_null())["parent"].to_list()
    assert seven in parents
    assert ws.pairs.height == 2


def test_nothing_corrected_is_nothing_adopted(ws: Workspace) -> None:
    assert adopt_edits(ws.store).standing == 0
    assert ws.captions.height == 12


def test_a_correction_does_not_vouch_for_the_caption_it_corrects(ws: Workspace) -> None:
    correct(ws, 0, "caption number seven")
    first = ws.captions.row(0, named=True)
    other = pl.DataFrame([first | {"caption_id": "c" + "0" * 16, "text": "seven"}], schema=ws.captions.schema)
    alone = dict(zip(ws.captions["caption_id"], consensus_reasons(ws.captions), strict=True))
    assert "no other caption" in alone[first["caption_id"]]
    ws.adopt_edits()
    told = dict(zip(ws.captions["caption_id"], consensus_reasons(ws.captions), strict=True))
    assert "no other caption" in told[first["caption_id"]], "its own correction is no second voice"
    assert list(told.values())[-1] == "a correction is not compared with the caption it corrects"
    ws.store.append("captions", other)
    assert consensus_reasons(ws.captions)[0] == ""
