"""A workspace of a few thousand samples for the plots: its clusters, languages and sources differ."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

import workbench
from workbench.encoders.shards import VectorShards
from workbench.records import utc_now
from workbench.workspace import Workspace

__all__ = ["CLUSTERS", "build_plots_world"]

CLUSTERS = 5
_ERRORS = ("wrong_pair", "attribute", "object", "relation", "count", "action")
_LANGS = ("en", "en", "en", "de", "fr")
_TEXTS = (
    "A sailing boat and two kites over the sea.",
    "Two people wait under a tree in the rain, one of them with a red umbrella and a dog.",
    "An orange tent beside a tree, mountains behind it and a lake in front; nobody is to be seen.",
)


def build_plots_world(folder: Path, photos: list[Path], *, samples: int = 2400) -> Workspace:
    """Make the workspace: its samples share these photos, their vectors lie in clusters.

    Captions in German and those of the source "a model" are suspected more often; so are those of the last
    cluster.
    """
    ws = workbench.create(folder, annotator="ana")
    rng = np.random.default_rng(5)
    root = ws.store.add_root(photos[0].parent)
    cluster = rng.choice(CLUSTERS, samples, p=(0.34, 0.26, 0.18, 0.14, 0.08))
    table = pl.DataFrame(
        {
            "sample_id": [f"s{number:05}" for number in range(samples)],
            "media": [
                "video" if part == 3 and number % 3 else "image" for number, part in enumerate(cluster)
            ],
            "root": root,
            "path": [photos[number % len(photos)].name for number in range(samples)],
            "content_hash": [f"h{number:05}" for number in range(samples)],
            "split": np.where(rng.random(samples) < 0.1, "test", "train"),
        }
    )
    ws.store.replace("samples", table.with_columns(added_at=pl.lit(utc_now())))
    _add_captions(ws, cluster, rng)
    _add_vectors(ws, cluster, rng)
    return ws


def _add_captions(ws: Workspace, cluster: np.ndarray, rng: np.random.Generator) -> None:
    count = len(cluster) * 2
    lang = rng.choice(_LANGS, count)
    source = np.where(rng.random(count) < 0.3, "a model", "people")
    odds = 0.04 + 0.10 * (lang == "de") + 0.07 * (source == "a model") + 0.22 * (cluster.repeat(2) == 4)
    is_wrong = rng.random(count) < odds
    value = np.where(is_wrong, rng.normal(0.20, 0.03, count), rng.normal(0.31, 0.035, count))
    captions = pl.DataFrame(
        {
            "caption_id": [f"c{number:05}" for number in range(count)],
            "sample_id": [f"s{number // 2:05}" for number in range(count)],
            "text": rng.choice(_TEXTS, count),
            "lang": lang,
            "source": source,
            "caption_hash": [f"k{number:05}" for number in range(count)],
        }
    ).with_columns(kind=pl.lit("caption"), added_at=pl.lit(utc_now()))
    ws.store.replace("captions", captions)
    scores = captions.select("caption_id", "caption_hash").with_columns(
        value=pl.Series(value),
        scorer=pl.lit("similarity"),
        error_type=pl.lit("wrong_pair"),
        encoder_key=pl.lit("drawn by chance"),
        scored_at=pl.lit(utc_now()),
    )
    scores = scores.with_columns(percentile=(pl.col("value").rank() - 1) / (count - 1))
    ws.store.replace("scores", scores)
    chosen = np.minimum(rng.geometric(0.4, count) - 1, len(_ERRORS) - 1)
    flags = scores.filter(pl.Series(is_wrong)).select(
        pl.format("f-{}", "caption_id").alias("flag_id"),
        "caption_id",
        pl.Series(np.array(_ERRORS)[chosen[is_wrong]]).alias("error_type"),
        "percentile",
    )
    ws.store.replace("flags", flags)


def _add_vectors(ws: Workspace, cluster: np.ndarray, rng: np.random.Generator) -> None:
    centres = rng.normal(0, 1.0, (CLUSTERS, 32))
    shards = VectorShards(ws.store.vectors_folder("drawn by chance"))
    for number, part in enumerate(cluster):
        row = centres[part] + rng.normal(0, 0.32, 32)
        shards.add(f"h{number:05}:whole", row[None].astype(np.float32))
    shards.flush()
