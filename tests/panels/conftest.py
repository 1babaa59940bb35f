"""A tiny workspace for the tests of the cores: painted squares, captions, scores, flags; no encoder."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from PIL import Image

import workbench
from workbench.records import utc_now
from workbench.workspace import Workspace

TEXTS = ("a red square", "a dog on a sofa", "a blue square", "a green square", "a cat", "two grey squares")
COLOURS = ("red", "orange", "blue", "green", "black", "grey")


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    return make_workspace(tmp_path)


def make_workspace(folder: Path) -> Workspace:
    """Six photos with one caption each and a seventh without; the second and the fifth caption are wrong."""
    media = folder / "media"
    media.mkdir()
    for number, colour in enumerate((*COLOURS, "white")):
        Image.new("RGB", (64, 48), colour).save(media / f"p{number}.png")
    rows = [{"path": f"p{number}.png", "text": text} for number, text in enumerate(TEXTS)]
    (media / "captions.jsonl").write_text("\n".join(map(json.dumps, rows)))
    space = workbench.create(folder / "ws", annotator="ana")
    space.ingest(media / "captions.jsonl", media_root=media, progress=False)
    add_sample_without_caption(space)
    add_scores(space)
    return space


def add_sample_without_caption(space: Workspace) -> None:
    first = space.samples.head(1)
    lone = first.with_columns(sample_id=pl.lit("s" + "0" * 16), path=pl.lit("p6.png"))
    space.store.append("samples", lone)


def add_scores(space: Workspace) -> None:
    values = {"a dog on a sofa": 0.10, "a cat": 0.15}
    pairs = space.captions.join(space.samples, on="sample_id").sort("path")
    frame = pairs.select("caption_id", "caption_hash", "content_hash", "text").with_columns(
        value=pl.col("text")
        .replace_strict(values, default=None)
        .fill_null(0.3 + pl.int_range(pl.len()) * 0.01),
        scorer=pl.lit("similarity"),
        error_type=pl.lit("wrong_pair"),
        encoder_key=pl.lit("by hand"),
        evidence=pl.lit("Fits worse than most."),
        scored_at=pl.lit(utc_now()),
    )
    frame = frame.with_columns(percentile=(pl.col("value").rank() - 1) / (pl.len() - 1))
    space.store.replace("scores", frame.drop("text"))
    wrong = frame.filter(pl.col("text").is_in(list(values)))
    flags = wrong.select(
        pl.format("f-{}", "caption_id").alias("flag_id"),
        "caption_id",
        pl.Series("error_type", np.array(["wrong_pair", "object"])),
        "percentile",
        pl.lit("Another caption fits better.").alias("evidence"),
    )
    space.store.replace("flags", flags)
