"""Which pairs people should look at: those nobody can order without them, before those that seem clear.

A clear proposal stays a proposal. Nothing here accepts it: it is only not asked about first, and a share of
the clear ones is drawn at random and asked about all the same, so that "clear" can be checked.
"""

from __future__ import annotations

from typing import Final

import polars as pl

__all__ = ["CALLS", "NEEDS", "call_pairs", "merge_evenly"]

#: Why a pair waits for a person, or why it does not.
CALLS: Final = (
    "disputed",  # people disagree
    "open",  # it has no order yet
    "uncertain",  # proposed by a small margin, or with none
    "doubtful",  # accepted, but by less reliable people, or against what is known of its making
    "few_voices",  # fewer people have answered than were asked for
    "clear",  # proposed, with a margin above the middle or by construction
    "settled",  # answered by enough people
)
#: The calls that need a person.
NEEDS: Final = CALLS[:5]

#: Ordered by how they were made or by other people, where no margin is to be had.
_ORDERED_BY_MAKING: Final = ("built", "across", "collage", "imported")


def call_pairs(
    standing: pl.DataFrame,
    *,
    voices: int = 1,
    clear_margin: float | None = None,
    doubtful_below: float = 0.5,
) -> pl.DataFrame:
    """Say of each pair whether it needs a person, and how far its proposal is from certain.

    Args:
        standing: pairs as they stand (`workbench.pairs.standing_pairs`), with the `weight` of
            `workbench.pairs.pair_reliability` where it is known.
        voices: how many people should answer each pair that is asked about; who corrected a caption is one.
        clear_margin: a proposal with at least this margin is clear. The middle one of the same origin,
            builder and source when left out, because margins of different scores do not compare.
        doubtful_below: an accepted pair with less weight needs another person, 0..1; 0 for none.

    Returns:
        The frame with `call`, one of `CALLS`, and `certainty`: the share of the proposals of the same making
        with a smaller margin, 0..1, higher is clearer; null without a margin.
    """
    heard = pl.sum_horizontal("voices_chosen", "voices_rejected", "voices_tie", "voices_both_bad")
    heard = heard + (pl.col("origin") == "edit").cast(pl.Int64)
    alike = ("origin", "builder", "source")
    size = pl.col("margin").abs()
    limit = size.median().over(alike) if clear_margin is None else pl.lit(clear_margin)
    is_clear = pl.when(size.is_not_null()).then(size >= limit)
    seems_clear = is_clear.fill_null(pl.col("origin").is_in(_ORDERED_BY_MAKING))
    weight = pl.col("weight") if "weight" in standing.columns else pl.lit(None, pl.Float64)
    return standing.with_columns(
        certainty=((size.rank() - 1) / (size.count() - 1).clip(1)).over(alike),
        call=pl.when(pl.col("status") == "disputed")
        .then(pl.lit("disputed"))
        .when(pl.col("status") == "open")
        .then(pl.lit("open"))
        .when((pl.col("status") == "proposed") & seems_clear)
        .then(pl.lit("clear"))
        .when(pl.col("status") == "proposed")
        .then(pl.lit("uncertain"))
        .when((pl.col("status") == "accepted") & (weight < doubtful_below))
        .then(pl.lit("doubtful"))
        .when(heard < voices)
        .then(pl.lit("few_voices"))
        .otherwise(pl.lit("settled")),
    )  # fmt: skip


def merge_evenly(first: list[str], second: list[str]) -> list[str]:
    """Spread two lists over each other, each in its own order.

    Example:
        >>> merge_evenly(["a", "b", "c", "d"], ["x", "y"])
        ['a', 'x', 'b', 'c', 'y', 'd']
    """
    placed = [
        ((number + 0.5) / len(part), is_second, key)
        for is_second, part in ((False, first), (True, second))
        for number, key in enumerate(part)
    ]
    return [key for *_, key in sorted(placed, key=lambda one: one[:2])]
