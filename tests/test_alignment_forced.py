"""CTC alignment against emissions whose truth is known, and against every path there is."""

from __future__ import annotations

import itertools

import numpy as np
import numpy.typing as npt
import pytest

from workbench.alignment.forced import STAR, TokenSpan, align_ctc, join_words
from workbench.errors import EncoderError


def emission_of(frames: list[int], classes: int = 5, sure: float = 0.9) -> npt.NDArray[np.float64]:
    """Return log probabilities in which each frame is nearly sure of its class."""
    matrix = np.full((len(frames), classes), (1 - sure) / (classes - 1))
    matrix[np.arange(len(frames)), frames] = sure
    return np.log(matrix)


def literal_best(emission: npt.NDArray[np.float64], tokens: list[int]) -> float:
    """Return the score of the best path by trying all of them."""
    best = -np.inf
    for path in itertools.product(range(emission.shape[1]), repeat=len(emission)):
        said = [one for one, _ in itertools.groupby(path) if one]
        if said == tokens:
            best = max(best, float(emission[np.arange(len(path)), path].sum()))
    return best


def test_tokens_are_found_where_they_are() -> None:
    spans = align_ctc(emission_of([0, 1, 1, 0, 0, 2, 3, 3]), [1, 2, 3])
    assert [(span.first, span.last) for span in spans] == [(1, 3), (5, 6), (6, 8)]
    assert spans[0].score == pytest.approx(np.log(0.9))


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("tokens", [[1], [1, 2], [1, 1], [2, 1, 2]])
def test_no_other_path_is_likelier(seed: int, tokens: list[int]) -> None:
    raw = np.random.default_rng(seed).normal(size=(6, 3))
    emission = raw - np.log(np.exp(raw).sum(axis=1, keepdims=True))
    spans = align_ctc(emission, tokens)
    blanks = np.ones(6, bool)
    total = 0.0
    for span in spans:
        blanks[span.first : span.last] = False
        total += float(emission[span.first : span.last, span.token].sum())
    assert total + emission[blanks, 0].sum() == pytest.approx(literal_best(emission, tokens))


def test_equal_neighbours_are_kept_apart_by_a_blank() -> None:
    first, second = align_ctc(emission_of([1, 1, 1]), [1, 1])
    assert (first.last, second.first) == (1, 2)
    with pytest.raises(EncoderError, match="2 tokens need 3 frames and the sound has 2"):
        align_ctc(emission_of([1, 1]), [1, 1])


def test_a_star_takes_what_the_text_leaves_out() -> None:
    emission = emission_of([1, 1, 4, 4, 4, 3, 4, 2, 2])
    first, star, last = align_ctc(emission, [1, STAR, 2])
    assert (first.first, first.last) == (0, 2)
    assert (star.first, star.last) == (2, 7)
    assert (last.first, last.last) == (7, 9)
    without = align_ctc(emission, [1, 2])
    assert min(span.score for span in without) < min(first.score, last.score) or without[1].last == 9


def test_a_wrong_token_gets_a_place_and_a_low_score() -> None:
    right, wrong = align_ctc(emission_of([1, 1, 2, 2]), [1, 3])
    assert right.score > np.log(0.5) > np.log(0.1) > wrong.score


def test_words_take_the_frames_of_their_tokens() -> None:
    spans = [TokenSpan(1, 2, 4, -0.2), TokenSpan(2, 4, 5, -0.8), TokenSpan(3, 8, 9, -1.0)]
    first, second = join_words(spans, ["ab", "c"], [2, 1], 0.02)
    assert (first.start_s, first.end_s, first.score) == (0.04, 0.1, pytest.approx(-0.4))
    assert second.start_s == pytest.approx(0.16)


@pytest.mark.parametrize(
    ("tokens", "said"), [([7], "Class 7"), ([0], "Class 0"), ([], "nothing to align"), ([-2], "Class -2")]
)
def test_what_cannot_be_aligned_is_refused(tokens: list[int], said: str) -> None:
    with pytest.raises(EncoderError, match=said):
        align_ctc(emission_of([1, 2]), tokens)


def test_emissions_that_are_not_numbers_are_refused() -> None:
    emission = emission_of([1, 2])
    emission[0] = np.nan
    with pytest.raises(EncoderError, match="not numbers"):
        align_ctc(emission, [1])
