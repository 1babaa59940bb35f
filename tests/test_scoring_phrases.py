"""The scorer `phrases` over a workspace: error types, spans, and reasons where nothing can be said."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from PIL import Image

from workbench.ingest import ingest
from workbench.scoring import score
from workbench.store import Store

COLOURS = {
    "red": (210, 40, 40), "green": (40, 170, 60), "blue": (40, 70, 210), "yellow": (240, 220, 50),
    "pink": (245, 160, 190), "brown": (120, 75, 40), "black": (20, 20, 20), "white": (240, 240, 240),
}  # fmt: skip


@pytest.fixture
def painted(tmp_path: Path) -> Store:
    """Forty pictures of one colour; of four captions the colour is false, one is in German."""
    media = tmp_path / "media"
    media.mkdir()
    lines = []
    for number in range(40):
        colour = list(COLOURS)[number % 8]
        pixels = np.full((32, 32, 3), COLOURS[colour], np.uint8)
        pixels[0, :2] = number
        Image.fromarray(pixels).save(media / f"{number:02}.png")
        said = list(COLOURS)[(number + 3) % 8] if number < 4 else colour
        text = "eine Wand in der Sonne und nicht mehr" if number == 39 else f"a {said} wall"
        lines.append(json.dumps({"path": f"{number:02}.png", "text": text}))
    (tmp_path / "captions.jsonl").write_text("\n".join(lines))
    store = Store.create(tmp_path / "ws")
    ingest(store, media, captions=tmp_path / "captions.jsonl", progress=False)
    return store


def test_the_false_colour_is_the_weakest_and_its_span_is_told(painted: Store) -> None:
    score(painted, "phrases", encoder="fake", progress=False)
    captions = painted.read("captions").select("caption_id", "text", "sample_id")
    paths = painted.read("samples").select("sample_id", "path")
    found = painted.read("scores").join(captions, on="caption_id").join(paths, on="sample_id")
    colours = found.filter((pl.col("error_type") == "attribute") & pl.col("value").is_not_null())
    worst = colours.sort("percentile").head(4)
    assert sorted(worst["path"]) == ["00.png", "01.png", "02.png", "03.png"]
    row = worst.row(0, named=True)
    said = row["text"][row["start_char"] : row["end_char"]]
    assert said in COLOURS
    assert row["evidence"].startswith(f"“{said}”: better borne out than ")
    assert row["start_s"] is None


def test_what_cannot_be_read_or_is_not_said_has_a_reason(painted: Store) -> None:
    score(painted, "phrases", encoder="fake", progress=False)
    undefined = painted.read("scores").filter(pl.col("value").is_null())
    assert set(undefined["error_type"]) == {"object", "attribute", "relation", "count", "action"}
    reasons = undefined["reason"].unique().to_list()
    assert any("claims are read in English only" in reason for reason in reasons)
    assert "the caption makes no count claim that could be tested" in reasons


def test_too_few_captions_are_not_ranked(tmp_path: Path) -> None:
    (tmp_path / "media").mkdir()
    Image.new("RGB", (32, 32)).save(tmp_path / "media" / "a.png")
    (tmp_path / "c.jsonl").write_text('{"path": "a.png", "text": "a black wall"}\n')
    store = Store.create(tmp_path / "ws")
    ingest(store, tmp_path / "media", captions=tmp_path / "c.jsonl", progress=False)
    assert score(store, "phrases", encoder="fake", progress=False).scored == 0
    assert "20 captions or more" in first_reason(store)


def first_reason(store: Store) -> str:
    return str(store.read("scores")["reason"][0])
