"""Who decided what, and when: every act of every person as it was done, undone ones among them."""

from __future__ import annotations

from typing import Final

import polars as pl

from workbench.journal import Event
from workbench.records import Judgement
from workbench.store import Store

__all__ = ["history"]

_HISTORY: Final[dict[str, pl.DataType]] = {
    "seq": pl.Int64(),
    "at_utc": pl.Datetime("us", "UTC"),
    "annotator": pl.String(),
    "act": pl.String(),
    "subject": pl.String(),
    "said": pl.String(),
    "error_types": pl.List(pl.String()),
    "edited_text": pl.String(),
    "note": pl.String(),
    "of_seq": pl.Int64(),
}


def history(
    store: Store, *, annotator: str | None = None, limit: int | None = None, before: int | None = None
) -> pl.DataFrame:
    """List what was decided, taken back and made again, the newest first.

    Args:
        store: the workspace.
        annotator: whose acts; everybody's when left out.
        limit: at most so many rows.
        before: only those numbered below this, to go on where an earlier list ended.

    Returns:
        `seq` (its place among all acts), `at_utc`, `annotator`, `act` (`verdict`, `judgement`, `undo`,
        `redo`), `subject` (the caption, or the pair), `said` (the verdict or the answer meant), what was said
        with it, and `of_seq`: which act an undo or a redo is of.
    """
    events = store.journal.history(annotator, limit, before=before)
    return pl.DataFrame([_row(event) for event in events], schema=_HISTORY)


def _row(event: Event) -> dict[str, object]:
    made = event.decision
    told = {
        "seq": event.seq,
        "at_utc": event.at_utc,
        "annotator": event.annotator,
        "act": event.kind,
        "subject": made.subject,
        "note": made.note or None,
        "of_seq": event.target_seq,
    }
    if isinstance(made, Judgement):
        return told | {"said": made.answer, "error_types": []}
    edited = {"error_types": list(made.error_types), "edited_text": made.edited_text or None}
    return told | {"said": made.verdict} | edited
