"""Texts that are no captions: scored beside the captions, on one scale, each with a value or a reason."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest
from PIL import Image

from workbench.errors import TableError, UnknownNameError
from workbench.ingest import ingest
from workbench.scoring.texts import score_texts
from workbench.store import Store

COLOURS = {"red": (210, 40, 40), "blue": (40, 70, 210), "green": (40, 170, 60), "yellow": (240, 220, 50)}


@pytest.fixture
def painted(tmp_path: Path) -> Store:
    """Return a workspace of four pictures of one colour each; the yellow one has only an empty caption."""
    media = tmp_path / "media"
    media.mkdir()
    lines = []
    for colour, value in COLOURS.items():
        Image.new("RGB", (48, 40), value).save(media / f"{colour}.png")
        text = "one" if colour == "yellow" else f"a {colour} square"
        lines.append(json.dumps({"path": f"{colour}.png", "text": text}))
    (tmp_path / "captions.jsonl").write_text("\n".join(lines))
    store = Store.create(tmp_path / "ws")
    ingest(store, media, captions=tmp_path / "captions.jsonl", progress=False)
    yellow = ids(store)["yellow"]
    store.replace("captions", store.read("captions").filter(pl.col("sample_id") != yellow))
    return store


def ids(store: Store) -> dict[str, str]:
    pairs = store.read("samples").select("path", "sample_id").iter_rows()
    return {path.removesuffix(".png"): sample for path, sample in pairs}


def test_the_text_that_fits_has_the_higher_score_on_every_sample(painted: Store) -> None:
    sample = ids(painted)
    rows = [(sample[c], f"a {said} thing", c == said) for c in COLOURS for said in COLOURS]
    texts = pl.DataFrame(rows, schema=["sample_id", "text", "is_right"], orient="row")
    scored = score_texts(painted, texts, encoder="fake")
    assert scored.drop("score", "score_value", "score_reason", "score_key").equals(texts)
    best = scored.group_by("sample_id").agg(pl.col("is_right").sort_by("score").last())
    assert best["is_right"].all()
    assert scored["score_key"].unique().to_list() == ["fake:colours-and-pitch:v1:squeeze32:f32"]


def test_a_text_without_a_score_says_why(painted: Store) -> None:
    sample = ids(painted)
    (painted.roots["media"] / "green.png").unlink()
    texts = pl.DataFrame(
        {
            "sample_id": [sample["red"], sample["red"], "nowhere", sample["green"]],
            "text": ["a red square", "  ", "a red square", "a green square"],
        }
    )
    scored = score_texts(painted, texts, encoder="fake")
    assert scored["score"].is_null().to_list() == [False, True, True, True]
    assert scored["score_reason"][1] == "the text is empty"
    assert scored["score_reason"][2] == "there is no such sample in the workspace"
    assert scored["score_reason"][3].startswith("could not be read")


def test_scores_given_before_are_made_anew_and_nothing_is_nothing(painted: Store) -> None:
    text = pl.DataFrame({"sample_id": [ids(painted)["red"]], "text": ["red"], "score": [99.0]})
    assert score_texts(painted, text, encoder="fake")["score"][0] < 2
    none = score_texts(painted, text.clear(), encoder="fake")
    assert none.height == 0
    assert none.schema["score"] == pl.Float64


def test_what_makes_no_sense_is_refused(painted: Store) -> None:
    with pytest.raises(TableError, match="no column text"):
        score_texts(painted, pl.DataFrame({"sample_id": ["s"]}))
    with pytest.raises(UnknownNameError, match="no encoder 'nose'"):
        score_texts(painted, pl.DataFrame({"sample_id": ["s"], "text": ["a"]}), encoder="nose")
