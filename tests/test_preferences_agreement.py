"""Agreement: equal to the reference libraries, chance is chance, and the undefined says why."""

from __future__ import annotations

import sys
from collections.abc import Callable

import krippendorff
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

from workbench.errors import MissingExtraError, PairError, UnknownNameError
from workbench.preferences.agreement import (
    COEFFICIENTS,
    bound,
    cohen_kappa,
    count_answers,
    fleiss_kappa,
    gwet_ac1,
    krippendorff_alpha,
    observed_agreement,
)
from workbench.preferences.annotators import Votes, dawid_skene, mace
from workbench.preferences.distances import (
    alpha_of_distances,
    bound_distances,
    changed_words,
    cosine_distances,
    distances_between,
    interval_distance,
    set_distance,
    share_within,
    token_distance,
)
from workbench.preferences.flips import flip_rate
from workbench.preferences.ranking import find_cycles
from workbench.records import Interval

Answers = list[tuple[int, int]]
said_things = st.lists(st.tuples(st.integers(0, 7), st.integers(0, 3)), min_size=4, max_size=60)


def counts_of(said: Answers) -> np.ndarray:
    return count_answers([unit for unit, _ in said], [answer for _, answer in said], range(4))


def reliability_data(said: Answers) -> np.ndarray:
    """Return the same answers as the library reads them from people: one row an annotator, NaN for none."""
    spoken: dict[int, list[int]] = {}
    for unit, answer in said:
        spoken.setdefault(unit, []).append(answer)
    table = np.full((max(map(len, spoken.values())), len(spoken)), np.nan)
    for column, answers in enumerate(spoken.values()):
        table[: len(answers), column] = answers
    return table


@settings(max_examples=200, deadline=None)
@given(said_things, st.sampled_from(["nominal", "ordinal", "interval"]))
def test_alpha_equals_the_reference_library(said: Answers, scale: str) -> None:
    ours = krippendorff_alpha(counts_of(said), scale=scale, domain=range(4))
    table = reliability_data(said)
    shared = table[:, (~np.isnan(table)).sum(axis=0) >= 2]
    if len(np.unique(shared[~np.isnan(shared)])) < 2:
        assert np.isnan(ours)
    else:
        assert ours == pytest.approx(krippendorff.alpha(table, level_of_measurement=scale), abs=1e-9)


@settings(max_examples=200, deadline=None)
@given(said_things, st.sampled_from(["nominal", "interval"]))
def test_alpha_of_distances_equals_the_reference_library(said: Answers, scale: str) -> None:
    """Our own form takes any distance; with theirs it must give theirs."""
    answers = np.array([answer for _, answer in said], float)
    apart = answers[:, None] - answers[None, :]
    ours = alpha_of_distances([unit for unit, _ in said], apart**2 if scale == "interval" else apart != 0)
    theirs = krippendorff_alpha(counts_of(said), scale=scale, domain=range(4))
    assert ours == pytest.approx(theirs, abs=1e-9, nan_ok=True)


def test_fleiss_and_gwet_equal_published_figures() -> None:
    """Fleiss' table of 14 judges on 10 things, kappa 0.210; AC1 worked out by hand on two judges."""
    fleiss = np.array(
        [
            [0, 0, 0, 0, 14], [0, 2, 6, 4, 2], [0, 0, 3, 5, 6], [0, 3, 9, 2, 0], [2, 2, 8, 1, 1],
            [7, 7, 0, 0, 0], [3, 2, 6, 3, 0], [2, 5, 3, 2, 2], [6, 5, 2, 1, 0], [0, 2, 2, 3, 7],
        ]
    )  # fmt: skip
    assert fleiss_kappa(fleiss) == pytest.approx(0.210, abs=5e-4)
    # 118 both yes, 5 + 2 split, 0 both no: the shares are 123/125 .. so chance is 2 * p * (1 - p).
    split = np.array([[2, 0]] * 118 + [[1, 1]] * 7)
    p = (118 + 3.5) / 125
    by_chance = 2 * p * (1 - p)
    assert gwet_ac1(split) == pytest.approx((118 / 125 - by_chance) / (1 - by_chance))
    assert gwet_ac1(split) > 0.9 > 0 > krippendorff_alpha(split)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=2, max_size=40))
def test_cohen_kappa_equals_the_reference_library(said: Answers) -> None:
    one, other = [a for a, _ in said], [b for _, b in said]
    found = cohen_kappa(one, other, rounds=5)
    if found.value is None:
        assert len(set(one + other)) == 1
    else:
        assert found.value == pytest.approx(cohen_kappa_score(one, other), abs=1e-9)


def test_cohen_kappa_and_its_interval() -> None:
    found = cohen_kappa(["y"] * 25 + ["n"] * 25, ["y"] * 20 + ["n"] * 5 + ["y"] * 10 + ["n"] * 15)
    assert found.value == pytest.approx(0.4)
    assert found.low is not None
    assert found.high is not None
    assert found.low < 0.4 < found.high


