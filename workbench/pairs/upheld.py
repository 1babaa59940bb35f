"""How often people uphold what a builder or a score proposed: the check of what was taken to be clear."""

from __future__ import annotations

import polars as pl

from workbench.pairs.standing import all_pairs
from workbench.statistics import binomial_bounds
from workbench.store import Store

__all__ = ["upheld_proposals"]


def upheld_proposals(store: Store, *, criterion: str | None = None) -> pl.DataFrame:
    """Return, for each origin and builder, how often people preferred the caption that was proposed.

    Clear proposals come to the judges as a random share (`audit_share` of `JudgeQueue`), so for them this
    speaks of all; pairs that came up because they were uncertain speak only of the uncertain ones. Every
    answer counts once, and two people on one pair are two answers. A tie or both bad does not uphold.

    Args:
        store: the workspace.
        criterion: count the answers on this criterion alone; on the pair's own when left out.

    Returns:
        `origin`, `builder`, `answers`, `upheld`, `share` (0..1, higher is better), and `low` and `high`, its
        exact 95 % interval, which takes the answers as independent; most answers first.
    """
    proposed = all_pairs(store).filter(pl.col("is_ordered") & (pl.col("origin") != "edit"))
    heard = store.journal.judgements_frame().filter((pl.col("occasion") == 1) & (pl.col("answer") != "skip"))
    asked = pl.lit(criterion) if criterion else pl.col("own")
    counted = (
        heard.join(
            proposed.select("pair_id", "chosen_id", "origin", "builder", own="criterion"), on="pair_id"
        )
        .filter(pl.col("criterion") == asked)
        .group_by("origin", "builder")
        .agg(
            answers=pl.len().cast(pl.Int64),
            upheld=(pl.col("winner") == pl.col("chosen_id")).fill_null(value=False).sum().cast(pl.Int64),
        )
        .sort("answers", "origin", "builder", descending=[True, False, False])
    )
    bounds = [binomial_bounds(drawn, seen) for drawn, seen in counted.select("answers", "upheld").iter_rows()]
    return counted.with_columns(
        share=pl.col("upheld") / pl.col("answers"),
        low=pl.Series([bound.low for bound in bounds], dtype=pl.Float64),
        high=pl.Series([bound.high for bound in bounds], dtype=pl.Float64),
    )
