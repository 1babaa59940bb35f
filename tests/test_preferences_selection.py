"""Choosing a few candidates: unlike one another, spread out by chance, or by score with a temperature."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from workbench.errors import PairError
from workbench.preferences.selection import accept_by_score, sample_dpp, select_dpp, select_mmr


def unit(rows: np.ndarray) -> np.ndarray:
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


@pytest.fixture
def clumps() -> np.ndarray:
    """Return three directions with four near-copies each, in the order 0 0 0 0 1 1 1 1 2 2 2 2."""
    chance = np.random.default_rng(3)
    return unit(np.repeat(np.eye(3, 8), 4, axis=0) + 0.02 * chance.normal(size=(12, 8)))


@pytest.mark.parametrize("choose", [select_mmr, select_dpp])
def test_copies_are_left_out_until_every_meaning_has_come(choose: object, clumps: np.ndarray) -> None:
    assert {item // 4 for item in choose(clumps, 3)} == {0, 1, 2}


def test_relevance_alone_is_the_order_of_the_scores(clumps: np.ndarray) -> None:
    scores = np.arange(12.0)
    assert select_mmr(clumps, 4, relevance=scores, weight=1.0) == [11, 10, 9, 8]
    assert select_mmr(clumps, 2, relevance=scores / 12, weight=0.5)[0] == 11
    assert select_mmr(clumps, 99) == select_mmr(clumps, 12)


def test_the_greedy_set_stops_when_nothing_new_is_left() -> None:
    assert select_dpp([[1.0, 0.0]] * 5, 3) == [0]


def test_quality_draws_the_choice_to_good_items(clumps: np.ndarray) -> None:
    quality = np.ones(12)
    quality[[2, 7, 9]] = 3.0
    assert set(select_dpp(clumps, 3, quality=quality)) == {2, 7, 9}


def test_sets_are_drawn_as_often_as_their_determinant_says() -> None:
    rows = unit(np.random.default_rng(5).normal(size=(5, 4)))
    kernel = rows @ rows.T
    volumes = {pick: np.linalg.det(kernel[np.ix_(pick, pick)]) for pick in combinations(range(5), 2)}
    draws = 4000
    seen = dict.fromkeys(volumes, 0)
    for seed in range(draws):
        seen[tuple(sample_dpp(rows, 2, seed=seed))] += 1
    total = sum(volumes.values())
    for pick, volume in volumes.items():
        share = volume / total
        assert seen[pick] / draws == pytest.approx(share, abs=4 * np.sqrt(share * (1 - share) / draws))


def test_a_drawn_set_has_its_size_even_among_copies() -> None:
    assert len(sample_dpp([[1.0, 0.0]] * 6, 3, seed=1)) == 3
    assert sample_dpp(np.eye(6), 3, seed=1) == sample_dpp(np.eye(6), 3, seed=1)


def test_candidates_are_accepted_by_score_as_the_temperature_allows() -> None:
    scores = np.array([0.0, 1.0, 2.0, 3.0])
    cold = accept_by_score(scores, 2, 1e-9)
    assert cold == [3, 2]
    # With one to keep the first round decides: the best has chance 1, the others exp(-difference / T).
    counts = np.zeros(4)
    for seed in range(4000):
        for item in accept_by_score(scores, 4, 1.0, seed=seed)[:1]:
            counts[item] += 1
    first = np.exp(scores - 3)
    none_before = np.concatenate([[1.0], np.cumprod(1 - first)[:-1]])
    assert counts / 4000 == pytest.approx(first * none_before, abs=0.03)
    assert sorted(accept_by_score(scores, 99, 1e9, seed=2)) == [0, 1, 2, 3]


def test_what_makes_no_sense_is_refused() -> None:
    with pytest.raises(PairError, match="temperature 0 is not above 0"):
        accept_by_score([1.0], 1, 0)
    with pytest.raises(PairError, match="weight 2 of relevance"):
        select_mmr([[1.0]], 1, weight=2)
    with pytest.raises(PairError, match="1 candidates and 2 values of relevance"):
        select_mmr([[1.0]], 1, relevance=[1, 2])
    with pytest.raises(PairError, match="not above 0"):
        select_dpp([[1.0]], 1, quality=[0])
