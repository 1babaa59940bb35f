"""Build pairs from verified captions: each caption against one that a builder made wrong in one thing.

What is built is `proposed` until people judge it. How well words alone tell a builder's rejected captions is
measured at every run and stands in the summary and in every pair.
"""

from __future__ import annotations

import json
import random
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

import polars as pl

from workbench.errors import UnknownNameError
from workbench.pairs.base import frame_of_pairs
from workbench.pairs.originals import read_originals
from workbench.preferences.blind import Blindness, measure_blindness
from workbench.preferences.builders import BUILDERS, Builder, Original, Variant, build
from workbench.preferences.pair import Pair, variant_id
from workbench.records import utc_now
from workbench.store import Store

__all__ = ["BuildSummary", "BuilderResult", "build_pairs"]

Built = tuple[Builder, Original, Variant]


@dataclass(frozen=True)
class BuilderResult:
    """What one builder has made, of this run and of those before.

    Attributes:
        builder: its name.
        added: pairs that are new.
        standing: its pairs in the workspace now.
        blindness: how well words alone tell its rejected captions.
        length_difference: median of the words of rejected less those of chosen.
        is_leaky: whether its pairs are marked: by the measure or, where there are too few, by its card.
        leak: what gives them away, by its card; "" where nothing does by design.
    """

    builder: str
    added: int
    standing: int
    blindness: Blindness
    length_difference: float
    is_leaky: bool
    leak: str

    def __str__(self) -> str:
        blind = self.blindness
        told = (
            f"{blind.auroc:.2f} [{blind.low:.2f}, {blind.high:.2f}]"
            if not blind.reason
            else f"({blind.reason})"
        )
        mark = f"  leaky: {self.leak or 'its words tell'}" if self.is_leaky else ""
        counts = f"{self.added:>6,} {self.standing:>6,}"
        return f"  {self.builder:<20}{counts}  {self.length_difference:>+5.1f}  {told}{mark}"


@dataclass(frozen=True)
class BuildSummary:
    """What was built of what.

    Attributes:
        verified: captions to build from.
        unread: those of them that could not be read, with the commonest reason.
        added: pairs that are new.
        results: one of each builder that has pairs now, or was asked for.
        seconds: how long it took.
    """

    verified: int
    unread: int
    unread_reason: str
    added: int
    results: tuple[BuilderResult, ...]
    seconds: float

    def __str__(self) -> str:
        head = f"{self.added:,} new pairs of {self.verified:,} verified captions in {self.seconds:.1f} s."
        lines = [head]
        if self.unread:
            lines.append(f"{self.unread:,} captions could not be read: {self.unread_reason}.")
        lines.append(f"  {'builder':<20}{'new':>6} {'in all':>6}  words  told blind (AUROC, .5 is blind)")
        return "\n".join([*lines, *map(str, self.results)])

    def frame(self) -> pl.DataFrame:
        """Return a row for each builder."""
        return pl.DataFrame(
            [
                {"builder": one.builder, "added": one.added, "standing": one.standing,
                 "blind_auroc": one.blindness.auroc, "low": one.blindness.low, "high": one.blindness.high,
                 "blind_within_pairs": one.blindness.paired, "reason": one.blindness.reason,
                 "length_difference": one.length_difference, "is_leaky": one.is_leaky, "leak": one.leak}
                for one in self.results
            ]
        ).with_columns(pl.col("blind_auroc", "low", "high", "blind_within_pairs").fill_nan(None))  # fmt: skip


def build_pairs(
    store: Store,
    builders: Sequence[str] | None = None,
    *,
    choice: str = "adversarial",
    per_caption: int | None = None,
    seed: int = 0,
    only_verified: bool = True,
) -> BuildSummary:
    """Build pairs of every verified caption that offers a handle; those that are there already stay.

    Args:
        store: the workspace.
        builders: names of `BUILDERS`; all of them when left out.
        choice: what takes a word's place: `random`, `popular` or `adversarial`.
        per_caption: how many pairs one caption may have in all; the builders that can do least come first.
        seed: of every choice.
        only_verified: whether only captions that someone found fine, or wrote, may be chosen.

    Raises:
        UnknownNameError: for a builder or choice that does not exist.
        PairError: when no caption is verified.
    """
    began_s = time.perf_counter()
    cards = _cards(builders)
    originals, captions = read_originals(store, only_verified=only_verified)
    built = [
        (card, one, variant)
        for card in cards
        for one, variant in build(card, originals, captions, choice=choice, seed=seed)
    ]
    kept = _thinned(built, per_caption, seed)
    with store.writing("build pairs"):
        added = _add(store, kept, choice, seed)
        results = _measure(store, cards, added, seed)
    unread = Counter(one.reading.reason for one in originals if one.reading.reason)
    reason = unread.most_common(1)[0][0] if unread else ""
    seconds = time.perf_counter() - began_s
    return BuildSummary(len(originals), unread.total(), reason, added.total(), results, seconds)


