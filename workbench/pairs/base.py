"""The table of pairs: rows of what was made, which a later run adds to and never doubles."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields

import polars as pl

from workbench.preferences.pair import Pair
from workbench.records import utc_now
from workbench.schema import TABLES
from workbench.store import Store

__all__ = ["add_pairs", "frame_of_pairs"]


def frame_of_pairs(pairs: Iterable[Pair]) -> pl.DataFrame:
    """Return pairs as rows of the table `pairs`, one of each pair of captions, without `added_at`."""
    rows = []
    for pair in pairs:
        row: dict[str, object] = {field.name: getattr(pair, field.name) for field in fields(Pair)}
        row["chosen_spans"] = [list(span) for span in pair.chosen_spans]
        row["rejected_spans"] = [list(span) for span in pair.rejected_spans]
        rows.append({"pair_id": pair.pair_id} | row)
    frame = pl.DataFrame(rows, schema=dict(TABLES["pairs"]))
    return frame.unique("pair_id", keep="first", maintain_order=True)


def add_pairs(store: Store, pairs: Iterable[Pair]) -> int:
    """Add pairs to the workspace; a pair of the same two captions that is there already stays as it is.

    Returns:
        How many were new.
    """
    frame = frame_of_pairs(pairs).with_columns(added_at=pl.lit(utc_now()))
    return store.append("pairs", frame) if frame.height else 0
