"""Calibration against what is known to be true, and against slow definitions."""

from __future__ import annotations

import math

import numpy as np
import polars as pl
import pytest

from workbench.alignment.calibration import (
    bins_of,
    bound_auroc,
    bound_share,
    calibrate,
    expected_calibration_error,
    most_probable,
    weighted_auroc,
)
from workbench.statistics import auroc, hypergeometric_bounds


def drawn(count: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Suspicions whose chance of being bad is a known curve."""
    random = np.random.default_rng(seed)
    suspicion = random.normal(size=count)
    truth = 1 / (1 + np.exp(-(2 * suspicion - 1)))
    return suspicion, random.random(count) < truth, truth


@pytest.mark.parametrize(("count", "method"), [(120, "logistic"), (1000, "isotonic")])
def test_the_map_comes_near_the_true_chance(count: int, method: str) -> None:
    suspicion, is_bad, truth = drawn(count)
    found = calibrate(suspicion, is_bad, np.arange(count), np.ones(count))
    assert found.method == method
    assert np.abs(found.crossed - truth).mean() < 0.1
    assert found.brier < 0.8 * found.brier_base
    assert found.ece < 0.12
    steps = found.predict(np.linspace(-3, 3, 50))
    assert (np.diff(steps) >= 0).all()
    assert steps.min() > 0
    assert steps.max() < 1


def test_a_verdict_does_not_help_to_judge_its_own_sample() -> None:
    """Every sample has a suspicion of its own and two captions alike: leaking folds would know the answer."""
    random = np.random.default_rng(4)
    group = np.repeat(np.arange(150), 2)
    suspicion = np.repeat(random.normal(size=150), 2)
    is_bad = np.repeat(random.random(150) < 0.5, 2)
    found = calibrate(suspicion, is_bad, group, np.ones(300))
    assert auroc(found.crossed, is_bad) < 0.62
    assert auroc(found.predict(suspicion), is_bad) > auroc(found.crossed, is_bad)


def test_weights_undo_the_bias_of_looking_at_the_worst_first() -> None:
    suspicion, is_bad, truth = drawn(4000, seed=1)
    # A second witness chose what to look at: it knows more than the score that is calibrated.
    chance = np.where(is_bad, 0.5, 0.1)
    seen = np.random.default_rng(2).random(4000) < chance
    weights = 1 / chance[seen]
    kept = (suspicion[seen], is_bad[seen], np.arange(seen.sum()))
    fair, naive = calibrate(*kept, weights), calibrate(*kept, np.ones(seen.sum()))
    assert np.abs(fair.predict(suspicion) - truth).mean() < 0.06
    assert np.abs(naive.predict(suspicion) - truth).mean() > 0.15


def test_verdicts_of_one_kind_cannot_be_calibrated() -> None:
    with pytest.raises(ValueError, match="both kinds"):
        calibrate(np.arange(60.0), np.zeros(60, bool), np.arange(60), np.ones(60))


def test_calibration_error_is_the_gap_between_said_and_found() -> None:
    said = np.array([0.1] * 50 + [0.9] * 50)
    found = np.array([True] * 15 + [False] * 35 + [True] * 40 + [False] * 10)
    ones = np.ones(100)
    two_bins = 0.5 * abs(0.1 - 0.3) + 0.5 * abs(0.9 - 0.8)
    assert expected_calibration_error(said, found, ones) >= two_bins - 1e-9
    assert [len(part) for part in bins_of(said)] == [10] * 10
    assert len(bins_of(said[:12])) == 1


def test_weighted_auroc_counts_a_caption_as_often_as_its_weight() -> None:
    random = np.random.default_rng(3)
    values, is_bad = random.integers(0, 8, 40).astype(float), random.random(40) < 0.4
    weights = random.integers(1, 4, 40)
    times = np.repeat(np.arange(40), weights)
    assert weighted_auroc(values, is_bad, weights.astype(float)) == pytest.approx(
        auroc(values[times], is_bad[times])
    )
    assert math.isnan(weighted_auroc(values, np.zeros(40, bool), weights.astype(float)))
    low, high = bound_auroc(values, is_bad, weights.astype(float), np.arange(40))
    assert low < weighted_auroc(values, is_bad, weights.astype(float)) < high


def test_a_share_is_exact_where_all_is_known_and_bounded_where_some_was_drawn() -> None:
    rows = np.arange(100)
    is_known, is_sampled, is_bad = rows < 20, np.isin(rows, range(50, 70)), np.isin(rows, [1, 2, 60])
    top = bound_share(rows < 10, is_known, is_sampled, is_bad)
    assert (top.value, top.low, top.high, top.decided) == (0.2, 0.2, 0.2, 10)
    whole = bound_share(rows >= 0, is_known, is_sampled, is_bad)
    low, high = hypergeometric_bounds(80, 20, 1)
    assert (whole.low, whole.high) == ((2 + low) / 100, (2 + high) / 100)
    assert whole.value == pytest.approx((2 + 80 / 20) / 100)
    unseen = bound_share(rows >= 90, is_known, is_sampled, is_bad)
    assert math.isnan(unseen.value)
    assert (unseen.low, unseen.high) == (0.0, 1.0)


def test_the_most_probable_error_is_the_reason_and_ties_go_by_suspicion() -> None:
    chances = pl.DataFrame(
        {
            "caption_id": ["a", "a", "b", "b", "c"],
            "error_type": ["count", "object", "count", "object", "count"],
            "probability": [0.2, 0.4, 0.4, 0.1, None],
            "suspicion": [0.0, 1.0, 2.0, 0.0, None],
        }
    )
    found = most_probable(chances.drop_nulls("probability"))
    assert found.rows() == [("b", 0.4, "count"), ("a", 0.4, "object")]