def _cards(names: Sequence[str] | None) -> list[Builder]:
    for name in names or ():
        if name not in BUILDERS:
            raise UnknownNameError("builder", name, BUILDERS)
    return [BUILDERS[name] for name in names or BUILDERS]


def _thinned(built: Sequence[Built], per_caption: int | None, seed: int) -> list[Built]:
    """Leave so many of each caption; a builder that can do little is asked before one that can do much."""
    if per_caption is None:
        return list(built)
    rng = random.Random(f"thin/{seed}")
    scarce = Counter(card.name for card, _, _ in built)
    of_caption: dict[str, list[Built]] = {}
    for one in built:
        of_caption.setdefault(one[1].caption_id, []).append(one)
    kept = []
    for mine in of_caption.values():
        # A draw against the counts and not their order alone: else the same few builders take every caption.
        mine.sort(key=lambda one: rng.random() * scarce[one[0].name])
        kept += mine[:per_caption]
    return kept


def _add(store: Store, built: Sequence[Built], choice: str, seed: int) -> Counter[str]:
    """Add the pairs that are new; return how many of each builder."""
    if not built:
        return Counter()
    frame = frame_of_pairs(_pair(*one, choice, seed) for one in built)
    fresh = frame.join(store.read("pairs"), on="pair_id", how="anti", maintain_order="left")
    if fresh.height:
        store.append("pairs", fresh.with_columns(added_at=pl.lit(utc_now())))
    return Counter(fresh["builder"].to_list())


def _pair(card: Builder, original: Original, variant: Variant, choice: str, seed: int) -> Pair:
    facts: dict[str, object] = {"choice": choice, "seed": seed, "chance": round(variant.chance, 5)}
    if variant.sample_id:
        facts["taken_from"] = variant.sample_id
    else:
        facts |= {"was": variant.was, "now": variant.now}
    return Pair(
        sample_id=original.sample_id,
        chosen_id=original.caption_id,
        rejected_id=variant_id(original.sample_id, variant.text, "built"),
        chosen_text=original.text,
        rejected_text=variant.text,
        origin="built",
        builder=card.name,
        error_type=card.error_type,
        reason=variant.reason,
        criterion=card.criterion,
        chosen_spans=variant.chosen_spans,
        rejected_spans=variant.rejected_spans,
        is_leaky=bool(card.known_leak),
        source="builder",
        detail=json.dumps(facts, ensure_ascii=False),
    )


def _measure(
    store: Store, cards: Sequence[Builder], added: Counter[str], seed: int
) -> tuple[BuilderResult, ...]:
    """Measure each builder on all its pairs, and mark them as it comes out."""
    table = store.read("pairs")
    results = []
    for card in cards:
        own = table.filter((pl.col("origin") == "built") & (pl.col("builder") == card.name))
        chosen, rejected = own["chosen_text"].to_list(), own["rejected_text"].to_list()
        blindness = measure_blindness(chosen, rejected, own["sample_id"].to_list(), seed=seed)
        is_leaky = bool(card.known_leak) if blindness.reason else blindness.is_leaky
        lengths = [len(b.split()) - len(a.split()) for a, b in zip(chosen, rejected, strict=True)]
        difference = float(median(lengths)) if lengths else 0.0
        results.append(
            BuilderResult(
                card.name, added[card.name], own.height, blindness, difference, is_leaky, card.known_leak
            )
        )
    leaky = {one.builder: one.is_leaky for one in results}
    marks = pl.col("builder").replace_strict(leaky, default=None, return_dtype=pl.Boolean)
    is_built = pl.col("origin") == "built"
    marked = table.with_columns(
        is_leaky=pl.when(is_built).then(pl.coalesce(marks, "is_leaky")).otherwise("is_leaky")
    )
    if not marked["is_leaky"].equals(table["is_leaky"], null_equal=True):
        store.replace("pairs", marked)
    return tuple(results)
