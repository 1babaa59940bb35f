"""Verified captions: those that people looked at and found fine, and those that people wrote."""

from __future__ import annotations

import polars as pl

from workbench.pairs.edits import edited_captions
from workbench.store import Store

__all__ = ["verified_captions"]


def verified_captions(store: Store) -> pl.DataFrame:
    """Return the captions that may stand as chosen: no one said that they are wrong, and someone looked.

    A caption that one annotator found fine and another did not is left out; so is a correction that its
    author called incomplete. A skip is no answer.

    Returns:
        Rows of the table `captions`.
    """
    verdicts = store.journal.frame().filter(pl.col("verdict") != "skip")
    wrong = verdicts.filter(pl.col("verdict") == "misaligned")
    fine = verdicts.filter(pl.col("verdict") == "ok").join(wrong, on="caption_id", how="anti")
    captions = store.read("captions").join(fine, on="caption_id", how="semi")
    partial = {
        (row["caption_id"], row["edited_text"])
        for row in wrong.filter(pl.col("is_complete").not_()).iter_rows(named=True)
    }
    edits = edited_captions(store).join(wrong, on="caption_id", how="anti")
    is_partial = [key in partial for key in edits.select("parent", "text").iter_rows()]
    edits = edits.filter(~pl.Series(is_partial, dtype=pl.Boolean))
    return pl.concat([edits, captions]).unique("caption_id", keep="first", maintain_order=True)
