"""Take the caption of another sample, or of another stretch of the same one, that is wrong here.

Samples exchange captions within their fold only: a text that is chosen in one fold and rejected in another
would let a reader of words look right or wrong by remembering it.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from typing import Final

from workbench.alignment.claims.checks import CONTRADICTED
from workbench.alignment.claims.nouns import is_a
from workbench.alignment.claims.siblings import check_against
from workbench.preferences.builders.base import Original, Variant
from workbench.preferences.builders.captions import CaptionSet
from workbench.preferences.builders.guards import MOST_CHANCE
from workbench.preferences.differences import find_differences

__all__ = ["foreign_nearest", "foreign_random", "foreign_shares_noun", "shift_interval"]

_MOST: Final = 6
_KEPT: Final = 60
_TRIED: Final = 60
_LEAST_SURE: Final = 0.25  # of the check between captions: one against one, and no matter of taste
_OVERLAP: Final = 0.1


def foreign_random(original: Original, captions: CaptionSet, choice: str) -> Iterator[Variant]:
    """Take any sample's caption that says something which is not so here."""
    yield from _wrong_here(original, captions, _drawn(original, captions))


def foreign_shares_noun(original: Original, captions: CaptionSet, choice: str) -> Iterator[Variant]:
    """Take the caption of a sample that holds one of the same things, yet says something wrong of it here."""
    own = captions.nouns_in(original)
    others = (one for one in _drawn(original, captions, tried=5 * _TRIED) if own & captions.nouns_in(one))
    yield from _wrong_here(original, captions, others)


def foreign_nearest(original: Original, captions: CaptionSet, choice: str) -> Iterator[Variant]:
    """Take the captions with the most words in common that are still wrong here."""
    own = captions.words_in(original)

    def distance(one: Original) -> float:
        words = captions.words_in(one)
        return -len(own & words) / len(own | words)

    drawn = list(_drawn(original, captions, tried=5 * _TRIED))
    yield from _wrong_here(original, captions, sorted(drawn, key=distance)[:_KEPT])


def shift_interval(original: Original, captions: CaptionSet, choice: str) -> Iterator[Variant]:
    """Take what is told of another stretch of the same recording and say it of this one."""
    start_s, end_s = original.start_s, original.end_s
    if start_s is None or end_s is None:
        return
    for other in captions.of_sample(original.sample_id):
        if other.start_s is None or other.end_s is None or other.text == original.text:
            continue
        shared_s = min(end_s, other.end_s) - max(start_s, other.start_s)
        shortest_s = min(end_s - start_s, other.end_s - other.start_s)
        if shared_s <= _OVERLAP * shortest_s and not _says_as_much(
            captions.nouns_in(other), captions.nouns_in(original)
        ):
            yield _instead(original, other, weight=1.0, chance=0.0)


def _drawn(original: Original, captions: CaptionSet, tried: int = _TRIED) -> Iterator[Original]:
    """Yield captions of other samples of the same kind in an order of the original's own."""
    pool = captions.alike(original)
    rng = random.Random(f"foreign/{original.caption_id}")
    for place in rng.sample(range(len(pool)), min(tried, len(pool))):
        if pool[place].sample_id != original.sample_id:
            yield pool[place]


def _wrong_here(
    original: Original, captions: CaptionSet, others: Iterator[Original] | Sequence[Original]
) -> Iterator[Variant]:
    found = 0
    for other in others:
        chance = _chance_true(original, other, captions)
        if chance <= MOST_CHANCE and other.text != original.text:
            yield _instead(original, other, weight=1 / (1 + found), chance=chance)
            found += 1
        if found == _MOST:
            return


def _chance_true(original: Original, other: Original, captions: CaptionSet) -> float:
    """Estimate the chance that another sample's caption is true here: 0 where the captions here deny it."""
    here = [one.reading for one in captions.of_sample(original.sample_id)] or [original.reading]
    checks = check_against(other.reading, here)
    if any(one.verdict == CONTRADICTED and one.confidence >= _LEAST_SURE for one in checks):
        return 0.0
    chance = 1.0
    for claim in other.reading.claims:
        if claim.type == "object" and not captions.may_mean(claim.subject, original.sample_id):
            chance = min(chance, captions.chance_there(claim.subject, original.sample_id))
    return chance


def _says_as_much(other: frozenset[str], own: frozenset[str]) -> bool:
    """Tell whether the other caption names only what this one does: it may be true of both stretches."""
    return all(any(is_a(one, name) for one in own) for name in other) and bool(own)


def _instead(original: Original, other: Original, *, weight: float, chance: float) -> Variant:
    differ = find_differences(original.text, other.text)
    return Variant(
        other.text,
        differ.chosen,
        differ.rejected,
        was=original.text,
        now=other.text,
        weight=weight,
        chance=chance,
        sample_id=other.sample_id,
    )
