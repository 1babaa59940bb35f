"""Pairs as they stand: what was made, corrected by what people answered.

Derived from the table of pairs and the journal at every call, so that it is never stale: an undo of an edit
takes its pair back, and a judgement may turn a proposal round.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from workbench.pairs.edits import pairs_of_edits
from workbench.pairs.split_lock import fill_splits
from workbench.store import Store

__all__ = ["STATUSES", "all_pairs", "find_pair", "made_pairs", "standing_pairs"]

#: `accepted` by people, `proposed` by a builder or a score, `open` with no order yet, or what people said.
STATUSES: Final = ("accepted", "proposed", "open", "disputed", "tie", "both_bad")

#: Made by a person's own decision: a correction, or a caption found wrong.
_BY_A_PERSON: Final = (pl.col("origin") == "edit") | (
    (pl.col("origin") == "rejected_only") & (pl.col("source") == "verdicts")
)
_VOICES: Final = ("for_chosen", "for_rejected", "tie", "both_bad")
_SWAPPED: Final = ("id", "text", "spans")


def all_pairs(store: Store) -> pl.DataFrame:
    """Return every pair as it was made, of the table and of the corrections that stand, with its split."""
    return fill_splits(store, made_pairs(store))


def made_pairs(store: Store) -> pl.DataFrame:
    """Return the same with `split` as the table has it, which knows nothing of corrections."""
    made = store.read("pairs")
    edits = pairs_of_edits(store)
    return pl.concat([edits, made]).unique("pair_id", keep="first", maintain_order=True)


def find_pair(store: Store, pair_id: str) -> pl.DataFrame:
    """Return one pair as it was made, or no row; corrections are only worked out where the table lacks it."""
    is_it = pl.col("pair_id") == pair_id
    made = store.read("pairs").filter(is_it)
    return made if made.height else pairs_of_edits(store).filter(is_it)


def standing_pairs(store: Store, *, criterion: str | None = None) -> pl.DataFrame:
    """Return every pair with its status, chosen and rejected turned to what people preferred.

    Each annotator has one voice a pair: the answer on the first occasion; hidden repeats measure consistency
    and do not vote. `skip` is no voice. The answer with the most voices counts, and a tie between answers is
    `disputed`. Weighting voices by how reliable each annotator is, is `workbench.pairs.reliability`'s.

    Args:
        store: the workspace.
        criterion: count the answers on this criterion alone; on the pair's own when left out.

    Returns:
        The columns of the table `pairs`, and `status`, `voices_chosen`, `voices_rejected`, `voices_tie`,
        `voices_both_bad` (of the order returned), `judged_by` (annotators), `is_turned` (whether people
        preferred the caption that was proposed as rejected).
    """
    pairs = all_pairs(store)
    voices = _count_voices(pairs, store.journal.judgements_frame(), criterion)
    told = pairs.join(voices, on="pair_id", how="left", maintain_order="left").with_columns(
        pl.col(_VOICES).fill_null(0),
        pl.col("judged_by").fill_null(pl.lit([], pl.List(pl.String))),
    )
    most = pl.max_horizontal(_VOICES)
    winners = pl.sum_horizontal((pl.col(name) == most) for name in _VOICES)
    told = told.with_columns(
        status=pl.when(most == 0)
        .then(
            pl.when(_BY_A_PERSON)
            .then(pl.lit("accepted"))
            .when("is_ordered")
            .then(pl.lit("proposed"))
            .otherwise(pl.lit("open"))
        )
        .when(winners > 1)
        .then(pl.lit("disputed"))
        .when(pl.col("tie") == most)
        .then(pl.lit("tie"))
        .when(pl.col("both_bad") == most)
        .then(pl.lit("both_bad"))
        .otherwise(pl.lit("accepted")),
        is_turned=(pl.col("for_rejected") == most) & (winners == 1),
    )
    return _turn(told)


def _count_voices(pairs: pl.DataFrame, judged: pl.DataFrame, criterion: str | None) -> pl.DataFrame:
    own = pairs.select("pair_id", "chosen_id", "rejected_id", own="criterion")
    heard = judged.filter((pl.col("occasion") == 1) & (pl.col("answer") != "skip")).join(own, on="pair_id")
    heard = heard.filter(pl.col("criterion") == (pl.lit(criterion) if criterion else pl.col("own")))
    is_prefer = pl.col("answer") == "prefer"
    return heard.group_by("pair_id").agg(
        for_chosen=(is_prefer & (pl.col("winner") == pl.col("chosen_id"))).sum().cast(pl.Int64),
        for_rejected=(is_prefer & (pl.col("winner") == pl.col("rejected_id"))).sum().cast(pl.Int64),
        tie=(pl.col("answer") == "tie").sum().cast(pl.Int64),
        both_bad=(pl.col("answer") == "both_bad").sum().cast(pl.Int64),
        judged_by=pl.col("annotator").unique().sort(),
        said_strength=pl.col("strength").mean().round().cast(pl.Int64),
    )


def _turn(told: pl.DataFrame) -> pl.DataFrame:
    """Put the caption that people preferred first."""

    def pick(ours: str, theirs: str) -> pl.Expr:
        return pl.when("is_turned").then(theirs).otherwise(ours)

    two_samples = (pl.col("rejected_sample_id") != "") & pl.col("is_turned")
    return (
        told.with_columns(
            *(pick(f"chosen_{n}", f"rejected_{n}").alias(f"chosen_{n}") for n in _SWAPPED),
            *(pick(f"rejected_{n}", f"chosen_{n}").alias(f"rejected_{n}") for n in _SWAPPED),
            sample_id=pl.when(two_samples).then("rejected_sample_id").otherwise("sample_id"),
            rejected_sample_id=pl.when(two_samples).then("sample_id").otherwise("rejected_sample_id"),
            strength=pl.coalesce("said_strength", "strength"),
            voices_chosen=pick("for_chosen", "for_rejected"),
            voices_rejected=pick("for_rejected", "for_chosen"),
        )
        .rename({"tie": "voices_tie", "both_bad": "voices_both_bad"})
        .drop("for_chosen", "for_rejected", "said_strength")
    )
