"""Review: flags from a rule, a queue with a random stratum, verdicts, and how many bad pairs are left.

The queue mixes two streams: the most suspicious captions, and a share drawn at random from all of them. The
first finds bad pairs fast and says nothing about those it has not reached; the second is what makes "about
38 bad pairs left" an estimate with an interval instead of a hope. Both orders follow from the tables, the
seed and the caption ids alone, so a queue opened again after a crash goes on where it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from workbench.alignment.suspicion import WITNESS_WEIGHTS, rank_suspicion
from workbench.errors import DecisionError, UnknownNameError
from workbench.journal import Event
from workbench.records import ERROR_TYPES, Interval, Span, Verdict, utc_now
from workbench.statistics import hypergeometric_bounds
from workbench.store import Store

__all__ = [
    "ORDERS",
    "Estimate",
    "FlagSummary",
    "Item",
    "ReviewQueue",
    "Rule",
    "decide",
    "estimate",
    "flag",
    "fresh_scores",
    "queue_order",
]

ORDERS: Final = ("worst", "random")
_SUSPICION = "suspicion"


@dataclass(frozen=True, slots=True)
class Rule:
    """Flag the captions at the bottom of a score: a suspicion, never a decision.

    Attributes:
        scorer: whose order to use; `suspicion` is the recommended one, of all witnesses together.
        lowest_share: the share of scored captions to flag, in (0, 1].
        error_type: what the flag suspects.
    """

    scorer: str = _SUSPICION
    lowest_share: float = 0.1
    error_type: str = "wrong_pair"

    def __post_init__(self) -> None:
        if self.error_type not in ERROR_TYPES:
            raise UnknownNameError("error type", self.error_type, ERROR_TYPES)
        if not 0 < self.lowest_share <= 1:
            raise DecisionError(
                f"A share of {self.lowest_share} cannot be flagged.", "Give more than 0, at most 1."
            )

    @property
    def name(self) -> str:
        """What the rule is called in the table of flags."""
        return f"lowest {self.lowest_share:.0%} by {self.scorer}"


@dataclass(frozen=True, slots=True)
class FlagSummary:
    """What a rule did."""

    rule: str
    flagged: int
    scored: int

    def __str__(self) -> str:
        return f"{self.flagged:,} of {self.scored:,} scored captions flagged ({self.rule})."


@dataclass(frozen=True, slots=True)
class Item:
    """One caption to look at, and why it came up now."""

    caption_id: str
    sample_id: str
    stratum: str
    suspicion: float | None
    witness: str | None
    evidence: str | None


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
            return f"{self.found:,} bad found in {self.decided:,} decided; how many are left: {self.reason}"
        return (
            f"about {self.left:,.0f} bad pairs left ({self.low:,.0f}–{self.high:,.0f}, 95 % interval from "
            f"{self.drawn:,} looked at at random); {self.found:,} found in {self.decided:,} decided"
        )


def fresh_scores(store: Store) -> pl.DataFrame:
    """Return the scores of captions and media as they are now, the newest for each caption and scorer."""
    now = store.read("captions").select("caption_id", "sample_id", now_hash="caption_hash")
    media = store.read("samples").select("sample_id", now_content="content_hash")
    present = now.join(media, on="sample_id", how="left")
    return (
        store.read("scores")
        .join(present, on="caption_id", how="inner")
        .filter(
            (pl.col("caption_hash") == pl.col("now_hash")) & (pl.col("content_hash") == pl.col("now_content"))
        )
        .drop("now_hash", "now_content")
        .sort("scored_at")
        .unique(["caption_id", "scorer"], keep="last", maintain_order=True)
    )


def queue_order(store: Store, scorer: str = _SUSPICION) -> pl.DataFrame:
    """Return every caption from most to least suspicious; those without a fresh score come last.

    Args:
        store: the workspace.
        scorer: `suspicion` for all witnesses together, or one scorer's name.

    Returns:
        Columns `caption_id`, `sample_id`, `suspicion` (null when unscored), `witness`, `evidence`.
    """
    scores = fresh_scores(store)
    known = [_SUSPICION, *WITNESS_WEIGHTS, *scores["scorer"].unique()]
    if scorer not in known:
        raise UnknownNameError("score to order by", scorer, set(known))
    ranked = rank_suspicion(scores, None if scorer == _SUSPICION else {scorer: 1.0})
    captions = store.read("captions").select("caption_id", "sample_id")
    whole = captions.join(ranked, on="caption_id", how="left")
    return whole.sort("suspicion", "caption_id", descending=[True, False], nulls_last=True)


def flag(store: Store, rule: Rule | None = None) -> FlagSummary:
    """Flag captions by a rule; flags that the same rule made before are replaced."""
    rule = rule or Rule()
    ranked = queue_order(store, rule.scorer).filter(pl.col("suspicion").is_not_null())
    lowest = ranked.head(max(1, round(rule.lowest_share * ranked.height))).with_row_index("place")
    values = fresh_scores(store).select("caption_id", "scorer", "value", "percentile")
    flags = lowest.join(
        values,
        left_on=["caption_id", "witness"],
        right_on=["caption_id", "scorer"],
        how="left",
        maintain_order="left",
    ).select(
        pl.format("f-{}-{}", pl.lit(rule.name), "caption_id").alias("flag_id"),
        "caption_id",
        pl.lit(rule.error_type).alias("error_type"),
        pl.lit(rule.name).alias("rule"),
        pl.col("witness").alias("scorer"),
        "value",
        "percentile",
        "evidence",
        pl.lit(utc_now()).alias("flagged_at"),
    )
    with store.writing("flag"):
        kept = store.read("flags").filter(pl.col("rule") != rule.name)
        store.replace("flags", pl.concat([kept, flags], how="diagonal_relaxed"))
    return FlagSummary(rule.name, flags.height, ranked.height)


def decide(
    store: Store,
    caption_id: str,
    verdict: str,
    *,
    annotator: str,
    error_types: Sequence[str] = (),
    spans: Sequence[Span] = (),
    interval: Interval | None = None,
    severity: int | None = None,
    note: str = "",
    stratum: str = "picked",
    key: str | None = None,
) -> Event:
    """Store one verdict on one caption; when this returns, it is on disk.

    Raises:
        DecisionError: when there is no such caption, or the verdict cannot be stored as given.
        JournalError: when it could not be written; nothing was acknowledged then.
    """
    row = store.read("captions").filter(pl.col("caption_id") == caption_id)
    if row.is_empty():
        raise DecisionError(
            f"There is no caption {caption_id!r} in this workspace.", "See ws.captions for the ids."
        )
    return store.journal.record(
        Verdict(
            caption_id=caption_id,
            verdict=verdict,
            annotator=annotator,
            error_types=tuple(error_types),
            spans=tuple(spans),
            interval=interval,
            severity=severity,
            note=note,
            stratum=stratum,
            caption_hash=row["caption_hash"][0],
        ),
        key=key,
    )


class ReviewQueue:
    """Hand out captions one by one, worst first with a random share, skipping what anyone has decided.

    Args:
        store: the workspace.
        order: `worst`, or `random` for a plain random sample.
        random_share: the share of looks spent on the random stratum, 0..1; without it nothing can be said
            about how many bad pairs are left.
        seed: fixes the random order.
        annotator: who decides.
        scorer: whose order `worst` means.
    """

    def __init__(
        self,
        store: Store,
        order: str = "worst",
        *,
        random_share: float = 0.15,
        seed: int = 0,
        annotator: str = "me",
        scorer: str = _SUSPICION,
    ) -> None:
        if order not in ORDERS:
            raise UnknownNameError("queue order", order, ORDERS)
        if not 0 <= random_share <= 1:
            raise DecisionError(
                f"A random share of {random_share} makes no queue.", "Give a number from 0 to 1."
            )
        self.store = store
        self.annotator = annotator
        self._ranked = queue_order(store, scorer)
        share = 1.0 if order == "random" else random_share
        self._rows, self._is_random = _interleave(self._ranked["caption_id"], share, seed)
        self._row_ids = self._ranked["caption_id"].to_list()

    def __len__(self) -> int:
        return len(self._rows)

    def peek(self, count: int = 1) -> list[Item]:
        """Return the next captions that nobody has decided, without taking them out."""
        decided = {verdict.caption_id for verdict in self.store.journal.verdicts()}
        places = (n for n, row in enumerate(self._rows) if self._row_ids[row] not in decided)
        return [self._item(place) for _, place in zip(range(count), places, strict=False)]

    def next(self) -> Item | None:
        """Return the next caption to decide; None when all are decided."""
        return next(iter(self.peek(1)), None)

    def items(self, first: int, count: int) -> list[Item]:
        """Return a stretch of the whole queue, decided ones included."""
        return [self._item(place) for place in range(max(first, 0), min(first + count, len(self)))]

    def decide(
        self, item: Item, verdict: str, *, error_types: Sequence[str] = (), key: str | None = None
    ) -> Event:
        """Store the verdict on an item with the stratum that it was drawn from."""
        return decide(
            self.store,
            item.caption_id,
            verdict,
            annotator=self.annotator,
            error_types=error_types,
            stratum=item.stratum,
            key=key,
        )

    def undo(self) -> Event | None:
        """Take back this annotator's last verdict that stands."""
        return self.store.journal.undo(self.annotator)

    def redo(self) -> Event | None:
        """Make this annotator's verdict taken back last stand again."""
        return self.store.journal.redo(self.annotator)

    def _item(self, place: int) -> Item:
        row = self._ranked.row(self._rows[place], named=True)
        stratum = "random" if self._is_random[place] else "worst"
        return Item(
            row["caption_id"], row["sample_id"], stratum, row["suspicion"], row["witness"], row["evidence"]
        )


