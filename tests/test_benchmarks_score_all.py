"""The benchmark of scoring everything: what it fills in, and that a small size runs to the end."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks import score_all
from workbench.encoders import ENCODERS
from workbench.scoring import score
from workbench.store import Store


def test_the_set_has_the_pairs_asked_for_and_every_third_photo_a_second_caption(tmp_path: Path) -> None:
    store = Store.create(tmp_path / "ws")
    score_all.fill(store, 120, tmp_path / "photos")
    captions = store.read("captions")
    assert captions.height == 120
    assert captions["caption_id"].n_unique() == 120
    assert store.read("samples").height == 90
    assert (captions.group_by("sample_id").len()["len"] == 2).sum() == 30


def test_kept_vectors_are_found_and_no_picture_is_encoded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(ENCODERS, "synthetic", "benchmarks.score_all:SyntheticEncoder")
    store = Store.create(tmp_path / "ws")
    score_all.fill(store, 200, tmp_path / "photos")
    done = score(store, "similarity", encoder="synthetic", device="cpu", progress=False)
    assert (done.scored, done.undefined) == (200, 0)  # the stand-in has no image tower at all: it would raise
    assert store.read("scores")["value"].mean() > 0  # random vectors would give 0 on average, within .01


def test_words_have_fixed_vectors_of_their_own() -> None:
    encoder = score_all.SyntheticEncoder()
    found = encoder.encode_texts(["a red dog", "a red dog", "the blue boat"])
    assert (found.vectors[0] == found.vectors[1]).all()
    assert float(found.vectors[0] @ found.vectors[2]) < 0.5
    assert np.allclose(np.linalg.norm(found.vectors, axis=1), 1, atol=1e-5)


def test_metrics_carry_their_size() -> None:
    metrics: dict[str, score_all.Metric] = {}
    score_all._collect(metrics, {"pairs": 10_000.0, "seconds": 41.0, "peak_gb": 2.0})
    assert metrics["seconds_10k"].value == 41.0
    assert metrics["peak_gb_10k"].unit == "GB"
