"""How many bad pairs are left, from the random stratum, with an interval."""

from __future__ import annotations

from dataclasses import dataclass

from workbench.records import Verdict
from workbench.review.order import SUSPICION, queue_order, random_order
from workbench.statistics import hypergeometric_bounds
from workbench.store import Store

__all__ = ["FEWEST_DRAWN", "Estimate", "estimate"]

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


def estimate(store: Store, *, seed: int = 0, scorer: str = SUSPICION, confidence: float = 0.95) -> Estimate:
    """Estimate how many bad pairs are left, from the random stratum.

    The random order is fixed by the seed, so the captions at its head that have all been decided, by whatever
    route, are a simple random sample of the workspace. The captions above the deepest ranked look are all
    decided and need no estimate; the sample is used for the rest (post-stratification). Where the scores have
    changed since and the ranked part has gaps, the sample is used for the whole. The interval inverts the
    exact hypergeometric test. Captions skipped are left out: neither fine nor bad.

    Args:
        store: the workspace.
        seed: the seed of the queue that was used.
        scorer: the order of the queue that was used.
        confidence: of the interval, in (0, 1).
    """
    latest = {v.caption_id: v for v in sorted(store.journal.verdicts(), key=lambda v: str(v.at_utc))}
    ids: list[str] = queue_order(store, scorer)["caption_id"].to_list()
    present = set(ids)
    decided = {key: v for key, v in latest.items() if key in present}
    skipped = {key for key, v in decided.items() if v.verdict == "skip"}
    bad = {key for key, v in decided.items() if v.verdict == "misaligned"}
    below = _below_ranked(ids, decided)
    sample = [key for key in _leading_decided(ids, decided, seed) if key in below and key not in skipped]
    population = len(below - skipped)
    known, drawn_bad = len(bad & below), len(bad.intersection(sample))
    counts = (population, len(sample), drawn_bad, len(decided), len(bad))
    if population == 0 or len(decided) == len(ids):
        return Estimate(0.0, 0.0, 0.0, *counts)
    if len(sample) < FEWEST_DRAWN:
        reason = f"it needs {FEWEST_DRAWN} random looks and has {len(sample)}"
        return Estimate(None, None, None, *counts, reason)
    bounds = hypergeometric_bounds(population, len(sample), drawn_bad, confidence)
    undecided = len(below) - len(below.intersection(decided))
    point = population * drawn_bad / len(sample) - known
    return Estimate(
        min(max(point, 0.0), undecided),
        max(bounds.low - known, 0.0),
        min(max(bounds.high - known, 0.0), undecided),
        *counts,
    )


def _below_ranked(ids: list[str], decided: dict[str, Verdict]) -> set[str]:
    """Return the captions below the deepest ranked look, or all of them when the part above has gaps."""
    ranked = [place for place, key in enumerate(ids) if key in decided and decided[key].stratum == "worst"]
    depth = ranked[-1] + 1 if ranked else 0
    return set(ids[depth:]) if all(key in decided for key in ids[:depth]) else set(ids)


def _leading_decided(ids: list[str], decided: dict[str, Verdict], seed: int) -> list[str]:
    leading = []
    for row in random_order(ids, seed):
        if ids[row] not in decided:
            break
        leading.append(ids[row])
    return leading
