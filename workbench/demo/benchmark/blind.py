"""Guess which captions are wrong from their words alone: what it finds, the set gives away.

A ridge regression on words and pairs of words, fitted on other scenes. Where it is far above one half, a
score that reads the captions and never looks at the picture would seem to see the error.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

__all__ = ["guess_from_words"]

Floats = npt.NDArray[np.float64]
FOLDS, PENALTY, TERMS = 5, 20.0, 500


def guess_from_words(
    texts: Sequence[str],
    is_wrong: npt.NDArray[np.bool_],
    groups: npt.NDArray[np.str_],
    *,
    fitted: npt.NDArray[np.int64],
) -> Floats:
    """Return a suspicion for every caption by a map fitted on the captions of other scenes.

    Args:
        texts: (n,) captions.
        is_wrong: (n,) what the map is fitted to; both classes count the same.
        groups: (n,) the scene of each caption; a scene lies in one fold.
        fitted: rows the map may be fitted on (in the folds a row is not in).

    Returns:
        (n,) higher is more suspicious; no unit.
    """
    features = _count_terms(texts)
    names = {name: number for number, name in enumerate(sorted(set(groups.tolist())))}
    fold = np.array([names[group] % FOLDS for group in groups.tolist()])
    guesses = np.zeros(len(texts))
    for number in range(FOLDS):
        rows = fitted[fold[fitted] != number]
        if not is_wrong[rows].any() or is_wrong[rows].all():
            continue
        weight = np.where(is_wrong[rows], 0.5 / is_wrong[rows].mean(), 0.5 / (~is_wrong[rows]).mean())
        here = fold == number
        guesses[here] = features[here] @ _fit(features[rows], is_wrong[rows] * 2.0 - 1.0, weight)
    return guesses


def _fit(features: Floats, wanted: Floats, weight: Floats) -> Floats:
    weighted = features * weight[:, None]
    gram = weighted.T @ features + PENALTY * np.eye(features.shape[1])
    return np.asarray(np.linalg.solve(gram, weighted.T @ wanted), dtype=np.float64)


def _count_terms(texts: Sequence[str]) -> Floats:
    """Return whether each caption has each of the commonest words and pairs of words, and a constant."""
    terms = [_terms(text) for text in texts]
    counts = Counter(term for found in terms for term in found)
    known = {term: place for place, (term, _) in enumerate(counts.most_common(TERMS))}
    features = np.zeros((len(texts), len(known) + 1))
    features[:, -1] = 1.0
    for row, found in enumerate(terms):
        features[row, [known[term] for term in found if term in known]] = 1.0
    return features


def _terms(text: str) -> set[str]:
    words = re.findall(r"[\w-]+", text.lower())
    return {*words, *(f"{one} {other}" for one, other in pairwise(words))}
