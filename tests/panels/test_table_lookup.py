"""One sample by row numbers, and columns that views share."""

from __future__ import annotations

import gc

import polars as pl
import pytest

from widgets.gallery.gallery import GalleryCore
from widgets.review.review import ReviewCore
from widgets.table.columns import Columns
from widgets.table.lookup import find_sample
from workbench.review import fresh_scores
from workbench.workspace import Workspace


@pytest.mark.parametrize("is_tied", [False, True])
def test_a_sample_comes_with_its_own_rows_of_every_table(ws: Workspace, is_tied: bool) -> None:
    ws.store.replace("captions", ws.captions.sample(fraction=1, shuffle=True, seed=2))
    columns = Columns(ws, "similarity")
    if is_tied:  # from then on flags are found by row numbers
        assert len(columns.flagged) == ws.flags.height > 0
    for sample_id in ws.samples["sample_id"]:
        found = find_sample(columns, sample_id)
        assert found is not None
        mine = ws.captions.filter(sample_id=sample_id)
        ids = mine["caption_id"].to_list()
        assert found.samples["sample_id"].to_list() == [sample_id]
        assert found.captions.equals(mine)
        fresh = fresh_scores(ws.store).filter(pl.col("caption_id").is_in(ids))
        assert found.scores.equals(fresh.select(found.scores.columns))
        assert found.flags.equals(ws.flags.filter(pl.col("caption_id").is_in(ids)))
    assert find_sample(columns, "s of another world") is None


def test_a_score_of_a_caption_that_has_changed_since_is_left_out(ws: Workspace) -> None:
    ws.store.replace("captions", ws.captions.with_columns(caption_hash=pl.lit("other")))
    found = find_sample(Columns(ws, "similarity"), ws.captions["sample_id"][0])
    assert found is not None
    assert found.scores.is_empty()


def test_views_of_one_workspace_share_its_columns_until_a_table_changes(ws: Workspace) -> None:
    gallery, review = GalleryCore(ws), ReviewCore(ws)
    assert gallery.columns() is review.columns()
    before = gallery.columns()
    ws.store.replace("flags", ws.flags.head(0))
    assert gallery.columns() is not before
    assert review.columns() is gallery.columns()
    del before
    gc.collect()
    assert gallery.answer({"op": "view", "text": "is:flagged"}).content["count"] == 0
