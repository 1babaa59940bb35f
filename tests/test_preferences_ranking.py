"""Ranking: strengths are found again, ties and islands are told, rounds are listed."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import spearmanr

from workbench.errors import PairError
from workbench.preferences.ranking import Comparison, find_cycles, fit_davidson, rank


def davidson_comparisons(
    strengths: np.ndarray, tie: float, each: int, seed: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Draw comparisons of every two things from Davidson's model itself."""
    random = np.random.default_rng(seed)
    one, other = (np.repeat(part, each) for part in np.triu_indices(strengths.size, 1))
    apart = strengths[one] - strengths[other]
    weights = np.stack([np.exp(apart / 2), np.exp(-apart / 2), np.full(apart.size, tie)])
    edges = (weights / weights.sum(axis=0)).cumsum(axis=0)
    drawn = random.random(apart.size)
    is_turned = (drawn >= edges[0]) & (drawn < edges[1])
    return np.where(is_turned, other, one), np.where(is_turned, one, other), drawn >= edges[1]


@pytest.mark.parametrize("seed", range(100, 110))
@pytest.mark.parametrize("tie", [0.5, 1.5])
def test_strengths_and_ties_drawn_from_the_model_are_found_again(seed: int, tie: float) -> None:
    """Strengths apart by more than twenty comparisons blur: no estimator orders what hardly differs."""
    truth = np.random.default_rng(seed).permutation(np.linspace(-2.5, 2.5, 20))
    winner, loser, is_tie = davidson_comparisons(truth, tie, 20, seed)
    found, found_tie = fit_davidson(winner, loser, is_tie, count=20)
    assert spearmanr(found, truth).statistic >= 0.99
    assert found_tie == pytest.approx(tie, rel=0.15)
    assert np.sqrt(np.mean((found - truth) ** 2)) < 0.3


def test_without_ties_it_equals_a_logistic_regression_held_as_firmly() -> None:
    from sklearn.linear_model import LogisticRegression

    truth = np.random.default_rng(104).normal(0, 1, 8)
    winner, loser, _ = davidson_comparisons(truth, 0.0, 15, 104)
    found, _ = fit_davidson(winner, loser, np.zeros(winner.size, bool), count=8, shrinkage=0.5)
    links = np.eye(8)[winner] - np.eye(8)[loser]
    both, sides = np.concatenate([links, -links]), np.repeat([1, 0], winner.size)
    # Every comparison is told from both sides, so the penalty must count twice as well.
    model = LogisticRegression(C=1 / (2 * 0.5), fit_intercept=False, tol=1e-10, max_iter=5000).fit(
        both, sides
    )
    assert found == pytest.approx(model.coef_[0] - model.coef_[0].mean(), abs=1e-4)


def test_without_ties_it_is_bradley_and_terry() -> None:
    """Two things, 3 wins to 1: the odds are 3, which shrinkage hardly moves."""
    winner, loser = np.array([0, 0, 0, 1]), np.array([1, 1, 1, 0])
    strengths, tie = fit_davidson(winner, loser, np.zeros(4, bool), count=2, shrinkage=1e-6)
    assert strengths[0] - strengths[1] == pytest.approx(np.log(3), abs=1e-3)
    assert tie == 0.0


def test_intervals_hold_the_truth_about_as_often_as_they_say() -> None:
    held = total = 0
    for seed in range(110, 122):
        truth = np.random.default_rng(seed).normal(0, 1, 6)
        truth -= truth.mean()
        winner, loser, is_tie = davidson_comparisons(truth, 0.5, 20, seed)
        said = [
            Comparison(f"t{a}", f"t{b}", bool(tie)) for a, b, tie in zip(winner, loser, is_tie, strict=True)
        ]
        for one in rank(said, seed=seed):
            assert one.low is not None
            assert one.high is not None
            held += one.low <= truth[int(one.name[1:])] <= one.high
            total += 1
    assert held / total > 0.8


def test_things_that_nothing_ties_together_are_on_islands() -> None:
    rows = rank([Comparison("a", "b"), Comparison("b", "c", is_tie=True), Comparison("x", "y")], rounds=0)
    assert {row.name: row.island for row in rows} == {"a": 0, "b": 0, "c": 0, "x": 1, "y": 1}
    by_name = {row.name: row for row in rows}
    assert by_name["a"].reason.startswith("it never lost")
    tied = by_name["b"]
    assert (tied.wins, tied.losses, tied.ties, tied.reason) == (0, 1, 1, "")
    assert tied.low is None


def test_one_that_always_wins_stays_finite_and_says_so() -> None:
    rows = rank([Comparison("a", "b")] * 50)
    assert [row.name for row in rows] == ["a", "b"]
    assert abs(rows[0].strength) < 10
    assert "never lost" in rows[0].reason
    assert "never won" in rows[1].reason


def test_all_ties_rank_nothing() -> None:
    rows = rank([Comparison("a", "b", is_tie=True)] * 20, rounds=0)
    assert rows[0].strength == pytest.approx(0, abs=1e-6)


def test_nothing_compared_is_nothing_ranked() -> None:
    assert rank([]) == []


def test_a_thing_against_itself_is_refused() -> None:
    with pytest.raises(PairError, match="'a' is compared with itself"):
        rank([Comparison("a", "a")])


def test_planted_rounds_are_listed_and_an_order_has_none() -> None:
    order = [(f"t{a}", f"t{b}") for a in range(8) for b in range(a + 1, 8)]
    assert find_cycles(order) == []
    planted = [edge for edge in order if edge != ("t2", "t4")] + [("t4", "t2")]
    assert find_cycles(planted) == [("t2", "t3", "t4")]
    ring = [("a", "b"), ("b", "c"), ("c", "d"), ("d", "a")]
    assert find_cycles(ring) == []
    assert find_cycles(ring, longest=4) == [("a", "b", "c", "d")]
    assert len(find_cycles(planted + [(b, a) for a, b in order if a == "t0"], most=2)) == 2
