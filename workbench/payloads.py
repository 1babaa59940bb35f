"""Decisions as they are stored and as they are shown: JSON text in the journal, frames for the user.

A payload names every field, so that one written by an older workbench still reads: what it lacks takes the
value that stands for "not said".
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Final

import polars as pl

from workbench.records import Interval, Judgement, Span, Verdict

__all__ = [
    "JUDGEMENT_COLUMNS",
    "VERDICT_COLUMNS",
    "decode",
    "encode",
    "judgements_frame",
    "verdicts_frame",
]

_UTC: Final = pl.Datetime("us", "UTC")

#: The columns of a frame of verdicts.
VERDICT_COLUMNS: Final[dict[str, pl.DataType]] = {
    "caption_id": pl.String(),
    "annotator": pl.String(),
    "verdict": pl.String(),
    "error_types": pl.List(pl.String()),
    "spans": pl.List(pl.List(pl.Int64())),
    "start_s": pl.Float64(),
    "end_s": pl.Float64(),
    "severity": pl.Int64(),
    "note": pl.String(),
    "edited_text": pl.String(),
    "is_complete": pl.Boolean(),
    "edited_start_s": pl.Float64(),
    "edited_end_s": pl.Float64(),
    "offset_s": pl.Float64(),
    "stratum": pl.String(),
    "caption_hash": pl.String(),
    "is_adjudicated": pl.Boolean(),
    "at_utc": _UTC,
}

#: The columns of a frame of judgements.
JUDGEMENT_COLUMNS: Final[dict[str, pl.DataType]] = {
    "pair_id": pl.String(),
    "annotator": pl.String(),
    "answer": pl.String(),
    "winner": pl.String(),
    "left": pl.String(),
    "strength": pl.Int64(),
    "criterion": pl.String(),
    "reasons": pl.List(pl.String()),
    "note": pl.String(),
    "occasion": pl.Int64(),
    "seconds": pl.Float64(),
    "at_utc": _UTC,
}


def encode(decision: Verdict | Judgement) -> str:
    """Return a decision as JSON text."""
    fields = asdict(decision)
    fields["at_utc"] = decision.at_utc.isoformat() if decision.at_utc else None
    return json.dumps(fields, ensure_ascii=False)


def decode(payload: str) -> Verdict | Judgement:
    """Return the decision that was encoded; a judgement is told by its `pair_id`."""
    fields = json.loads(payload)
    fields["at_utc"] = datetime.fromisoformat(fields["at_utc"]) if fields["at_utc"] else None
    if "pair_id" in fields:
        return Judgement(**fields | {"reasons": tuple(fields["reasons"])})
    # What an older workbench did not know is not in its payloads.
    intervals = {name: fields.get(name) for name in ("interval", "edited_interval")}
    shaped = {
        "error_types": tuple(fields["error_types"]),
        "spans": tuple(Span(*span) for span in fields["spans"]),
        **{name: Interval(*interval) if interval else None for name, interval in intervals.items()},
    }
    return Verdict(**fields | shaped)


def verdicts_frame(verdicts: Sequence[Verdict]) -> pl.DataFrame:
    """Return verdicts as a frame with the columns of `VERDICT_COLUMNS`, one row a verdict."""
    return pl.DataFrame([_verdict_row(verdict) for verdict in verdicts], schema=VERDICT_COLUMNS)


def judgements_frame(judgements: Sequence[Judgement]) -> pl.DataFrame:
    """Return judgements as a frame with the columns of `JUDGEMENT_COLUMNS`, one row a judgement.

    `winner` is null for every answer but `prefer`.
    """
    rows = [
        {name: getattr(judgement, name) for name in JUDGEMENT_COLUMNS}
        | {"reasons": list(judgement.reasons), "winner": judgement.winner or None}
        for judgement in judgements
    ]
    return pl.DataFrame(rows, schema=JUDGEMENT_COLUMNS)


def _verdict_row(verdict: Verdict) -> dict[str, object]:
    interval, edited = verdict.interval, verdict.edited_interval
    row: dict[str, object] = {name: getattr(verdict, name, None) for name in VERDICT_COLUMNS}
    return row | {
        "error_types": list(verdict.error_types),
        "spans": [list(span) for span in verdict.spans],
        "start_s": interval.start_s if interval else None,
        "end_s": interval.end_s if interval else None,
        "edited_text": verdict.edited_text or None,
        "edited_start_s": edited.start_s if edited else None,
        "edited_end_s": edited.end_s if edited else None,
    }
