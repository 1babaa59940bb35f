"""Scripted judges: shown pairs blind, as good as they are said to be, and never asked twice by a replay."""

from __future__ import annotations

import polars as pl
import pytest

from tests.made_stores import fill
from workbench.demo.judges import JUDGES, replay_judges
from workbench.pairs import add_pairs
from workbench.preferences.pair import Pair, variant_id
from workbench.store import Store

PAIRS = 120


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> tuple[Store, pl.DataFrame]:
    store = Store.create(tmp_path_factory.mktemp("judges") / "ws")
    fill(store, PAIRS)
    rows = store.read("captions").to_dicts()
    made = [
        Pair(r["sample_id"], r["caption_id"], variant_id(r["sample_id"], f"no {r['text']}", "built"),
             r["text"], f"no {r['text']}", "built", builder="negate")
        for r in rows
    ]  # fmt: skip
    add_pairs(store, made)
    truth = pl.DataFrame({"caption_id": [r["caption_id"] for r in rows]}).with_columns(
        is_wrong=pl.int_range(pl.len()) < 6
    )
    assert replay_judges(store, truth, judgements=110) == 110 * len(JUDGES)
    return store, truth


def test_each_is_right_about_as_often_as_said(judged: tuple[Store, pl.DataFrame]) -> None:
    store, truth = judged
    fine = truth.filter(~pl.col("is_wrong")).join(
        store.read("pairs"), left_on="caption_id", right_on="chosen_id"
    )
    said = store.journal.judgements_frame().join(fine, on="pair_id")
    right = dict(
        said.group_by("annotator").agg((pl.col("winner") == pl.col("caption_id")).mean()).iter_rows()
    )
    for judge in JUDGES:
        leaning = (1 - judge.accuracy) * (1 - judge.tie_share) / 2 if judge.leans_left else 0
        assert right[judge.name] == pytest.approx(judge.accuracy + leaning, abs=0.08)
    careful, _, tired = (right[judge.name] for judge in JUDGES)
    assert careful > tired


def test_a_pair_whose_chosen_caption_is_wrong_is_mostly_called_both_bad(
    judged: tuple[Store, pl.DataFrame],
) -> None:
    store, truth = judged
    wrong = truth.filter("is_wrong").join(store.read("pairs"), left_on="caption_id", right_on="chosen_id")
    answers = store.journal.judgements_frame().join(wrong, on="pair_id")["answer"].to_list()
    assert answers.count("both_bad") > len(answers) / 2


def test_sides_are_shuffled_and_some_pairs_come_twice(judged: tuple[Store, pl.DataFrame]) -> None:
    answers = judged[0].journal.judgements_frame()
    made = answers.join(judged[0].read("pairs"), on="pair_id")
    assert 0.35 < (made["left"] == made["chosen_id"]).mean() < 0.65
    assert (answers["occasion"] > 1).any()
    assert answers.filter(answer="prefer")["strength"].null_count() == 0


def test_a_replay_that_is_done_asks_nothing_more(judged: tuple[Store, pl.DataFrame]) -> None:
    store, truth = judged
    assert replay_judges(store, truth, judgements=110) == 0
