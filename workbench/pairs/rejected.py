"""Rejected only: captions that people found wrong and nobody corrected; some trainers learn from those."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import polars as pl

from workbench.pairs.base import add_pairs, frame_of_pairs
from workbench.preferences.pair import Pair
from workbench.records import Span, Verdict
from workbench.store import Store

__all__ = ["RejectedSummary", "add_rejected", "rejected_only_pairs"]

_SOURCE: Final = "verdicts"


@dataclass(frozen=True)
class RejectedSummary:
    """What changed in the table of pairs.

    Attributes:
        added: captions newly known to be wrong.
        removed: pairs that no longer stand: the verdict was taken back, somebody disagreed, or the caption
            was corrected, which makes a whole pair of it.
        standing: how many there are now.
    """

    added: int
    removed: int
    standing: int

    def __str__(self) -> str:
        return (
            f"{self.standing:,} captions that were found wrong have no better one: {self.added:,} new, "
            f"{self.removed:,} taken out because the verdict or a correction took their place."
        )


def rejected_only_pairs(store: Store) -> pl.DataFrame:
    """Return a pair without a chosen caption for each caption that was found wrong and not corrected.

    A caption that another annotator found fine is left out, and so is one that somebody corrected.

    Returns:
        Rows of the table `pairs`, from the verdicts that stand now.
    """
    return frame_of_pairs(_pairs(store))


def add_rejected(store: Store) -> RejectedSummary:
    """Bring the rejected-only pairs of the table up to date with the verdicts."""
    with store.writing("add rejected captions"):
        pairs = _pairs(store)
        present = store.read("pairs")
        stand = [pair.pair_id for pair in pairs]
        # Rejected captions that were imported as such rest on no verdict here, and stay.
        is_own = (pl.col("origin") == "rejected_only") & (pl.col("source") == _SOURCE)
        is_gone = is_own.fill_null(False) & ~pl.col("pair_id").is_in(stand)
        kept = present.filter(~is_gone)
        if kept.height != present.height:
            store.replace("pairs", kept)
        added = add_pairs(store, pairs)
    return RejectedSummary(added, present.height - kept.height, len(pairs))


def _pairs(store: Store) -> list[Pair]:
    verdicts = store.journal.verdicts()
    spared = {one.caption_id for one in verdicts if one.verdict == "ok" or one.edited_text}
    # Of two who found it wrong the later one speaks, as everywhere.
    wrong = {
        one.caption_id: one
        for one in sorted(verdicts, key=lambda one: str(one.at_utc))
        if one.verdict == "misaligned" and one.caption_id not in spared
    }
    captions = store.read("captions").filter(pl.col("caption_id").is_in(list(wrong)))
    return [_pair(row, wrong[row["caption_id"]]) for row in captions.iter_rows(named=True)]


def _pair(row: dict[str, object], verdict: Verdict) -> Pair:
    text = str(row["text"])
    return Pair(
        sample_id=str(row["sample_id"]),
        chosen_id="",
        rejected_id=str(row["caption_id"]),
        chosen_text="",
        rejected_text=text,
        origin="rejected_only",
        error_type=verdict.error_types[0] if verdict.error_types else "",
        reason=verdict.note or ", ".join(verdict.error_types),
        strength=verdict.severity,
        rejected_spans=tuple(Span(*span) for span in verdict.spans if span.end <= len(text)),
        annotator=verdict.annotator,
        source=_SOURCE,
    )
