"""All that is known of one sample, found by row numbers: a step of a review looks through no table."""

from __future__ import annotations

import weakref
from typing import Final

import numpy as np
import polars as pl

from widgets.table.columns import Columns
from widgets.table.reading import Tables, TablesNow
from workbench.matching import NONE
from workbench.store import Store

__all__ = ["columns_of", "find_sample"]

#: The columns that views of one store share, by scorer, with the stamp of the tables that they were made of.
_SHARED: Final[weakref.WeakKeyDictionary[Store, dict[str, tuple[str, weakref.ref[Columns]]]]] = (
    weakref.WeakKeyDictionary()
)


def columns_of(tables: Tables, store: Store, scorer: str, stamp: str) -> Columns:
    """Return the columns of a store's tables; those that another view has made where nothing has changed.

    Args:
        tables: what to read.
        store: where the tables are from.
        scorer: whose values are shown.
        stamp: a text that changes with the tables.
    """
    shared = _SHARED.setdefault(store, {})
    seen, made = shared.get(scorer, ("", None))
    columns = made() if made is not None and seen == stamp else None
    if columns is None:
        columns = Columns(tables, scorer)
        shared[scorer] = (stamp, weakref.ref(columns))
    return columns


def find_sample(columns: Columns, sample_id: str) -> TablesNow | None:
    """Return the rows of every table that are of one sample; of its scores those of it as it is now.

    None where there is no such sample. Verdicts are left out.
    """
    row = int(columns.sample_index.rows([sample_id])[0])
    if row == NONE:
        return None
    sample = columns.samples.slice(row, 1)
    rows = columns.owned.rows_of(np.array([row], np.uint32))
    captions = columns.captions[rows]
    now = captions.select("caption_id", now_hash="caption_hash")
    scores = [column.of(rows) for column in columns.scores.values()] or [columns.no_scores]
    fresh = (
        pl.concat(scores)
        .join(now, on="caption_id", how="inner", maintain_order="left")
        .filter(pl.col("caption_hash") == pl.col("now_hash"), content_hash=sample["content_hash"][0])
        .sort("scored_at", maintain_order=True)
    )
    flags = columns.flags_of(rows)
    return TablesNow(sample, captions, fresh.drop("now_hash"), flags, pl.DataFrame())
