"""The plain, slow join of a workspace's tables to one wide row a pair: what the views must agree with."""

from __future__ import annotations

import polars as pl

from widgets.table.reading import SCORE_COLUMNS, TablesNow, last_verdicts
from widgets.table.scored import name_columns, newest, worst

__all__ = ["join_pairs"]


def join_pairs(tables: TablesNow, scorer: str = "similarity") -> pl.DataFrame:
    """Join tables to one row a caption, in their order, and one for each sample without a caption at the end.

    A scorer has a column of its own name; one that speaks of several error types has a column for each, such
    as `claims_attribute`, and `score` shows the lowest rank of them.
    """
    captions = tables.captions.rename({"added_at": "caption_added_at"})
    place = pl.int_range(1, pl.len() + 1, dtype=pl.UInt32).over("sample_id")
    captions = captions.with_columns(caption_number=place, caption_count=pl.len().over("sample_id"))
    paired = captions.join(tables.samples, on="sample_id", how="inner", maintain_order="left")
    alone = tables.samples.join(captions, on="sample_id", how="anti", maintain_order="left")
    frame = pl.concat([paired, alone], how="diagonal").select(
        *tables.samples.columns, *(name for name in captions.columns if name != "sample_id")
    )
    ranked = pl.DataFrame(schema={"caption_id": pl.String, "suspicion": pl.Float64})
    parts = (
        _scores(tables.scores, scorer),
        _flags(tables.flags),
        last_verdicts(tables.verdicts),
        ranked,
    )
    for part in parts:
        frame = frame.join(part, on="caption_id", how="left", maintain_order="left")
    stale = (pl.col("scored_caption_hash") != pl.col("caption_hash")) | (
        pl.col("scored_content_hash") != pl.col("content_hash")
    )
    return frame.with_columns(pl.col(pl.Float64).fill_nan(None)).with_columns(
        is_stale=stale.fill_null(False),
        error_types=pl.col("error_types").fill_null(pl.lit([], dtype=pl.List(pl.String))),
    )


def _scores(scores: pl.DataFrame, scorer: str) -> pl.DataFrame:
    """Return one row a caption: a column a score, and the columns of the score that is shown."""
    last = newest(scores)
    names = name_columns(list(last.select("scorer", "error_type").unique().iter_rows()))
    said = [(*key, name) for key, name in names.items()]
    keys = pl.DataFrame(said, dict.fromkeys(("scorer", "error_type", "column"), pl.String), orient="row")
    named = last.join(keys, on=["scorer", "error_type"], how="left", maintain_order="left")
    of_scorer = named.filter((pl.col("scorer") == scorer) | (pl.col("column") == scorer))
    shown = worst(of_scorer).select("caption_id", **{name: pl.col(of) for name, of in SCORE_COLUMNS.items()})
    wide = named.select("caption_id").unique(maintain_order=True)
    for name in sorted({*names.values()} or {scorer}):
        mine = named.filter(pl.col("column") == name).select("caption_id", pl.col("value").alias(name))
        wide = wide.join(mine, on="caption_id", how="left", maintain_order="left")
    return wide.join(shown, on="caption_id", how="left", maintain_order="left")


def _flags(flags: pl.DataFrame) -> pl.DataFrame:
    return (
        flags.sort("percentile", nulls_last=True, maintain_order=True)
        .group_by("caption_id", maintain_order=True)
        .agg(
            error_types=pl.col("error_type").unique(maintain_order=True), evidence=pl.col("evidence").first()
        )
    )
