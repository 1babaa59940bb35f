"""Sync is scored from real files: offsets in the content and in the container, abstentions, what is kept."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from workbench.demo.impact_files import frame_times_s, write_impact_file
from workbench.demo.impacts import draw_impacts, make_impacts, sound_impacts
from workbench.errors import MediaError
from workbench.ingest import ingest
from workbench.scoring import score
from workbench.scoring.av_sync import read_sync
from workbench.store import Store

pytest.importorskip("av", reason="clips are written and read by PyAV")
pytest.importorskip("cv2", reason="motion is measured by OpenCV")

TIMES_S = frame_times_s(6.0, 25)


def write(path: Path, seed: int = 1, *, starts_s: float = 0.0, times_s=TIMES_S, **plan) -> Path:
    """Write a clip of impacts at 8 dB."""
    clip = make_impacts(seed, snr_db=8.0, **plan)
    write_impact_file(
        path, draw_impacts(clip, times_s), times_s, sound_impacts(clip), sound_starts_s=starts_s
    )
    return path


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A workspace: one clip in sync with two captions, one late by 300 ms, one abstained from, one silent."""
    folder = tmp_path_factory.mktemp("sync")
    write(folder / "good.mp4")
    write(folder / "late.mp4", 2, offset_s=0.3)
    write(folder / "foreign.mp4", 3, kind="foreign_sound")
    write_impact_file(folder / "silent.mp4", draw_impacts(make_impacts(4), TIMES_S[:20]), TIMES_S[:20], None)
    (folder / "photo.png").write_bytes(_png())
    names = ("good.mp4", "good.mp4", "late.mp4", "foreign.mp4", "silent.mp4", "photo.png")
    lines = [json.dumps({"path": name, "text": f"{name} number {n}"}) for n, name in enumerate(names)]
    (folder / "captions.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    store = Store.create(folder / "workspace")
    ingest(store, folder / "captions.jsonl", progress=False)
    score(store, "av_sync", progress=False)
    return store


def _png() -> bytes:
    import io

    from PIL import Image

    stream = io.BytesIO()
    Image.fromarray(np.zeros((32, 32, 3), np.uint8)).save(stream, "PNG")
    return stream.getvalue()


def rows_of(store: Store, name: str) -> list[dict[str, object]]:
    captions = store.read("captions").select("caption_id", "text")
    scores = store.read("scores").join(captions, on="caption_id")
    return scores.filter(pl.col("text").str.starts_with(name)).to_dicts()


def test_a_clip_in_sync_has_a_value_near_0_for_each_of_its_captions(store: Store) -> None:
    rows = rows_of(store, "good")
    assert len(rows) == 2
    assert all(-0.2 < row["value"] <= 0 and row["error_type"] == "av_sync" for row in rows)


def test_late_sound_is_below_minus_1_and_the_evidence_says_by_how_much(store: Store) -> None:
    (row,) = rows_of(store, "late")
    assert row["value"] == pytest.approx(-0.3 / 0.125, abs=0.1)
    assert str(row["evidence"]).startswith("Audio late by 30") or "late by 29" in str(row["evidence"])
    detail = json.loads(str(row["detail"]))
    assert detail["best_shift_s"] == pytest.approx(-0.3, abs=0.012)
    assert detail["within"] == {"atsc_is191": False, "bt1359_accept": False, "bt1359_detect": False}
    assert row["percentile"] < min(good["percentile"] for good in rows_of(store, "good"))


def test_foreign_sound_is_abstained_from_with_the_reason(store: Store) -> None:
    (row,) = rows_of(store, "foreign")
    assert row["value"] is None
    assert str(row["reason"]).startswith("no evidence of sync either way")


def test_a_silent_video_says_so_and_a_photo_has_no_row(store: Store) -> None:
    (row,) = rows_of(store, "silent")
    assert row["reason"] == "the video has no sound"
    assert rows_of(store, "photo") == []


def test_a_second_run_reads_no_media(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: object) -> None:
        raise AssertionError(f"{path} was read again")

    monkeypatch.setattr("workbench.scoring.av_sync.read_onsets", refuse)
    monkeypatch.setattr("workbench.scoring.av_sync.read_motion", refuse)
    before = store.read("scores").drop("scored_at")
    summary = score(store, "av_sync", progress=False)
    assert (summary.scored, summary.reused, summary.undefined) == (0, 3, 2)
    assert store.read("scores").drop("scored_at").equals(before)


def test_what_was_kept_is_made_again_when_damaged(tmp_path: Path) -> None:
    path = write(tmp_path / "a.mp4", offset_s=0.2)
    first = read_sync(path, tmp_path, "hash")
    for kept in [*tmp_path.glob("*.json"), *tmp_path.glob("*.npz")]:
        kept.write_bytes(b"{ broken")
    again = read_sync(path, tmp_path, "hash")
    assert again == first


def test_signals_kept_give_the_same_offset_as_fresh_ones(tmp_path: Path) -> None:
    path = write(tmp_path / "a.mp4", offset_s=0.2)
    first = read_sync(path, tmp_path, "hash")
    for kept in tmp_path.glob("*.json"):
        kept.unlink()
    assert read_sync(path, tmp_path, "hash").offset_s == pytest.approx(first.offset_s, abs=1e-4)


@pytest.mark.parametrize("ending", ["mp4", "mkv"])
@pytest.mark.parametrize("starts_s", [0.0, 0.3])
def test_a_sound_stream_that_starts_late_counts_as_late(tmp_path: Path, ending: str, starts_s: float) -> None:
    path = write(tmp_path / f"a.{ending}", offset_s=0.08, starts_s=starts_s)
    assert read_sync(path).offset_s == pytest.approx(0.08 + starts_s, abs=0.015)


def test_uneven_frames_in_a_file_keep_their_times(tmp_path: Path) -> None:
    times_s = frame_times_s(6.0, 25, jitter=0.35, seed=2)
    path = write(tmp_path / "a.mp4", offset_s=-0.12, times_s=times_s)
    assert read_sync(path).offset_s == pytest.approx(-0.12, abs=0.015)


def test_a_damaged_file_says_so(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(b"not a video at all")
    with pytest.raises(MediaError, match=r"\w"):
        read_sync(path)


def test_a_workspace_of_photos_has_no_rows_and_no_error(tmp_path: Path) -> None:
    (tmp_path / "photo.png").write_bytes(_png())
    (tmp_path / "captions.jsonl").write_text(
        json.dumps({"path": "photo.png", "text": "black"}) + "\n", encoding="utf-8"
    )
    store = Store.create(tmp_path / "workspace")
    ingest(store, tmp_path / "captions.jsonl", progress=False)
    assert score(store, "av_sync", progress=False).undefined == 0
    assert store.read("scores").is_empty()


def test_a_video_damaged_since_it_was_read_in_says_why(tmp_path: Path) -> None:
    path = write(tmp_path / "a.mp4")
    (tmp_path / "captions.jsonl").write_text(
        json.dumps({"path": "a.mp4", "text": "balls"}) + "\n", encoding="utf-8"
    )
    store = Store.create(tmp_path / "workspace")
    ingest(store, tmp_path / "captions.jsonl", progress=False)
    path.write_bytes(path.read_bytes()[:3000])
    score(store, "av_sync", progress=False)
    row = store.read("scores").row(0, named=True)
    assert row["value"] is None
    assert row["reason"]
