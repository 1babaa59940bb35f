"""Drawn scenes told in true captions, without the pictures: for tests that read words alone."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from workbench.demo.grammar import PROFILES, write_caption
from workbench.demo.scene import make_scene
from workbench.records import caption_hash, caption_id, sample_id
from workbench.store import Store
from workbench.workspace import Workspace

__all__ = ["tell_scenes"]


def tell_scenes(folder: Path, count: int) -> Workspace:
    """Return a workspace of so many scenes, told by two people each, that nobody has reviewed."""
    rows, samples = [], []
    for number in range(count):
        sample = sample_id("drawn", f"{number}.jpg")
        samples.append({"sample_id": sample, "media": "image", "root": "drawn", "path": f"{number}.jpg",
                        "content_hash": f"h{number}"})  # fmt: skip
        scene = make_scene(number)
        told = dict.fromkeys(write_caption(scene, one, "0").text for one in PROFILES[number % 4 :][:2])
        rows += [{"caption_id": caption_id(sample, text), "sample_id": sample, "kind": "caption",
                  "text": text, "caption_hash": caption_hash(text)} for text in told]  # fmt: skip
    store = Store.create(folder)
    store.append("samples", pl.DataFrame(samples))
    store.append("captions", pl.DataFrame(rows))
    return Workspace(store, "ana")
