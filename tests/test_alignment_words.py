"""Words: TF-IDF consensus, held against scikit-learn's TF-IDF and plain loops."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.alignment.words import measure_word_consensus, word_vectors

CAPTIONS = [
    "A brown dog runs on the beach", "The dog is running along a beach", "A wet dog at the sea",
    "Two children play football", "Kids kick a ball", "A red bus in the city",
]  # fmt: skip
OWNER = [0, 0, 0, 1, 1, 1]


def dense(texts: list[str]) -> np.ndarray:
    found = word_vectors(texts)
    table = np.zeros((found.rows, len(found.vocabulary)))
    table[found.row, found.term] = found.weight
    return table


def test_the_weights_are_those_of_scikit_learn() -> None:
    sklearn = pytest.importorskip("sklearn.feature_extraction.text", reason="scikit-learn is not installed")
    theirs = sklearn.TfidfVectorizer()
    table = theirs.fit_transform(CAPTIONS).toarray()
    ours = dense(CAPTIONS)[
        :, [word_vectors(CAPTIONS).vocabulary.index(w) for w in theirs.get_feature_names_out()]
    ]
    assert np.abs(ours - table).max() <= 1e-12


def test_leaving_oneself_out_is_what_plain_loops_give() -> None:
    table = dense(CAPTIONS)
    slow = [
        np.mean([table[i] @ table[j] for j in range(6) if j != i and OWNER[j] == OWNER[i]]) for i in range(6)
    ]
    assert np.abs(measure_word_consensus(CAPTIONS, OWNER).value - slow).max() <= 1e-12


def test_a_caption_moved_to_another_sample_is_lowest() -> None:
    found = measure_word_consensus([*CAPTIONS[:3], CAPTIONS[5], *CAPTIONS[3:5]], [0, 0, 0, 0, 1, 1])
    assert np.nanargmin(found.percentile[:4]) == 3


def test_shared_words_and_words_alone_are_listed() -> None:
    found = measure_word_consensus(CAPTIONS, OWNER)
    assert set(found.shared[0]) == {"dog", "the", "beach"}
    assert "brown" in found.alone[0]


def test_a_caption_without_words_or_without_others_is_undefined() -> None:
    found = measure_word_consensus(["A dog", "!!", "A cat here", "a dog there"], [0, 0, 1, 0])
    assert np.isnan(found.value).tolist() == [False, True, True, False]
    assert found.others.tolist() == [1, 2, 0, 1]
    assert np.isnan(found.percentile).tolist() == [False, True, True, False]


def test_no_captions_at_all_are_no_error() -> None:
    assert word_vectors(["", "?"]).vocabulary == ()
    assert np.isnan(measure_word_consensus(["", "?"], [0, 0]).value).all()
