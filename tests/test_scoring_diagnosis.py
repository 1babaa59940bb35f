"""The diagnosis of a workspace: its table, its figure, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from workbench.errors import UnknownNameError, WorkbenchError
from workbench.ingest import ingest
from workbench.scoring.diagnosis import diagnose
from workbench.store import Store

COLOURS = {"red": (210, 40, 40), "green": (40, 170, 60), "blue": (40, 70, 210), "yellow": (240, 220, 50)}


def walls(folder: Path, count: int) -> Store:
    media = folder / "media"
    media.mkdir()
    random = np.random.default_rng(0)
    lines = []
    for number in range(count):
        name = list(COLOURS)[number % 4]
        pixels = np.full((32, 32, 3), COLOURS[name], np.uint8) + random.integers(0, 8, (32, 32, 3), np.uint8)
        Image.fromarray(pixels).save(media / f"{number}.png")
        lines.append(json.dumps({"path": f"{number}.png", "text": f"a {name} wall {number}"}))
    (folder / "captions.jsonl").write_text("\n".join(lines))
    store = Store.create(folder / "ws")
    ingest(store, media, captions=folder / "captions.jsonl", progress=False)
    return store


def test_every_number_is_in_the_table_with_its_range_and_reading(tmp_path: Path) -> None:
    found = diagnose(walls(tmp_path, 40), "fake")
    measures = found.table["measure"].to_list()
    assert {"gap", "separability", "alignment", "uniformity_across", "rank_media", "hubness_texts"} <= set(
        measures
    )
    assert [name for name in measures if name.startswith("stability")] == [
        "stability_0.01_0.03", "stability_0.03_0.07", "stability_0.07_0.2",
    ]  # fmt: skip
    assert found.table["value"].is_finite().all()
    assert found.table["reading"].str.len_chars().min() > 0
    assert "40 pairs" in str(found)
    assert found.media == "image"


def test_the_figure_is_one_layout_of_three_plots_that_bokeh_can_draw(tmp_path: Path) -> None:
    hv = pytest.importorskip("holoviews", reason="the extra plots is not installed")
    figure = diagnose(walls(tmp_path, 40), "fake").figure()
    assert len(figure) == 3
    assert hv.render(figure, backend="bokeh") is not None


def test_a_set_too_small_for_a_diagnosis_says_how_many_it_has(tmp_path: Path) -> None:
    store = walls(tmp_path, 8)
    with pytest.raises(WorkbenchError, match="Only 8 samples"):
        diagnose(store, "fake")
    with pytest.raises(WorkbenchError, match="Only 0 samples of kind 'video'"):
        diagnose(store, "fake", media="video")


def test_an_unknown_encoder_lists_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match="Known: bridge"):
        diagnose(walls(tmp_path, 20), "brige")
