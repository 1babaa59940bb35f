"""The scorer `spoken_words`: word errors of a transcript against what a speech model of the user's hears."""

from __future__ import annotations

import json

import numpy as np
import numpy.typing as npt
import polars as pl

from workbench.alignment.similarity import mid_rank
from workbench.encoders.asr import SpeechReader, count_errors, locate_change
from workbench.errors import EncoderError, MediaError
from workbench.media.audio import decode_audio
from workbench.scoring.base import Run, undefined

__all__ = ["score_spoken_words"]

_VERSION = "spoken_words-1"
_MARGIN_S = 0.2


def score_spoken_words(run: Run) -> pl.DataFrame:
    """Score every transcript caption by minus its word error rate: 0 is best, -1 is all wrong.

    The model is given as `encoder="asr:<id or folder>"`. It makes errors of its own, so the rank says more
    than the value.

    Raises:
        EncoderError: when no such model was given, or it cannot be loaded.
    """
    kind, _, source = run.encoder_name.partition(":")
    if kind != "asr" or not source:
        raise EncoderError(
            f"The scorer 'spoken_words' needs a speech model; seen encoder={run.encoder_name!r}.",
            "Give a hub id or a folder: ws.score('spoken_words', encoder='asr:<id or folder>').",
        )
    reader = SpeechReader(source, run.device)
    rows = run.rows.filter((pl.col("kind") == "transcript") & (pl.col("media") != "image"))
    found = [
        one
        for group in rows.sort("sample_id", maintain_order=True).partition_by(
            "sample_id", maintain_order=True
        )
        for one in _read_sample(run, reader, group)
    ]
    parts = [undefined(rows.clear(), []), *found]
    whole = pl.concat(parts, how="diagonal_relaxed")
    valued = whole["value"].is_not_null().to_numpy()
    ranks = np.full(whole.height, np.nan)
    ranks[valued] = mid_rank(whole["value"].drop_nulls().to_numpy())
    return whole.with_columns(
        percentile=pl.Series(ranks, dtype=pl.Float64).fill_nan(None),
        error_type=pl.lit("transcript"),
        encoder_key=pl.lit(reader.key),
        scorer_version=pl.lit(_VERSION),
    )


def _read_sample(run: Run, reader: SpeechReader, rows: pl.DataFrame) -> list[pl.DataFrame]:
    root, path = rows.select("root", "path").row(0)
    try:
        samples = decode_audio(run.store.media_path(root, path), reader.rate_hz)
    except MediaError as error:
        return [undefined(rows, [error.message.rstrip(".")] * rows.height)]
    return [_read_row(reader, samples, rows[number]) for number in range(rows.height)]


def _read_row(reader: SpeechReader, samples: npt.NDArray[np.float32], row: pl.DataFrame) -> pl.DataFrame:
    one = row.row(0, named=True)
    if not one["text"].strip():
        return undefined(row, ["the caption is empty"])
    first, last = 0, len(samples)
    if one["start_s"] is not None and one["end_s"] is not None:
        first = max(0, round((one["start_s"] - _MARGIN_S) * reader.rate_hz))
        last = round((one["end_s"] + _MARGIN_S) * reader.rate_hz)
    if len(samples[first:last]) < reader.rate_hz * _MARGIN_S:
        return undefined(row, ["the interval is empty or lies outside the sound"])
    heard = reader.read(samples[first:last], (one["lang"] or "")[:2])
    errors = count_errors(one["text"], heard)
    if not np.isfinite(errors.wer):
        return undefined(row, ["the caption has no words"])
    span = locate_change(one["text"], errors)
    detail = {
        "wer": round(errors.wer, 4), "cer": round(errors.cer, 4), "heard": heard,
        "normalisation": errors.normalisation,
    }  # fmt: skip
    return row.with_columns(
        value=pl.lit(-errors.wer, pl.Float64),
        reason=pl.lit(None, pl.String),
        evidence=pl.lit(_explain(errors.changed, errors.wer)),
        detail=pl.lit(json.dumps(detail)),
        start_char=pl.lit(span[0] if span else None, pl.Int32),
        end_char=pl.lit(span[1] if span else None, pl.Int32),
    )


def _explain(changed: tuple[tuple[str, str], ...], wer: float) -> str:
    if not changed:
        return "Every word is heard as it stands."
    told, heard = max(changed, key=lambda pair: len(pair[0]) + len(pair[1]))
    if told and heard:
        what = f"{told!r} is heard as {heard!r}"
    else:
        what = f"{told!r} is not heard" if told else f"{heard!r} is heard and not written"
    return f"{what}; {100 * wer:.0f} % of the words differ."
