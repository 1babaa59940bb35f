"""A workspace of small scenes with a finished run of a tiny model, for tests of what comes after a run."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import tiny_models

from workbench.demo.finetune.captions import describe, list_words
from workbench.demo.finetune.corrections import build_pairs
from workbench.demo.finetune.drawing import draw_scene
from workbench.demo.finetune.scenes import Scene, make_scene
from workbench.finetune.config import RunConfig
from workbench.finetune.events import EventLog
from workbench.finetune.models import load_model, prepare_training
from workbench.finetune.rows import flagged_rows, training_rows
from workbench.finetune.run import Run
from workbench.finetune.starting import make_folder
from workbench.finetune.weights import save_weights
from workbench.ingest import ingest
from workbench.ingest.regions import ingest_regions
from workbench.pairs import add_pairs, split_pairs, standing_pairs
from workbench.preferences.pair import Pair, variant_id
from workbench.review import decide
from workbench.store import Store

SCENES = 40


def make_world(folder: Path, *, with_regions: bool = True) -> Store:
    """Make a workspace of scenes: half with a built pair, half with a caption found wrong and corrected."""
    scenes = [make_scene(f"made/{number}") for number in range(SCENES)]
    (folder / "media").mkdir(parents=True)
    rows, boxes = [], []
    for number, scene in enumerate(scenes):
        name = f"media/{number:02d}.png"
        draw_scene(scene).save(folder / name)
        rows.append({"path": name, "lang": "en", "text": _said(number, scene), "source": "made"})
        boxes += [
            {"path": name, "region_id": str(place), "label": thing.noun, "attributes": [thing.colour]}
            for place, thing in enumerate(scene.things)
        ]
    store = Store.create(folder / "ws")
    ingest(store, _lines(folder / "captions.jsonl", rows), progress=False)
    if with_regions:
        ingest_regions(store, _lines(folder / "boxes.jsonl", boxes))
    _decide(store, scenes)
    split_pairs(store, held_out_share=0.4, seed=1, ties=("content",))
    return store


def make_model(folder: Path, *, seed: int = 0) -> Path:
    """Make a tiny model of pictures that knows the words of the scenes; its weights decide what it says."""
    import torch

    tokenizer = tiny_models.make_tokenizer([" ".join(list_words()), "Describe this image."])
    model, processor = tiny_models.make_picture_model(tokenizer)
    torch.manual_seed(seed)
    for name, weights in model.named_parameters():
        if "norm" not in name:
            weights.data = torch.randn_like(weights) * 0.3
    model.save_pretrained(folder)
    processor.save_pretrained(folder)
    return folder


def finish_run(store: Store, model: Path, name: str = "made", *, push: float = 0.3, **settings: Any) -> Run:
    """Make a run that ended, with adapters of chance for weights; a push of 0 leaves the model as it was."""
    import torch

    config = RunConfig(model=str(model), name=name, lora_rank=2, device="cpu", **settings)
    pairs = standing_pairs(store)
    rows = training_rows(store, pairs, config)
    folder, handle = make_folder(store.path / "runs", config, rows, flagged_rows(store, pairs, config))
    tuned = prepare_training(load_model(config), config)
    torch.manual_seed(3)
    for parameter, weights in tuned.model.named_parameters():
        if "lora_B" in parameter:
            weights.data = torch.randn_like(weights) * push
    save_weights(tuned, config, folder.weights)
    log = EventLog(folder.events)
    log.tell("started", {"attempt": 1, "device": "cpu", "engine": "fast", "why": "", "steps": 1, "pairs": 1})
    log.tell("finished", {"step": 1, "path": "weights", "seconds": 1.0})
    os.close(handle)
    return Run(folder)


def _said(number: int, scene: Scene) -> str:
    text = describe(scene, "list")
    return text if number % 2 else f"A pink horse and {text[0].lower()}{text[1:]}"


def _decide(store: Store, scenes: list[Scene]) -> None:
    captions = store.read("captions").join(store.read("samples").select("sample_id", "path"), on="sample_id")
    pairs = []
    for row in captions.iter_rows(named=True):
        number = int(Path(row["path"]).stem)
        scene = scenes[number]
        if number % 2 == 0:
            true = describe(scene, "list")
            decide(store, row["caption_id"], "misaligned", annotator="ana", error_types=("object",),
                   edited_text=true, is_complete=True)  # fmt: skip
            continue
        [built] = build_pairs([scene], 1, str(number))
        pairs.append(
            Pair(
                sample_id=row["sample_id"], chosen_id=row["caption_id"], chosen_text=row["text"],
                rejected_id=variant_id(row["sample_id"], built.rejected, "built"),
                rejected_text=built.rejected, origin="built", builder="made", error_type=built.error_type,
            )
        )  # fmt: skip
    add_pairs(store, pairs)


def _lines(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    return path