def estimate(store: Store, *, seed: int = 0, scorer: str = _SUSPICION, confidence: float = 0.95) -> Estimate:
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
    if not sample:
        return Estimate(None, None, None, *counts, "no caption of the random stratum is decided yet.")
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
    for row in np.argsort(_priorities(ids, seed), kind="stable"):
        if ids[row] not in decided:
            break
        leading.append(ids[row])
    return leading


def _interleave(ids: pl.Series, random_share: float, seed: int) -> tuple[list[int], list[bool]]:
    """Merge the ranked order (row numbers as they come) with the random one, each caption once."""
    by_chance = iter(np.argsort(_priorities(ids.to_list(), seed), kind="stable").tolist())
    by_rank = iter(range(len(ids)))
    taken = [False] * len(ids)
    rows: list[int] = []
    is_random: list[bool] = []
    for place in range(len(ids)):
        draws = int((place + 1) * random_share + 1e-9) > int(place * random_share + 1e-9)
        row = next(row for row in (by_chance if draws else by_rank) if not taken[row])
        taken[row] = True
        rows.append(row)
        is_random.append(draws)
    return rows, is_random


def _priorities(ids: Sequence[str], seed: int) -> npt.NDArray[np.uint64]:
    """Return a random number for each caption that depends on its id and the seed alone.

    Captions added later slip into the random order without moving the others. The ids are hashes already;
    SplitMix64 (Steele, Lea and Flood 2014) mixes the seed in.
    """
    with np.errstate(over="ignore"):
        start = np.uint64((seed * 0x9E3779B97F4A7C15 + 0x632BE59BD9B4E019) & 0xFFFFFFFFFFFFFFFF)
        z = np.array([int(key[1:17], 16) for key in ids], dtype=np.uint64) ^ start
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return z ^ (z >> np.uint64(31))
