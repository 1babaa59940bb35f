"""The world that the views are measured on: as large as asked for, whole, and the same for the same seed."""

from __future__ import annotations

from pathlib import Path

import workbench
from benchmarks.interface_python import measure
from benchmarks.interface_world import CAPTIONS_PER_SAMPLE, RARE_WORD, make_world
from widgets.gallery.gallery import GalleryCore


def test_a_world_is_whole_and_its_media_are_there(tmp_path: Path) -> None:
    store = make_world(tmp_path / "world", 1_000, seed=1)
    space = workbench.open(store.path)
    assert space.captions.height == 999 * CAPTIONS_PER_SAMPLE  # one sample in a thousand has none
    assert space.scores.height == space.captions.height
    assert space.captions["text"].str.contains(RARE_WORD).sum() == 5
    assert set(space.samples["media"]) == {"image", "video", "audio"}
    for sample_id in space.samples.unique("media")["sample_id"]:
        assert store.media_path_of(sample_id).stat().st_size > 1_000
    shown = GalleryCore(space).answer({"op": "view", "text": RARE_WORD}).content
    assert shown["count"] == 5
    again = make_world(tmp_path / "again", 1_000, seed=1).read("captions")
    assert again.drop("added_at").equals(space.captions.drop("added_at"))


def test_every_step_of_a_view_is_measured(tmp_path: Path) -> None:
    store = make_world(tmp_path / "world", 500)
    told = measure(store.path)
    names = {
        "first_page_s",
        "page_p95_s",
        "brush_p95_s",
        "substring_s",
        "review_step_p95_s",
        "polars_alone_s",
    }
    assert names <= set(told)
    assert all(metric.value >= 0 for name, metric in told.items() if name.endswith("_s"))
