"""The scorers that compare pairs with other pairs, through the verb, with the fake encoder."""

from __future__ import annotations

import json
import wave
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from PIL import Image

from workbench.errors import WorkbenchError
from workbench.ingest import ingest
from workbench.scoring import score
from workbench.scoring.joint import compare_jointly
from workbench.store import Store

COLOURS = {"red": (210, 40, 40), "green": (40, 170, 60), "blue": (40, 70, 210), "yellow": (240, 220, 50)}
PAIRWISE = ("in_cluster", "neg_clip_loss", "neighbours")


@pytest.fixture
def walls(tmp_path: Path) -> Store:
    """Forty walls of four colours with three captions each; one caption of 0.png names a wrong colour."""
    media = tmp_path / "media"
    media.mkdir()
    random = np.random.default_rng(0)
    rows = []
    for number in range(40):
        name = list(COLOURS)[number % 4]
        pixels = np.full((32, 32, 3), COLOURS[name], np.uint8) + random.integers(0, 8, (32, 32, 3), np.uint8)
        Image.fromarray(pixels).save(media / f"{number}.png")
        said = "blue" if number == 0 else name
        rows += [
            {"path": f"{number}.png", "text": f"a {said} wall seen {number} times"},
            {"path": f"{number}.png", "text": f"this wall is {name} all over"},
            {"path": f"{number}.png", "text": f"{name} paint covers the wall"},
        ]
    return ingested(tmp_path, rows)


def ingested(folder: Path, rows: list[dict[str, object]]) -> Store:
    captions = folder / "captions.jsonl"
    captions.write_text("".join(json.dumps(row) + "\n" for row in rows))
    store = Store.create(folder / "ws")
    ingest(store, folder / "media", captions=captions, progress=False)
    return store


def scores_of(store: Store, scorer: str) -> pl.DataFrame:
    captions = store.read("captions").select("caption_id", "text", "kind", "sample_id")
    return store.read("scores").filter(pl.col("scorer") == scorer).join(captions, on="caption_id")


@pytest.mark.parametrize("scorer", PAIRWISE)
def test_the_wrong_caption_is_worst_and_the_row_says_what_it_rests_on(walls: Store, scorer: str) -> None:
    summary = score(walls, scorer, encoder="fake", progress=False)
    assert (summary.scored, summary.undefined) == (120, 0)
    rows = scores_of(walls, scorer).sort("percentile")
    assert rows["text"][0].startswith("a blue wall seen 0 ")
    assert set(rows["error_type"]) == {"wrong_pair"}
    assert rows["percentile"].is_between(0, 1).all()
    assert rows["evidence"][0].startswith("Lowest ")
    assert json.loads(rows["detail"][0])


def test_the_detail_of_neg_clip_loss_says_temperature_and_batch(walls: Store) -> None:
    score(walls, "neg_clip_loss", encoder="fake", progress=False)
    detail = json.loads(scores_of(walls, "neg_clip_loss")["detail"][0])
    assert (detail["temperature"], detail["negatives"], detail["batches"]) == (0.01, 119, 1)


def test_the_evidence_of_neighbours_quotes_the_caption_of_the_most_similar_photo(walls: Store) -> None:
    score(walls, "neighbours", encoder="fake", progress=False)
    worst = scores_of(walls, "neighbours").sort("percentile").row(0, named=True)
    assert "red" in worst["evidence"]  # the photo is red, whatever its caption says


def test_words_find_the_odd_caption_without_any_encoder(walls: Store) -> None:
    summary = score(walls, "consensus_words", progress=False)
    assert summary.encoder_key == "weights-free"
    worst = scores_of(walls, "consensus_words").sort("value").row(0, named=True)
    assert worst["text"].startswith("a blue wall")
    assert "“blue”" in worst["evidence"]


@pytest.mark.parametrize(("scorer", "reason"), [
    ("neighbours", "no other sample"),
    ("neg_clip_loss", "no other sample"),
    ("in_cluster", "fewer than 5"),
    ("consensus_words", "no other caption"),
    ("joint", "two modalities"),
    ("disagreement", "fewer than two encoders"),
])  # fmt: skip
def test_a_lone_pair_is_undefined_with_a_reason(tmp_path: Path, scorer: str, reason: str) -> None:
    (tmp_path / "media").mkdir()
    Image.new("RGB", (32, 32), (210, 40, 40)).save(tmp_path / "media" / "red.png")
    store = ingested(tmp_path, [{"path": "red.png", "text": "a red wall"}])
    summary = score(store, scorer, encoder="fake", progress=False)
    assert (summary.scored, summary.undefined) == (0, 1)
    assert reason in scores_of(store, scorer)["reason"][0]


