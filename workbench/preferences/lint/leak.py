"""Tell chosen from rejected blindly, by words and length alone: what a model could learn without looking."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from workbench.statistics import Bounds, auroc, bootstrap_bounds

__all__ = ["FEWEST_PAIRS", "BlindTest", "guess_blindly"]

Floats = npt.NDArray[np.float64]

FEWEST_PAIRS: Final = 40
_FOLDS: Final = 5
_MOST_PAIRS: Final = 5_000
_MOST_WORDS: Final = 2_000


@dataclass(frozen=True, slots=True)
class BlindTest:
    """How well a classifier that sees no media tells the sides apart.

    Attributes:
        auroc: 0..1; 0.5 is chance, 1 is always.
        bounds: its interval, by drawing groups again.
        pairs: how many pairs it rests on.
        telling: the words that speak most for chosen, and most for rejected.
    """

    auroc: float
    bounds: Bounds
    pairs: int
    telling: tuple[tuple[str, ...], tuple[str, ...]]


def guess_blindly(
    chosen: Sequence[str],
    rejected: Sequence[str],
    groups: Sequence[str],
    *,
    seed: int = 0,
    confidence: float = 0.95,
) -> BlindTest | None:
    """Measure how well words and length alone tell chosen from rejected, on pairs the classifier never saw.

    Logistic regression on the presence of words, signs and pairs of words and on the number of words, in five
    folds that keep a group together. It reads more than `preferences.blind`, which measures builders by
    single words: the signs and turns of phrase of a style, too. On 300 published pairs of long answers this
    one reached 0.64, single words 0.54. With nothing to learn it comes out a little below 0.5: a word that
    is more often on one side in four folds is less often there in the fifth. It cannot see a style that shows
    over many words only, and what it does see may be a real difference: longer captions may be better ones.

    Args:
        chosen, rejected: the texts of each pair.
        groups: what each pair belongs to, such as its sample; a group is never divided.
        seed: of the folds and the draws.
        confidence: of the interval.

    Returns:
        None with fewer than 40 pairs or 5 groups; at most 5,000 pairs, drawn by the seed, are looked at.
    """
    from sklearn.model_selection import GroupKFold

    keys = np.asarray(groups)
    if len(chosen) < FEWEST_PAIRS or len(np.unique(keys)) < _FOLDS:
        return None
    kept = np.random.default_rng(seed).permutation(len(chosen))[:_MOST_PAIRS]
    texts = [*(chosen[i] for i in kept), *(rejected[i] for i in kept)]
    both_keys = np.concatenate([keys[kept], keys[kept]])
    is_chosen = np.arange(len(texts)) < len(kept)
    scores = np.zeros(len(texts))
    folds = GroupKFold(_FOLDS, shuffle=True, random_state=seed)
    for train, held_out in folds.split(texts, is_chosen, both_keys):
        blind = _BlindReader([texts[i] for i in train], is_chosen[train])
        scores[held_out] = blind.score([texts[i] for i in held_out])

    def measure(rows: npt.NDArray[np.intp]) -> float:
        return auroc(scores[rows], is_chosen[rows])

    bounds = bootstrap_bounds(measure, both_keys, seed=seed, confidence=confidence)
    return BlindTest(auroc(scores, is_chosen), bounds, len(kept), _BlindReader(texts, is_chosen).telling())


class _BlindReader:
    """Reads texts and nothing else: the words they use, two in a row, and how many there are."""

    def __init__(self, texts: Sequence[str], is_chosen: npt.NDArray[np.bool_]) -> None:
        from sklearn.feature_extraction.text import CountVectorizer
        from sklearn.linear_model import LogisticRegression

        self._words = CountVectorizer(
            ngram_range=(1, 2), binary=True, max_features=_MOST_WORDS, token_pattern=r"\w+|[^\w\s]"
        )
        self._words.fit(texts)
        lengths = _count_words(texts)
        self._mean, self._spread = float(lengths.mean()), float(lengths.std()) or 1.0
        self._odds = LogisticRegression(C=1.0, max_iter=300, solver="liblinear", random_state=0).fit(
            self._features(texts), is_chosen
        )

    def score(self, texts: Sequence[str]) -> Floats:
        """Return how much each text looks like a chosen one, in log odds."""
        return np.asarray(self._odds.decision_function(self._features(texts)), np.float64)

    def telling(self, count: int = 5) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the words that speak most for chosen, and those that speak most for rejected."""
        names = [*self._words.get_feature_names_out(), "(more words)"]
        order = np.argsort(self._odds.coef_[0])
        return tuple(names[i] for i in order[::-1][:count]), tuple(names[i] for i in order[:count])

    def _features(self, texts: Sequence[str]) -> object:
        from scipy.sparse import csr_matrix, hstack

        lengths = (_count_words(texts) - self._mean) / self._spread
        return hstack([self._words.transform(texts), csr_matrix(lengths[:, None])]).tocsr()


def _count_words(texts: Sequence[str]) -> Floats:
    return np.array([len(text.split()) for text in texts], np.float64)