def test_people_who_throw_dice_do_not_agree() -> None:
    random = np.random.default_rng(100)
    counts = count_answers(np.arange(900) // 3, random.integers(0, 3, 900).tolist(), range(3))
    for name, measure in COEFFICIENTS.items():
        found = bound(name, measure, counts)
        assert found.low is not None
        assert found.high is not None
        expected = 1 / 3 if name == "share of equal answers" else 0.0
        assert found.low < expected < found.high, name
        assert (found.units, found.voices) == (300, 900)


def test_the_undefined_says_why() -> None:
    alone = bound("alpha", krippendorff_alpha, np.array([[1, 0], [0, 1]]))
    assert (alone.value, alone.reason) == (None, "nothing was answered by two people")
    alike = bound("alpha", krippendorff_alpha, np.array([[2, 0], [3, 0]]))
    assert alike.value is None
    assert alike.reason.startswith("everybody gave the same answer")
    assert bound("share", observed_agreement, np.array([[2, 0], [3, 0]])).value == 1.0
    assert cohen_kappa([], []).reason == "these two answered nothing in common"
    assert cohen_kappa(["y", "y"], ["y", "y"]).reason.startswith("everybody gave the same answer")
    assert bound_distances("alpha", ["a", "b"], np.ones((2, 2))).reason == alone.reason
    assert bound_distances("alpha", ["a", "a"], np.zeros((2, 2))).reason == alike.reason
    assert bound_distances("alpha", [], np.zeros((0, 0))).value is None


def test_one_unit_has_a_value_and_no_interval() -> None:
    found = bound("share", observed_agreement, np.array([[2, 1]]))
    assert (found.low, found.high) == (None, None)
    assert found.value == pytest.approx(1 / 3)


def test_an_unknown_scale_lists_the_known_ones() -> None:
    with pytest.raises(UnknownNameError, match="Known: interval, nominal, ordinal"):
        krippendorff_alpha(np.array([[1, 1]]), scale="ratio")


def test_texts_agree_by_their_words() -> None:
    assert token_distance("A red car", "a red  car") == 0.0
    assert token_distance("red car", "blue boat") == 1.0
    assert changed_words("a red car near it", "a blue car") == {"+blue", "-red", "-near", "-it"}
    same, other = frozenset({"+blue", "-red"}), frozenset({"+green", "-red"})
    assert set_distance(same, other) == pytest.approx(2 / 3)
    assert set_distance(frozenset(), frozenset()) == 0.0


def test_the_same_correction_agrees_and_another_does_not() -> None:
    units = [number // 2 for number in range(40)]
    alike = [frozenset({f"+w{unit}"}) for unit in units]
    found = bound_distances("changes", units, distances_between(alike, set_distance))
    assert (found.value, found.low, found.high) == (1.0, 1.0, 1.0)
    random = np.random.default_rng(101)
    mixed = [frozenset({f"+w{random.integers(0, 20)}"}) for _ in units]
    found = bound_distances("changes", units, distances_between(mixed, set_distance))
    assert found.low is not None
    assert found.high is not None
    assert found.low < 0.1
    assert found.value is not None
    assert found.value < 0.5


def test_vectors_agree_by_their_angle() -> None:
    apart = cosine_distances([[1.0, 0.0], [2.0, 0.0], [0.0, 3.0], [-1.0, 0.0]])
    assert apart[0].tolist() == [0.0, 0.0, 1.0, 2.0]
    with pytest.raises(PairError, match="Vector 1 is all zeros"):
        cosine_distances([[1.0], [0.0]])


def test_stretches_of_time_agree_by_their_overlap() -> None:
    assert interval_distance(Interval(0, 1), Interval(2, 3)) == 1.0
    assert interval_distance(Interval(0, 3), Interval(1, 2)) == pytest.approx(2 / 3)
    units = ["a", "a", "b", "b"]
    said = [Interval(0, 1), Interval(0.1, 1.0), Interval(5, 6), Interval(5, 8)]
    assert share_within(units, said, 0.05) == (0.0, 2)
    assert share_within(units, said, 0.1) == (0.5, 2)
    assert share_within(units, said, 2.0) == (1.0, 2)
    assert share_within(["a", "b"], said[:2], 1.0) == (None, 0)


@pytest.mark.parametrize("rate", [0.02, 0.1, 0.2])
def test_the_flip_rate_is_found_again(rate: float) -> None:
    held = 0
    for seed in range(100, 140):
        random = np.random.default_rng(seed)
        differed = int(((random.random(400) < rate) != (random.random(400) < rate)).sum())
        found = flip_rate("two people", 400, differed)
        assert found.value == pytest.approx(rate, abs=0.06)
        held += (found.low or 0.0) <= rate <= (found.high or 0.0)
    assert held >= 36


def test_no_flip_rate_without_two_answers_and_none_of_a_coin() -> None:
    assert flip_rate("repeats", 0, 0).reason == "no pair was answered twice"
    assert flip_rate("repeats", 10, 5).value is None
    assert (flip_rate("repeats", 10, 0).value, flip_rate("repeats", 10, 0).low) == (0.0, 0.0)
    assert flip_rate("repeats", 10, 4).high == 0.5


@pytest.mark.parametrize(
    ("package", "need"),
    [
        ("krippendorff", lambda: krippendorff_alpha(np.array([[1, 1]]))),
        ("statsmodels.stats.inter_rater", lambda: fleiss_kappa(np.array([[1, 1]]))),
        ("rapidfuzz.distance", lambda: token_distance("a", "b")),
        ("networkx", lambda: find_cycles([("a", "b")])),
        ("crowdkit.aggregation", lambda: dawid_skene(one_vote())),
        ("crowdkit.aggregation", lambda: mace(one_vote())),
    ],
)
def test_a_missing_package_names_the_install_line(
    package: str, need: Callable[[], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(MissingExtraError, match=r"pip install 'caption-workbench\[pairs\]'"):
        need()


def one_vote() -> Votes:
    return Votes(np.array([0]), np.array([0]), np.array([0]), 1, 1, 2)