def test_encoders_that_part_are_found_once_two_have_scored(walls: Store) -> None:
    score(walls, "similarity", encoder="fake", progress=False)
    scores = walls.read("scores")
    # A second encoder that places every caption the same but one, which it calls the best of the set.
    worst = scores.sort("percentile")["caption_id"][0]
    other = scores.with_columns(
        encoder_key=pl.lit("other"),
        percentile=pl.when(pl.col("caption_id") == worst).then(1.0).otherwise(pl.col("percentile")),
    )
    walls.append("scores", other)
    summary = score(walls, "disagreement", progress=False)
    assert summary.scored == 120
    found = scores_of(walls, "disagreement").sort("value")
    assert found["caption_id"][0] == worst
    assert found["value"][0] < 0.05
    assert found["value"][1] == 1.0
    assert found["error_type"][0] == "other"


def test_a_second_run_reuses_every_row(walls: Store) -> None:
    for scorer in (*PAIRWISE, "consensus_words"):
        before = score(walls, scorer, encoder="fake", progress=False)
        again = score(walls, scorer, encoder="fake", progress=False)
        assert (before.scored, again.reused, again.scored) == (120, 120, 0)


def write_tone(path: Path, pitch_hz: float) -> None:
    wave_form = np.sin(2 * np.pi * pitch_hz * np.arange(16_000) / 16_000)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes((wave_form * 20_000).astype("<i2").tobytes())


def test_a_sound_with_caption_and_transcript_has_three_modalities(tmp_path: Path) -> None:
    media = tmp_path / "media"
    media.mkdir()
    pitches = {"low": 100.0, "middle": 800.0, "high": 3000.0}
    rows: list[dict[str, object]] = []
    for number in range(30):
        name = list(pitches)[number % 3]
        write_tone(media / f"{number}.wav", pitches[name] + number)
        spoken = "high" if number == 0 else name
        rows.append({"path": f"{number}.wav", "text": f"a {name} hum {number}"})
        rows.append({"path": f"{number}.wav", "text": f"listen a {spoken} hum", "kind": "transcript"})
    store = ingested(tmp_path, rows)
    summary = score(store, "joint", encoder="fake", progress=False)
    assert (summary.scored, summary.undefined) == (30, 30)
    worst = scores_of(store, "joint").drop_nulls("value").sort("value").row(0, named=True)
    assert worst["text"] == "a low hum 0"
    assert "the transcript least" in worst["evidence"]
    assert json.loads(worst["detail"])["modalities"] == "sound, caption, transcript"


def test_a_video_that_is_seen_and_heard_has_three_modalities(tmp_path: Path) -> None:
    pytest.importorskip("av", reason="PyAV writes the clips of this test")
    (tmp_path / "media").mkdir()
    for name in ("red", "blue"):
        write_clip(tmp_path / "media" / f"{name}.mp4", COLOURS[name])
    rows: list[dict[str, object]] = [
        {"path": f"{n}.mp4", "text": f"a {n} wall and a low hum"} for n in ("red", "blue")
    ]
    store = ingested(tmp_path, rows)
    score(store, "joint", encoder="fake", progress=False)
    details = [json.loads(d) for d in scores_of(store, "joint")["detail"]]
    assert [d["modalities"] for d in details] == ["frames, caption, sound"] * 2
    assert not details[0]["centred"]  # two samples have no mean to speak of


def write_clip(path: Path, rgb: tuple[int, int, int]) -> None:
    import av

    with av.open(str(path), "w") as container:
        video = container.add_stream("mpeg4", rate=10)
        video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
        audio = container.add_stream("aac", rate=16_000, layout="mono")
        picture = av.VideoFrame.from_ndarray(np.full((48, 64, 3), rgb, np.uint8), format="rgb24")
        for number in range(10):
            picture.pts = number
            container.mux(video.encode(picture))
        tone = np.sin(2 * np.pi * 100 * np.arange(16_000) / 16_000).astype(np.float32)[None]
        sound = av.AudioFrame.from_ndarray(tone, format="fltp", layout="mono")
        sound.sample_rate = 16_000
        container.mux(audio.encode(sound))
        for stream in (video, audio):
            container.mux(stream.encode())


def test_vectors_of_ones_own_are_compared_and_the_odd_modality_named() -> None:
    random = np.random.default_rng(0)
    topic = random.normal(size=(50, 16))
    given = {name: topic + 0.3 * random.normal(size=topic.shape) for name in ("frames", "sound", "caption")}
    given["sound"][4] = topic[9]
    found = compare_jointly(given)
    assert found["value"].arg_min() == 4
    assert found["lowest"][4] == "sound"
    assert found["height_sound"][4] == found["height_sound"].max()


def test_vectors_of_different_shapes_are_refused() -> None:
    with pytest.raises(WorkbenchError, match="shapes"):
        compare_jointly({"a": np.ones((2, 3)), "b": np.ones((2, 3)), "c": np.ones((2, 4))})
