"""The shape that pair-wise scorers share: one vector a caption, one of what it speaks of, one row each."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from workbench.alignment.pairs import Pairs, pair_up
from workbench.scoring.base import Compared, Run, undefined

__all__ = ["Measured", "details", "score_pairwise"]


@dataclass(frozen=True)
class Measured:
    """What a pair-wise scorer found for each caption of a kind of media.

    Attributes:
        value: float64 (M,), higher is better aligned; NaN where it is undefined.
        percentile: float64 (M,); NaN as the value.
        evidence: one sentence a caption.
        detail: JSON text of named numbers, one a caption.
        reason: why a caption has no value; read where the value is NaN.
    """

    value: npt.NDArray[np.float64]
    percentile: npt.NDArray[np.float64]
    evidence: Sequence[str]
    detail: Sequence[str]
    reason: str = ""


def score_pairwise(
    run: Run, version: str, measure: Callable[[Compared, Pairs], Measured], *, error_type: str = "wrong_pair"
) -> pl.DataFrame:
    """Run a measure over the captions of every kind of media.

    Args:
        run: the captions and the encoder.
        version: of the scorer; how many frames were looked at is added.
        measure: takes the captions of one kind of media and their vectors by pair.
        error_type: what the score speaks of.
    """
    parts = []
    for media in run.media_kinds:
        compared, without = run.compare(media)
        parts.append(without)
        if compared is not None:
            found = measure(compared, pair_up(compared.vectors, compared.texts, compared.pairing))
            parts.append(_rows(compared.rows, found))
    whole = pl.concat(parts, how="diagonal_relaxed") if parts else undefined(run.rows, [])
    return whole.with_columns(
        error_type=pl.lit(error_type),
        encoder_key=pl.lit(run.encoder.key),
        scorer_version=pl.lit(f"{version} frames={run.frames}"),
    )


def details(columns: Mapping[str, npt.NDArray[np.generic]], **same: str | float) -> list[str]:
    """Return one JSON text a caption from columns of numbers, and what is the same for all of them.

    Example:
        >>> details({"rivals": np.array([3, 4])}, temperature=0.01)
        ['{"rivals": 3, "temperature": 0.01}', '{"rivals": 4, "temperature": 0.01}']
    """
    values = {
        name: [round(v, 4) if isinstance(v, float) else v for v in column.tolist()]
        for name, column in columns.items()
    }
    rows = zip(*values.values(), strict=True)
    return [json.dumps(dict(zip(values, row, strict=True)) | same) for row in rows]


def _rows(rows: pl.DataFrame, found: Measured) -> pl.DataFrame:
    is_there = np.isfinite(found.value)
    scored = rows.with_columns(
        value=pl.Series(found.value, dtype=pl.Float64),
        percentile=pl.Series(found.percentile, dtype=pl.Float64),
        evidence=pl.Series(found.evidence, dtype=pl.String),
        detail=pl.Series(found.detail, dtype=pl.String),
    ).filter(pl.Series(is_there))
    reasons = ["" if there else found.reason for there in is_there]
    return pl.concat([scored, undefined(rows, reasons)], how="diagonal_relaxed")
