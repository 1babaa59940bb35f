"""The curve of one caption is high where its content is."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from made_clips import BLUE, RED, write_squares

from workbench.errors import MediaError
from workbench.ingest import ingest
from workbench.scoring.fit_curve import fit_curve
from workbench.store import Store


def make_store(folder: Path, rows: list[dict[str, object]]) -> Store:
    (folder / "captions.jsonl").write_text("\n".join(map(json.dumps, rows)) + "\n", encoding="utf-8")
    store = Store.create(folder / "ws")
    ingest(store, folder / "captions.jsonl", progress=False)
    return store


def test_the_curve_rises_where_the_thing_is_and_the_interval_moves_there(tmp_path: Path) -> None:
    write_squares(tmp_path / "clip.mp4", [(RED, 1.0, 3.0), (BLUE, 4.0, 6.0)], 8.0)
    rows = [
        {"path": "clip.mp4", "text": "A blue box moves past.", "start_s": 2.8, "end_s": 4.8},
        {"path": "clip.mp4", "text": "A red box moves past.", "start_s": 1.0, "end_s": 3.0},
    ]
    store = make_store(tmp_path, rows)
    blue = store.read("captions").filter(text="A blue box moves past.")["caption_id"][0]
    found = fit_curve(store, blue, encoder="fake")
    inside = (found.times_s > 4.2) & (found.times_s < 5.8)
    assert found.values[inside].mean() > found.values[~inside].mean() + 1
    assert np.allclose(found.best_s, (4.0, 6.0), atol=0.35)
    assert found.encoder_key.startswith("fake:")


def test_a_picture_has_no_curve(tmp_path: Path) -> None:
    from PIL import Image

    Image.new("RGB", (32, 32), "red").save(tmp_path / "p.png")
    store = make_store(tmp_path, [{"path": "p.png", "text": "a red square"}])
    with pytest.raises(MediaError, match="captions of videos only"):
        fit_curve(store, store.read("captions")["caption_id"][0], encoder="fake")
