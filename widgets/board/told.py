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
    from widgets.board.rows import PairScope
    from widgets.job import Job
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
_COMPARED_CHARS: Final = 20_000
_SENT_CHARS: Final = 2_000  # of each text in a row of the table; the large view has the whole
_LEAD_CHARS: Final = 200


def row_told(row: Mapping[str, object], *, is_short: bool = False) -> dict[str, object]:
    """Return one row for the page; where nobody marked what differs, the words that do are marked.

    Args:
        row: of `widgets.board.rows.board_rows`.
        is_short: send of long texts only the stretch around the first difference: sixty whole transcripts
            would be a page of megabytes.
    """
    told = {name: row[name] for name in _SHOWN}
    chosen, rejected = str(row["chosen_text"] or ""), str(row["rejected_text"] or "")
    spans = {side: _spans_of(row[f"{side}_spans"]) for side in ("chosen", "rejected")}
    # Comparing word by word takes the square of the length.
    if chosen and rejected and not any(spans.values()) and len(chosen) + len(rejected) <= _COMPARED_CHARS:
        found = find_differences(chosen, rejected)
        spans = {"chosen": list(map(list, found.chosen)), "rejected": list(map(list, found.rejected))}
    start = _start_of(spans) if is_short and max(len(chosen), len(rejected)) > _SENT_CHARS else 0
    for side, text in (("chosen", chosen), ("rejected", rejected)):
        whole = (text, spans[side])
        told[f"{side}_text"], told[f"{side}_spans"] = _cut(text, spans[side], start) if is_short else whole
    return told


def _spans_of(value: object) -> list[list[int]]:
    return [list(span) for span in value] if isinstance(value, list) else []


def _start_of(spans: Mapping[str, list[list[int]]]) -> int:
    """Return where to begin both texts; what comes before the first difference is the same in both."""
    first = min((span[0] for of_side in spans.values() for span in of_side), default=0)
    return max(0, first - _LEAD_CHARS)


def _cut(text: str, spans: list[list[int]], start: int) -> tuple[str, list[list[int]]]:
    if len(text) <= _SENT_CHARS and not start:
        return text, spans
    lead = "…" if start else ""
    moved = [[max(0, a - start) + len(lead), max(0, b - start) + len(lead)] for a, b in spans]
    return lead + text[start : start + _SENT_CHARS], [span for span in moved if span[0] < _SENT_CHARS]


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
