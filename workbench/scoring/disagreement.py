"""The scorer `disagreement`: captions that two encoders rank differently."""

from __future__ import annotations

import polars as pl

from workbench.alignment.similarity import mid_rank
from workbench.scoring.base import WEIGHTS_FREE, Run, undefined

__all__ = ["score_disagreement"]

_VERSION = "disagreement-1"


def score_disagreement(run: Run) -> pl.DataFrame:
    """Score every caption by how near to each other the encoders that have been run place it.

    Reads the percentiles that `similarity` stored; 1 = all encoders place it alike, 0 = one calls it the
    worst of the set and another the best. That is doubt about the encoders, not an error of a known kind, so
    it is filed under `other`: where they part, a person's look is worth most.
    """
    stored = run.store.read("scores").filter(
        (pl.col("scorer") == "similarity") & pl.col("percentile").is_not_null()
    )
    # Percentiles of captions edited since, or of files since replaced, belong to something else.
    current = stored.join(run.rows, on=["caption_id", "caption_hash", "content_hash"], how="semi")
    ranked = (
        current.sort("encoder_key")
        .group_by("caption_id", maintain_order=True)
        .agg(pl.col("encoder_key"), pl.col("percentile").alias("places"))
    )
    joined = run.rows.join(
        ranked.filter(pl.col("places").list.len() > 1), on="caption_id", how="left", maintain_order="left"
    )
    keys = current["encoder_key"].unique().sort().to_list()
    reason = _reason(keys)
    reasons = ["" if places is not None else reason for places in joined["places"]]
    # Rows are kept by key; the encoders are named in the detail, so that a third one replaces these rows.
    return pl.concat(
        [undefined(run.rows, reasons), _scored(joined.filter(pl.col("places").is_not_null()))],
        how="diagonal_relaxed",
    ).with_columns(
        error_type=pl.lit("other"), encoder_key=pl.lit(WEIGHTS_FREE), scorer_version=pl.lit(_VERSION)
    )


def _reason(keys: list[str]) -> str:
    known = f" (so far {keys[0].split(':')[0]})" if len(keys) == 1 else ""
    return (
        f"fewer than two encoders have scored its similarity{known}; run ws.score('similarity', "
        "encoder=...) with another one first"
    )


def _scored(joined: pl.DataFrame) -> pl.DataFrame:
    lowest, highest = pl.col("places").list.min(), pl.col("places").list.max()
    scored = joined.with_columns(value=1.0 - (highest - lowest)).with_columns(
        evidence=pl.format(
            "{} encoders place it between {} % and {} % of the set; that says to look, not what is wrong.",
            pl.col("places").list.len(),
            (100 * lowest).round(0).cast(pl.Int64),
            (100 * highest).round(0).cast(pl.Int64),
        ),
        detail=pl.struct(
            encoders=pl.col("encoder_key").list.join(" | "), lowest=lowest.round(4), highest=highest.round(4)
        ).struct.json_encode(),
    )
    percentile = mid_rank(scored["value"].to_numpy())
    return scored.with_columns(percentile=pl.Series(percentile, dtype=pl.Float64)).drop(
        "places", "encoder_key"
    )
