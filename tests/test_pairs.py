"""Pairs: corrections become pairs, judgements settle and turn them, an undo takes either back."""

from __future__ import annotations

from pathlib import Path

import pytest
from made_stores import fill

from workbench.errors import DecisionError, JournalError, PairError
from workbench.pairs import add_pairs, edited_captions, judge, standing_pairs
from workbench.preferences.pair import Pair, variant_id
from workbench.store import Store
from workbench.workspace import Workspace


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    store = Store.create(tmp_path / "ws")
    fill(store, 3)
    return Workspace(store, "ana")


@pytest.fixture
def built(ws: Workspace) -> Pair:
    row = ws.captions.row(0, named=True)
    wrong = "caption number nine"
    pair = Pair(
        row["sample_id"], row["caption_id"], variant_id(row["sample_id"], wrong, "built"), row["text"], wrong,
        "built", builder="replace_count",
    )  # fmt: skip
    assert add_pairs(ws.store, [pair]) == 1
    return pair


def test_a_correction_is_a_pair_and_a_caption_with_a_parent(ws: Workspace) -> None:
    original = ws.captions["caption_id"][0]
    ws.decide(
        original, "misaligned", error_types=["count"], edited_text="caption number seven", is_complete=True
    )
    pair = standing_pairs(ws.store).row(0, named=True)
    assert (pair["chosen_text"], pair["rejected_text"]) == ("caption number seven", "caption number 0")
    assert pair["rejected_id"] == original
    assert [pair["rejected_text"][a:b] for a, b in pair["rejected_spans"]] == ["0"]
    assert (pair["origin"], pair["status"], pair["completeness"], pair["error_type"]) == (
        "edit", "accepted", "full", "count",
    )  # fmt: skip
    edited = edited_captions(ws.store).row(0, named=True)
    assert (edited["parent"], edited["caption_id"]) == (original, pair["chosen_id"])
    assert ws.captions.height == 3


def test_an_undone_correction_is_no_pair(ws: Workspace) -> None:
    ws.decide(ws.captions["caption_id"][0], "misaligned", edited_text="caption number")
    assert ws.pairs["completeness"].to_list() == ["deletes_only"]
    ws.undo()
    assert ws.pairs.is_empty()


def test_a_correction_that_changes_nothing_is_refused(ws: Workspace) -> None:
    with pytest.raises(DecisionError, match="says what the caption says already"):
        ws.decide(ws.captions["caption_id"][0], "misaligned", edited_text=" caption number 0 ")
    with pytest.raises(DecisionError, match="cannot carry a correction"):
        ws.decide(ws.captions["caption_id"][0], "ok", edited_text="better")


def test_a_judgement_settles_a_proposal_and_may_turn_it(ws: Workspace, built: Pair) -> None:
    assert ws.pairs["status"].to_list() == ["proposed"]
    judge(ws.store, built.pair_id, "prefer", annotator="ana", winner=built.rejected_id, left=built.chosen_id)
    pair = ws.pairs.row(0, named=True)
    assert (pair["chosen_id"], pair["status"], pair["is_turned"]) == (built.rejected_id, "accepted", True)
    assert (pair["chosen_text"], pair["voices_chosen"], pair["voices_rejected"]) == (
        built.rejected_text,
        1,
        0,
    )


def test_people_who_disagree_leave_a_pair_disputed_and_undo_settles_it(ws: Workspace, built: Pair) -> None:
    judge(ws.store, built.pair_id, "prefer", annotator="ana", winner=built.chosen_id, strength=2)
    judge(ws.store, built.pair_id, "prefer", annotator="ben", winner=built.rejected_id)
    assert ws.pairs["status"].to_list() == ["disputed"]
    ws.store.journal.undo("ben", desk="judge")
    assert ws.pairs.select("status", "strength").row(0) == ("accepted", 2)


def test_hidden_repeats_and_skips_are_no_voices(ws: Workspace, built: Pair) -> None:
    judge(ws.store, built.pair_id, "skip", annotator="ana")
    judge(ws.store, built.pair_id, "prefer", annotator="ana", winner=built.rejected_id, occasion=2)
    assert ws.pairs["status"].to_list() == ["proposed"]


def test_an_undo_at_the_judges_desk_leaves_the_review_alone(ws: Workspace, built: Pair) -> None:
    ws.decide(built.chosen_id, "ok")
    judge(ws.store, built.pair_id, "tie", annotator="ana")
    undone = ws.store.journal.undo("ana", desk="judge")
    assert undone is not None
    assert ws.judgements.is_empty()
    assert ws.verdicts.height == 1
    with pytest.raises(JournalError, match="is of a judgement"):
        _ = undone.verdict


def test_a_judgement_names_captions_of_its_own_pair(ws: Workspace, built: Pair) -> None:
    with pytest.raises(DecisionError, match="is not a caption of the pair"):
        judge(ws.store, built.pair_id, "prefer", annotator="ana", winner="c0000")
    with pytest.raises(DecisionError, match="no pair 'p0'"):
        judge(ws.store, "p0", "tie", annotator="ana")
    with pytest.raises(DecisionError, match="says nothing clear"):
        judge(ws.store, built.pair_id, "prefer", annotator="ana")


def test_a_pair_needs_two_captions() -> None:
    with pytest.raises(PairError, match="with itself"):
        Pair("s", "c", "c", "a", "a", "built")
    with pytest.raises(PairError, match="two captions"):
        Pair("s", "", "c", "", "a", "built")
    assert Pair("s", "", "c", "", "a", "rejected_only").pair_id.startswith("p")


def test_a_journal_of_captions_alone_is_brought_up_to_date(tmp_path: Path) -> None:
    import sqlite3

    from workbench.journal import Journal
    from workbench.records import Verdict

    Journal(tmp_path / "j.db").record(Verdict("c1", "ok", "ana"))
    with sqlite3.connect(tmp_path / "j.db") as old:
        old.execute("ALTER TABLE events RENAME COLUMN subject TO caption_id")
    again = Journal(tmp_path / "j.db")
    assert [verdict.caption_id for verdict in again.verdicts()] == ["c1"]
    again.record(Verdict("c2", "ok", "ana"))
    assert len(again.events()) == 2
