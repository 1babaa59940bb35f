"""Words: how far a caption shares its words with the other captions of its media. No model, no vision.

Sentence vectors know that a puppy is a dog; words know exactly that both said "frisbee". Text and arrays.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from workbench.alignment.similarity import mid_rank

__all__ = ["WordConsensus", "WordVectors", "measure_word_consensus", "word_vectors"]

Doubles = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_WORD = re.compile(r"\w\w+")


@dataclass(frozen=True)
class WordVectors:
    """TF-IDF rows of unit length, as the places that are not zero.

    Attributes:
        row: int64 (P,), the caption of each entry; in order.
        term: int64 (P,), its word.
        weight: float64 (P,); the squares of a row add up to 1.
        vocabulary: the words, by number.
        rows: how many captions; one without words has no entry.
    """

    row: Ints
    term: Ints
    weight: Doubles
    vocabulary: tuple[str, ...]
    rows: int


@dataclass(frozen=True)
class WordConsensus:
    """What was measured for each of M captions; all arrays are (M,).

    Attributes:
        value: mean TF-IDF cosine with the other captions of the sample, in [0, 1]; NaN without another.
        others: how many other captions with words the sample has.
        shared: the words of the caption that another caption of the sample also has, weightiest first.
        alone: the words that none of the others has, weightiest first.
        percentile: mid-rank of the value in the set: near 0 worst, near 1 best; NaN as the value.
    """

    value: Doubles
    others: Ints
    shared: tuple[tuple[str, ...], ...]
    alone: tuple[tuple[str, ...], ...]
    percentile: Doubles


def word_vectors(texts: Sequence[str]) -> WordVectors:
    """Weigh the words of each caption by how rare they are in the set (TF-IDF), rows of unit length.

    A word is a run of two or more letters or digits of any script; scripts written without spaces give one
    long "word", so that this says little there. Weight = count x (1 + ln((1 + n) / (1 + captions with it))).

    Source:
        Salton and Buckley 1988, "Term-weighting approaches in automatic text retrieval", smoothed.

    Example:
        >>> word_vectors(["a red dog", "a red cat"]).vocabulary
        ('red', 'dog', 'cat')
    """
    number: dict[str, int] = {}
    rows, terms = [], []
    for number_of_text, text in enumerate(texts):
        for word in _WORD.findall(text.lower()):
            rows.append(number_of_text)
            terms.append(number.setdefault(word, len(number)))
    key = np.array(rows, np.int64) * max(len(number), 1) + np.array(terms, np.int64)
    entries, counts = np.unique(key, return_counts=True)
    row, term = entries // max(len(number), 1), entries % max(len(number), 1)
    rarity = 1.0 + np.log((1 + len(texts)) / (1.0 + np.bincount(term, minlength=len(number))))
    weight = counts * rarity[term]
    length = np.sqrt(np.bincount(row, weight**2, len(texts)))
    return WordVectors(row, term, weight / length[row], tuple(number), len(texts))


def measure_word_consensus(texts: Sequence[str], owner: npt.ArrayLike) -> WordConsensus:
    """Compare the words of every caption with those of the other captions of its sample (leave one out).

    It cannot see that two words mean the same, nor an error that all captions share; the word that none of
    the others has is evidence to look at, not an error.

    Args:
        texts: M captions.
        owner: int (M,), the sample of each.

    Example:
        >>> found = measure_word_consensus(["a red dog", "one red dog", "two blue cats"], [0, 0, 0])
        >>> found.value.argmin(), found.shared[0]
        (np.int64(2), ('red', 'dog'))
    """
    vectors, owned = word_vectors(texts), np.asarray(owner, np.int64)
    has_words = np.bincount(vectors.row, minlength=len(texts)) > 0
    place = np.unique(owned, return_inverse=True)[1].reshape(-1)
    others = np.bincount(place, has_words)[place].astype(np.int64) - has_words
    # Sum of the weights of each word over a sample; less one's own is what the others hold together.
    key = place[vectors.row] * max(len(vectors.vocabulary), 1) + vectors.term
    _, where, holders = np.unique(key, return_inverse=True, return_counts=True)
    by_others = np.bincount(where, vectors.weight)[where] - vectors.weight
    total = np.bincount(vectors.row, vectors.weight * by_others, len(texts))
    is_defined = has_words & (others > 0)
    value = np.where(is_defined, total / np.maximum(others, 1), np.nan)
    percentile = np.full(len(texts), np.nan)
    percentile[is_defined] = mid_rank(value[is_defined])
    is_shared = holders[where] > 1
    shared, alone = (_listed(vectors, kept) for kept in (is_shared, ~is_shared))
    return WordConsensus(np.clip(value, 0.0, 1.0), others, shared, alone, percentile)


def _listed(vectors: WordVectors, is_kept: npt.NDArray[np.bool_]) -> tuple[tuple[str, ...], ...]:
    """Return the kept words of each caption, weightiest first."""
    order = np.lexsort((-vectors.weight, vectors.row))
    order = order[is_kept[order]]
    listed: list[list[str]] = [[] for _ in range(vectors.rows)]
    for row, term in zip(vectors.row[order].tolist(), vectors.term[order].tolist(), strict=True):
        listed[row].append(vectors.vocabulary[term])
    return tuple(map(tuple, listed))
