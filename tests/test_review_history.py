"""Who decided what, and when."""

from __future__ import annotations

from pathlib import Path

import workbench
from tests.made_stores import fill
from workbench.records import Judgement
from workbench.workspace import Workspace


def decided(folder: Path) -> Workspace:
    ws = workbench.create(folder / "ws", annotator="ana")
    one, two = fill(ws.store, 2)
    ws.decide(one, "ok")
    ws.decide(
        two, "misaligned", error_types=["count"], edited_text="two of them", note="seen", annotator="ben"
    )
    ws.undo()
    ws.redo()
    ws.store.journal.record(Judgement("p1", "tie", "ben"))
    return ws


def test_the_history_lists_every_act_newest_first_with_whoever_did_it(tmp_path: Path) -> None:
    rows = decided(tmp_path).history()
    assert rows.select("annotator", "act", "said").rows() == [
        ("ben", "judgement", "tie"),
        ("ana", "redo", "ok"),
        ("ana", "undo", "ok"),
        ("ben", "verdict", "misaligned"),
        ("ana", "verdict", "ok"),
    ]
    assert rows["at_utc"].null_count() == 0
    edited = rows.row(3, named=True)
    assert (edited["edited_text"], edited["note"], edited["error_types"]) == (
        "two of them",
        "seen",
        ["count"],
    )
    assert rows["of_seq"].to_list() == [None, rows["seq"][4], rows["seq"][4], None, None]


def test_a_page_of_the_history_goes_on_where_the_last_one_ended(tmp_path: Path) -> None:
    ws = decided(tmp_path)
    first = ws.history(limit=2)
    rest = ws.history(before=first["seq"][-1])
    assert first["seq"].to_list() + rest["seq"].to_list() == ws.history()["seq"].to_list()
    assert set(ws.history(annotator="ana")["annotator"]) == {"ana"}


def test_a_workspace_in_which_nothing_was_decided_has_an_empty_history(tmp_path: Path) -> None:
    assert workbench.create(tmp_path / "ws").history().is_empty()
