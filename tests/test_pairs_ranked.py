"""Several candidates ranked at once: each pair of them is judged, and ties stay ties."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from made_stores import fill

from workbench.errors import DecisionError
from workbench.pairs import add_candidates
from workbench.pairs.choosing import Choice
from workbench.pairs.ranked import judge_ranking
from workbench.store import Store
from workbench.workspace import Workspace


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    store = Store.create(tmp_path / "ws")
    fill(store, 2)
    pool = pl.DataFrame({"path": ["0.jpg"] * 3, "text": ["one text", "a second", "the third"]})
    add_candidates(store, pool, origin="on_policy", choice=Choice(scheme="adjacent"))
    return Workspace(store, "ana")


def ids(ws: Workspace) -> dict[str, str]:
    pairs = ws.pairs
    chosen = dict(pairs.select("chosen_text", "chosen_id").iter_rows())
    return chosen | dict(pairs.select("rejected_text", "rejected_id").iter_rows())


def test_a_ranking_judges_every_pair_and_makes_those_that_were_not_there(ws: Workspace) -> None:
    known = ids(ws)
    assert ws.pairs.height == 2
    ranking = [[known["the third"]], [known["one text"], known["a second"]]]
    assert judge_ranking(ws.store, ranking, annotator="ana", note="by far") == 3
    pairs = ws.pairs.sort("chosen_text", "rejected_text")
    said = pairs.filter(pl.col("status") == "accepted").select("chosen_text", "rejected_text").rows()
    assert said == [("the third", "a second"), ("the third", "one text")]
    assert pairs.filter(pl.col("status") == "tie").height == 1
    assert set(pairs["origin"]) == {"on_policy"}
    assert set(ws.judgements["note"]) == {"ranked 3 at once: by far"}
    judge_ranking(ws.store, [[known["one text"]], [known["the third"]]], annotator="ana")
    assert ws.judgements.height == 3  # a later order takes the place of the earlier one


def test_captions_of_the_workspace_may_be_ranked_among_candidates(ws: Workspace) -> None:
    caption = ws.captions["caption_id"][0]
    judge_ranking(ws.store, [[caption], [ids(ws)["one text"]]], annotator="ana")
    assert ws.pairs.filter(pl.col("chosen_id") == caption)["status"].to_list() == ["accepted"]


def test_what_is_no_ranking_is_refused(ws: Workspace) -> None:
    known = ids(ws)
    with pytest.raises(DecisionError, match="2 captions, 1 of them different"):
        judge_ranking(ws.store, [[known["one text"]], [known["one text"]]], annotator="ana")
    with pytest.raises(DecisionError, match="no caption 'c0'"):
        judge_ranking(ws.store, [[known["one text"]], ["c0"]], annotator="ana")
    with pytest.raises(DecisionError, match="of several samples"):
        judge_ranking(ws.store, [[known["one text"]], [ws.captions["caption_id"][1]]], annotator="ana")
