"""How far a score is right about order: only people's pairs count, and too few are said to be too few."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from made_stores import fill

from workbench.pairs import add_candidates
from workbench.pairs.order_check import check_order
from workbench.store import Store
from workbench.workspace import Workspace


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    store = Store.create(tmp_path / "ws")
    fill(store, 24)
    return Workspace(store, "ana")


def by_length(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.with_columns(
        score=pl.col("text").str.len_chars().cast(pl.Float64), score_key=pl.lit("length")
    )


def test_a_score_is_held_against_the_order_of_people(ws: Workspace) -> None:
    assert "not known" in str(check_order(ws.store, by_length))
    for number, caption in enumerate(ws.captions["caption_id"]):
        text = "short" if number < 6 else "a correction that is longer than what was there"
        ws.decide(caption, "misaligned", edited_text=text)
        if number == 9:
            few = check_order(ws.store, by_length)
            assert (few.pairs, few.agreed) == (10, 4)
            assert str(few).endswith("Too few to go by.")
    found = check_order(ws.store, by_length)
    assert (found.pairs, found.agreed, found.share) == (24, 18, 0.75)
    assert 0.5 < found.low < 0.75 < found.high < 0.95
    assert str(found).startswith("On 24 pairs that people ordered this score agrees in 75% (53% to 90%")


def test_proposals_and_texts_without_a_score_do_not_count(ws: Workspace) -> None:
    pool = pl.DataFrame({"path": ["0.jpg"] * 2, "text": ["one text", "another text"], "score": [1.0, 0.0]})
    add_candidates(ws.store, pool)
    assert check_order(ws.store, by_length).pairs == 0
    ws.decide(ws.captions["caption_id"][0], "misaligned", edited_text="better")
    nothing = check_order(
        ws.store, lambda rows: rows.with_columns(score=pl.lit(None, pl.Float64), score_key=pl.lit(""))
    )
    assert (nothing.pairs, nothing.share) == (0, None)


def test_a_summary_says_how_far_its_score_can_be_believed(ws: Workspace) -> None:
    ws.decide(ws.captions["caption_id"][3], "misaligned", edited_text="better")
    pool = pl.DataFrame({"path": ["0.jpg"] * 2, "text": ["one text", "another text"]})
    summary = add_candidates(ws.store, pool, scores=[by_length])
    assert summary.ordered_by == ("length",)
    assert summary.notes[0].startswith("On 1 pairs that people ordered this score agrees in 0%")
