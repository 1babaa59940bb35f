"""Intervals on clips made here: a red square that moves for a while, then a blue one; exact truth."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest
from made_clips import BLUE, RED, write_squares

from workbench.ingest import ingest
from workbench.scoring import score
from workbench.store import Store

pytest.importorskip("av", reason="clips are written and read by PyAV")
pytest.importorskip("cv2", reason="moving things are followed by OpenCV")


def scored(folder: Path, captions: list[tuple[str, float, float]]) -> pl.DataFrame:
    """Score captions of one clip: red moves from 1 to 3 s, blue from 4 to 6 s of 8 s."""
    (folder / "media").mkdir(parents=True)
    write_squares(folder / "media" / "clip.mp4", [(RED, 1.0, 3.0), (BLUE, 4.0, 6.0)], 8.0)
    rows = [
        {"path": "media/clip.mp4", "text": text, "start_s": start_s, "end_s": end_s}
        for text, start_s, end_s in captions
    ]
    (folder / "captions.jsonl").write_text("\n".join(map(json.dumps, rows)) + "\n", encoding="utf-8")
    store = Store.create(folder / "workspace")
    ingest(store, folder / "captions.jsonl", progress=False)
    score(store, "intervals", encoder="fake", progress=False)
    texts = store.read("captions").select("caption_id", "text")
    return store.read("scores").join(texts, on="caption_id")


def row_of(scores: pl.DataFrame, error_type: str, word: str) -> dict[str, object]:
    """Return the one row of an error type whose caption has the word."""
    return scores.filter((pl.col("error_type") == error_type) & pl.col("text").str.contains(word)).row(
        0, named=True
    )


@pytest.fixture(scope="module")
def shifted(tmp_path_factory: pytest.TempPathFactory) -> pl.DataFrame:
    """Scores where the red caption is right and the blue one is 1.2 s early."""
    folder = tmp_path_factory.mktemp("shifted") / "set"
    return scored(folder, [("A red box moves past.", 1.0, 3.0), ("A blue box moves past.", 2.8, 4.8)])


def test_a_shifted_interval_scores_below_a_right_one(shifted: pl.DataFrame) -> None:
    red, blue = row_of(shifted, "interval", "red"), row_of(shifted, "interval", "blue")
    assert blue["value"] < -0.3 < -0.1 < red["value"] <= 0
    assert blue["percentile"] < red["percentile"]


def test_the_best_shift_is_the_correction_and_the_evidence_says_it(shifted: pl.DataFrame) -> None:
    blue = row_of(shifted, "interval", "blue")
    assert json.loads(str(blue["detail"]))["shift_s"] == pytest.approx(1.2, abs=0.12)
    assert (blue["start_s"], blue["end_s"]) == (pytest.approx(4.0, abs=0.12), pytest.approx(6.0, abs=0.12))
    assert str(blue["evidence"]).startswith("fits 1.2 s later: 4.0-6.0 s, where something blue")


def test_a_right_interval_is_left_where_it_is(shifted: pl.DataFrame) -> None:
    red = row_of(shifted, "interval", "red")
    assert abs(json.loads(str(red["detail"]))["shift_s"]) < 0.12
    assert str(red["evidence"]).startswith("sits where something red")


def test_swapped_captions_are_named_by_the_order_check(tmp_path: Path) -> None:
    found = scored(
        tmp_path / "set", [("A red box moves past.", 4.0, 6.0), ("A blue box moves past.", 1.0, 3.0)]
    )
    red = row_of(found, "order", "red")
    assert red["value"] < 0
    assert (red["start_s"], red["end_s"]) == (1.0, 3.0)
    assert "A blue box moves past." in str(red["evidence"])


def test_captions_without_an_interval_are_not_spoken_of(tmp_path: Path) -> None:
    (tmp_path / "media").mkdir()
    write_squares(tmp_path / "media" / "clip.mp4", [(RED, 0.5, 1.5)], 2.0)
    (tmp_path / "captions.jsonl").write_text(
        json.dumps({"path": "media/clip.mp4", "text": "A red box."}) + "\n"
    )
    store = Store.create(tmp_path / "workspace")
    ingest(store, tmp_path / "captions.jsonl", progress=False)
    assert score(store, "intervals", encoder="fake", progress=False).scored == 0
    assert store.read("scores").is_empty()


def test_a_clip_that_cannot_be_read_says_why(tmp_path: Path) -> None:
    (tmp_path / "media").mkdir()
    clip = tmp_path / "media" / "clip.mp4"
    write_squares(clip, [(RED, 0.5, 1.5)], 2.0)
    row = {"path": "media/clip.mp4", "text": "A red box moves.", "start_s": 0.5, "end_s": 1.5}
    (tmp_path / "captions.jsonl").write_text(json.dumps(row) + "\n")
    store = Store.create(tmp_path / "workspace")
    ingest(store, tmp_path / "captions.jsonl", progress=False)
    clip.write_bytes(b"no longer a film")
    score(store, "intervals", encoder="fake", progress=False)
    found = store.read("scores").row(0, named=True)
    assert found["value"] is None
    assert "could not be read" in found["reason"]


def test_a_clip_in_which_nothing_changes_has_no_score(tmp_path: Path) -> None:
    (tmp_path / "media").mkdir()
    write_squares(tmp_path / "media" / "clip.mp4", [], 2.0)
    row = {"path": "media/clip.mp4", "text": "A red box moves.", "start_s": 0.5, "end_s": 1.5}
    (tmp_path / "captions.jsonl").write_text(json.dumps(row) + "\n")
    store = Store.create(tmp_path / "workspace")
    ingest(store, tmp_path / "captions.jsonl", progress=False)
    score(store, "intervals", encoder="fake", progress=False)
    found = store.read("scores").row(0, named=True)
    assert found["value"] is None
    assert "nothing in the clip moves" in found["reason"]
