"""The gallery among linked views: what is picked there narrows it, and what is picked in it is told."""

from __future__ import annotations

import polars as pl
import pytest

from widgets.gallery.gallery import GalleryCore
from workbench.workspace import Workspace


@pytest.fixture
def core(ws: Workspace) -> GalleryCore:
    return GalleryCore(ws)


@pytest.fixture
def told(core: GalleryCore) -> list[tuple[list[str] | None, str]]:
    """What the core has told the views that it is linked with."""
    heard: list[tuple[list[str] | None, str]] = []
    core.on_scope = lambda keys, why: heard.append((None if keys is None else keys.to_list(), why))
    return heard


def test_a_pick_elsewhere_narrows_the_grid_and_its_counts(core: GalleryCore, ws: Workspace) -> None:
    sample = ws.samples.sort("path")["sample_id"].head(1)
    core.take_scope(sample, "1 point in a lasso")
    answer = core.answer({"op": "open"}).content
    assert answer["count"] == ws.captions.filter(pl.col("sample_id") == sample[0]).height
    assert answer["total"] == 7
    assert answer["linked"] == "1 point in a lasso"
    assert answer["facets"]["media"] == {"image": 1}


def test_a_filter_and_a_pick_elsewhere_hold_together(core: GalleryCore, ws: Workspace) -> None:
    captions = ws.captions.filter(pl.col("text").is_in(["a cat", "a red square"]))["caption_id"]
    core.take_scope(captions, "brushed")
    assert core.answer({"op": "view", "text": "square"}).content["count"] == 1
    assert core.answer({"op": "view", "text": "square", "lift": True}).content["count"] == 4


def test_what_was_taken_is_never_told_again_as_ones_own(
    core: GalleryCore, ws: Workspace, told: list[tuple[list[str] | None, str]]
) -> None:
    core.take_scope(ws.captions["caption_id"].head(1), "brushed")
    core.answer({"op": "view", "text": "square"})
    [(ids, why)] = told
    assert ids is not None
    assert len(ids) == 4  # as the filter alone has it, whatever the other view has left
    assert why == "4 pairs in the gallery"


def test_an_emptied_filter_is_told_as_everything(
    core: GalleryCore, told: list[tuple[list[str] | None, str]]
) -> None:
    core.answer({"op": "view", "text": "square"})
    core.answer({"op": "view", "text": ""})
    assert told[-1] == (None, "")


def test_several_selected_pairs_are_a_pick_and_one_is_not(
    core: GalleryCore, told: list[tuple[list[str] | None, str]]
) -> None:
    core.answer({"op": "select", "how": "range", "start": 0, "stop": 1})
    core.answer({"op": "select", "how": "range", "start": 0, "stop": 2})
    assert [None if ids is None else len(ids) for ids, _why in told] == [None, 2]
    assert told[-1][1] == "2 selected pairs"
