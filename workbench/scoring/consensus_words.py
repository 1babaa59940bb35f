"""The scorer `consensus_words`: a caption's words against those of the other captions of its sample."""

from __future__ import annotations

import numpy as np
import polars as pl

from workbench.alignment.evidence import say_place
from workbench.alignment.words import WordConsensus, measure_word_consensus
from workbench.scoring.base import WEIGHTS_FREE, Run, undefined
from workbench.scoring.consensus import STRETCH, consensus_reasons
from workbench.scoring.pairwise import details

__all__ = ["score_consensus_words"]

_VERSION = "consensus_words-1"
_NAMED = 3  # words named in the evidence


def score_consensus_words(run: Run) -> pl.DataFrame:
    """Score every caption by the words it shares with the other captions of the same media and interval."""
    reasons = consensus_reasons(run.rows)
    wanted = run.rows.filter(pl.Series([not reason for reason in reasons], dtype=pl.Boolean))
    parts = [undefined(run.rows, reasons)]
    if not wanted.is_empty():
        owner = wanted.select(pl.struct(STRETCH).rank("dense").cast(pl.Int64) - 1).to_series().to_numpy()
        found = measure_word_consensus(wanted["text"].to_list(), owner)
        is_there = np.isfinite(found.value)
        scored = wanted.with_columns(
            value=pl.Series(found.value, dtype=pl.Float64),
            percentile=pl.Series(found.percentile, dtype=pl.Float64),
            evidence=pl.Series(_explain(found), dtype=pl.String),
            detail=pl.Series(details({"others": found.others}), dtype=pl.String),
        )
        parts.append(scored.filter(pl.Series(is_there)))
        why = "no words that could be compared with another caption of the same media and interval"
        parts.append(undefined(wanted, ["" if there else why for there in is_there]))
    return pl.concat(parts, how="diagonal_relaxed").with_columns(
        error_type=pl.lit("wrong_pair"), encoder_key=pl.lit(WEIGHTS_FREE), scorer_version=pl.lit(_VERSION)
    )


def _explain(found: WordConsensus) -> list[str]:
    return [
        f"{say_place(float(found.percentile[i]))}: {_named('shares', found.shared[i])} with the "
        f"{found.others[i]} other caption{'s' if found.others[i] > 1 else ''} of its sample; "
        f"{_named('alone in saying', found.alone[i])}; blind to synonyms."
        if np.isfinite(found.value[i])
        else ""
        for i in range(len(found.value))
    ]


def _named(verb: str, words: tuple[str, ...]) -> str:
    return f"{verb} {', '.join(f'“{word}”' for word in words[:_NAMED])}" if words else f"{verb} no word"
