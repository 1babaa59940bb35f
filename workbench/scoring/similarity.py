"""The scorer `similarity`: a caption against its media, beside all the other captions and media."""

from __future__ import annotations

import json

import numpy as np
import numpy.typing as npt
import polars as pl

from workbench.alignment.evidence import explain_similarity
from workbench.alignment.similarity import Similarity, measure_similarity
from workbench.scoring.base import Compared, Run, undefined

__all__ = ["score_similarity"]

_VERSION = "similarity-1"


def score_similarity(run: Run) -> pl.DataFrame:
    """Score every caption against its own image, frames or sound."""
    parts = []
    for media in run.media_kinds:
        compared, without = run.compare(media)
        parts.append(without)
        if compared is not None:
            parts.append(_measure(compared))
    whole = pl.concat(parts, how="diagonal_relaxed") if parts else undefined(run.rows, [])
    return whole.with_columns(
        error_type=pl.lit("wrong_pair"),
        encoder_key=pl.lit(run.encoder.key),
        scorer_version=pl.lit(f"{_VERSION} frames={run.frames}"),
    )


def _measure(compared: Compared) -> pl.DataFrame:
    pairing, times_s = compared.pairing, compared.times_s
    found = measure_similarity(compared.vectors, compared.texts, pairing)
    explained = explain_similarity(
        found,
        compared.media,
        times_s,
        windows=compared.windows,
        token_limit=compared.encoder.token_limit,
        note=compared.caveat,
    )
    many = pairing.last - pairing.first > 1
    best_times = [
        float(t) if several else None for t, several in zip(times_s[found.best_row], many, strict=True)
    ]
    details = _details(found, compared.windows, compared.frames[pairing.owner], compared.note)
    return compared.rows.with_columns(
        value=pl.Series(found.value, dtype=pl.Float64),
        percentile=pl.Series(found.percentile),
        best_time_s=pl.Series(best_times, dtype=pl.Float64),
        evidence=pl.Series(explained, dtype=pl.String),
        detail=pl.Series(details, dtype=pl.String),
    )


def _details(
    found: Similarity, windows: npt.NDArray[np.int64], frames: npt.NDArray[np.int64], joined: str
) -> list[str]:
    """Return the named numbers behind each value as JSON, and how the towers were joined."""
    columns: dict[str, npt.NDArray[np.generic]] = {
        "margin": found.margin.round(4).astype(np.float64),
        "best": found.best.round(4).astype(np.float64),
        "mean": found.mean.round(4).astype(np.float64),
        "rank_in_row": found.rank_in_row,
        "rivals_in_row": found.rivals_in_row,
        "rank_in_column": found.rank_in_column,
        "rivals_in_column": found.rivals_in_column,
        "windows": windows,
        "frames": frames,
    }
    values = {
        name: [round(v, 4) if isinstance(v, float) else v for v in column.tolist()]
        for name, column in columns.items()
    }
    said = {"joined": joined} if joined else {}
    rows = zip(*values.values(), strict=True)
    return [json.dumps(dict(zip(values, row, strict=True)) | said) for row in rows]
