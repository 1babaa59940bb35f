"""Flags: suspicions raised by a rule over scores, never decisions."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from workbench.errors import DecisionError, UnknownNameError
from workbench.records import ERROR_TYPES, utc_now
from workbench.review.fresh import fresh_scores
from workbench.review.order import SUSPICION, queue_order
from workbench.store import Store

__all__ = ["FlagSummary", "Rule", "flag"]


@dataclass(frozen=True, slots=True)
class Rule:
    """Flag the captions at the bottom of a score: a suspicion, never a decision.

    Attributes:
        scorer: whose order to use; `suspicion` is that of all witnesses of the error type together.
        lowest_share: the share of scored captions to flag, in (0, 1].
        error_type: what the flag suspects.
    """

    scorer: str = SUSPICION
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
        of = f" of {self.error_type}" if self.scorer == SUSPICION and self.error_type != "wrong_pair" else ""
        return f"lowest {self.lowest_share:.0%} by {self.scorer}{of}"


@dataclass(frozen=True, slots=True)
class FlagSummary:
    """What a rule did."""

    rule: str
    flagged: int
    scored: int

    def __str__(self) -> str:
        return f"{self.flagged:,} of {self.scored:,} scored captions flagged ({self.rule})."


def flag(store: Store, rule: Rule | None = None) -> FlagSummary:
    """Flag captions by a rule; flags that the same rule made before are replaced."""
    rule = rule or Rule()
    # A scorer's own order is of all it speaks of; the order of all witnesses is asked for one error type.
    error_type = rule.error_type if rule.scorer == SUSPICION else None
    ranked = queue_order(store, rule.scorer, error_type=error_type).filter(pl.col("suspicion").is_not_null())
    lowest = ranked.head(max(1, round(rule.lowest_share * ranked.height))).with_row_index("place")
    values = fresh_scores(store).select("caption_id", "scorer", "error_type", "value", "percentile")
    flags = lowest.join(
        values,
        left_on=["caption_id", "witness", "error_type"],
        right_on=["caption_id", "scorer", "error_type"],
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
        "start_char",
        "end_char",
        "start_s",
        "end_s",
        pl.lit(utc_now()).alias("flagged_at"),
    )
    with store.writing("flag"):
        kept = store.read("flags").filter(pl.col("rule") != rule.name)
        store.replace("flags", pl.concat([kept, flags], how="diagonal_relaxed"))
    return FlagSummary(rule.name, flags.height, ranked.height)
