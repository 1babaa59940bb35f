"""Tell the rejected captions from the chosen ones by their words and length alone.

What this finds, a model in training finds too: it learns the words of the rejected side and need not look
at the media. Logistic regression on a bag of words; a pair lies whole in one fold, with its sample's others.
It cannot see word order or meaning; a language model might tell what it does not.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from workbench.statistics import Bounds, auroc, bootstrap_bounds

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix
    from sklearn.linear_model import LogisticRegression

__all__ = ["FEWEST_PAIRS", "MOST_BLIND", "Blindness", "fold_of", "measure_blindness", "measure_transfer"]

#: Fewer pairs give an interval too wide to say anything.
FEWEST_PAIRS: Final = 40
#: An AUROC above it marks a set of pairs as leaky.
MOST_BLIND: Final = 0.55
_FOLDS: Final = 5
_ROUNDS: Final = 200


@dataclass(frozen=True, slots=True)
class Blindness:
    """How well words and length alone tell the sides of a set of pairs apart.

    Attributes:
        auroc: chance that a rejected caption looks more rejected than a chosen one of any pair; .5 is blind.
        low: lower end of its 95 % interval, by drawing samples again.
        high: upper end.
        paired: share of pairs whose rejected caption looks the more rejected of its two; .5 is blind.
        paired_low: lower end of the same.
        pairs: how many pairs it rests on.
        reason: why there is no number; "" where there is one.
    """

    auroc: float
    low: float
    high: float
    paired: float
    paired_low: float
    pairs: int
    reason: str = ""

    @property
    def is_leaky(self) -> bool:
        """Whether words give the side away: over all captions, or surely within the pairs."""
        return not self.reason and (self.auroc > MOST_BLIND or self.paired_low > MOST_BLIND)


def fold_of(sample_id: str, folds: int = _FOLDS) -> int:
    """Return the fold of a sample; it stays the same whatever other samples there are."""
    return hashlib.blake2b(sample_id.encode(), digest_size=2).digest()[0] % folds


def measure_blindness(
    chosen: Sequence[str], rejected: Sequence[str], samples: Sequence[str], *, seed: int = 0
) -> Blindness:
    """Measure how well a reader of words alone tells rejected from chosen, on samples it never saw.

    Args:
        chosen: (n,) texts.
        rejected: (n,) texts, of the same pairs.
        samples: (n,) sample of each pair.
        seed: of the interval's draws.

    Returns:
        The measure; with a reason instead of numbers where there are too few pairs.

    Source:
        Text-only baselines as a test of negatives: Hsieh et al. 2023, "SugarCrepe".

    Example:
        >>> measure_blindness(["a dog"], ["no dog"], ["s1"]).reason
        'only 1 pair; at least 40 are needed'
    """
    count = len(chosen)
    folds = np.array([fold_of(one) for one in samples])
    if count < FEWEST_PAIRS or len(set(folds.tolist())) < 2:
        few = f"only {count} pair{'s' * (count != 1)}; at least {FEWEST_PAIRS} are needed"
        why = few if count < FEWEST_PAIRS else "all pairs are of one sample; nothing is left to test on"
        return Blindness(math.nan, math.nan, math.nan, math.nan, math.nan, count, why)
    suspicion = _suspicion([*chosen, *rejected], np.concatenate([folds, folds]))
    is_rejected = np.arange(2 * count) >= count
    ours, theirs = suspicion[:count], suspicion[count:]
    paired = (theirs > ours) + 0.5 * (theirs == ours)

    def among(rows: npt.NDArray[np.intp]) -> float:
        both = np.concatenate([rows, rows + count])
        return auroc(suspicion[both], is_rejected[both])

    bounds = bootstrap_bounds(among, list(samples), rounds=_ROUNDS, seed=seed)
    within: Bounds = bootstrap_bounds(
        lambda rows: float(paired[rows].mean()), list(samples), rounds=_ROUNDS, seed=seed
    )
    return Blindness(
        auroc(suspicion, is_rejected), bounds.low, bounds.high, float(paired.mean()), within.low, count
    )


def measure_transfer(
    chosen: Sequence[str], rejected: Sequence[str], new_chosen: Sequence[str], new_rejected: Sequence[str]
) -> float:
    """Measure how well what words tell of one set of pairs holds for another set, built by itself.

    Returns:
        AUROC on the new set; .5 is blind.
    """
    count, texts = len(chosen), [*chosen, *rejected, *new_chosen, *new_rejected]
    is_new = np.arange(len(texts)) >= 2 * count
    wanted = np.concatenate(
        [np.arange(2 * count) >= count, np.arange(2 * len(new_chosen)) >= len(new_chosen)]
    )
    guessed = _fit(_features(texts)[~is_new], wanted[~is_new]).decision_function(_features(texts)[is_new])
    return auroc(guessed, wanted[is_new])


def _suspicion(texts: list[str], folds: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """Return how rejected each text looks to a reader of the other folds; the first half is chosen."""
    features, wanted = _features(texts), np.arange(len(texts)) >= len(texts) // 2
    guessed = np.zeros(len(texts))
    for fold in np.unique(folds):
        here = folds == fold
        guessed[here] = _fit(features[~here], wanted[~here]).decision_function(features[here])
    return guessed


def _features(texts: list[str]) -> csr_matrix:
    """Return how often each text uses each word, and its length in words and in characters."""
    from scipy.sparse import csr_matrix, hstack
    from sklearn.feature_extraction.text import CountVectorizer

    words = CountVectorizer(token_pattern=r"(?u)\b\w[\w'-]*\b").fit_transform(texts)
    length = np.array([[len(text.split()), len(text) / 5] for text in texts], dtype=np.float64)
    scaled = (length - length.mean(0)) / np.maximum(length.std(0), 1e-9)
    return csr_matrix(hstack([words, csr_matrix(scaled)]))


def _fit(features: csr_matrix, wanted: npt.NDArray[np.bool_]) -> LogisticRegression:
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=1.0, solver="liblinear").fit(features, wanted)
