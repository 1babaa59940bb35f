"""Encoders by name, their keys, and the small ones that need no weights."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from workbench.encoders import load
from workbench.encoders.base import check_file
from workbench.encoders.fake import FakeEncoder
from workbench.encoders.feeding import MediaJob, encode_media
from workbench.encoders.shards import VectorShards
from workbench.encoders.windows import split_windows
from workbench.errors import EncoderError, UnknownNameError
from workbench.media import encode_thumbnail


def picture(red: int, green: int, blue: int, size_px: int = 64) -> np.ndarray:
    return np.full((size_px, size_px, 3), (red, green, blue), np.uint8)


def test_an_unknown_encoder_lists_the_known_ones() -> None:
    with pytest.raises(
        UnknownNameError, match=r"Did you mean 'bridge'\? Known: bridge, clap:<id or folder>, clip"
    ):
        load("bridg")


@pytest.mark.parametrize("name", ["clip", "clip:", "fake:folder"])
def test_a_checkpoint_is_named_where_one_is_needed_and_only_there(name: str) -> None:
    with pytest.raises(UnknownNameError, match="There is no encoder"):
        load(name)


def test_the_fake_encoder_fits_colours_and_pitch_to_their_words() -> None:
    encoder = FakeEncoder()
    red, blue = encoder.encode_images([picture(210, 40, 40), picture(40, 70, 210)])
    low, high = encoder.encode_audio([tone(200), tone(3000)])
    words = encoder.encode_texts(["a red square", "a blue square", "a low hum", "a high beep"]).vectors
    best = (np.stack([red, blue, low, high]) @ words.T).argmax(1)
    assert best.tolist() == [0, 1, 2, 3]


def tone(pitch_hz: float, rate_hz: int = 16_000) -> np.ndarray:
    return np.sin(2 * np.pi * pitch_hz * np.arange(rate_hz) / rate_hz).astype(np.float32)


def test_a_long_caption_of_the_fake_encoder_is_read_in_windows() -> None:
    found = FakeEncoder().encode_texts(["red " * 32, "red " * 33])
    assert found.windows.tolist() == [1, 2]


def test_windows_are_even_and_lose_no_word() -> None:
    text = " ".join(f"w{n}" for n in range(10))
    offsets = [(n * 3, n * 3 + 2) for n in range(10)]
    pieces = split_windows(text, offsets, 4)
    assert [len(piece.split()) for piece in pieces] == [3, 4, 3]
    assert " ".join(pieces) == text


def test_weights_with_other_bytes_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "model.safetensors"
    file.write_bytes(b"not the recorded weights")
    with pytest.raises(EncoderError, match="not the recorded 00ff"):
        check_file(file, "00ff")
    with pytest.raises(EncoderError, match="is not there"):
        check_file(tmp_path / "none", "00ff")


def test_files_are_read_in_order_and_a_bad_one_keeps_its_reason(tmp_path: Path) -> None:
    paths = [tmp_path / f"{n}.jpg" for n in range(80)]
    for number, path in enumerate(paths):
        path.write_bytes(encode_thumbnail(picture(3 * number, 0, 0)))
    paths[5].write_bytes(b"\xff\xd8 cut off")
    encoder = FakeEncoder()
    found = {
        done.job.key: done for done in encode_media(encoder, [MediaJob(p.name, p, "image") for p in paths])
    }
    assert len(found) == 80
    assert found["5.jpg"].vectors is None
    assert found["5.jpg"].reason
    alone = next(iter(encode_media(encoder, [MediaJob("x", paths[70], "image")])))
    assert np.array_equal(found["70.jpg"].vectors, alone.vectors)


def test_shards_give_back_rows_in_the_order_asked_also_after_reopening(tmp_path: Path) -> None:
    shards = VectorShards(tmp_path, rows_per_shard=4)
    rows = {f"k{n}": np.full((1 + n % 3, 2), n, np.float32) for n in range(7)}
    for key, vectors in rows.items():
        shards.add(key, vectors, [float(index) for index in range(len(vectors))])
    shards.flush()
    asked = ["k6", "k0", "k2"]
    for reader in (shards, VectorShards(tmp_path)):
        vectors, counts, times_s = reader.read(asked)
        assert vectors[:, 0].tolist() == [6, 0, 2, 2, 2]
        assert counts.tolist() == [1, 1, 3]
        assert times_s.tolist() == [0, 0, 0, 1, 2]
    assert "k9" not in shards


def test_a_shard_the_manifest_does_not_name_is_not_read(tmp_path: Path) -> None:
    shards = VectorShards(tmp_path)
    shards.add("a", np.ones((1, 2), np.float32))
    shards.flush()
    (tmp_path / "manifest.json").write_text('{"shards": []}')
    again = VectorShards(tmp_path)
    assert "a" not in again
    again.add("b", np.zeros((1, 2), np.float32))
    assert again.read(["b"])[0].tolist() == [[0, 0]]


def test_a_damaged_manifest_says_what_to_delete(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text("{")
    with pytest.raises(EncoderError, match="Delete that folder"):
        VectorShards(tmp_path)
