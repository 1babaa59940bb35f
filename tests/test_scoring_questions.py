"""Questions of a yes/no model: what is asked, whose answer counts, and what a wrong model is told."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from PIL import Image
from small_checkpoints import write_clip, write_llava

from workbench.alignment.claims.parse import read_caption
from workbench.alignment.questions import plan_questions, worst_by_type
from workbench.errors import EncoderError
from workbench.ingest import ingest
from workbench.scoring import score
from workbench.store import Store

pytest.importorskip("torch", reason="the extra [torch] is not installed")


@pytest.fixture
def small(tmp_path: Path) -> Store:
    media = tmp_path / "media"
    media.mkdir()
    lines = []
    for number in range(10):
        Image.new("RGB", (48, 40), (25 * number, 60, 90)).save(media / f"{number}.png")
        lines.append(json.dumps({"path": f"{number}.png", "text": "two red dogs on a table", "lang": "en"}))
    (tmp_path / "captions.jsonl").write_text("\n".join(lines))
    store = Store.create(tmp_path / "ws")
    ingest(store, media, captions=tmp_path / "captions.jsonl", progress=False)
    return store


def test_a_model_is_asked_after_the_whole_and_each_claim(small: Store, tmp_path: Path) -> None:
    model = write_llava(tmp_path / "llava")
    summary = score(small, "questions", encoder=f"vqa:{model}", device="cpu", progress=False)
    found = small.read("scores")
    assert summary.undefined == 0
    assert found["value"].is_between(0, 1).all()
    assert found["value"].n_unique() > 1
    assert (found["error_type"] == "wrong_pair").sum() == 10
    things = found.filter(pl.col("error_type") == "object").row(0, named=True)
    assert things["evidence"].startswith("“")
    assert "two red dogs on a table"[things["start_char"] : things["end_char"]] in ("dogs", "table")


def test_only_the_most_suspicious_are_asked_about_once_there_are_scores(small: Store, tmp_path: Path) -> None:
    score(small, "similarity", encoder="fake", progress=False)
    model = write_llava(tmp_path / "llava")
    score(small, "questions", encoder=f"vqa:{model}", device="cpu", progress=False)
    whole = small.read("scores").filter(
        (pl.col("scorer") == "questions") & (pl.col("error_type") == "wrong_pair")
    )
    assert whole["value"].is_not_null().sum() == 2
    assert "not among the 20% most suspicious" in whole["reason"].drop_nulls()[0]


def test_without_a_model_the_line_to_type_is_given(small: Store, tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match=r"seen encoder='bridge'.*vqa:<id or folder>"):
        score(small, "questions", progress=False)
    clip = write_clip(tmp_path / "clip")
    with pytest.raises(EncoderError, match="cannot be loaded"):
        score(small, "questions", encoder=f"vqa:{clip}", device="cpu", progress=False)


def test_a_claim_about_what_is_not_there_is_not_held_against_the_caption_twice() -> None:
    asked = plan_questions(read_caption("a red dog on a sofa"))
    kinds = [question.claim.type for question in asked]
    no_dog = np.where([kind == "object" for kind in kinds], 0.9, 0.2)
    no_dog[0] = 0.1
    assert set(worst_by_type(asked, no_dog.tolist())) == {"object"}
    no_dog[0] = 0.8
    assert set(worst_by_type(asked, no_dog.tolist())) == {"object", "attribute", "relation"}
