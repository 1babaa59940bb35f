"""Tuning a scorer from verdicts, and the scorer that uses it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from PIL import Image

from workbench.errors import DecisionError, EncoderError
from workbench.ingest import ingest
from workbench.records import ERROR_TYPES
from workbench.review import decide
from workbench.scoring.base import Run
from workbench.scoring.text_maps import keep_map, read_map
from workbench.scoring.tuned import TUNED_TYPES, score_tuned
from workbench.scoring.tuning import Tuning, tune_scorer
from workbench.store import Store

pytest.importorskip("torch", reason="the map is fitted with torch")

COLOURS = {"red": (210, 40, 40), "green": (40, 170, 60), "blue": (40, 70, 210), "yellow": (240, 220, 50)}


def run_of(store: Store) -> Run:
    samples = store.read("samples").drop("added_at")
    rows = store.read("captions").join(samples, on="sample_id", maintain_order="left")
    return Run(store, rows, "fake")


@pytest.fixture(scope="module")
def painted(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """Seventy walls with a door, each in a colour, and a true caption each; all verified but the last ten."""
    folder = tmp_path_factory.mktemp("tuning")
    media = folder / "media"
    media.mkdir()
    random, names, lines = np.random.default_rng(0), list(COLOURS), []
    for number in range(70):
        wall, door = random.choice(names, 2, replace=False)
        pixels = np.full((32, 32, 3), COLOURS[wall], np.uint8)
        pixels[10:, 10:20] = COLOURS[door]
        Image.fromarray(pixels).save(media / f"{number}.png")
        lines.append(json.dumps({"path": f"{number}.png", "text": f"a {wall} wall with a {door} door"}))
    (media / "captions.jsonl").write_text("\n".join(lines))
    store = Store.create(folder / "ws")
    ingest(store, media / "captions.jsonl", progress=False)
    return store


@pytest.fixture(scope="module")
def tuning(painted: Store) -> Tuning:
    assert score_tuned(run_of(painted))["reason"].unique().to_list() == [
        "no text map has been learned for this encoder; verify captions, then ws.tune_scorer()"
    ]
    with pytest.raises(DecisionError, match="50 samples with a caption found fine, and there are 0"):
        tune_scorer(painted, encoder="fake")
    for caption in painted.read("captions")["caption_id"].head(60):
        decide(painted, caption, "ok", annotator="ana")
    return tune_scorer(painted, encoder="fake")


def test_it_says_what_it_gained_on_samples_it_had_not_seen(tuning: Tuning) -> None:
    assert (tuning.verified, tuning.samples, tuning.corrections) == (60, 60, 0)
    rows = {row["kind"]: row for row in tuning.table.iter_rows(named=True)}
    assert {"wrong_pair", "attribute", "binding"} <= set(rows)
    assert rows["attribute"]["before"] > 0.8
    # Twelve captions recur, and the noise tells them apart: their order can be learned by heart.
    assert rows["binding"]["tuned"] >= rows["binding"]["before"]
    for row in rows.values():
        assert row["gain_low"] <= row["gain"] <= row["gain_high"]
    text = str(tuning)
    assert "Tuned on 60 verified captions" in text
    assert "before" in text
    assert "blind" in text


def test_the_scorer_speaks_of_each_kind_of_claim_under_the_key_of_the_map(
    painted: Store, tuning: Tuning
) -> None:
    found = score_tuned(run_of(painted))
    assert set(found["error_type"]) == set(TUNED_TYPES) <= set(ERROR_TYPES)
    assert found["encoder_key"].unique().to_list() == [
        f"fake:colours-and-pitch:v1:squeeze32:f32+map:{tuning.map_key}"
    ]
    colours = found.filter(pl.col("error_type") == "attribute", pl.col("value").is_not_null())
    assert colours.height == 70
    assert (colours["percentile"] > 0).all()
    assert "by the map you taught" in colours["evidence"][0]
    counts = found.filter(pl.col("error_type") == "count")
    assert counts["value"].null_count() == counts.height
    assert "makes no count claim" in counts["reason"][0]


def test_stored_vectors_are_left_as_they_were(painted: Store, tuning: Tuning) -> None:
    folder = painted.vectors_folder("fake:colours-and-pitch:v1:squeeze32:f32")
    before = {file.name: file.read_bytes() for file in folder.glob("shard-*.npy")}
    tune_scorer(painted, encoder="fake", seed=1)
    assert {file.name: file.read_bytes() for file in folder.glob("shard-*.npy")} == before


def test_a_correction_by_a_person_is_its_own_edit(painted: Store, tuning: Tuning) -> None:
    captions = painted.read("captions")
    old = captions.row(0, named=True)
    new = {
        **old,
        "caption_id": "c" + "0" * 16,
        "text": "a tall wall with a door",
        "parent": old["caption_id"],
    }
    painted.append("captions", pl.DataFrame([new], schema=captions.schema))
    again = tune_scorer(painted, encoder="fake")
    assert again.corrections == 1
    assert again.verified == 61
    assert "correction" in again.table["kind"]


def test_a_map_reads_back_and_a_broken_one_says_what_to_do(tmp_path: Path) -> None:
    store = Store.create(tmp_path / "ws")
    assert read_map(store, "tower") is None
    matrix = np.random.default_rng(0).normal(size=(4, 4)).astype(np.float32)
    key = keep_map(store, "tower", matrix)
    kept = read_map(store, "tower")
    assert kept is not None
    assert (kept[0] == matrix).all()
    assert kept[1] == key
    (store.cache_folder("text-map-tower") / "map.safetensors").write_bytes(b"no map")
    with pytest.raises(EncoderError, match=r"Tune again: ws.tune_scorer\(\)"):
        read_map(store, "tower")
