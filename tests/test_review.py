"""Review: the queue, the flags, and the estimate of what is left."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from made_stores import fill

from workbench.errors import DecisionError, UnknownNameError
from workbench.records import Span, utc_now
from workbench.review import ReviewQueue, Rule, decide, estimate, flag, fresh_scores, queue_order
from workbench.store import Store


def decide_next(queue: ReviewQueue, count: int, bad: set[str]) -> None:
    for _ in range(count):
        item = queue.next()
        assert item is not None
        queue.decide(item, "misaligned" if item.caption_id in bad else "ok")


def test_the_worst_come_first(filled_store: Store) -> None:
    ordered = queue_order(filled_store)
    assert ordered["caption_id"].to_list()[:3] == filled_store.read("scores")["caption_id"].to_list()[:3]


def test_captions_without_a_score_come_last(filled_store: Store) -> None:
    scored = filled_store.read("scores")
    filled_store.replace("scores", scored.tail(39))
    assert queue_order(filled_store)["caption_id"].to_list()[-1] == scored["caption_id"][0]


def test_a_stale_score_is_not_used(filled_store: Store) -> None:
    first = pl.col("caption_id") == filled_store.read("scores")["caption_id"][0]
    captions = filled_store.read("captions")
    changed = pl.when(first).then(pl.lit("edited")).otherwise("caption_hash").alias("caption_hash")
    filled_store.replace("captions", captions.with_columns(changed))
    assert queue_order(filled_store)["suspicion"].null_count() == 1


def test_the_newest_of_two_encoders_is_asked(filled_store: Store) -> None:
    turned = filled_store.read("scores").with_columns(
        encoder_key=pl.lit("newer"),
        value=1 - pl.col("value"),
        percentile=1 - pl.col("percentile"),
        scored_at=pl.lit(utc_now()),
    )
    filled_store.append("scores", turned)
    assert queue_order(filled_store)["caption_id"][0] == turned["caption_id"][-1]


def test_the_queue_keeps_its_share_of_random_looks_and_names_their_stratum(filled_store: Store) -> None:
    queue = ReviewQueue(filled_store, random_share=0.25)
    strata = [item.stratum for item in queue.peek(40)]
    assert strata.count("random") == 10
    assert len({item.caption_id for item in queue.peek(40)}) == 40


def test_a_queue_opened_again_goes_on_where_it_was(filled_store: Store) -> None:
    queue = ReviewQueue(filled_store)
    ahead = queue.peek(10)
    decide_next(queue, 4, set())
    assert ReviewQueue(Store.open(filled_store.path)).peek(6) == ahead[4:]


def test_undo_hands_the_caption_out_again(filled_store: Store) -> None:
    queue = ReviewQueue(filled_store)
    first = queue.next()
    decide_next(queue, 1, set())
    queue.undo()
    assert queue.next() == first
    queue.redo()
    assert queue.next() != first


def test_the_queue_ends_when_all_are_decided(filled_store: Store) -> None:
    queue = ReviewQueue(filled_store)
    decide_next(queue, 40, set())
    assert queue.next() is None
    assert estimate(filled_store).left == 0


def test_captions_added_later_leave_the_random_order_of_the_others(store: Store) -> None:
    fill(store, 30)
    before = [item.caption_id for item in ReviewQueue(store, "random").peek(30)]
    fill(store, 50)
    after = [item.caption_id for item in ReviewQueue(store, "random").peek(50)]
    assert [caption for caption in after if caption in set(before)] == before


def test_captions_are_gone_through_in_the_order_in_which_they_are_asked_for(filled_store: Store) -> None:
    asked = filled_store.read("captions")["caption_id"].to_list()[5:8]
    queue = ReviewQueue(filled_store, "given", only=asked)
    assert [item.caption_id for item in queue.peek(3)] == asked
    with pytest.raises(DecisionError, match="none were"):
        ReviewQueue(filled_store, "given")


def test_an_unknown_order_lists_the_known_ones(filled_store: Store) -> None:
    with pytest.raises(UnknownNameError, match="Known: given, random, worst"):
        ReviewQueue(filled_store, "best")
    with pytest.raises(UnknownNameError, match="Known: consensus, consensus_words, neg_clip_loss"):
        queue_order(filled_store, "clipscore")


def test_a_verdict_on_a_caption_that_is_not_there_is_refused(filled_store: Store) -> None:
    with pytest.raises(DecisionError, match="no caption 'c404'"):
        decide(filled_store, "c404", "ok", annotator="ana")


def test_a_verdict_remembers_the_version_of_the_caption(filled_store: Store) -> None:
    caption = filled_store.read("captions").row(0, named=True)
    event = decide(filled_store, caption["caption_id"], "ok", annotator="ana")
    assert event.verdict.caption_hash == caption["caption_hash"]


def test_flags_are_the_lowest_share_and_are_replaced_by_the_same_rule(filled_store: Store) -> None:
    summary = flag(filled_store, Rule(lowest_share=0.1))
    assert (summary.flagged, summary.scored) == (4, 40)
    flag(filled_store, Rule(lowest_share=0.1))
    flag(filled_store, Rule(scorer="similarity", lowest_share=0.05, error_type="object"))
    flags = filled_store.read("flags")
    assert flags.group_by("rule").len().sort("rule").rows() == [
        ("lowest 10% by suspicion", 4),
        ("lowest 5% by similarity", 2),
    ]
    assert flags["value"].null_count() == 0


def test_a_rule_that_cannot_be_is_refused() -> None:
    with pytest.raises(DecisionError, match=r"A share of 0\.0 cannot be flagged"):
        Rule(lowest_share=0.0)
    with pytest.raises(UnknownNameError, match="no error type 'colour'"):
        Rule(error_type="colour")


def test_flagging_without_scores_flags_nothing(store: Store) -> None:
    assert flag(store).flagged == 0


def test_too_few_random_looks_give_no_estimate_but_a_reason(filled_store: Store) -> None:
    decide_next(ReviewQueue(filled_store), 10, set())
    result = estimate(filled_store)
    assert result.left is None
    assert "it needs 5 random looks and has 1" in str(result)


def test_verdicts_picked_by_hand_do_not_bend_the_estimate_below_zero(filled_store: Store) -> None:
    captions = filled_store.read("captions")["caption_id"].to_list()
    for caption in captions[20:30]:
        decide(filled_store, caption, "misaligned", annotator="ana")
    decide_next(ReviewQueue(filled_store, random_share=0.5), 14, set())
    result = estimate(filled_store)
    assert result.left is not None
    assert 0 <= result.low <= result.left <= result.high <= 40 - result.decided


@pytest.mark.parametrize("quality", [0.0, 2.0])
def test_the_interval_covers_what_is_truly_left(tmp_path: Path, quality: float) -> None:
    """Simulate reviews of 300 captions, 15 % bad, with a useless score and with a good one."""
    covered = 0
    for seed in range(12):
        store = Store.create(tmp_path / f"ws{seed}")
        captions = fill(store, 300)
        random = np.random.default_rng(seed)
        is_bad = random.random(300) < 0.15
        values = random.normal(size=300) - quality * is_bad
        store.replace("scores", store.read("scores").with_columns(value=pl.Series(values)))
        bad = {caption for caption, wrong in zip(captions, is_bad, strict=True) if wrong}
        queue = ReviewQueue(store, random_share=0.4, seed=seed, annotator="ana")
        for item in queue.peek(70):
            queue.decide(item, "misaligned" if item.caption_id in bad else "ok")
        found = {v.caption_id for v in store.journal.verdicts() if v.verdict == "misaligned"}
        result = estimate(store, seed=seed)
        covered += result.low <= len(bad - found) <= result.high
    assert covered >= 11


def test_a_queue_by_error_type_hears_only_what_speaks_of_it(filled_store: Store) -> None:
    ids = filled_store.read("captions")["caption_id"].to_list()
    hashes = filled_store.read("captions").join(filled_store.read("samples"), on="sample_id")
    filled_store.append(
        "scores",
        hashes.head(3).select(
            "caption_id",
            "caption_hash",
            "content_hash",
            scorer=pl.lit("claims"),
            error_type=pl.lit("attribute"),
            value=pl.Series([0.9, 0.1, 0.5]),
            percentile=pl.Series([0.8, 0.2, 0.5]),
            evidence=pl.Series(["red", "not blue", "grey"]),
            start_char=pl.lit(4),
            end_char=pl.lit(8),
            encoder_key=pl.lit("weights-free"),
        ),
    )
    queue = ReviewQueue(filled_store, random_share=0.0, error_type="attribute")
    first = queue.next()
    assert first is not None
    assert (first.caption_id, first.witness, first.error_type) == (ids[1], "claims", "attribute")
    assert first.span == Span(4, 8)
    assert len(queue) == len(ids)
    assert queue_order(filled_store)["witness"].drop_nulls().unique().to_list() == ["similarity"]
    assert str(flag(filled_store, Rule(lowest_share=0.4, error_type="attribute"))).startswith("1 of 3 scored")
    row = filled_store.read("flags").row(0, named=True)
    assert (row["error_type"], row["scorer"], row["start_char"], row["value"]) == (
        "attribute",
        "claims",
        4,
        0.1,
    )
    with pytest.raises(UnknownNameError, match="colour"):
        queue_order(filled_store, error_type="colour")


def test_a_type_that_nothing_speaks_of_leaves_the_queue_unscored(filled_store: Store) -> None:
    queue = ReviewQueue(filled_store, random_share=0.0, error_type="speaker")
    first = queue.next()
    assert first is not None
    assert (first.suspicion, first.witness) == (None, None)


def test_only_the_newest_score_of_what_is_there_now_counts(filled_store: Store) -> None:
    """The quick way over row numbers says what a plain join says, in whatever order the tables lie."""
    scores = filled_store.read("scores")
    older = scores.with_columns(
        encoder_key=pl.lit("older"), value=0.9, scored_at=pl.col("scored_at").dt.offset_by("-1h")
    )
    stale = scores.head(2).with_columns(scorer=pl.lit("other"), caption_hash=pl.lit("gone"))
    mixed = pl.concat([scores, older, stale]).sample(fraction=1, shuffle=True, seed=3)
    filled_store.replace("scores", mixed)
    filled_store.replace("captions", filled_store.read("captions").reverse())
    found = fresh_scores(filled_store)
    plain = (
        mixed.join(filled_store.read("captions"), on="caption_id", suffix="_now")
        .join(filled_store.read("samples"), on="sample_id", suffix="_now")
        .filter(
            pl.col("caption_hash") == pl.col("caption_hash_now"),
            pl.col("content_hash") == pl.col("content_hash_now"),
        )
        .sort("scored_at")
        .unique(["caption_id", "scorer", "error_type"], keep="last")
    )
    names = ["caption_id", "scorer", "error_type", "value", "encoder_key", "sample_id"]
    assert found.select(names).sort(names).equals(plain.select(names).sort(names))
    assert set(found["encoder_key"]) == set(scores["encoder_key"])
