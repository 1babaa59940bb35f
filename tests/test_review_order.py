"""Orders of row numbers: merged lazily, ranked once, and the same as the plain way of making them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.alignment.suspicion import rank_type
from workbench.review import fresh_scores, queue_order, rank_captions
from workbench.review.interleaving import Interleaved
from workbench.store import Store


def merged_one_by_one(ranked: list[int], by_chance: list[int], share: float) -> list[int]:
    """Draw by draw, as the queue is described."""
    taken: list[int] = []
    for place in range(len(ranked)):
        is_random = int((place + 1) * share + 1e-9) > int(place * share + 1e-9)
        taken.append(next(row for row in (by_chance if is_random else ranked) if row not in taken))
    return taken


@given(
    count=st.integers(1, 120),
    share=st.sampled_from([0.0, 0.05, 0.15, 0.5, 0.9, 1.0]),
    seed=st.integers(0, 2**16),
    stops=st.lists(st.integers(0, 120), max_size=4),
)
def test_a_merge_in_blocks_is_the_merge_draw_by_draw(
    count: int, share: float, seed: int, stops: list[int]
) -> None:
    random = np.random.default_rng(seed)
    ranked = random.permutation(count).astype(np.uint32)
    by_chance = random.permutation(count).astype(np.uint32)
    order = Interleaved(ranked, by_chance, share)
    for stop in stops:  # however far it was looked at before
        order.rows(0, stop)
    expected = merged_one_by_one(ranked.tolist(), by_chance.tolist(), share)
    assert order.rows(0, count).tolist() == expected
    wanted = np.zeros(count, bool)
    wanted[expected[count // 2]] = True
    assert order.places_of(wanted).tolist() == [count // 2]


def test_several_threads_may_look_at_one_queue() -> None:
    random = np.random.default_rng(0)
    ranked, by_chance = (random.permutation(60_000).astype(np.uint32) for _ in range(2))
    order = Interleaved(ranked, by_chance, 0.15)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda stop: order.rows(0, stop), random.integers(0, 60_000, 64).tolist()))
    assert sorted(order.rows(0, 60_000).tolist()) == list(range(60_000))


def test_orders_of_different_rows_are_refused_instead_of_looked_through_for_ever() -> None:
    order = Interleaved(np.array([0, 1, 2], np.uint32), np.array([0, 0, 0], np.uint32), 0.5)
    with pytest.raises(ValueError, match="do not hold the same rows"):
        order.rows(0, 3)


def test_no_more_is_merged_than_is_looked_at() -> None:
    rows = np.arange(200_000, dtype=np.uint32)
    order = Interleaved(rows, rows[::-1], 0.15)
    order.rows(0, 12)
    assert len(order._merged) < 10_000


def test_what_is_put_first_keeps_its_order_and_why_it_came_up() -> None:
    rows = np.arange(20, dtype=np.uint32)
    order = Interleaved(rows, rows[::-1], 0.25)
    before = order.rows(0, 20)
    is_first = np.isin(rows, [3, 9, 19])
    changed = order.put_first(is_first)
    after = changed.rows(0, 20)
    assert after[:3].tolist() == [row for row in before if row in (3, 9, 19)]
    assert after[3:].tolist() == [row for row in before if row not in (3, 9, 19)]
    drawn = dict(zip(before, order.drawn(np.arange(20)), strict=True))
    assert changed.drawn(np.arange(20)).tolist() == [drawn[row] for row in after]


def test_the_order_of_the_tables_is_that_of_the_plain_frame_of_fresh_scores(filled_store: Store) -> None:
    scores = filled_store.read("scores")
    second = scores.head(25).with_columns(
        scorer=pl.lit("consensus"), value=1 - pl.col("value"), percentile=None, evidence=pl.lit("others")
    )
    filled_store.append("scores", second.select(scores.columns))
    plain = rank_type(fresh_scores(filled_store)).sort("caption_id")
    made = queue_order(filled_store).drop_nulls("suspicion").sort("caption_id")
    assert made["caption_id"].equals(plain["caption_id"])
    assert made["suspicion"].to_numpy() == pytest.approx(plain["suspicion"].to_numpy(), abs=1e-6)
    assert made["witness"].to_list() == plain["witness"].to_list()
    assert set(made["witness"]) == {"similarity", "consensus"}


def test_a_ranking_is_shared_until_a_table_is_written(filled_store: Store) -> None:
    first = rank_captions(filled_store)
    assert rank_captions(filled_store) is first
    scores = filled_store.read("scores")
    filled_store.replace("scores", scores.with_columns(percentile=1 - pl.col("percentile")))
    changed = rank_captions(filled_store)
    assert changed is not first
    assert changed.order.tolist() != first.order.tolist()


def test_of_equally_suspicious_captions_the_one_that_stands_first_comes_first(filled_store: Store) -> None:
    scores = filled_store.read("scores")
    filled_store.replace("scores", scores.with_columns(percentile=0.5, value=0.3))
    assert rank_captions(filled_store).order.tolist() == list(range(scores.height))
