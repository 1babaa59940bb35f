from __future__ import annotations

import io
import wave
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from workbench.errors import MediaError, UnknownNameError
from workbench.media import MediaCache
from workbench.records import content_hash


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    noise = np.random.default_rng(0).integers(0, 255, (300, 400, 3), np.uint8)
    Image.fromarray(noise).save(tmp_path / "photo.jpg")
    return tmp_path / "photo.jpg"


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    with wave.open(str(tmp_path / "a.wav"), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8_000)
        file.writeframes((np.sin(np.arange(8_000) * 0.2) * 30_000).astype("<i2").tobytes())
    return tmp_path / "a.wav"


def test_a_thumbnail_is_made_once_and_then_kept(tmp_path: Path, photo: Path) -> None:
    cache, digest = MediaCache(tmp_path / "cache"), content_hash(photo)
    first = cache.thumbnail(photo, "image", digest, 128)
    assert Image.open(io.BytesIO(first)).size == (128, 96)
    photo.unlink()
    assert cache.thumbnail(photo, "image", digest, 128) == first
    assert MediaCache(tmp_path / "cache").thumbnail(photo, "image", digest, 128) == first


def test_other_content_and_other_sizes_are_other_thumbnails(tmp_path: Path, photo: Path) -> None:
    cache = MediaCache(tmp_path / "cache")
    before = cache.thumbnail(photo, "image", content_hash(photo), 128)
    assert Image.open(io.BytesIO(cache.thumbnail(photo, "image", content_hash(photo), 64))).size == (64, 48)
    Image.new("RGB", (400, 300), "red").save(photo)
    assert cache.thumbnail(photo, "image", content_hash(photo), 128) != before


def test_peaks_come_back_as_they_were_made(tmp_path: Path, sound: Path) -> None:
    cache, digest = MediaCache(tmp_path / "cache"), content_hash(sound)
    first = cache.peaks(sound, digest, 50)
    assert (first.shape, first.dtype) == ((50, 2), np.int8)
    assert first[:, 1].max() > 100
    sound.unlink()
    assert np.array_equal(cache.peaks(sound, digest, 50), first)


def test_audio_has_no_thumbnail(tmp_path: Path, sound: Path) -> None:
    with pytest.raises(MediaError, match="audio has no thumbnail"):
        MediaCache(tmp_path / "cache").thumbnail(sound, "audio", "h")
    with pytest.raises(UnknownNameError, match="Known: audio, image, video"):
        MediaCache(tmp_path / "cache").thumbnail(sound, "sound", "h")


def test_a_file_that_cannot_be_read_leaves_nothing_behind(tmp_path: Path) -> None:
    cache = MediaCache(tmp_path / "cache")
    (tmp_path / "bad.jpg").write_bytes(b"\xff\xd8\xff nonsense")
    with pytest.raises(MediaError, match=r"damaged|format|cut off"):
        cache.thumbnail(tmp_path / "bad.jpg", "image", "h")
    assert cache.size_bytes == 0
    assert not [file for file in (tmp_path / "cache").rglob("*") if file.is_file()]


def test_the_least_recently_used_go_first(tmp_path: Path, photo: Path) -> None:
    one = len(MediaCache(tmp_path / "trial").thumbnail(photo, "image", "a", 128))
    cache = MediaCache(tmp_path / "cache", limit_bytes=int(one * 3.5))
    for digest in ("a", "b", "c"):
        cache.thumbnail(photo, "image", digest, 128)
    cache.thumbnail(photo, "image", "a", 128)  # used again: now b is the oldest
    cache.thumbnail(photo, "image", "d", 128)
    assert cache.size_bytes == 3 * one
    photo.unlink()
    for digest in ("a", "c", "d"):
        cache.thumbnail(photo, "image", digest, 128)
    with pytest.raises(MediaError, match="no such file"):
        cache.thumbnail(photo, "image", "b", 128)


def test_a_limit_lowered_later_holds_after_the_next_use(tmp_path: Path, photo: Path) -> None:
    roomy = MediaCache(tmp_path / "cache")
    sizes = [len(roomy.thumbnail(photo, "image", digest, 128)) for digest in "abcde"]
    tight = MediaCache(tmp_path / "cache", limit_bytes=2 * sizes[0])
    tight.thumbnail(photo, "image", "a", 128)
    assert tight.size_bytes <= 2 * sizes[0]
    assert len(list((tmp_path / "cache").rglob("*.jpg"))) == 2


@pytest.mark.parametrize("left", [b"", b"\xff\xd8\xff half a file"])
def test_a_file_left_broken_by_a_crash_is_made_again(tmp_path: Path, photo: Path, left: bytes) -> None:
    cache = MediaCache(tmp_path / "cache")
    first = cache.thumbnail(photo, "image", "h", 128)
    (file,) = (tmp_path / "cache").rglob("*.jpg")
    file.write_bytes(left)
    assert MediaCache(tmp_path / "cache").thumbnail(photo, "image", "h", 128) == first


def test_a_file_dropped_by_another_process_is_made_again(tmp_path: Path, photo: Path) -> None:
    cache = MediaCache(tmp_path / "cache")
    first = cache.thumbnail(photo, "image", "h", 128)
    (file,) = (tmp_path / "cache").rglob("*.jpg")
    file.unlink()
    assert cache.thumbnail(photo, "image", "h", 128) == first


def test_many_threads_get_the_same_bytes_and_the_sizes_add_up(tmp_path: Path, photo: Path) -> None:
    cache = MediaCache(tmp_path / "cache")
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda n: cache.thumbnail(photo, "image", f"h{n % 5}", 64), range(60)))
    assert len(set(made)) == 1
    files = list((tmp_path / "cache").rglob("*.jpg"))
    assert len(files) == 5
    assert cache.size_bytes == sum(file.stat().st_size for file in files)
    assert not list((tmp_path / "cache").rglob("*.new"))
