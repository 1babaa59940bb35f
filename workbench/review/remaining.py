"""How many bad pairs are left, from the random stratum, with an interval."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from workbench.matching import NONE, Numbers
from workbench.records import Verdict
from workbench.review.order import SUSPICION, random_order, rank_captions
from workbench.statistics import hypergeometric_bounds
from workbench.store import Store

__all__ = [
    "FEWEST_DRAWN",
    "Estimate",
    "Looks",
    "estimate",
    "estimate_looks",
    "latest_verdicts",
    "read_looks",
    "split_looks",
    "weigh_looks",
]

Bools = npt.NDArray[np.bool_]

#: With fewer random looks the estimate jumps between none and all; the interval would be the whole set.
FEWEST_DRAWN = 5


@dataclass(frozen=True, slots=True)
class Estimate:
    """How many bad pairs are left among the captions nobody has decided.

    Attributes:
        left, low, high: the estimate and its 95 % interval; None when `reason` says why there is none.
        population: how many captions the random draw stands for; `drawn` of them were drawn and decided,
            `drawn_bad` of these are misaligned.
        decided, found: captions decided in all, and misaligned ones among them.
    """

    left: float | None
    low: float | None
    high: float | None
    population: int
    drawn: int
    drawn_bad: int
    decided: int
    found: int
    reason: str = ""

    def __str__(self) -> str:
        if self.left is None:
            known = f"{self.found:,} bad found in {self.decided:,} decided"
            return f"{known}; how many are left is not known yet: {self.reason}"
        return (
            f"about {self.left:,.0f} bad pairs left ({self.low:,.0f}–{self.high:,.0f}, 95 % interval from "
            f"{self.drawn:,} looked at at random); {self.found:,} found in {self.decided:,} decided"
        )


@dataclass(frozen=True)
class Looks:
    """What is known of every caption, in the order of the queue, most suspicious first; all arrays are (n,).

    Attributes:
        is_decided: anyone has decided it; `is_bad`: the last verdict is misaligned; `is_skipped`: it is skip.
        is_ranked: it was looked at because of its rank.
        by_chance: (n,), the row numbers in the fixed random order.
    """

    is_decided: Bools
    is_bad: Bools
    is_skipped: Bools
    is_ranked: Bools
    by_chance: npt.NDArray[np.integer]


def estimate(store: Store, *, seed: int = 0, scorer: str = SUSPICION, confidence: float = 0.95) -> Estimate:
    """Estimate how many bad pairs are left, from the random stratum.

    See `estimate_looks` for how, and for what it rests on.

    Args:
        store: the workspace.
        seed: the seed of the queue that was used.
        scorer: the order of the queue that was used.
        confidence: of the interval, in (0, 1).
    """
    ranking = rank_captions(store, scorer)
    place_of = np.zeros(ranking.captions.height, np.uint32)
    place_of[ranking.order] = np.arange(len(ranking.order), dtype=np.uint32)
    latest = latest_verdicts(store)
    rows = ranking.rows_of(list(latest))
    decided = [verdict for verdict, row in zip(latest.values(), rows, strict=True) if row != NONE]
    by_chance = place_of[ranking.by_chance(seed)]
    looks = _mark_looks(place_of[rows[rows != NONE]], decided, by_chance)
    return estimate_looks(looks, confidence=confidence)


def latest_verdicts(store: Store, annotator: str | None = None) -> dict[str, Verdict]:
    """Return the last verdict on each caption, by one annotator or by anybody."""
    made = store.journal.verdicts() if annotator is None else store.journal.voices()
    verdicts = [v for v in made if annotator in (None, v.annotator)]
    return {v.caption_id: v for v in sorted(verdicts, key=lambda v: str(v.at_utc))}


def read_looks(ids: Sequence[str] | pl.Series, latest: dict[str, Verdict], seed: int) -> Looks:
    """Gather what is known of captions.

    Args:
        ids: the captions in the order of the queue.
        latest: the verdict that counts for each caption.
        seed: of the random order.
    """
    captions = pl.Series("caption_id", ids, pl.String)
    places = np.flatnonzero(captions.is_in(list(latest)).to_numpy()).astype(np.uint32)
    verdicts = [latest[key] for key in captions.gather(places)]
    return _mark_looks(places, verdicts, random_order(captions, seed))


def _mark_looks(places: Numbers, verdicts: list[Verdict], by_chance: Numbers) -> Looks:
    marks = np.zeros((4, len(by_chance)), bool)
    marks[0, places] = True
    marks[1, places] = [verdict.verdict == "misaligned" for verdict in verdicts]
    marks[2, places] = [verdict.verdict == "skip" for verdict in verdicts]
    marks[3, places] = [verdict.stratum == "worst" for verdict in verdicts]
    is_decided, is_bad, is_skipped, is_ranked = marks
    return Looks(is_decided, is_bad, is_skipped, is_ranked, by_chance)


def estimate_looks(looks: Looks, *, confidence: float = 0.95) -> Estimate:
    """Estimate how many bad pairs are left from what was looked at.

    The random order is fixed by the seed, so the captions at its head that have all been decided, by whatever
    route, are a simple random sample of the workspace. The captions above the deepest ranked look are all
    decided and need no estimate; the sample is used for the rest (post-stratification). Where the scores have
    changed since and the ranked part has gaps, only the part above the first gap is taken as known. The
    interval inverts an exact hypergeometric test. Captions skipped are left out: neither fine nor bad.

    What it rests on: verdicts that are right (what people miss in the sample is missing here too), and a
    moment of looking that was not chosen because of what the interval said just then.

    Args:
        looks: what is known of every caption.
        confidence: of the interval, in (0, 1).
    """
    _, is_sampled = split_looks(looks)
    is_below = _below_ranked(looks)
    population = int((is_below & ~looks.is_skipped).sum())
    known, drawn_bad = int((looks.is_bad & is_below).sum()), int((looks.is_bad & is_sampled).sum())
    drawn, decided = int(is_sampled.sum()), int(looks.is_decided.sum())
    counts = (population, drawn, drawn_bad, decided, int(looks.is_bad.sum()))
    undecided = len(looks.is_decided) - decided
    if population == 0 or undecided == 0:
        return Estimate(0.0, 0.0, 0.0, *counts)
    if drawn < FEWEST_DRAWN:
        reason = f"it needs {FEWEST_DRAWN} random looks and has {drawn}"
        return Estimate(None, None, None, *counts, reason)
    bounds = hypergeometric_bounds(population, drawn, drawn_bad, confidence)
    return Estimate(
        min(max(population * drawn_bad / drawn - known, 0.0), undecided),
        min(max(bounds.low - known, 0.0), undecided),
        min(max(bounds.high - known, 0.0), undecided),
        *counts,
    )


def weigh_looks(looks: Looks) -> npt.NDArray[np.float64]:
    """Return for how many captions of the workspace each decided one stands: one over its chance of a look.

    Captions above the deepest ranked look were all decided and stand for themselves; those of the random
    sample below stand for everything below. The rest weigh 0: not decided, skipped, or picked by a person,
    whose chance of a look nobody knows. Weighted means are then free of the bias of looking at the worst
    first (Horvitz and Thompson 1952, post-stratified); with no random look below they speak of the top alone.
    """
    is_known, is_sampled = split_looks(looks)
    weights = np.where(is_known, 1.0, 0.0)
    population = int((_below_ranked(looks) & ~looks.is_skipped).sum())
    weights[is_sampled] = population / max(int(is_sampled.sum()), 1)
    return weights


def split_looks(looks: Looks) -> tuple[Bools, Bools]:
    """Return which captions are known because all above the deepest ranked look are, and which were drawn.

    The drawn ones are a simple random sample of all that are not above that look; skipped: in neither.
    """
    is_below = _below_ranked(looks)
    is_known = ~is_below & looks.is_decided & ~looks.is_skipped
    return is_known, _leading_decided(looks) & is_below & ~looks.is_skipped


def _below_ranked(looks: Looks) -> Bools:
    """Return which captions lie below the deepest ranked look that has nothing undecided above it."""
    whole = int(np.append(looks.is_decided, False).argmin())
    ranked = np.flatnonzero(looks.is_ranked[:whole])
    depth = int(ranked[-1]) + 1 if ranked.size else 0
    return np.arange(len(looks.is_decided)) >= depth


def _leading_decided(looks: Looks) -> Bools:
    """Return which captions stand at the head of the random order before the first undecided one."""
    is_open = ~looks.is_decided[looks.by_chance]
    length = int(is_open.argmax()) if is_open.any() else len(is_open)
    is_leading = np.zeros(len(is_open), bool)
    is_leading[looks.by_chance[:length]] = True
    return is_leading
