"""The scorer `consensus`: a caption against the other captions of its sample; it looks at no media."""

from __future__ import annotations

import json

import polars as pl

from workbench.alignment.consensus import measure_consensus
from workbench.alignment.evidence import explain_consensus
from workbench.scoring.base import Run, undefined

__all__ = ["STRETCH", "consensus_reasons", "score_consensus"]

_VERSION = "consensus-1"
#: Captions of different stretches of a clip describe different things; those of one stretch are compared.
STRETCH = ("sample_id", "start_s", "end_s")


def score_consensus(run: Run) -> pl.DataFrame:
    """Score every caption against the other captions of the same media and interval."""
    from workbench.encoders.text import SentenceEncoder

    reasons = consensus_reasons(run.rows)
    wanted = run.rows.filter(pl.Series([not reason for reason in reasons], dtype=pl.Boolean))
    parts = [undefined(run.rows, reasons)]
    if not wanted.is_empty():
        texts, windows = run.sentences(wanted)
        owner = wanted.select(pl.struct(STRETCH).rank("dense").cast(pl.Int64) - 1).to_series().to_numpy()
        found = measure_consensus(texts, owner)
        numbers = zip(found.best, found.margin, found.others, windows, strict=True)
        details = [
            json.dumps(
                {
                    "best": round(float(best), 4),
                    "margin": round(float(margin), 4),
                    "others": int(others),
                    "windows": int(window),
                }
            )
            for best, margin, others, window in numbers
        ]
        explained = explain_consensus(found, windows, SentenceEncoder.token_limit)
        defined = wanted.with_columns(
            value=pl.Series(found.value, dtype=pl.Float64).fill_nan(None),
            percentile=pl.Series(found.percentile).fill_nan(None),
            evidence=pl.Series(explained, dtype=pl.String),
            detail=pl.Series(details, dtype=pl.String),
        )
        parts.append(defined)
    return pl.concat(parts, how="diagonal_relaxed").with_columns(
        error_type=pl.lit("wrong_pair"),
        encoder_key=pl.lit(SentenceEncoder.text_key),
        scorer_version=pl.lit(_VERSION),
    )


def consensus_reasons(rows: pl.DataFrame) -> list[str]:
    """Return why each caption cannot be compared with others; "" where it can."""
    counted = rows.filter((pl.col("kind") != "transcript") & pl.col("parent").is_null()).select(
        "caption_id", others=pl.len().over(STRETCH) - 1
    )
    others = dict(counted.iter_rows())
    asked = rows.select("caption_id", "kind", "text", "parent").iter_rows()
    return [
        # Hardly a word apart, a correction would vouch for the very caption that it corrects.
        "a correction is not compared with the caption it corrects"
        if parent is not None
        else _reason(kind, text, others.get(caption, 0))
        for caption, kind, text, parent in asked
    ]


def _reason(kind: str, text: str, others: int) -> str:
    if kind == "transcript":
        return "a transcript is not compared with descriptions"
    if not text.strip():
        return "the caption is empty"
    return "" if others else "no other caption of the same media and interval to compare it with"
