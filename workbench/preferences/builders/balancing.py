"""Choose one variant a caption so that no word stands on one side of the pairs more than on the other.

A builder that always puts "car" where "dog" was makes pairs that words alone can tell apart, and a model in
training learns "car is bad". Here each variant's words are weighed against those of the pairs chosen so far:
what "dog" gives to one side, another pair gives to the other. Captions that would only tip the scales are
left out. Folds are balanced each by itself, so that what is balanced is not just what is measured.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Final

from workbench.preferences.builders.base import Variant
from workbench.preferences.builders.captions import words_of

__all__ = ["choose_balanced", "choose_freely", "choose_once"]

_PASSES: Final = 4
_SLACK: Final = 0.02  # of the captions that could change a word: how far its two sides may lie apart for free
_BIGRAM: Final = 0.1  # what a pair of words counts against a word
_PREFERENCE: Final = 0.3  # what the most wanted variant is worth beyond the least wanted one

Term = tuple[str, ...]
Delta = Mapping[Term, float]


def choose_freely(offers: Sequence[Sequence[Variant]], *, seed: int) -> list[Variant | None]:
    """Return one variant of each caption, by weight, whatever becomes of the words' balance."""
    rng = random.Random(f"choose/{seed}")
    return [
        rng.choices(variants, [one.weight for one in variants])[0] if variants else None
        for variants in offers
    ]


def choose_once(offers: Sequence[Sequence[Variant]]) -> list[Variant | None]:
    """Return one foreign text for as many captions as can have one, and no text of one sample twice.

    Every caption is then on the chosen side once and on the rejected side once: both have the same words
    without weighing any. A largest matching between captions and the texts they are offered; which one of its
    offers a caption gets is left to it.

    Args:
        offers: foreign texts for each caption.
    """
    from scipy.sparse import csr_matrix
    from scipy.sparse.csgraph import maximum_bipartite_matching

    sources = dict.fromkeys((one.sample_id, one.text) for variants in offers for one in variants)
    place_of = {source: number for number, source in enumerate(sources)}
    rows = [place for place, variants in enumerate(offers) for _ in variants]
    columns = [place_of[one.sample_id, one.text] for variants in offers for one in variants]
    if not rows:
        return [None] * len(offers)
    graph = csr_matrix(([1] * len(rows), (rows, columns)), shape=(len(offers), len(place_of)))
    matched = maximum_bipartite_matching(graph, perm_type="column").tolist()
    return [
        next((one for one in variants if place_of[one.sample_id, one.text] == column), None)
        for variants, column in zip(offers, matched, strict=True)
    ]


def choose_balanced(
    texts: Sequence[str], offers: Sequence[Sequence[Variant]], folds: Sequence[int], *, seed: int
) -> list[Variant | None]:
    """Return one variant of each caption, or None, so that the words of both sides balance in every fold.

    Maximises the number of pairs less what the imbalance of each word and each two words costs (its square),
    by improving one caption after the other until nothing improves or `_PASSES` are done.

    Args:
        texts: the originals.
        offers: variants of each original, in the same order; may be empty.
        folds: a number of each original; each number is balanced by itself.
        seed: of the order in which captions are visited.
    """
    chosen: list[Variant | None] = [None] * len(texts)
    members: defaultdict[int, list[int]] = defaultdict(list)
    for place, variants in enumerate(offers):
        if variants:
            members[folds[place]].append(place)
    for fold in sorted(members):
        places = members[fold]
        random.Random(f"balance/{seed}/{fold}").shuffle(places)
        scales = _Scales([[_delta(texts[place], one) for one in offers[place]] for place in places])
        picks = scales.settle([_worth(offers[place]) for place in places])
        for place, pick in zip(places, picks, strict=True):
            chosen[place] = None if pick is None else offers[place][pick]
    return chosen


class _Scales:
    """The balance of one fold: for every term, how much more the rejected side has of it."""

    def __init__(self, deltas: list[list[Delta]]) -> None:
        self._deltas = deltas
        self._tilt: defaultdict[Term, float] = defaultdict(float)
        touched = Counter(term for options in deltas for term in {t for one in options for t in one})
        self._cost = {
            term: (1.0 if len(term) == 1 else _BIGRAM) / (2 + 2 * _SLACK * count)
            for term, count in touched.items()
        }

    def settle(self, worth: list[list[float]]) -> list[int | None]:
        """Return the option of each caption, None where leaving it out is best."""
        picks: list[int | None] = [None] * len(self._deltas)
        for _ in range(_PASSES):
            moved = 0
            for place, options in enumerate(self._deltas):
                before = picks[place]
                if before is not None:
                    self._put(options[before], -1)
                best, gain = None, 0.0
                for number, delta in enumerate(options):
                    here = worth[place][number] - self._price(delta)
                    if here > gain:
                        best, gain = number, here
                if best is not None:
                    self._put(options[best], 1)
                picks[place] = best
                moved += best != before
            if not moved:
                break
        return picks

    def _price(self, delta: Delta) -> float:
        return sum(self._cost[term] * (2 * self._tilt[term] * by + by * by) for term, by in delta.items())

    def _put(self, delta: Delta, sign: int) -> None:
        for term, by in delta.items():
            self._tilt[term] += sign * by


def _worth(variants: Sequence[Variant]) -> list[float]:
    top = max(one.weight for one in variants)
    return [1.0 + _PREFERENCE * one.weight / top for one in variants]


def _delta(text: str, variant: Variant) -> Delta:
    """Return how much more of each word, pair of words and length the variant has than the original."""
    ours, theirs = words_of(text), words_of(variant.text)
    delta: Counter[Term] = Counter((word,) for word in theirs)
    delta.subtract(Counter((word,) for word in ours))
    delta.update(pairwise(theirs))
    delta.subtract(Counter(pairwise(ours)))
    found: dict[Term, float] = {term: float(by) for term, by in delta.items() if by}
    length = len(theirs) - len(ours) + (len(variant.text) - len(text)) / 10
    return found | ({("",): length} if length else {})
