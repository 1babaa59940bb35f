"""Views: what the scorer says of a small group of cameras, with clips made here."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from made_clips import BLUE, RED, write_squares

from workbench.ingest import ingest
from workbench.scoring.base import Run
from workbench.scoring.views import score_views
from workbench.store import Store

pytest.importorskip("av", reason="clips are written and read by PyAV")
pytest.importorskip("cv2", reason="moving things are followed by OpenCV")

SIDES = {"left": 0.0, "middle": 0.4, "right": 0.8}


class _Sentences(Run):
    """A run whose sentence tower knows two things: whether "box" or "dog" is said, and how much else."""

    def sentences(self, rows: pl.DataFrame) -> tuple[np.ndarray, np.ndarray]:
        vectors = np.array([[1.0, 0.0] if "box" in text else [0.0, 1.0] for text in rows["text"]], np.float32)
        return vectors, np.ones(len(vectors), np.int64)


def run_of(folder: Path, captions: dict[str, list[tuple[str, float, float]]]) -> _Sentences:
    """Film red then blue with cameras that start .4 s apart; captions are on each camera's own clock."""
    (folder / "media").mkdir()
    rows = []
    for view, lines in captions.items():
        late = SIDES[view]
        write_squares(
            folder / "media" / f"{view}.mp4",
            [(RED, 1.5 - late, 3.0 - late), (BLUE, 4.0 - late, 6.0 - late)],
            7.0,
        )
        rows += [
            {
                "path": f"media/{view}.mp4",
                "text": text,
                "start_s": a,
                "end_s": b,
                "group": "event",
                "view": view,
            }
            for text, a, b in lines
        ]
    (folder / "captions.jsonl").write_text("\n".join(map(json.dumps, rows)) + "\n", encoding="utf-8")
    store = Store.create(folder / "workspace")
    ingest(store, folder / "captions.jsonl", progress=False)
    joined = store.read("captions").join(store.read("samples").drop("added_at"), on="sample_id")
    return _Sentences(store, joined)


def test_the_camera_that_disagrees_scores_lowest_and_is_told_what_the_others_say(tmp_path: Path) -> None:
    found = score_views(
        run_of(
            tmp_path,
            {
                "left": [("a red box moves", 1.5, 3.0), ("a blue box moves", 4.0, 6.0)],
                "middle": [("a red box moves", 1.1, 2.6), ("a green box moves", 3.6, 5.6)],
                "right": [("a red box moves", 0.7, 2.2), ("a blue box moves", 3.2, 5.2)],
            },
        )
    )
    by_text = found.sort("value")
    assert by_text["text"][0] == "a green box moves"
    assert "says of the same time: “a blue box moves”" in by_text["evidence"][0]
    red = found.filter(pl.col("text") == "a red box moves")
    assert red["value"].min() > 0.8
    detail = json.loads(red["detail"][0])
    assert detail["offsets_ms"]["left to right"][0] == pytest.approx(-800, abs=60)
    assert abs(detail["closure_ms"][0]) < 60


def test_an_interval_that_is_late_in_one_camera_is_found(tmp_path: Path) -> None:
    found = score_views(
        run_of(
            tmp_path,
            {"left": [("a red box moves", 1.5, 3.0)], "middle": [("a red box moves", 3.6, 5.1)]},
        )
    )
    middle = found.filter(pl.col("view") == "middle").row(0, named=True)
    assert middle["value"] < 0.2
    assert middle["start_s"] == pytest.approx(1.1, abs=0.1)
    assert "camera left has" in middle["evidence"]


def test_a_group_of_one_camera_says_why_it_has_no_score(tmp_path: Path) -> None:
    found = score_views(run_of(tmp_path, {"left": [("a red box moves", 1.5, 3.0)]}))
    assert found["value"].to_list() == [None]
    assert "no other camera" in found["reason"][0]
