"""Measure texts: what is imagined, missed, repeated, how long; with intervals, and before against after."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt

from workbench.finetune.evaluation.truth import Verdict
from workbench.metrics import Metric

__all__ = [
    "MEASURES",
    "Measure",
    "Tally",
    "is_repeating",
    "measure",
    "measure_change",
    "tally_text",
    "variety",
]

_WORD: Final = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
_RUN: Final = 3
#: Words that a text may say twice in a row.
_DOUBLED: Final = frozenset({"had", "that", "very"})

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Measure:
    """One number about texts: a sum over another sum, so that long texts count for what they say.

    Attributes:
        title: what it is, in words.
        unit: of what.
        better: -1 where lower is better, 1 where higher is, 0 where neither.
        needs_truth: whether it can only be told where it is known what is there.
    """

    title: str
    unit: str
    better: int
    needs_truth: bool = True


#: In the order they are told.
MEASURES: Final[dict[str, Measure]] = {
    "chair_i": Measure("named and not there (CHAIR i)", "share of things named", -1),
    "chair_s": Measure("texts that name what is not there (CHAIR s)", "share of texts", -1),
    "recall": Measure("there and named", "share of things there", 1),
    "attribute_rate": Measure("wrong attributes", "share of attributes checked", -1),
    "relation_rate": Measure("wrong relations", "share of relations checked", -1),
    "right": Measure("texts with nothing wrong in them", "share of texts", 1),
    "words": Measure("length", "words", 0, needs_truth=False),
    "repetition": Measure("texts that repeat themselves", "share of texts", -1, needs_truth=False),
    "unended": Measure("texts without an end", "share of texts", -1, needs_truth=False),
    "empty": Measure("texts without a word", "share of texts", -1, needs_truth=False),
}


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts of one text: name of a measure -> (counted, out of)."""

    counts: Mapping[str, tuple[float, float]]


def tally_text(text: str, *, is_whole: bool, verdict: Verdict | None) -> Tally:
    """Count what the measures are made of.

    Args:
        text: what a model said.
        is_whole: whether it came to an end by itself.
        verdict: what is wrong and right in it; None where nothing is known of its sample.
    """
    words = _WORD.findall(text)
    counts: dict[str, tuple[float, float]] = {
        "words": (len(words), 1),
        "repetition": (is_repeating(text), 1),
        "unended": (not is_whole, 1),
        "empty": (not words, 1),
    }
    if verdict is not None:
        imagined, found = len(verdict.imagined), len(verdict.found)
        counts |= {
            "chair_i": (imagined, imagined + found),
            "chair_s": (bool(imagined), 1),
            "recall": (verdict.there - len(verdict.missed), verdict.there),
            "attribute_rate": verdict.attributes,
            "relation_rate": verdict.relations,
            "right": (verdict.is_right, 1),
        }
    return Tally(counts)


def is_repeating(text: str) -> bool:
    """Say whether a text says a word twice in a row, or a run of three words twice.

    What it cannot see: the same thing said in other words.

    Example:
        >>> [is_repeating(text) for text in ("a white white car", "A blue tree and a blue tree.", "a car")]
        [True, True, False]
    """
    words = [word.lower() for word in _WORD.findall(text)]
    doubled = any(one == other and one not in _DOUBLED for one, other in pairwise(words))
    runs = Counter(tuple(words[at : at + _RUN]) for at in range(len(words) - _RUN + 1))
    return doubled or any(count > 1 for count in runs.values())


def variety(texts: Sequence[str]) -> dict[str, float]:
    """Return how varied texts are, without intervals: they are numbers of the whole set.

    Returns:
        `distinct_texts`: share of texts that no other one equals; `distinct_2`: pairs of neighbouring words
        that differ out of all, which falls as texts grow; both 0 to 1, higher is more varied. NaN for none.

    Source:
        Li et al. 2016, "A diversity-promoting objective function for neural conversation models".
    """
    plain = [" ".join(word.lower() for word in _WORD.findall(text)) for text in texts]
    pairs = [pair for text in plain for pair in pairwise(text.split())]
    return {
        "distinct_texts": len(set(plain)) / len(plain) if plain else math.nan,
        "distinct_2": len(set(pairs)) / len(pairs) if pairs else math.nan,
    }


def measure(name: str, tallies: Sequence[Tally], samples: Sequence[str], *, rounds: int, seed: int) -> Metric:
    """Return one measure of texts with its 95 % interval, by drawing samples again.

    Args:
        name: of `MEASURES`.
        tallies: one a text.
        samples: the sample of each; texts of one sample stand or fall together.
        rounds: of the bootstrap.
        seed: of the same.

    Returns:
        NaN without an interval where no text counts; `n` is the number of texts that do.
    """
    counted, whole, texts = _sums(name, tallies, samples)
    draws = _draws(len(counted), rounds, seed)
    return _metric(_ratio(counted.sum(), whole.sum()), _ratios(draws, counted, whole), texts, name)


def measure_change(
    name: str,
    before: Sequence[Tally],
    after: Sequence[Tally],
    samples: Sequence[str],
    *,
    rounds: int,
    seed: int,
) -> Metric:
    """Return by how much a measure rose, after less before, with the interval of that difference.

    Both sides are of the same samples, so each draw takes both: the interval is far narrower than the two
    intervals laid side by side suggest.
    """
    counted_before, whole_before, texts = _sums(name, before, samples)
    counted_after, whole_after, _ = _sums(name, after, samples)
    draws = _draws(len(counted_before), rounds, seed)
    value = _ratio(counted_after.sum(), whole_after.sum()) - _ratio(counted_before.sum(), whole_before.sum())
    drawn = _ratios(draws, counted_after, whole_after) - _ratios(draws, counted_before, whole_before)
    return _metric(value, drawn, texts, name)


def _sums(name: str, tallies: Sequence[Tally], samples: Sequence[str]) -> tuple[Floats, Floats, int]:
    """Return both sums of each sample, and how many texts count."""
    if not tallies:
        return np.zeros(0), np.zeros(0), 0
    pairs = np.array([tally.counts.get(name, (0.0, 0.0)) for tally in tallies], dtype=np.float64)
    _, sample = np.unique(np.asarray(samples), return_inverse=True)
    counted = np.bincount(sample, pairs[:, 0]).astype(np.float64)
    whole = np.bincount(sample, pairs[:, 1]).astype(np.float64)
    return counted, whole, int((pairs[:, 1] > 0).sum())


def _draws(samples: int, rounds: int, seed: int) -> Floats:
    """Return how often each sample is drawn in each round: (rounds, samples)."""
    if not samples:
        return np.zeros((rounds, 0))
    random = np.random.default_rng(seed)
    return random.multinomial(samples, np.full(samples, 1 / samples), size=rounds).astype(np.float64)


def _ratio(counted: float, whole: float) -> float:
    return float(counted / whole) if whole else math.nan


def _ratios(draws: Floats, counted: Floats, whole: Floats) -> Floats:
    below = draws @ whole
    with np.errstate(invalid="ignore"):
        return np.asarray((draws @ counted) / below, dtype=np.float64)


def _metric(value: float, drawn: Floats, texts: int, name: str) -> Metric:
    kept = drawn[np.isfinite(drawn)]
    if not kept.size or math.isnan(value):
        return Metric(value, texts, MEASURES[name].unit)
    low, high = np.quantile(kept, [0.025, 0.975])
    return Metric(value, texts, MEASURES[name].unit, float(low), float(high))
