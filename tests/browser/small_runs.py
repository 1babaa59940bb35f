"""Real runs of a model too small to learn, so that something goes while a view looks on."""

from __future__ import annotations

import shutil
from pathlib import Path

import workbench
from tests import tiny_models
from workbench.finetune import RunConfig
from workbench.workspace import Workspace

from .board_world import give_pairs

__all__ = ["QUEUES", "long_config", "make_tunable"]

#: Below the folder of a world: its queues are no other run's of this machine.
QUEUES = "queues"


def make_tunable(made_world: Path, folder: Path) -> Workspace:
    """Make a workspace with pairs that are split, and beside it a model of pictures and its processor."""
    shutil.copytree(made_world / "ws", folder / "ws")
    ws = workbench.open(folder / "ws", annotator="ana")
    give_pairs(ws)
    ws.split_pairs(0.25, 0)
    texts = [*ws.pairs["chosen_text"].drop_nulls(), *ws.pairs["rejected_text"].drop_nulls()]
    tokenizer = tiny_models.make_tokenizer([*texts, "Describe this image."])
    model, processor = tiny_models.make_picture_model(tokenizer)
    model.save_pretrained(folder / "model")
    processor.save_pretrained(folder / "model")
    return ws


def long_config(folder: Path, name: str) -> RunConfig:
    """Return how a run goes that ends long after any test; it looks only at its start and end."""
    return RunConfig(
        model=str(folder / "model"), device="cpu", name=name, epochs=100_000, batch_pairs=4, shown_items=2,
        evaluate_every=0,
    )  # fmt: skip
