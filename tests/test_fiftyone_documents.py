"""Samples as FiftyOne's documents: groups, frames, posters; made without FiftyOne."""

from __future__ import annotations

import wave
from io import BytesIO
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from PIL import Image

from workbench.fiftyone_bridge.audio import draw_poster
from workbench.fiftyone_bridge.documents import Document, Grouping, documents, object_id
from workbench.records import Verdict, caption_hash, caption_id
from workbench.store import Store


def table(*rows: tuple[str, str, str | None, str | None]) -> pl.DataFrame:
    names = ("sample_id", "media", "group", "view")
    return pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String()), orient="row")


def test_samples_of_one_kind_and_no_event_need_no_groups() -> None:
    assert Grouping.of(table(("s1", "image", None, None), ("s2", "image", None, None))).slices == {}


def test_views_of_an_event_are_one_group_with_a_place_for_each() -> None:
    grouping = Grouping.of(
        table(("s1", "video", "e1", "left"), ("s2", "video", "e1", "right"), ("s3", "video", None, None))
    )
    assert grouping.slices == {"left": "video", "right": "video", "video": "video"}
    assert grouping.places["s1"] == ("event:e1", "left")
    assert grouping.places["s3"] == ("sample:s3", "video")


def test_a_place_holds_one_kind_of_media_and_one_sample() -> None:
    grouping = Grouping.of(
        table(("s1", "video", "e1", "left"), ("s2", "audio", "e2", "left"), ("s3", "video", "e1", "left"))
    )
    assert [grouping.places[one][1] for one in ("s1", "s2", "s3")] == ["left", "left-audio", "left-2"]
    assert grouping.slices == {"left": "video", "left-audio": "audio", "left-2": "video"}


@pytest.fixture
def mixed(store: Store, tmp_path: Path) -> Store:
    """One video whose caption has an interval, and one sound."""
    media = tmp_path / "media"
    media.mkdir()
    with wave.open(str(media / "tone.wav"), "wb") as sound:
        sound.setparams((1, 2, 8000, 0, "NONE", ""))
        sound.writeframes((np.sin(np.arange(8000) / 8) * 9000).astype("<i2").tobytes())
    root = store.add_root(media)
    common = {"root": root, "content_hash": ["c1", "c2"], "size_bytes": 10}
    samples = {"sample_id": ["s1", "s2"], "media": ["video", "audio"], "path": ["clip.mp4", "tone.wav"]}
    told = {
        "frame_rate_hz": [10.0, None],
        "duration_s": [4.0, 1.0],
        "width": [64, None],
        "height": [48, None],
    }
    store.append("samples", pl.DataFrame(samples | common | told))
    texts = ["a boat leaves", "a tone"]
    ids = [caption_id(sample, text) for sample, text in zip(("s1", "s2"), texts, strict=True)]
    rows = {"caption_id": ids, "sample_id": ["s1", "s2"], "kind": "caption", "text": texts}
    times = {
        "start_s": [0.5, None],
        "end_s": [9.0, None],
        "caption_hash": [caption_hash(text) for text in texts],
    }
    store.append("captions", pl.DataFrame(rows | times))
    flag = {
        "flag_id": ["f1"],
        "caption_id": ids[:1],
        "error_type": ["object"],
        "start_char": 2,
        "end_char": 6,
    }
    store.append("flags", pl.DataFrame(flag))
    store.journal.record(Verdict(ids[1], "ok", "ana"))
    return store


def made(store: Store) -> dict[str, Document]:
    return {one.fields["sample_id"]: one for one in documents(store, "ana")}


def test_an_interval_is_counted_in_frames_from_one_and_kept_in_seconds(mixed: Store) -> None:
    (found,) = made(mixed)["s1"].fields["intervals"]["detections"]
    assert (found["support"], found["start_s"], found["end_s"]) == ([6, 40], 0.5, 9.0)
    assert found["label"] == "a boat leaves"


def test_a_flag_names_the_words_it_means(mixed: Store) -> None:
    (flag,) = made(mixed)["s1"].fields["flags"]["classifications"]
    assert (flag["label"], flag["words"]) == ("object", "boat")
    assert made(mixed)["s1"].tags == ("flagged",)


def test_a_sound_has_a_poster_and_a_file_that_browsers_play(mixed: Store) -> None:
    document = made(mixed)["s2"]
    with Image.open(document.fields["poster_path"]) as poster:
        assert poster.size == (480, 270)
    assert document.fields["clip_path"].endswith("tone.wav")
    assert (document.media, document.slice, document.tags) == ("audio", "audio", ("ok",))


def test_a_file_that_is_gone_has_no_poster_and_stops_nothing(mixed: Store) -> None:
    mixed.media_path_of("s2").unlink()
    assert made(mixed)["s2"].fields["poster_path"] is None


def test_a_louder_sound_draws_higher() -> None:
    def inked(peak: int) -> tuple[int, int]:
        """Return how far above and below the middle the wave reaches, in pixels."""
        waves = np.tile(np.array([[-peak, peak]], np.int8), (480, 1))
        with Image.open(BytesIO(draw_poster(waves))) as poster:
            rows = np.flatnonzero((np.asarray(poster)[:, :, 3] > 200).any(axis=1))
        return 135 - int(rows.min()), int(rows.max()) - 135

    loud, quiet = inked(120), inked(30)
    assert min(loud) > 3 * max(quiet) > 0
    assert abs(loud[0] - loud[1]) <= 1, "as far up as down"


def test_a_document_made_again_is_the_same_document(mixed: Store) -> None:
    assert made(mixed) == made(mixed)
    assert object_id("a", "b") != object_id("ab")
