"""The recommended order: every witness counted, none drowned by its unit."""

from __future__ import annotations

import polars as pl
import pytest

from workbench.alignment.suspicion import rank_suspicion, rank_type, weigh_witnesses


def scores(*rows: tuple[str, str, float | None]) -> pl.DataFrame:
    columns = {"caption_id": pl.String, "scorer": pl.String, "value": pl.Float64}
    return pl.DataFrame(rows, schema=columns, orient="row").with_columns(
        evidence=pl.col("scorer") + " said so"
    )


def test_a_scorer_with_large_numbers_does_not_drown_the_other() -> None:
    frame = scores(
        ("a", "similarity", 0.10), ("b", "similarity", 0.30), ("c", "similarity", 0.32),
        ("a", "consensus", 900.0), ("b", "consensus", 1000.0), ("c", "consensus", 100.0),
    )  # fmt: skip
    assert rank_suspicion(frame)["caption_id"].to_list()[-1] == "b"


def test_the_witness_is_the_one_that_speaks_most_against_the_caption() -> None:
    frame = scores(
        ("a", "similarity", 0.9), ("a", "consensus", 0.1),
        ("b", "similarity", 0.8), ("b", "consensus", 0.9),
        ("c", "similarity", 0.1), ("c", "consensus", 0.9),
    )  # fmt: skip
    ranked = {row["caption_id"]: row for row in rank_suspicion(frame).iter_rows(named=True)}
    assert ranked["a"]["witness"] == "consensus"
    assert ranked["c"]["evidence"] == "similarity said so"


def test_an_undefined_score_is_no_witness() -> None:
    frame = scores(("a", "similarity", None), ("b", "similarity", float("nan")), ("c", "similarity", 0.5))
    assert rank_suspicion(frame)["caption_id"].to_list() == ["c"]


def test_equal_scores_give_no_suspicion_and_an_order_by_id() -> None:
    ranked = rank_suspicion(scores(("b", "similarity", 0.5), ("a", "similarity", 0.5)))
    assert ranked["caption_id"].to_list() == ["a", "b"]
    assert ranked["suspicion"].to_list() == [0.0, 0.0]


def test_captions_with_more_witnesses_do_not_fill_both_ends() -> None:
    rows = [(f"one{n}", "similarity", n / 50) for n in range(50)]
    rows += [(f"two{n}", scorer, n / 50) for n in range(50) for scorer in ("similarity", "consensus")]
    worst = rank_suspicion(scores(*rows)).head(20)["caption_id"].str.slice(0, 3)
    assert 5 <= (worst == "one").sum() <= 15


def test_no_scores_give_an_empty_order() -> None:
    assert rank_suspicion(scores()).is_empty()


def typed(*rows: tuple[str, str, str, float, float]) -> pl.DataFrame:
    frame = pl.DataFrame(rows, ["caption_id", "scorer", "error_type", "value", "percentile"], orient="row")
    return frame.with_columns(evidence=pl.col("scorer") + " said so")


def test_a_contradiction_by_boxes_comes_before_what_vectors_suggest() -> None:
    rows = [(f"c{n}", "similarity", "wrong_pair", n / 40, (n + 0.5) / 40) for n in range(40)]
    boxes = [
        (f"c{n}", "regions", "object", 0.0 if n == 30 else 1.0, 0.0125 if n == 30 else 0.5125)
        for n in range(40)
    ]
    ranked = rank_type(typed(*rows, *boxes))
    assert "c30" in ranked.head(2)["caption_id"].to_list()
    row = ranked.filter(pl.col("caption_id") == "c30").row(0, named=True)
    assert (row["witness"], row["error_type"]) == ("regions", "object")
    assert rank_type(typed(*rows, *boxes), "object")["caption_id"][0] == "c30"
    assert rank_type(typed(*rows, *boxes), "wrong_pair")["caption_id"][0] == "c0"


def test_few_captions_of_a_kind_are_not_levelled_among_themselves() -> None:
    """Where a small set is mostly wrong, its best is still worse than what is plainly right."""
    right = [(f"r{n}", "regions", "object", 1.0, 0.6) for n in range(20)]
    wrong = [(f"w{n}", "regions", "object", 0.0, 0.05) for n in range(4)]
    heard_twice = [(f"w{n}", "claims", "object", 0.5 + n / 10, 0.4 + n / 10) for n in range(4)]
    ranked = rank_type(typed(*right, *wrong, *heard_twice), "object")
    assert set(ranked.head(4)["caption_id"]) == {"w0", "w1", "w2", "w3"}


def test_scorers_of_one_side_share_its_voice() -> None:
    spoken = scores(("a", "similarity", 0.1), ("a", "neighbours", 0.1), ("a", "consensus_words", 0.9))
    weights = weigh_witnesses(spoken)
    assert weights["similarity"] + weights["neighbours"] == pytest.approx(1.0)
    assert weights["consensus_words"] == 1.0
    assert weigh_witnesses(scores(("a", "in_cluster", 0.1))) == {}


def test_a_contradicted_claim_raises_a_caption_by_a_step_and_no_further() -> None:
    told = scores(*((f"c{n}", "similarity", n / 10) for n in range(10)), ("c1", "claims", 0.1))
    told = told.with_columns(
        percentile=pl.lit(None, pl.Float64),
        error_type=pl.when(pl.col("scorer") == "claims")
        .then(pl.lit("attribute"))
        .otherwise(pl.lit("wrong_pair")),
    )
    before = rank_type(told.filter(pl.col("scorer") == "similarity"))
    after = rank_type(told)
    assert before["caption_id"].to_list()[:3] == ["c0", "c1", "c2"]
    assert after["caption_id"].to_list()[:3] == ["c1", "c0", "c2"]
    moved = dict(after.select("caption_id", "suspicion").iter_rows())
    assert moved["c1"] - dict(before.select("caption_id", "suspicion").iter_rows())["c1"] == pytest.approx(
        0.5
    )
