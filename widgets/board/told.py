"""What the page of the board is told: rows, the state of the checks, the split."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import polars as pl

from workbench.pairs.split_lock import SplitLock
from workbench.preferences.collage import read_collage
from workbench.preferences.differences import find_differences

if TYPE_CHECKING:
    from widgets.board.checks import Checked
    from widgets.board.job import Job
    from widgets.board.rows import PairScope
    from workbench.pairs.splitting import SplitSummary
    from workbench.store import Store

__all__ = ["checks_told", "others_told", "row_told", "scope_told", "split_told"]

_SHOWN: Final = (
    "pair_id", "chosen_id", "sample_id", "rejected_sample_id", "media", "path", "duration_s", "frame_rate_hz",
    "chosen_text", "rejected_text", "chosen_spans", "rejected_spans", "origin", "builder", "error_type",
    "reason", "criterion", "strength", "margin", "completeness", "annotator", "is_leaky", "is_turned",
    "status", "voices_chosen", "voices_rejected", "voices_tie", "voices_both_bad", "voices",
    "agreement", "weight", "lint", "own_findings", "split", "source", "prompt", "length_difference",
)  # fmt: skip


def row_told(row: Mapping[str, object]) -> dict[str, object]:
    """Return one row for the page; where nobody marked what differs, the words that do are marked."""
    told = {name: row[name] for name in _SHOWN}
    chosen, rejected = str(row["chosen_text"] or ""), str(row["rejected_text"] or "")
    if chosen and rejected and not row["chosen_spans"] and not row["rejected_spans"]:
        found = find_differences(chosen, rejected)
        told["chosen_spans"] = [tuple(span) for span in found.chosen]
        told["rejected_spans"] = [tuple(span) for span in found.rejected]
    return told


def others_told(samples: pl.DataFrame, row: Mapping[str, object]) -> list[dict[str, object]]:
    """Return the other samples that a pair shows: that of the rejected caption, or all of a collage.

    Returns:
        `sample_id`, `path`, `media`, `is_asked` (whether a collage asks about this one).
    """
    collage = read_collage(str(row["detail"] or ""))
    ids = collage.samples if collage else (row["rejected_sample_id"],)
    known = {found["sample_id"]: found for found in samples.filter(pl.col("sample_id").is_in(ids)).to_dicts()}
    return [
        {name: known[one][name] for name in ("sample_id", "path", "media")}
        | {"is_asked": collage is not None and place == collage.asked}
        for place, one in enumerate(ids)
        if one in known
    ]


def scope_told(scope: PairScope) -> dict[str, object]:
    """Return a scope for the page, which sends it back changed."""
    return {
        "text": scope.text, "measure": scope.measure, "low": scope.low, "high": scope.high,
        "picks": {name: list(values) for name, values in scope.picks.items()},
        "finding": scope.finding, "sort": scope.sort, "seed": scope.seed,
    }  # fmt: skip


def checks_told(checks: Job[Checked], revision: int) -> dict[str, object]:
    """Return how lint stands: running, failed, what it found, whether the pairs have changed since."""
    checked = checks.result
    return checks.told() | {"last": None if checked is None else checked.told(revision)}


def split_told(store: Store, rows: pl.DataFrame, splitting: Job[SplitSummary]) -> dict[str, object]:
    """Return how the pairs are split and with which seed that is locked; `lock` is None before it is."""
    lock = SplitLock.read(store)
    counts = dict(rows["split"].value_counts().iter_rows()) if rows.height else {}
    said = None if lock is None else {"seed": lock.seed, "held_out_share": lock.held_out_share}
    summary = "" if splitting.result is None else str(splitting.result)
    return splitting.told() | {"lock": said, "counts": counts, "summary": summary}
