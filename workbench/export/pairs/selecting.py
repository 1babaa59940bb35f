"""Choose the pairs to export and find what belongs to each: what it shows and answers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import polars as pl

from workbench.errors import ExportError, UnknownNameError
from workbench.export.pairs.base import ExportPair, ExportSettings, Facts, PairSet
from workbench.records import Span
from workbench.shown import ShownFinder
from workbench.store import Store

__all__ = ["select_pairs"]

_STATUSES: Final = ("accepted", "proposed", "open", "disputed", "tie", "both_bad")


def select_pairs(
    store: Store,
    pairs: pl.DataFrame,
    *,
    status: Sequence[str],
    split: str | None,
    settings: ExportSettings,
    home: Path,
    facts: Facts,
) -> PairSet:
    """Return the pairs of some statuses and one split, each with what it shows and answers.

    Raises:
        UnknownNameError: for a status or split that does not exist.
        ExportError: for a split of pairs that were never split.
    """
    for name in status:
        if name not in _STATUSES:
            raise UnknownNameError("status", name, _STATUSES)
    frame = pairs.filter(pl.col("status").is_in(list(status)))
    if split is not None:
        known = sorted(set(pairs["split"].drop_nulls()))
        if not known:
            raise ExportError(
                f"The split {split!r} was asked for, and these pairs were never split.",
                "Run ws.split_pairs() first, or leave the split out.",
            )
        if split not in known:
            raise UnknownNameError("split", split, known)
        frame = frame.filter(pl.col("split") == split)
    finder = ShownFinder(store, settings.prompt)
    found = [_pair(row, finder) for row in frame.iter_rows(named=True)]
    return PairSet(frame, found, settings, home, facts)


_TEXTS: Final = (
    "pair_id",
    "sample_id",
    "rejected_sample_id",
    "chosen_id",
    "rejected_id",
    "criterion",
    "status",
)


def _pair(row: dict[str, object], finder: ShownFinder) -> ExportPair:
    shown, rejected_shown = finder.both(row)
    return ExportPair(
        **{name: _text(row[name]) for name in _TEXTS},
        chosen=_text(row["chosen_text"]),
        rejected=_text(row["rejected_text"]),
        split=_text(row["split"]) or None,
        strength=_whole(row["strength"]),
        weight=_number(row.get("weight")),
        chosen_spans=_spans(row["chosen_spans"]),
        rejected_spans=_spans(row["rejected_spans"]),
        shown=shown,
        rejected_shown=rejected_shown,
    )


def _spans(value: object) -> tuple[Span, ...]:
    return tuple(Span(*two) for two in value) if isinstance(value, list) else ()


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def _whole(value: object) -> int | None:
    return int(value) if isinstance(value, int | float) else None
