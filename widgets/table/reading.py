"""What views read of a workspace: its tables, as they stand or as they stood at one moment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol

import polars as pl

__all__ = ["SCORE_COLUMNS", "Tables", "TablesNow", "last_verdicts"]

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
