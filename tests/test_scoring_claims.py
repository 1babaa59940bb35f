"""The scorer `claims` over a workspace: pixels, wording, captions beside each other, and what it keeps."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from PIL import Image

from workbench.ingest import ingest
from workbench.scoring import looks as looks_module
from workbench.scoring import score
from workbench.scoring.looks import read_looks
from workbench.store import Store

CAPTIONS = [
    ("0.png", "Two red dogs to the left of a blue car", "ana"),
    ("0.png", "Two red dogs", "ben"),
    ("0.png", "Three red dogs", "cyd"),
    ("1.png", "A pink ball", "ana"),
    ("1.png", "A red ball", "ben"),
    ("2.png", "IMG_0002.png", "ana"),
    ("2.png", "Ein Hund auf der Wiese mit einem Ball", "ben"),
    ("broken.png", "A red ball", "ana"),
]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """Three pictures with a red and a blue block on white, and one that is damaged after it was ingested."""
    media = tmp_path / "media"
    media.mkdir()
    for number, name in enumerate(["0.png", "1.png", "2.png", "broken.png"]):
        pixels = np.full((60, 90, 3), 250, np.uint8)
        pixels[20:45, 8:24], pixels[20:45, 60:80] = (200, 40, 40), (40, 80, 200)
        pixels[0, 0] = number
        Image.fromarray(pixels).save(media / name)
    lines = [json.dumps({"path": path, "text": text, "source": source}) for path, text, source in CAPTIONS]
    (tmp_path / "captions.jsonl").write_text("\n".join(lines))
    store = Store.create(tmp_path / "ws")
    ingest(store, media, captions=tmp_path / "captions.jsonl", progress=False)
    (media / "broken.png").write_bytes(b"no picture any more")
    return store


def scores(store: Store, error_type: str) -> dict[tuple[str, str], dict[str, object]]:
    score(store, "claims", progress=False)
    texts = store.read("captions").select("caption_id", "sample_id", "text")
    names = store.read("samples").select("sample_id", "path")
    found = store.read("scores").filter(pl.col("error_type") == error_type)
    joined = found.join(texts, on="caption_id").join(names, on="sample_id")
    return {(row["path"], row["text"]): row for row in joined.iter_rows(named=True)}


def test_a_colour_that_is_not_there_scores_below_one_that_is(store: Store) -> None:
    found = scores(store, "attribute")
    pink, red = found["1.png", "A pink ball"], found["1.png", "A red ball"]
    assert pink["value"] < 0.3 < red["value"]
    assert (pink["start_char"], pink["end_char"]) == (2, 6)
    assert "pink stands out in 0%" in str(pink["evidence"])
    assert pink["encoder_key"] == "weights-free"


def test_the_odd_number_out_scores_below_the_others(store: Store) -> None:
    found = scores(store, "count")
    values = {text: row["value"] for (_, text), row in found.items()}
    assert values["Three red dogs"] < 0.4 < values["Two red dogs"]


def test_what_is_no_description_is_of_the_type_other(store: Store) -> None:
    found = scores(store, "other")
    assert found["2.png", "IMG_0002.png"]["value"] < 0.1
    assert "file name" in str(found["2.png", "IMG_0002.png"]["evidence"])


def test_what_cannot_be_checked_has_its_reason(store: Store) -> None:
    found = scores(store, "attribute")
    german = found["2.png", "Ein Hund auf der Wiese mit einem Ball"]
    assert german["value"] is None
    assert "'de'" in str(german["reason"])
    broken = found["broken.png", "A red ball"]
    assert broken["value"] is None
    assert "cannot be looked at" in str(broken["reason"])


def test_a_second_run_looks_at_no_picture_again(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    first = scores(store, "attribute")
    opened: list[str] = []
    decode = looks_module.decode_image
    monkeypatch.setattr(
        looks_module,
        "decode_image",
        lambda path, **size: opened.append(Path(path).name) or decode(path, **size),
    )
    second = scores(store, "attribute")
    assert opened == ["broken.png"]  # what failed is tried again
    assert {key: row["value"] for key, row in first.items()} == {
        key: row["value"] for key, row in second.items()
    }


def test_a_damaged_cache_is_made_again(store: Store) -> None:
    samples = store.read("samples").filter(pl.col("path") != "broken.png")
    seen, failed = read_looks(store, samples)
    assert (len(seen), failed) == (3, {})
    (file,) = store.cache_folder("looks").glob("*.parquet")
    file.write_bytes(b"half a file")
    again, _ = read_looks(store, samples)
    assert set(again) == set(seen)


def test_text_read_in_the_picture_is_held_against_quotes(store: Store) -> None:
    sample = store.read("samples").filter(pl.col("path") == "1.png")["sample_id"][0]
    region = pl.DataFrame(
        [{"region_id": "t", "sample_id": sample, "label": "text", "attributes": ["STOP"], "source": "ocr"}]
    )
    store.append("regions", region)
    caption = store.read("captions").filter(pl.col("text") == "A pink ball")
    changed = caption.with_columns(text=pl.lit('A ball with the word "GO"'), caption_id=pl.lit("c1"))
    store.append("captions", changed)
    row = scores(store, "attribute")["1.png", 'A ball with the word "GO"']
    assert row["value"] < 0.2
    assert "'stop'" in str(row["evidence"])
