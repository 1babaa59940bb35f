"""The plain join of a workspace's tables to one wide row a pair: for a page, or for a cell of the user's.

Fields are the same as those a filter knows. For all pairs of a large workspace this takes time and memory;
views join only the rows they show.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol

import polars as pl

from widgets.table.scored import name_columns, newest, worst

__all__ = ["SCORE_COLUMNS", "Tables", "TablesNow", "join_pairs", "last_verdicts"]

#: Column of a pair -> the column of the score that is shown.
SCORE_COLUMNS: Final = {
    "score": "value",
    "percentile": "percentile",
    "best_time_s": "best_time_s",
    "score_evidence": "evidence",
    "score_reason": "reason",
    "scored_caption_hash": "caption_hash",
    "scored_content_hash": "content_hash",
}


class Tables(Protocol):
    """What is read of a workspace; `workbench.Workspace` is one."""

    @property
    def samples(self) -> pl.DataFrame: ...
    @property
    def captions(self) -> pl.DataFrame: ...
    @property
    def scores(self) -> pl.DataFrame: ...
    @property
    def flags(self) -> pl.DataFrame: ...
    @property
    def verdicts(self) -> pl.DataFrame: ...


@dataclass(frozen=True, slots=True)
class TablesNow:
    """Tables as they stood at one moment, or a part of them."""

    samples: pl.DataFrame
    captions: pl.DataFrame
    scores: pl.DataFrame
    flags: pl.DataFrame
    verdicts: pl.DataFrame


def join_pairs(
    tables: Tables,
    scorer: str = "similarity",
    ranked: pl.DataFrame | None = None,
    names: dict[tuple[str, str], str] | None = None,
) -> pl.DataFrame:
    """Join tables to one row a caption, in their order, and one for each sample without a caption at the end.

    Args:
        tables: what to join.
        scorer: whose values are shown and sorted by: the columns `score` and `percentile`. Every scorer also
            has a column of its own name; one that speaks of several error types has a column for each, such
            as `claims_attribute`, and shows the lowest rank of them.
        ranked: `caption_id` and `suspicion`, where that has been worked out.
        names: of the score columns, where the tables are a part of others.
    """
    captions = tables.captions.rename({"added_at": "caption_added_at"})
    place = pl.int_range(1, pl.len() + 1, dtype=pl.UInt32).over("sample_id")
    captions = captions.with_columns(caption_number=place, caption_count=pl.len().over("sample_id"))
    paired = captions.join(tables.samples, on="sample_id", how="inner", maintain_order="left")
    alone = tables.samples.join(captions, on="sample_id", how="anti", maintain_order="left")
    frame = pl.concat([paired, alone], how="diagonal").select(
        *tables.samples.columns, *(name for name in captions.columns if name != "sample_id")
    )
    ranked = (
        ranked
        if ranked is not None
        else pl.DataFrame(schema={"caption_id": pl.String, "suspicion": pl.Float64})
    )
    parts = (
        _scores(tables.scores, scorer, names),
        _flags(tables.flags),
        last_verdicts(tables.verdicts),
        ranked.select("caption_id", "suspicion"),
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


def last_verdicts(verdicts: pl.DataFrame) -> pl.DataFrame:
    """Return the last verdict on each caption, whoever gave it."""
    return (
        verdicts.sort("at_utc", maintain_order=True)
        .group_by("caption_id", maintain_order=True)
        .agg(
            verdict=pl.col("verdict").last(),
            verdict_types=pl.col("error_types").last(),
            annotator=pl.col("annotator").last(),
        )
    )


def _scores(scores: pl.DataFrame, scorer: str, names: dict[tuple[str, str], str] | None) -> pl.DataFrame:
    """Return one row a caption: a column a score, and the columns of the score that is shown."""
    last = newest(scores)
    if names is None:
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
