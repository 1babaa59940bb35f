"""From scores to pairs: only what the scores bear out, and each scheme what it says."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.errors import PairError, UnknownNameError
from workbench.preferences.listwise import SCHEMES, pair_ranking

SCORES = [0.2, 0.9, 0.6, 0.6]


def test_each_scheme_takes_the_pairs_it_names() -> None:
    assert pair_ranking(SCORES, "all") == [(1, 2), (1, 3), (1, 0), (2, 0), (3, 0)]
    assert pair_ranking(SCORES, "best_rest") == [(1, 2), (1, 3), (1, 0)]
    assert pair_ranking(SCORES, "adjacent") == [(1, 2), (3, 0)]
    assert pair_ranking(SCORES, "best_worst") == [(1, 0)]


@given(
    st.lists(st.floats(-5, 5), max_size=8),
    st.sampled_from(sorted(SCHEMES)),
    st.floats(0, 3, exclude_min=True),
)
def test_no_pair_goes_against_the_scores_or_below_the_margin(
    scores: list[float], scheme: str, margin: float
) -> None:
    pairs = pair_ranking(scores, scheme, least_margin=margin)
    assert all(scores[better] - scores[worse] > margin for better, worse in pairs)
    assert len(set(pairs)) == len(pairs)
    assert set(pairs) <= set(pair_ranking(scores, "all"))


def test_equal_scores_are_no_pair() -> None:
    assert [pair_ranking([1.0, 1.0], scheme) for scheme in SCHEMES] == [[], [], [], []]


def test_what_makes_no_sense_is_refused() -> None:
    with pytest.raises(UnknownNameError, match="no scheme 'worst'"):
        pair_ranking(SCORES, "worst")
    with pytest.raises(PairError, match="least margin -1 is below 0"):
        pair_ranking(SCORES, least_margin=-1)
    with pytest.raises(PairError, match="not a number"):
        pair_ranking([1.0, float("nan")])
