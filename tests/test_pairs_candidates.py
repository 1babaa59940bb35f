"""Candidates become pairs: read or refused, thinned out to differ, ordered by rank or score, or left open."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest
from made_stores import fill

from workbench.encoders.fake import FakeEncoder
from workbench.errors import IngestError, PairError, UnknownNameError
from workbench.pairs import add_candidates, judge, standing_pairs
from workbench.pairs.candidates import CandidateSummary
from workbench.pairs.choosing import Choice
from workbench.pairs.pools import read_pool
from workbench.store import Store

TEXTS = ["a red square", "a red thing", "a blue square", "a green square", "a yellow square"]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    made = Store.create(tmp_path / "ws")
    fill(made, 3)
    return made


def write(path: Path, *rows: object) -> Path:
    path.write_text("\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows))
    return path


def by_length(rows: pl.DataFrame) -> pl.DataFrame:
    """Score a text by how long it is, a stand-in for a model; a text with "?" has no score."""
    length = pl.col("text").str.len_chars().cast(pl.Float64)
    is_clear = ~pl.col("text").str.contains("?", literal=True)
    return rows.with_columns(
        score=pl.when(is_clear).then(length),
        score_key=pl.lit("length"),
    )


def test_every_row_becomes_candidates_or_a_reject_with_its_reason(store: Store, tmp_path: Path) -> None:
    sample = store.read("samples")["sample_id"][1]
    file = write(
        tmp_path / "pool.jsonl",
        {"path": "0.jpg", "texts": TEXTS[:2], "score": [0.5, 0.25]},
        {"sample_id": sample, "text": "one   more", "source": "llava", "prompt": "Say"},
        {"path": "elsewhere/2.jpg", "caption": "by its name"},
        {"path": "nowhere.jpg", "text": "a"},
        {"path": "0.jpg", "text": " "},
        {"path": "0.jpg", "texts": TEXTS[:2], "score": [1]},
        {"path": "0.jpg", "text": "a", "score": "high"},
        {"text": "a"},
        "{broken",
    )
    pool = read_pool(store, file)
    assert pool.rows["text"].to_list() == [*TEXTS[:2], "one more", "by its name"]
    assert pool.rows["score"].to_list() == [0.5, 0.25, None, None]
    assert pool.rows["source"].to_list() == ["pool", "pool", "llava", "pool"]
    assert pool.rows["prompt"][2] == "Say"
    assert (pool.rows_read, pool.rejects["row"].to_list()) == (9, [4, 5, 6, 7, 8, 9])
    assert pool.rejects["reason"].to_list() == [
        "no sample of the workspace has this id or path.",
        "the row has no text, or one that is empty.",
        "the row has 2 texts and 1 values of score.",
        "the score is not a number.",
        "the row names no sample and no file.",
        "the row is no object with fields.",
    ]
    for _ in range(2):  # reading again says the same once, not twice
        assert add_candidates(store, file).rejected == 6
        assert store.read("rejects").height == 6


@pytest.mark.parametrize("kind", ["csv", "parquet", "json", "frame"])
def test_a_pool_may_be_a_table(store: Store, tmp_path: Path, kind: str) -> None:
    table = pl.DataFrame({"path": ["0.jpg"] * 2, "text": TEXTS[:2], "score": [0.5, 0.25]})
    source: Path | pl.DataFrame = tmp_path / f"pool.{kind}"
    if kind == "frame":
        source = table
    elif kind == "csv":
        table.write_csv(source)
    elif kind == "parquet":
        table.write_parquet(source)
    else:
        (tmp_path / "pool.json").write_text(json.dumps(table.to_dicts()))
    rows = read_pool(store, source).rows
    assert rows.select("text", "score").rows() == [(TEXTS[0], 0.5), (TEXTS[1], 0.25)]


def test_what_is_no_pool_is_refused(store: Store, tmp_path: Path) -> None:
    with pytest.raises(IngestError, match="There is no file"):
        read_pool(store, tmp_path / "none.jsonl")
    with pytest.raises(IngestError, match="no known form of candidates"):
        read_pool(store, write(tmp_path / "pool.txt", "a"))
    with pytest.raises(IngestError, match="no list of objects"):
        read_pool(store, write(tmp_path / "pool.json", {"a": 1}))


def test_scores_that_come_along_propose_and_never_accept(store: Store) -> None:
    pool = pl.DataFrame({"path": ["0.jpg"] * 3, "text": TEXTS[1:4], "score": [0.25, 0.75, 0.5]})
    summary = add_candidates(store, pool, name="llava", choice=Choice(scheme="all"))
    assert (summary.added, summary.ordered, summary.ordered_by) == (3, 3, ("the score that came with them",))
    pairs = standing_pairs(store)
    assert set(pairs["status"]) == {"proposed"}
    assert pairs.sort("margin")["margin"].to_list() == [0.25, 0.25, 0.5]
    best = pairs.sort("margin").row(-1, named=True)
    assert (best["chosen_text"], best["rejected_text"]) == ("a blue square", "a red thing")
    assert [best["chosen_text"][a:b] for a, b in best["chosen_spans"]] == ["blue square"]
    assert (best["origin"], best["source"], best["builder"]) == ("candidate", "llava", "score")
    assert json.loads(best["detail"])["orders"] == [0.75, 0.25]


def test_a_ranked_list_is_ordered_without_scores_and_ties_are_no_pair(store: Store) -> None:
    pool = pl.DataFrame({"path": ["0.jpg"] * 3, "text": TEXTS[1:4], "rank": [1, 2, 2], "score": [0, 0, 1]})
    summary = add_candidates(store, pool, origin="on_policy", choice=Choice(scheme="all"))
    assert (summary.ordered, summary.ordered_by) == (2, ("rank",))
    pairs = standing_pairs(store)
    assert set(pairs["chosen_text"]) == {TEXTS[1]}
    assert (pairs["margin"].null_count(), set(pairs["origin"])) == (2, {"on_policy"})
    assert "0 samples with one text" in str(summary)


def test_a_scorer_is_asked_only_where_nothing_else_tells_and_only_whole_samples_count(store: Store) -> None:
    pool = pl.DataFrame(
        {
            "path": ["0.jpg", "0.jpg", "1.jpg", "1.jpg", "2.jpg", "2.jpg"],
            "text": ["a", "bb", "longer words", "word", "what?", "that"],
            "score": [0.9, 0.1, 0.5, None, None, None],
        }
    )
    asked: list[str] = []

    def score(rows: pl.DataFrame) -> pl.DataFrame:
        asked.extend(rows["text"].to_list())
        return by_length(rows)

    summary = add_candidates(store, pool, scores=[score])
    assert asked == ["longer words", "word", "what?", "that"]
    chosen = dict(standing_pairs(store).select("chosen_text", "status").iter_rows())
    assert chosen == {"a": "proposed", "longer words": "proposed", "what?": "open"}
    assert (summary.ordered, summary.added) == (2, 3)
    assert summary.ordered_by == ("length", "the score that came with them")


def test_scores_too_near_are_no_pair_and_are_counted(store: Store) -> None:
    pool = pl.DataFrame({"path": ["0.jpg"] * 2, "text": TEXTS[:2], "score": [0.5, 0.45]})
    summary = add_candidates(store, pool, choice=Choice(least_margin=0.1))
    assert (summary.added, summary.too_near) == (0, 1)


def test_what_is_said_twice_is_one_candidate_and_pairs_are_never_doubled(store: Store) -> None:
    pool = pl.DataFrame({"path": ["0.jpg"] * 3, "text": ["A red Square.", "a red  square", "a dog"]})
    first = add_candidates(store, pool)
    assert (first.repeated, first.added, first.ordered) == (1, 1, 0)
    assert standing_pairs(store)["status"].to_list() == ["open"]
    again = add_candidates(store, pool)
    assert (again.added, again.known) == (0, 1)
    assert again.ordered == 0


@pytest.mark.parametrize("select", ["mmr", "dpp"])
def test_candidates_are_thinned_out_to_differ(store: Store, select: str) -> None:
    texts = ["a red square", "one red square", "the red square", "a blue square", "a green square"]
    pool = pl.DataFrame({"path": ["0.jpg"] * 5, "text": texts})
    choice = Choice(select=select, most=3, scheme="all")
    summary = add_candidates(store, pool, choice=choice, encoder=FakeEncoder())
    said = {*standing_pairs(store)["chosen_text"], *standing_pairs(store)["rejected_text"]}
    assert summary.left_out == 2
    assert len(said) == 3
    assert {"a blue square", "a green square"} < said


def test_chance_keeps_as_many_as_asked_and_the_same_for_the_same_seed(store: Store) -> None:
    pool = pl.DataFrame({"path": ["0.jpg"] * 5, "text": TEXTS, "score": [1.0, 2.0, 3.0, 4.0, 5.0]})

    def kept(select: str, folder: Path, temperature: float = 1.0) -> set[str]:
        made = Store.create(folder)
        fill(made, 1)
        choice = Choice(select=select, most=2, temperature=temperature, seed=7)
        add_candidates(made, pool, choice=choice, encoder=FakeEncoder())
        row = standing_pairs(made).row(0, named=True)
        return {row["chosen_text"], row["rejected_text"]}

    root = store.path.parent
    for select in ("k_dpp", "rso", "first"):
        assert len(kept(select, root / f"{select}1")) == 2
        assert kept(select, root / f"{select}2") == kept(select, root / f"{select}3")
    assert kept("rso", root / "cold", temperature=1e-9) == {"a green square", "a yellow square"}


def test_rso_needs_scores(store: Store) -> None:
    pool = pl.DataFrame({"path": ["0.jpg"] * 5, "text": TEXTS})
    with pytest.raises(PairError, match="without a score or a rank"):
        add_candidates(store, pool, choice=Choice(select="rso", most=2))


def test_captions_may_compete_under_their_own_id(store: Store) -> None:
    caption = store.read("captions").row(0, named=True)
    pool = pl.DataFrame({"path": ["0.jpg"], "text": ["a very long text about this picture"], "score": [0.1]})
    assert add_candidates(store, pool).alone == 1
    summary = add_candidates(store, pool, scores=[by_length], with_captions=True)
    pair = standing_pairs(store).row(0, named=True)
    assert (summary.added, pair["rejected_id"]) == (1, caption["caption_id"])


def test_people_have_the_last_word_on_an_order_by_score(store: Store) -> None:
    pool = pl.DataFrame({"path": ["0.jpg"] * 2, "text": TEXTS[:2], "score": [0.5, 0.1]})
    add_candidates(store, pool)
    pair = standing_pairs(store).row(0, named=True)
    judge(store, pair["pair_id"], "prefer", annotator="ana", winner=pair["rejected_id"])
    assert standing_pairs(store).select("chosen_text", "status").row(0) == (TEXTS[1], "accepted")


def test_what_makes_no_sense_is_refused(store: Store) -> None:
    with pytest.raises(UnknownNameError, match="no origin of candidates 'edit'"):
        add_candidates(store, pl.DataFrame({"path": ["0.jpg"], "text": ["a"]}), origin="edit")
    with pytest.raises(UnknownNameError, match="no selection 'best'"):
        Choice(select="best")
    with pytest.raises(UnknownNameError, match="no scheme 'worst'"):
        Choice(scheme="worst")
    with pytest.raises(PairError, match="Of 1 candidates there is no pair"):
        Choice(most=1)
    nothing = add_candidates(store, pl.DataFrame({"path": [], "text": []}))
    assert isinstance(nothing, CandidateSummary)
    assert nothing.added == 0
