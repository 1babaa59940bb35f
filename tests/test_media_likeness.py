"""A picture saved again is the same picture; another of the same place is not."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.made_clips import BLUE, RED, write_squares
from workbench.errors import MediaError
from workbench.media.likeness import alike, read_look


def scene(seed: int) -> Image.Image:
    rng = np.random.default_rng(seed)
    coarse = Image.fromarray(rng.integers(0, 255, (9, 12, 3), np.uint8)).resize((320, 240), 3)
    fine = rng.normal(0, 12, (240, 320, 3))
    return Image.fromarray(np.clip(np.asarray(coarse) + fine, 0, 255).astype(np.uint8))


def looks(folder: Path, *pictures: Image.Image) -> list[bytes]:
    found = []
    for number, picture in enumerate(pictures):
        picture.save(folder / f"{number}.png")
        found.append(read_look(folder / f"{number}.png", "image"))
    return [look for look in found if look is not None]


def jpeg(picture: Image.Image, quality: int) -> Image.Image:
    content = io.BytesIO()
    picture.save(content, "JPEG", quality=quality)
    return Image.open(content)


@pytest.mark.parametrize(
    "change",
    [
        lambda picture: picture.resize((160, 120)),
        lambda picture: picture.resize((640, 480)),
        lambda picture: jpeg(picture, 40),
        lambda picture: picture.convert("L"),
        lambda picture: picture.point(lambda level: level * 0.9),
    ],
    ids=["half", "double", "jpeg", "grey", "darker"],
)
def test_a_picture_changed_a_little_is_the_same(tmp_path: Path, change: object) -> None:
    pictures = [scene(seed) for seed in range(12)]
    changed = change(pictures[3])
    assert alike(looks(tmp_path, *pictures, changed)) == [(3, 12)]


def test_many_black_pictures_are_tied_to_the_first(tmp_path: Path) -> None:
    black = Image.new("RGB", (64, 48))
    found = alike(looks(tmp_path, scene(0), black, black, black, Image.new("RGB", (64, 48), "white")))
    assert found == [(1, 2), (1, 3)]


def test_blocks_change_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pictures = [scene(seed % 5).resize((320 - 10 * seed, 240 - 8 * seed)) for seed in range(10)]
    told = looks(tmp_path, *pictures)
    whole = alike(told)
    monkeypatch.setattr("workbench.media.likeness._BLOCK", 3)
    assert alike(told) == whole == [(n, n + 5) for n in range(5)]


def test_a_video_looks_like_the_frame_in_its_middle(tmp_path: Path) -> None:
    write_squares(tmp_path / "a.mp4", [(RED, 0.0, 2.0)], 2.0)
    write_squares(tmp_path / "b.mp4", [(BLUE, 1.5, 2.0)], 2.0)
    first, same, other = (
        read_look(tmp_path / name, "video", duration_s=2.0) for name in ("a.mp4", "a.mp4", "b.mp4")
    )
    assert first is not None
    assert first == same != other


def test_sound_has_no_look_and_nothing_is_alike_to_nothing(tmp_path: Path) -> None:
    assert read_look(tmp_path / "not-even-there.wav", "audio") is None
    assert alike([]) == []


def test_a_file_that_cannot_be_read_says_so(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"\x89PNG\r\n\x1a\nbroken")
    with pytest.raises(MediaError):
        read_look(tmp_path / "a.png", "image")
