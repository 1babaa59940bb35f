"""Statistics against slow, literal definitions."""

from __future__ import annotations

import math
from fractions import Fraction
from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.statistics import auroc, binomial_bounds, bootstrap_bounds, hypergeometric_bounds


def masses(population: int, drawn: int, bad: int) -> list[Fraction]:
    draws = comb(population, drawn)
    return [Fraction(comb(bad, k) * comb(population - bad, drawn - k), draws) for k in range(drawn + 1)]


def is_believed(population: int, drawn: int, seen: int, bad: int) -> bool:
    """Blaker's test, literally and in exact fractions."""
    chances = masses(population, drawn, bad)
    tails = [min(sum(chances[: k + 1]), sum(chances[k:])) for k in range(drawn + 1)]
    return sum(c for c, tail in zip(chances, tails, strict=True) if tail <= tails[seen]) > Fraction(5, 100)


@pytest.mark.parametrize(("population", "drawn"), [(12, 0), (12, 3), (12, 12), (40, 7), (40, 36)])
def test_bounds_are_the_exact_test_inverted(population: int, drawn: int) -> None:
    for seen in range(drawn + 1):
        possible = range(seen, population - (drawn - seen) + 1)
        believed = [bad for bad in possible if is_believed(population, drawn, seen, bad)]
        assert hypergeometric_bounds(population, drawn, seen) == (min(believed), max(believed))


@pytest.mark.parametrize(("population", "drawn"), [(60, 5), (60, 20), (60, 50)])
def test_bounds_cover_every_truth_in_95_of_100_draws_exactly(population: int, drawn: int) -> None:
    bounds = [hypergeometric_bounds(population, drawn, seen) for seen in range(drawn + 1)]
    for bad in range(population + 1):
        chances = masses(population, drawn, bad)
        covered = sum(c for c, (low, high) in zip(chances, bounds, strict=True) if low <= bad <= high)
        assert covered >= Fraction(95, 100)


def test_bounds_lie_inside_the_two_one_sided_tests() -> None:
    low, high = hypergeometric_bounds(1000, 60, 2)
    chances = {bad: masses(1000, 60, bad) for bad in (int(low), int(high))}
    assert sum(chances[int(low)][2:]) > Fraction(25, 1000)
    assert sum(chances[int(high)][:3]) > Fraction(25, 1000)


def test_bounds_cover_the_truth_as_often_as_they_say() -> None:
    random = np.random.default_rng(1)
    covered = 0
    for bad in random.integers(0, 60, size=400):
        seen = int(random.hypergeometric(bad, 500 - bad, 60))
        bounds = hypergeometric_bounds(500, 60, seen)
        covered += bounds.low <= bad <= bounds.high
    assert covered / 400 >= 0.93


def test_impossible_counts_are_refused() -> None:
    with pytest.raises(ValueError, match="seen <= drawn <= population, got 5, 3, 10"):
        hypergeometric_bounds(10, 3, 5)


@settings(deadline=None, max_examples=50)
@given(st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=2, max_size=30))
def test_auroc_is_the_share_of_pairs_in_the_right_order(rows: list[tuple[int, bool]]) -> None:
    good = [value for value, positive in rows if positive]
    bad = [value for value, positive in rows if not positive]
    pairs = [(g > b) + 0.5 * (g == b) for g in good for b in bad]
    result = auroc([v for v, _ in rows], [p for _, p in rows])
    if pairs:
        assert result == pytest.approx(sum(pairs) / len(pairs))
    else:
        assert math.isnan(result)


def test_the_bootstrap_draws_whole_groups() -> None:
    values = np.repeat([0.0, 1.0], 50)
    one_group = bootstrap_bounds(lambda rows: float(values[rows].mean()), np.zeros(100))
    by_value = bootstrap_bounds(lambda rows: float(values[rows].mean()), values)
    assert one_group == (0.5, 0.5)
    assert by_value == (0.0, 1.0)


def test_a_statistic_that_is_never_defined_has_no_bounds() -> None:
    bounds = bootstrap_bounds(lambda rows: math.nan, np.arange(5))
    assert math.isnan(bounds.low)
    assert math.isnan(bounds.high)


def test_a_chance_stays_uncertain_and_its_interval_covers_it() -> None:
    chance = np.random.default_rng(3)
    for truth in (0.05, 0.3, 0.9):
        held = 0
        for seen in chance.binomial(30, truth, size=400):
            low, high = binomial_bounds(30, int(seen))
            held += low <= truth <= high
        assert held >= 0.93 * 400
    assert binomial_bounds(0, 0) == (0.0, 1.0)
    with pytest.raises(ValueError, match="need 0 <= seen <= drawn"):
        binomial_bounds(3, 4)
