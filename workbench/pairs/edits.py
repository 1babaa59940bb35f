"""Corrections as captions and as pairs: derived from the journal, so that an undo takes them back too."""

from __future__ import annotations

from typing import Final

import polars as pl

from workbench.pairs.base import frame_of_pairs
from workbench.preferences.differences import find_differences
from workbench.preferences.pair import Pair
from workbench.records import Verdict, caption_hash, caption_id
from workbench.schema import TABLES
from workbench.store import Store

__all__ = ["EDIT_SOURCE", "edited_captions", "pairs_of_edits"]

#: `source` of an edited caption: the same correction by two people is one caption.
EDIT_SOURCE: Final = "edit"


def edited_captions(store: Store) -> pl.DataFrame:
    """Return the corrections that stand as captions: a new id, the same sample and interval, a parent.

    Returns:
        Rows of the table `captions`; the originals are untouched.
    """
    rows = [_caption(row, verdict) for verdict, row in _corrected(store)]
    return pl.DataFrame(rows, schema=dict(TABLES["captions"]))


def pairs_of_edits(store: Store) -> pl.DataFrame:
    """Return a pair for each correction that stands: the correction is chosen, the original rejected."""
    return frame_of_pairs(_pair(row, verdict) for verdict, row in _corrected(store))


def _corrected(store: Store) -> list[tuple[Verdict, dict[str, object]]]:
    made = [verdict for verdict in store.journal.verdicts() if verdict.edited_text]
    if not made:
        return []
    ids = [verdict.caption_id for verdict in made]
    rows = store.read("captions").filter(pl.col("caption_id").is_in(ids)).iter_rows(named=True)
    captions = {str(row["caption_id"]): row for row in rows}
    # A caption that was ingested away leaves its correction in the journal, where it waits to come back.
    return [(verdict, captions[verdict.caption_id]) for verdict in made if verdict.caption_id in captions]


def _caption(row: dict[str, object], verdict: Verdict) -> dict[str, object]:
    start_s, end_s = _seconds(row["start_s"]), _seconds(row["end_s"])
    return row | {
        "caption_id": _edited_id(row, verdict),
        "text": verdict.edited_text,
        "source": EDIT_SOURCE,
        "parent": row["caption_id"],
        "caption_hash": caption_hash(verdict.edited_text, start_s, end_s),
        "added_at": verdict.at_utc,
    }


def _pair(row: dict[str, object], verdict: Verdict) -> Pair:
    original = str(row["text"])
    found = find_differences(verdict.edited_text, original)
    return Pair(
        sample_id=str(row["sample_id"]),
        chosen_id=_edited_id(row, verdict),
        rejected_id=str(row["caption_id"]),
        chosen_text=verdict.edited_text,
        rejected_text=original,
        origin="edit",
        error_type=verdict.error_types[0] if verdict.error_types else "",
        reason=verdict.note or ", ".join(verdict.error_types),
        strength=verdict.severity,
        chosen_spans=found.chosen,
        rejected_spans=found.rejected,
        completeness=_completeness(verdict, is_deletion=found.is_deletion),
        annotator=verdict.annotator,
    )


def _completeness(verdict: Verdict, *, is_deletion: bool) -> str:
    if verdict.is_complete:
        return "full"
    if is_deletion:
        return "deletes_only"
    return "unknown" if verdict.is_complete is None else "partial"


def _edited_id(row: dict[str, object], verdict: Verdict) -> str:
    return caption_id(
        str(row["sample_id"]),
        verdict.edited_text,
        kind=str(row["kind"]),
        lang=None if row["lang"] is None else str(row["lang"]),
        source=EDIT_SOURCE,
        start_s=_seconds(row["start_s"]),
        end_s=_seconds(row["end_s"]),
    )


def _seconds(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None
