"""The scorer `regions` over a workspace with annotated pictures."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from workbench.ingest.regions import ingest_regions
from workbench.records import caption_hash, caption_id, sample_id
from workbench.scoring import score
from workbench.store import Store

CAPTIONS = [
    ("one.jpg", "A brown dog to the left of a red car"),
    ("one.jpg", "A red dog to the left of a brown car"),
    ("one.jpg", "Two dogs and a cat"),
    ("one.jpg", "Ein Hund steht auf der Wiese"),
    ("two.jpg", "A cat sleeps"),
    ("three.jpg", "A dog"),
]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store = Store.create(tmp_path / "ws")
    names = dict.fromkeys(name for name, _ in CAPTIONS)
    samples = [{"sample_id": sample_id("p", name), "media": "image", "root": "p", "path": name,
                "content_hash": name} for name in names]  # fmt: skip
    captions = [
        {"caption_id": caption_id(sample_id("p", name), text), "sample_id": sample_id("p", name),
         "kind": "caption", "text": text, "caption_hash": caption_hash(text)} for name, text in CAPTIONS
    ]  # fmt: skip
    store.append("samples", pl.DataFrame(samples))
    store.append("captions", pl.DataFrame(captions))
    return store


BOXES = pl.DataFrame(
    [
        {"path": "one.jpg", "label": "dog", "x": 0.1, "attributes": ["brown"]},
        {"path": "one.jpg", "label": "car", "x": 0.6, "attributes": ["red"]},
        {"path": "two.jpg", "label": "cat", "x": 0.6, "attributes": ["sleeping"]},
    ]
).with_columns(y=0.4, width=0.2, height=0.2)


def scores(store: Store, error_type: str) -> dict[str, dict[str, object]]:
    score(store, "regions", progress=False)
    texts = store.read("captions").select("caption_id", "text")
    found = store.read("scores").filter(pl.col("error_type") == error_type).join(texts, on="caption_id")
    return {row["text"]: row for row in found.iter_rows(named=True)}


def test_the_false_caption_ranks_below_the_true_one_and_points_at_the_words(store: Store) -> None:
    ingest_regions(store, BOXES)
    found = scores(store, "attribute")
    true, false = found[CAPTIONS[0][1]], found[CAPTIONS[1][1]]
    assert true["value"] > 0.9 > 0.1 > false["value"]
    assert true["percentile"] > false["percentile"]
    assert (false["start_char"], false["end_char"]) == (2, 5)
    assert (
        false["evidence"] == "Contradicted: 'red': the dog is annotated as brown; it is the car that is red."
    )
    listed = json.loads(str(false["detail"]))["checks"]
    assert [one["verdict"] for one in listed] == ["contradicted", "contradicted"]


def test_each_error_type_has_its_own_row(store: Store) -> None:
    ingest_regions(store, BOXES)
    text = CAPTIONS[2][1]
    assert scores(store, "object")[text]["value"] < 0.1
    assert scores(store, "count")[text]["value"] < 0.1
    assert scores(store, "relation")[text]["value"] is None
    assert "states nothing of the type relation" in str(scores(store, "relation")[text]["reason"])


def test_what_cannot_be_checked_is_undefined_with_its_reason(store: Store) -> None:
    ingest_regions(store, BOXES)
    found = scores(store, "object")
    assert "'de'" in str(found["Ein Hund steht auf der Wiese"]["reason"])
    assert "no regions of this sample" in str(found["A dog"]["reason"])
    assert found["A dog"]["value"] is None


def test_without_any_regions_every_caption_says_what_to_do(store: Store) -> None:
    found = scores(store, "object")
    assert len(found) == len(CAPTIONS)
    assert all("ws.ingest_regions" in str(row["reason"]) for row in found.values())


def test_new_regions_change_the_scores(store: Store) -> None:
    ingest_regions(store, BOXES)
    assert scores(store, "object")[CAPTIONS[2][1]]["value"] < 0.1
    more = BOXES.head(1).with_columns(label=pl.lit("cat"), x=0.8)
    ingest_regions(store, more)
    assert scores(store, "object")[CAPTIONS[2][1]]["value"] > 0.5
