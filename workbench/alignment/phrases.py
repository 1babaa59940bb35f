"""Phrases: which words of a caption the media bear out, by leaving them out and by putting others in place.

A word that is true of a photo draws the caption towards it; left out, the caption fits less (leave one out).
And it fits better than another word of its kind would (swap): "a red car" against "a blue car". Both are
counted on vectors, so they see what the encoder sees: objects well, colours somewhat, word order and
relations hardly. Pure functions; encoding is the caller's.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from workbench.alignment.claims.nouns import related
from workbench.alignment.claims.parse import Claim, Reading
from workbench.alignment.claims.words import COLOURS, SIZES
from workbench.alignment.similarity import mid_rank

__all__ = [
    "CONTRASTED",
    "Contrast",
    "Support",
    "Vocabulary",
    "contrast_fits",
    "plan_contrasts",
    "rank_support",
    "weigh_support",
]

Floats = npt.NDArray[np.float32]

#: The claims that have words of their own kind to be exchanged for.
CONTRASTED: Final = ("object", "attribute", "relation", "count", "action")
#: Other words tried in a claim's place: the commonest of their kind in the set (what POPE calls popular).
ALTERNATIVES: Final = 8
_RIVALS = 3  # of these the best count: a caption must beat the strong ones, not the average
_NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight")
_OPPOSITES: Final[dict[str, tuple[str, ...]]] = {
    "left of": ("to the right of",),
    "right of": ("to the left of",),
    "on": ("under", "next to"),
    "under": ("on top of", "next to"),
    "above": ("below",),
    "below": ("above",),
    "in front of": ("behind",),
    "behind": ("in front of",),
    "near": ("far from",),
    "inside": ("outside", "next to"),
    "outside": ("inside",),
}


@dataclass(frozen=True, slots=True)
class Contrast:
    """One claim with the texts that test it.

    Attributes:
        claim: the claim; its span is what a low support points at.
        without: the caption with the phrase left out; "" where hardly anything would be left.
        phrase: the phrase by itself.
        others: the phrase with another word of the same kind in place of the claim.
    """

    claim: Claim
    without: str
    phrase: str
    others: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Support:
    """What was weighed for each of n contrasts; arrays are (n,).

    Attributes:
        left_out: cosine lost when the phrase is left out; nan where it could not be.
        swapped: how far the phrase stands above the best of the others; nan where there are none.
        percentile: rank among claims of the same type, near 0 the least supported.
    """

    left_out: npt.NDArray[np.float64]
    swapped: npt.NDArray[np.float64]
    percentile: npt.NDArray[np.float64]


class Vocabulary:
    """The words a set of captions uses, by the kind of claim they make, the commonest first.

    Example:
        >>> from workbench.alignment.claims.parse import read_caption
        >>> words = Vocabulary([read_caption("two dogs near a red car"), read_caption("a cat and a dog")])
        >>> words.nouns(plural=False)
        ('car', 'cat', 'dog')
    """

    def __init__(self, readings: Sequence[Reading]) -> None:
        found: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for reading in readings:
            for claim in reading.claims:
                found[_kind(claim)][claim.words.lower()] += 1
        self._words = {
            kind: tuple(word for word, _ in sorted(counts.items(), key=lambda item: (-item[1], item[0])))
            for kind, counts in found.items()
        }

    def nouns(self, *, plural: bool) -> tuple[str, ...]:
        """Return the nouns used in one number."""
        return self._words.get("plural" if plural else "singular", ())

    def like(self, claim: Claim) -> tuple[str, ...]:
        """Return the words that make a claim of the same kind, the commonest first."""
        return self._words.get(_kind(claim), ())


def _kind(claim: Claim) -> str:
    if claim.type == "object":
        return claim.value
    if claim.type == "action":
        return (
            f"action {claim.words.rpartition('ing')[1]}"  # "running" is exchanged for "sitting", not "sits"
        )
    return f"{claim.type} {claim.kind}"


def plan_contrasts(
    text: str, reading: Reading, vocabulary: Vocabulary, said: frozenset[str]
) -> list[Contrast]:
    """Return the texts that test each claim of a caption.

    Args:
        text: the caption.
        reading: its claims and phrases.
        vocabulary: the words of the whole set.
        said: every word that the captions of the same sample use: none of them is a fair rival.

    Returns:
        One contrast a claim that offers any; none for a caption that could not be read.

    Source:
        Choice of rivals: POPE's popular objects (Li et al. 2023, "Evaluating object hallucination in large
        vision-language models").
    """
    found = []
    for claim in reading.claims:
        if claim.type not in CONTRASTED or claim.is_negated or claim.is_vague:
            continue
        start, end = _around(claim, reading)
        phrase = text[start:end]
        at = (claim.start - start, claim.end - start)
        others = tuple(
            _mend_article(phrase[: at[0]], word) + phrase[at[1] :]
            for word in _rivals(claim, vocabulary, said)[:ALTERNATIVES]
        )
        without = _leave_out(text, claim, reading)
        if others or without:
            found.append(Contrast(claim, without, phrase, others))
    return found


def _rivals(claim: Claim, vocabulary: Vocabulary, said: frozenset[str]) -> list[str]:
    """Return other words for a claim, none of which is said of the sample or may mean the same."""
    if claim.type == "relation":
        return list(_OPPOSITES.get(claim.value, ()))
    if claim.type == "count":
        number = int(claim.value) if claim.value.isdigit() else 0
        near = (number + step for step in (-1, 1, 2))
        return [_NUMBERS[n - 1] for n in near if 2 <= n <= len(_NUMBERS)]
    words = [word for word in vocabulary.like(claim) if word not in said]
    if claim.type == "object":
        return [word for word in words if not related(word, claim.subject)]
    if claim.type == "attribute":
        if claim.kind not in ("colour", "size"):
            return []
        table = COLOURS if claim.kind == "colour" else SIZES
        told = {table.get(word, word) for word in said} | {claim.value}
        every = dict.fromkeys([*(table.get(word, word) for word in words), *sorted(set(table.values()))])
        return [word for word in every if word not in told]
    return [word for word in words if word != claim.words.lower()]


def _around(claim: Claim, reading: Reading) -> tuple[int, int]:
    """Return the span of the smallest phrase that holds the claim and something to compare it with."""
    wanted = {"relation": ("preposition",), "action": ("verb",)}.get(claim.type, ("noun",))
    holding = [
        phrase
        for phrase in reading.phrases
        if phrase.kind in wanted and phrase.start <= claim.start and claim.end <= phrase.end
    ]
    if not holding:
        return claim.start, claim.end
    smallest = min(holding, key=lambda phrase: phrase.end - phrase.start)
    if claim.type in ("relation", "action"):  # "on a sofa" says little without who is on it
        before = [p for p in reading.phrases if p.kind == "noun" and p.end <= smallest.start]
        nearest = max(before, key=lambda phrase: phrase.end, default=None)
        return (nearest.start if nearest else smallest.start), smallest.end
    return smallest.start, smallest.end


def _leave_out(text: str, claim: Claim, reading: Reading) -> str:
    """Return the caption without the claim: an object goes with its phrase, an attribute alone."""
    start, end = claim.start, claim.end
    if claim.type in ("object", "relation"):
        holding = [
            phrase
            for phrase in reading.phrases
            if phrase.kind in ("noun", "preposition") and phrase.start <= start and end <= phrase.end
        ]
        widest = max(holding, key=lambda phrase: phrase.end - phrase.start, default=None)
        start, end = (widest.start, widest.end) if widest else (start, end)
    left = " ".join((text[:start] + " " + text[end:]).split())
    return left if len(left.split()) >= 2 else ""


def _mend_article(head: str, word: str) -> str:
    """Put a word behind a head, with "a" or "an" as it needs."""
    for article in ("a ", "an "):
        if head.lower() == article or head.lower().endswith(" " + article):
            stem = head[: -len(article)] + head[-len(article)]
            return stem + ("n " if word[:1].lower() in "aeiou" else " ") + word
    return head + word


def weigh_support(
    media: Floats,
    owner: npt.NDArray[np.int64],
    types: Sequence[str],
    *,
    captions: Floats,
    without: Floats,
    phrases: Floats,
    others: Floats,
    other_counts: npt.NDArray[np.int64],
) -> Support:
    """Weigh every claim by what its words add to the fit of the caption.

    Media are centred on their mean first: a word that fits every photo of the set tells nothing of this one.
    Leaving out and swapping have different spreads, and claims of some types always add more than others, so
    both are standardised within the type before they are added. It cannot see what the encoder is blind to.

    Args:
        media: float32 (M, d), what each caption speaks of, one row a caption.
        owner: int64 (n,), the caption of each contrast.
        types: (n,), its claim's type.
        captions: float32 (M, d), the captions.
        without: float32 (n, d), the caption without the phrase; a row of zeros where there is none.
        phrases: float32 (n, d), the phrases.
        others: float32 (k, d), the phrases with other words, contrast by contrast.
        other_counts: int64 (n,), how many of those each contrast has.

    Returns:
        The support of each claim, higher is better borne out.
    """
    left_out, swapped = contrast_fits(
        (media - media.mean(0))[owner],
        captions=captions[owner],
        without=without,
        phrases=phrases,
        others=others,
        other_counts=other_counts,
    )
    return rank_support(left_out, swapped, types)


def contrast_fits(
    centred: Floats,
    *,
    captions: Floats,
    without: Floats,
    phrases: Floats,
    others: Floats,
    other_counts: npt.NDArray[np.int64],
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return what leaving out and what swapping costs each contrast; NaN where it could not be tried.

    Args:
        centred: float32 (n, d), the media of each contrast less the mean of all media.
        captions: float32 (n, d), the caption of each contrast.
        without: float32 (n, d), as in `weigh_support`, like the rest.
        phrases: float32 (n, d).
        others: float32 (k, d).
        other_counts: int64 (n,).
    """
    left_out = np.einsum("nd,nd->n", centred, captions - without).astype(np.float64)
    left_out[~without.any(1)] = np.nan
    own = np.einsum("nd,nd->n", centred, phrases)
    swapped = np.full(len(centred), np.nan)
    values = np.einsum("kd,kd->k", np.repeat(centred, other_counts, axis=0), others)
    ends = np.cumsum(other_counts)
    for row in np.flatnonzero(other_counts):
        best = np.sort(values[ends[row] - other_counts[row] : ends[row]])[-_RIVALS:]
        swapped[row] = own[row] - best.mean()
    return left_out, swapped


def rank_support(
    left_out: npt.NDArray[np.float64], swapped: npt.NDArray[np.float64], types: Sequence[str]
) -> Support:
    """Add both contrasts, standardised within their type, and rank them within it."""
    kinds = np.asarray(types)
    total = np.nan_to_num(_standard(left_out, kinds)) + np.nan_to_num(_standard(swapped, kinds))
    percentile = np.empty(len(kinds))
    for kind in np.unique(kinds):
        rows = np.flatnonzero(kinds == kind)
        percentile[rows] = mid_rank(total[rows])
    return Support(left_out, swapped, percentile)


def _standard(values: npt.NDArray[np.float64], kinds: npt.NDArray[np.str_]) -> npt.NDArray[np.float64]:
    scaled = values.copy()
    for kind in np.unique(kinds):
        rows = kinds == kind
        there = values[rows][np.isfinite(values[rows])]
        spread = there.std() if len(there) > 1 else 0.0
        scaled[rows] = (values[rows] - there.mean()) / spread if spread > 0 else 0.0
    return scaled
