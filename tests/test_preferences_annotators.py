"""Annotators: simulated people are seen through, by EM of our own and by the library's models."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from workbench.errors import PairError
from workbench.preferences.annotators import (
    Reliability,
    Votes,
    believe_judgements,
    dawid_skene,
    mace,
    one_coin,
)
from workbench.preferences.beforehand import Kinds
from workbench.statistics import auroc

ACCURACIES = np.array([0.98, 0.90, 0.80, 0.60])


def simulate(seed: int, items: int = 2500, labels: int = 2) -> tuple[Votes, np.ndarray]:
    """Let four people of known accuracy answer every item; return their votes and the truth."""
    random = np.random.default_rng(seed)
    truth = random.integers(labels, size=items)
    item, annotator = np.arange(items).repeat(4), np.tile(np.arange(4), items)
    is_right = random.random(item.size) < ACCURACIES[annotator]
    wrong = (truth[item] + random.integers(1, labels, item.size)) % labels
    return Votes(item, annotator, np.where(is_right, truth[item], wrong), items, 4, labels), truth


@pytest.mark.parametrize("estimate", [one_coin, dawid_skene, mace])
@pytest.mark.parametrize("labels", [2, 4])
@pytest.mark.parametrize("seed", [100, 101])
def test_accuracies_are_found_again_within_three_points(
    estimate: Callable[[Votes], Reliability], labels: int, seed: int
) -> None:
    votes, truth = simulate(seed, labels=labels)
    found = estimate(votes)
    assert found.accuracy == pytest.approx(ACCURACIES, abs=0.03)
    assert (found.truth.argmax(axis=1) == truth).mean() > 0.95
    assert found.truth.sum(axis=1) == pytest.approx(np.ones(votes.items))


def test_beliefs_tell_right_votes_from_wrong_ones_and_mean_themselves() -> None:
    votes, truth = simulate(102)
    is_right = votes.label == truth[votes.item]
    belief = one_coin(votes).belief
    assert auroc(belief, is_right) > 0.95
    for low, high in ((0.0, 0.1), (0.3, 0.7), (0.9, 1.0)):
        chosen = (belief >= low) & (belief <= high)
        assert is_right[chosen].mean() == pytest.approx(belief[chosen].mean(), abs=0.06)


@pytest.mark.parametrize("seed", [100, 101, 102])
def test_single_judgements_are_weighed_by_margins_that_mean_something(seed: int) -> None:
    """RE-PO: one voice a pair and the log-odds of a model; the same accuracies come back."""
    random = np.random.default_rng(seed)
    log_odds = random.normal(0, 3, 8000)
    is_better = random.random(8000) < 1 / (1 + np.exp(-log_odds))
    annotator = random.integers(4, size=8000)
    is_right = random.random(8000) < ACCURACIES[annotator]
    said_better = np.where(is_right, is_better, ~is_better)
    weight, accuracy = believe_judgements(np.where(said_better, log_odds, -log_odds), annotator)
    assert accuracy == pytest.approx(ACCURACIES, abs=0.03)
    assert auroc(weight, is_right) > 0.85


def test_margins_that_say_nothing_are_refused() -> None:
    with pytest.raises(PairError, match="The margins say nothing"):
        believe_judgements([0.0, 0.0], [0, 1])
    with pytest.raises(PairError, match="some are no numbers"):
        believe_judgements([1.0, np.nan], [0, 1])


def test_an_annotator_with_few_votes_stays_near_what_was_believed_before() -> None:
    votes = Votes(np.array([0, 0]), np.array([0, 1]), np.array([0, 1]), 1, 3, 2)
    found = one_coin(votes)
    assert found.accuracy[:2] == pytest.approx([0.85, 0.85], abs=0.1)
    assert np.isnan(found.accuracy[2])
    assert found.truth[0] == pytest.approx([0.5, 0.5])


def test_quiz_items_with_known_truth_tell_two_people_apart() -> None:
    """Two people alone cannot be told apart: who of them errs? Items of known truth settle it."""
    random = np.random.default_rng(103)
    item, annotator = np.arange(300).repeat(2), np.tile(np.arange(2), 300)
    label = (random.random(600) > np.array([0.95, 0.7])[annotator]).astype(np.int64)
    votes = Votes(item, annotator, label, 300, 2, 2)
    known = np.tile([1.0, 0.0], (300, 1))
    assert one_coin(votes, prior=known).accuracy == pytest.approx([0.95, 0.7], abs=0.06)
    sides = random.integers(2, size=300)  # with no common side the two are one to the maths
    unknown = Votes(item, annotator, label ^ sides[item], 300, 2, 2)
    blind = one_coin(unknown, kinds=Kinds(item[::2] * 0, np.array([True]), np.full(300, np.nan))).accuracy
    assert blind[0] == pytest.approx(blind[1], abs=0.01)


def test_the_share_of_each_label_is_learned_a_kind() -> None:
    """Of a kind whose order is nearly always right, a lone voice against it is believed less."""
    items = np.arange(200)
    label = np.concatenate([np.zeros(99, np.int64), [1], np.tile([0, 1], 50)])
    votes = Votes(items, np.zeros(200, np.int64), label, 200, 1, 2)
    kind = (items >= 100).astype(np.int64)
    found = one_coin(votes, kinds=Kinds(kind, np.array([False, True]), np.full(200, np.nan)))
    assert found.belief[99] < found.belief[199] - 0.1


def test_votes_out_of_range_are_refused() -> None:
    one = np.array([0])
    with pytest.raises(PairError, match=r"label is not in 0\.\.1"):
        Votes(one, one, np.array([2]), 1, 1, 2)
    with pytest.raises(PairError, match="1 items and 2 labels"):
        Votes(one, one, np.array([0, 1]), 1, 1, 2)
    with pytest.raises(PairError, match="leaves nothing to decide"):
        Votes(one, one, one, 1, 1, 1)


def test_items_without_a_vote_are_not_known() -> None:
    votes = Votes(np.array([0, 0, 2, 2]), np.array([0, 1, 0, 1]), np.array([0, 0, 1, 1]), 4, 2, 2)
    for estimate in (dawid_skene, mace):
        assert estimate(votes).truth[[1, 3]] == pytest.approx(np.full((2, 2), 0.5))


def test_a_kind_that_no_item_is_of_does_no_harm() -> None:
    votes = Votes(np.array([0, 0, 1]), np.array([0, 1, 0]), np.array([0, 0, 1]), 2, 2, 2)
    none, kind = np.full(2, np.nan), np.zeros(2, np.int64)
    alone = one_coin(votes, kinds=Kinds(kind, np.array([False]), none))
    several = one_coin(votes, kinds=Kinds(kind, np.array([False, True, True]), none))
    assert np.allclose(several.accuracy, alone.accuracy)


def lone_judgements(seed: int, slope: float) -> tuple[Votes, np.ndarray, np.ndarray]:
    """One person a pair, of four; a score whose margin speaks for the truth with the slope given."""
    random = np.random.default_rng(seed)
    margin = random.normal(0, 1, 3000)
    truth = (random.random(3000) >= 1 / (1 + np.exp(-slope * margin))).astype(np.int64)
    annotator = random.integers(4, size=3000)
    is_wrong = random.random(3000) >= ACCURACIES[annotator]
    votes = Votes(np.arange(3000), annotator, truth ^ is_wrong, 3000, 4, 2)
    return votes, margin, truth


def test_a_margin_that_people_bear_out_stands_in_for_a_second_voice() -> None:
    votes, margin, truth = lone_judgements(104, slope=3.0)
    is_right = votes.label == truth
    kinds = Kinds(np.zeros(3000, np.int64), np.array([False]), 0.01 * margin)
    found = one_coin(votes, kinds=kinds)
    assert found.accuracy == pytest.approx(ACCURACIES, abs=0.06)
    assert auroc(found.belief, is_right) > 0.85
    without = one_coin(votes)
    assert np.std(without.accuracy) < 0.02
    assert auroc(without.belief, is_right) < auroc(found.belief, is_right) - 0.1


def test_a_margin_that_means_nothing_changes_nothing() -> None:
    votes, margin, _ = lone_judgements(105, slope=0.0)
    kinds = Kinds(np.zeros(3000, np.int64), np.array([False]), margin)
    assert one_coin(votes, kinds=kinds).belief == pytest.approx(one_coin(votes).belief, abs=0.05)


def test_an_open_pair_has_no_side_that_is_commoner() -> None:
    """Ten voices all for label 0 of pairs whose sides mean nothing do not make label 0 the rule."""
    votes = Votes(np.arange(10), np.zeros(10, np.int64), np.zeros(10, np.int64), 11, 1, 2)
    kinds = Kinds(np.zeros(11, np.int64), np.array([True]), np.append(np.zeros(10), 1.0))
    assert one_coin(votes, kinds=kinds).truth[10] == pytest.approx([0.5, 0.5], abs=0.01)


def test_margins_and_items_must_go_together() -> None:
    with pytest.raises(PairError, match="2 items have 1 margins and 1 kinds"):
        Kinds(np.zeros(2, np.int64), np.array([True]), np.zeros(1))
