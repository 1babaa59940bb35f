"""Captions known to be wrong, with no better one: from verdicts, and gone as soon as the verdict is."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from made_stores import fill

from workbench.pairs import add_pairs
from workbench.pairs.rejected import add_rejected, rejected_only_pairs
from workbench.pairs.verified import verified_captions
from workbench.preferences.pair import Pair
from workbench.store import Store
from workbench.workspace import Workspace


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    store = Store.create(tmp_path / "ws")
    fill(store, 5)
    return Workspace(store, "ana")


def test_a_caption_found_wrong_and_not_corrected_is_rejected_alone(ws: Workspace) -> None:
    ids = ws.captions["caption_id"]
    ws.decide(ids[0], "misaligned", error_types=["count"])
    ws.decide(ids[1], "misaligned", edited_text="a better caption")
    ws.decide(ids[2], "ok")
    ws.decide(ids[3], "misaligned")
    ws.decide(ids[3], "ok", annotator="ben")
    ws.decide(ids[4], "skip")
    pair = rejected_only_pairs(ws.store).row(0, named=True)
    assert rejected_only_pairs(ws.store).height == 1
    assert (pair["chosen_id"], pair["rejected_id"], pair["error_type"]) == ("", ids[0], "count")
    assert (pair["origin"], pair["annotator"], pair["reason"]) == ("rejected_only", "ana", "count")


def test_a_verdict_taken_back_or_a_correction_takes_the_pair_out_again(ws: Workspace) -> None:
    ids = ws.captions["caption_id"]
    ws.decide(ids[0], "misaligned")
    ws.decide(ids[1], "misaligned")
    assert (add_rejected(ws.store).added, add_rejected(ws.store).added) == (2, 0)
    ws.decide(ids[0], "misaligned", edited_text="a better caption")
    ws.store.journal.undo("ana")
    assert add_rejected(ws.store).removed == 0
    ws.store.journal.redo("ana")
    summary = add_rejected(ws.store)
    assert (summary.removed, summary.standing) == (1, 1)
    assert "1 taken out" in str(summary)
    assert ws.pairs.select("origin", "rejected_id").sort("origin").rows() == [
        ("edit", ids[0]),
        ("rejected_only", ids[1]),
    ]
    assert ws.store.read("pairs").height == 1
    assert ws.pairs["status"].to_list() == ["accepted", "accepted"]  # a person's word stands behind both


def test_rejected_captions_of_another_tool_stay(ws: Workspace) -> None:
    row = ws.captions.row(0, named=True)
    theirs = Pair(
        row["sample_id"], "", row["caption_id"], "", row["text"], "rejected_only", source="ratings.jsonl"
    )
    add_pairs(ws.store, [theirs])
    assert (add_rejected(ws.store).removed, ws.store.read("pairs").height) == (0, 1)


def test_verified_is_what_someone_found_fine_and_no_one_wrong(ws: Workspace) -> None:
    ids = ws.captions["caption_id"]
    ws.decide(ids[0], "ok")
    ws.decide(ids[1], "ok")
    ws.decide(ids[1], "misaligned", annotator="ben")
    ws.decide(ids[2], "misaligned", edited_text="a whole correction", is_complete=True)
    ws.decide(ids[3], "misaligned", edited_text="half of one", is_complete=False)
    ws.decide(ids[4], "skip")
    found = verified_captions(ws.store)
    assert set(found["text"]) == {"caption number 0", "a whole correction"}
    edited = found.filter(pl.col("parent") == ids[2])["caption_id"][0]
    ws.store.append("captions", found.filter(pl.col("caption_id") == edited))
    assert verified_captions(ws.store).height == 2
    ws.decide(edited, "misaligned", annotator="ben")
    assert verified_captions(ws.store)["text"].to_list() == ["caption number 0"]
