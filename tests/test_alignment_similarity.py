"""Similarity and its rivals, on arrays whose answer is plain."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.alignment.similarity import (
    Pairing,
    Similarity,
    measure_similarity,
    mid_rank,
    pool_windows,
    unit_rows,
)


def random_rows(count: int, width: int = 16, seed: int = 0) -> np.ndarray:
    return unit_rows(np.random.default_rng(seed).normal(size=(count, width)))


def test_ranks_equal_a_plain_count_over_all_rivals() -> None:
    media, texts = random_rows(20), random_rows(40, seed=1)
    owner = np.repeat(np.arange(20), 2)
    found = measure_similarity(media, texts, Pairing.whole(np.ones(20), owner))
    table = media @ texts.T
    for caption in (0, 7, 39):
        own = table[owner[caption], caption]
        others = owner != owner[caption]
        assert found.rank_in_row[caption] == 1 + (table[owner[caption], others] > own).sum()
        assert found.rivals_in_row[caption] == others.sum() == 38
        assert found.rank_in_column[caption] == 1 + (np.delete(table[:, caption], owner[caption]) > own).sum()


def test_other_captions_of_the_same_sample_are_no_rivals() -> None:
    media = np.eye(2, dtype=np.float32)
    texts = np.eye(2, dtype=np.float32)[[0, 0, 1]]
    found = measure_similarity(media, texts, Pairing.whole([1, 1], [0, 0, 1]))
    assert found.rivals_in_row.tolist() == [1, 1, 2]
    assert found.rank_in_row.tolist() == [1, 1, 1]


def test_a_caption_near_to_everything_has_a_smaller_margin_than_one_near_to_its_own() -> None:
    media = np.eye(4, dtype=np.float32)
    texts = unit_rows(np.vstack([np.ones(4), media[1:]]))
    found = measure_similarity(media, texts, Pairing.whole(np.ones(4), np.arange(4)))
    assert found.margin.argmin() == 0
    assert found.percentile[0] == pytest.approx(1 / 8)


def test_a_small_block_and_a_large_one_give_the_same_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    media, texts = random_rows(30), random_rows(60, seed=1)
    pairing = Pairing.whole([2] * 15, np.repeat(np.arange(15), 4))
    whole = measure_similarity(media, texts, pairing)
    monkeypatch.setattr("workbench.alignment.similarity._BLOCK_VALUES", 70)
    assert_same(whole, measure_similarity(media, texts, pairing))


def test_a_reference_sample_bounds_the_rivals() -> None:
    media, texts = random_rows(50), random_rows(50, seed=1)
    found = measure_similarity(media, texts, Pairing.whole(np.ones(50), np.arange(50)), reference=10)
    assert found.rivals_in_row.max() <= 10
    assert found.rivals_in_column.max() <= 10


def test_a_video_is_scored_by_its_best_and_its_mean_frame() -> None:
    media = np.array([[1, 0], [0, 1], [0, 1]], np.float32)
    found = measure_similarity(media, np.array([[1, 0]], np.float32), Pairing.whole([3], [0]))
    assert (found.best[0], found.best_row[0]) == (1.0, 0)
    assert found.mean[0] == pytest.approx(1 / 3)
    assert found.value[0] == pytest.approx((1 + 1 / 3) / 2)


def test_a_caption_of_an_interval_is_compared_with_the_frames_in_it() -> None:
    media = np.array([[1, 0], [0, 1]], np.float32)
    pairing = Pairing(np.array([0]), np.array([0]), np.array([1]), np.array([2]))
    found = measure_similarity(media, np.array([[1, 0]], np.float32), pairing)
    assert found.value[0] == 0.0


def test_one_sample_alone_has_a_value_and_no_margin() -> None:
    found = measure_similarity(random_rows(1), random_rows(1), Pairing.whole([1], [0]))
    assert found.value[0] == pytest.approx(1.0)
    assert found.margin[0] == 0.0
    assert found.percentile.tolist() == [0.5]


def test_windows_of_a_long_caption_are_averaged_and_a_short_one_is_left_alone() -> None:
    rows = random_rows(3)
    pooled = pool_windows(rows, [1, 2])
    assert np.array_equal(pooled[0], rows[0])
    assert np.allclose(pooled[1], unit_rows(rows[1:].mean(0)))


def test_equal_values_share_their_rank() -> None:
    assert mid_rank(np.zeros(4)).tolist() == [0.5] * 4


def assert_same(one: Similarity, other: Similarity) -> None:
    for name in ("value", "rank_in_row", "rank_in_column", "rivals_in_row", "margin"):
        assert np.allclose(getattr(one, name), getattr(other, name), atol=1e-6), name
