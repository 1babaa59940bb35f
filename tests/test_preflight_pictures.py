"""The pre-flight on what rows show: files, sizes, places for pictures, and pictures on both sides."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from tests.made_plans import clean_rows, config_for, paint, picture_folder, planted, text_folder
from workbench.finetune.preflight import Preflight, preflight
from workbench.preferences.collage import Collage

pytest.importorskip("transformers", reason="needs the extra torch")

NO_PLACE = (
    "{% for message in messages %}{{ '<s> ' + message['role'] + ' ' }}{% if message['content'] is string %}"
    "{{ message['content'] }}{% else %}{% for part in message['content'] %}{% if part['type'] == 'text' %}"
    "{{ part['text'] }}{% endif %}{% endfor %}{% endif %}{{ ' </s> ' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<s> assistant ' }}{% endif %}"
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return picture_folder(tmp_path_factory.mktemp("models") / "pictures")


def places(looked: Preflight, rule: str) -> list[tuple[int, str]]:
    return list(looked.where().filter(pl.col("rule") == rule).select("row", "column").iter_rows())


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"", "empty"), (b"not a picture", "no image"), (b"\x89PNG\r\n\x1a\n" + bytes(20), "damaged")],
)
def test_a_file_that_is_no_picture_is_told(folder: Path, tmp_path: Path, content: bytes, said: str) -> None:
    rows = paint(clean_rows(8, held_out=2), tmp_path)
    Path(rows["paths"][3][0]).write_bytes(content)
    looked = preflight(rows, config_for(folder))
    assert places(looked, "picture_unreadable") == [(3, "paths")]
    assert looked.has_errors
    assert said in str(looked)


def test_a_file_that_went_is_told_for_every_pair_that_shows_it(folder: Path, tmp_path: Path) -> None:
    rows = paint(clean_rows(8, held_out=2), tmp_path)
    rows = planted(rows, {4: {"paths": rows["paths"][2].to_list()}})
    Path(rows["paths"][2][0]).unlink()
    assert places(preflight(rows, config_for(folder)), "picture_unreadable") == [(2, "paths"), (4, "paths")]


def test_a_picture_of_a_few_pixels_is_told(folder: Path, tmp_path: Path) -> None:
    rows = paint(clean_rows(8, held_out=2), tmp_path / "large")
    tiny = paint(clean_rows(1, held_out=0), tmp_path / "tiny", size=(1, 90))
    looked = preflight(planted(rows, {5: {"paths": tiny["paths"][0].to_list()}}), config_for(folder))
    assert places(looked, "picture_tiny") == [(5, "paths")]
    assert "1 x 90 pixels" in str(looked)


def test_pictures_for_a_model_of_text_are_told(tmp_path: Path) -> None:
    rows = planted(paint(clean_rows(4, held_out=0), tmp_path / "pictures"), {2: {"media": "", "paths": []}})
    looked = preflight(rows, config_for(text_folder(tmp_path / "text")))
    assert places(looked, "no_place_for_pictures") == [(0, "media"), (1, "media"), (3, "media")]


def test_a_template_without_a_place_for_pictures_is_told(tmp_path: Path) -> None:
    folder = picture_folder(tmp_path / "model", template=NO_PLACE)
    looked = preflight(paint(clean_rows(3, held_out=0), tmp_path / "pictures"), config_for(folder))
    assert places(looked, "no_place_for_pictures") == [(0, "media"), (1, "media"), (2, "media")]


def test_tokens_of_pictures_count(folder: Path, tmp_path: Path) -> None:
    rows = paint(clean_rows(4, held_out=0), tmp_path)
    assert places(preflight(rows, config_for(folder, max_tokens=64)), "too_long") == []
    looked = preflight(rows, config_for(folder, max_tokens=30))
    assert places(looked, "too_long") == [(number, "prompt, chosen, rejected") for number in range(4)]
    assert "nothing_fits" in looked.findings["rule"].to_list()
    looked = preflight(rows, config_for(folder, max_tokens=12))
    assert places(looked, "picture_tokens_cut") == [(number, "paths") for number in range(4)]


def test_frames_of_a_video_count_each(folder: Path, tmp_path: Path) -> None:
    from tests.made_clips import RED, write_squares

    clip = tmp_path / "clip.mp4"
    write_squares(clip, [(RED, 0.0, 1.0)], 1.0)
    shown = {"media": "video", "paths": [str(clip)], "duration_s": 1.0}
    rows = planted(clean_rows(2, held_out=0), {0: shown})
    looked = preflight(rows, config_for(folder, max_tokens=60))
    assert places(looked, "too_long") == [(0, "prompt, chosen, rejected")], "four frames of 16 tokens"
    assert places(preflight(rows, config_for(folder, max_tokens=60, frames=2)), "too_long") == []


def test_a_size_that_the_processor_refuses_is_told(folder: Path, tmp_path: Path) -> None:
    import json

    rows = paint(clean_rows(4, held_out=0), tmp_path / "pictures")
    wide = paint(clean_rows(1, held_out=0), tmp_path / "wide", size=(80, 40))
    rows = planted(rows, {2: {"paths": wide["paths"][0].to_list()}})
    model = picture_folder(tmp_path / "model")
    file = next(model.glob("*processor_config.json"))
    told = json.loads(file.read_text())
    mine = told.get("image_processor", told)
    mine |= {"do_resize": False, "image_std": [0.5], "image_mean": [0.5, 0.5, 0.5, 0.5]}
    file.write_text(json.dumps(told))
    looked = preflight(rows, config_for(model))
    assert places(looked, "picture_refused") == [(0, "paths"), (1, "paths"), (3, "paths"), (2, "paths")]
    assert "have a picture of 80 x 40, which the processor refuses" in str(looked)


def test_the_same_picture_on_both_sides_is_refused(folder: Path, tmp_path: Path) -> None:
    rows = paint(clean_rows(8, held_out=2), tmp_path)
    copied = tmp_path / "copy.png"
    copied.write_bytes(Path(rows["paths"][1][0]).read_bytes())
    looked = preflight(planted(rows, {7: {"paths": [str(copied)]}}), config_for(folder))
    assert places(looked, "same_media_in_both_splits") == [(1, "paths"), (7, "paths")]
    assert looked.has_errors


def test_a_picture_saved_again_on_the_other_side_is_refused(folder: Path, tmp_path: Path) -> None:
    pytest.importorskip("imagehash", reason="the extra `pairs` is not installed")
    from PIL import Image

    rows = paint(clean_rows(8, held_out=2), tmp_path, size=(128, 96))
    scene = Image.new("RGB", (128, 96), "navy")
    for number, colour in enumerate(("white", "orange", "green", "black", "yellow")):
        scene.paste(colour, (7 + 23 * number, 5 + 31 * number % 60, 25 + 23 * number, 40 + 31 * number % 60))
    scene.save(rows["paths"][1][0])
    again = tmp_path / "again.jpg"
    scene.resize((96, 72)).save(again, quality=60)
    looked = preflight(planted(rows, {7: {"paths": [str(again)]}}), config_for(folder))
    assert places(looked, "similar_media_in_both_splits") == [(1, "paths"), (7, "paths")]


def test_a_collage_is_one_picture_and_its_parts_are_read(folder: Path, tmp_path: Path) -> None:
    rows = paint(clean_rows(4, held_out=0), tmp_path)
    parts = [rows["paths"][0][0], rows["paths"][1][0]]
    detail = Collage(("s0", "s1"), 0).detail
    looked = preflight(planted(rows, {2: {"paths": parts, "collage": detail}}), config_for(folder))
    assert not looked.has_errors, str(looked)
    Path(parts[1]).unlink()
    looked = preflight(planted(rows, {2: {"paths": parts, "collage": detail}}), config_for(folder))
    assert places(looked, "picture_unreadable") == [(1, "paths"), (2, "paths")]
