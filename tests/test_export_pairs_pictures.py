"""The pictures of an export: each row its own, upright, of the size asked for, stored once."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from PIL import Image

from tests.made_media import make_seen
from workbench.errors import ExportError
from workbench.export.pairs import ExportSettings, export_pairs
from workbench.pairs import add_pairs
from workbench.preferences.pair import Pair
from workbench.workspace import Workspace, create

pytest.importorskip("datasets", reason="the extra `finetune` is not installed")

BOTH = ("accepted", "proposed")


@pytest.fixture(scope="module")
def ws(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return make_seen(tmp_path_factory.mktemp("media"))


def pictures_of(ws: Workspace, folder: Path, **settings_: int) -> dict[str, list[Image.Image]]:
    import datasets

    ws.export_pairs(folder, format="trl_conversational", settings=ExportSettings(**settings_))
    names = {row["sample_id"]: Path(row["path"]).stem for row in ws.samples.iter_rows(named=True)}
    rows = datasets.load_dataset(str(folder), split="train", streaming=True)
    return {names[row["sample_id"]]: row["images"] for row in rows}


def test_each_row_shows_its_own_pictures_upright(ws: Workspace, tmp_path: Path) -> None:
    found = pictures_of(ws, tmp_path / "out", frames=3)
    assert sorted(found) == ["clip", "plain", "seethrough", "turned"], "sound is left out"
    source = ws.store.media_path_of(ws.samples.filter(pl.col("path") == "plain.jpg")["sample_id"][0])
    assert np.array_equal(found["plain"][0], Image.open(source)), "byte for byte"
    assert found["turned"][0].size == (120, 160)
    assert {image.mode for images in found.values() for image in images} == {"RGB"}
    assert len(found["clip"]) == 3
    reds = [np.argmax(np.asarray(frame)[65, :, 1] < 100) for frame in found["clip"]]
    assert reds == sorted(set(reds)), "the square moves on from frame to frame"


def test_a_picture_of_many_pairs_is_stored_once(tmp_path: Path) -> None:
    photos = tmp_path / "photos"
    photos.mkdir()
    Image.effect_noise((256, 256), 90).convert("RGB").save(photos / "one.png")
    (photos / "one.txt").write_text("one")
    ws = create(tmp_path / "ws", annotator="ana")
    ws.ingest(photos, progress=False)
    sample = ws.samples["sample_id"][0]
    pairs = [Pair(sample, f"c{n}", f"r{n}", f"good {n}", f"bad {n}", "candidate") for n in range(40)]
    add_pairs(ws.store, pairs)
    ws.export_pairs(tmp_path / "out", format="trl_conversational", status=BOTH)
    size = (tmp_path / "out" / "data" / "train.parquet").stat().st_size
    assert size < 1.5 * (photos / "one.png").stat().st_size


def test_pictures_are_shrunk_when_asked(ws: Workspace, tmp_path: Path) -> None:
    found = pictures_of(ws, tmp_path / "out", picture_px=64)
    assert max(max(image.size) for images in found.values() for image in images) == 64


def test_what_cannot_be_shown_is_counted_by_reason(ws: Workspace, tmp_path: Path) -> None:
    summary = ws.export_pairs(tmp_path / "out", format="trl_conversational")
    assert dict(summary.left_out) == {"it is sound, and this format takes pictures": 1}


def test_sound_alone_is_not_passed_off_as_text(ws: Workspace, tmp_path: Path) -> None:
    sound = ws.samples.filter(pl.col("media") == "audio")["sample_id"]
    frame = ws.pairs.filter(pl.col("sample_id").is_in(sound.implode()))
    with pytest.raises(ExportError, match="None of the 1 pairs fits this format: 1 because it is sound"):
        export_pairs(ws.store, frame, tmp_path / "out", format="trl_conversational")


def test_a_file_that_is_damaged_later_is_left_out(tmp_path: Path) -> None:
    photos = tmp_path / "photos"
    photos.mkdir()
    for name in ("one", "two"):
        Image.effect_noise((64, 64), 80).convert("RGB").save(photos / f"{name}.png")
        (photos / f"{name}.txt").write_text(name)
    ws = create(tmp_path / "ws", annotator="ana")
    ws.ingest(photos, progress=False)
    for caption in ws.captions["caption_id"]:
        ws.decide(caption, "misaligned", edited_text="better", is_complete=True)
    (photos / "two.png").write_bytes((photos / "two.png").read_bytes()[:400])
    for format in ("trl_conversational", "llama_factory"):
        summary = ws.export_pairs(tmp_path / format, format=format)
        assert (summary.rows, dict(summary.left_out)) == (1, {"its media cannot be read": 1})
    (photos / "one.png").unlink()
    assert ws.export_pairs(tmp_path / "whole", format="datasets").rows == 2, "the whole keeps every pair"
