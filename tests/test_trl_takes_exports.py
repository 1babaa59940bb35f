"""TRL's own trainers take a step on what is exported, text and pictures; `datasets` loads the folders."""

from __future__ import annotations

import copy
import math
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from PIL import Image

from tests.made_clips import RED, write_squares
from tests.tiny_models import make_language_model, make_picture_model, make_reward_model, make_tokenizer
from workbench.export.pairs import export_pairs
from workbench.pairs import add_pairs, judge
from workbench.preferences.collage import Collage
from workbench.preferences.pair import Pair, variant_id
from workbench.workspace import Workspace, create

pytest.importorskip("trl", reason="the extra `finetune` is not installed")

COLOURS = {"red": (200, 30, 30), "green": (30, 160, 40), "blue": (40, 60, 210), "white": (240, 240, 240)}


@pytest.fixture(scope="module")
def ws(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Small pictures and a clip with a correction each, a few judgements, and a collage proposed."""
    folder = tmp_path_factory.mktemp("pictures")
    photos = folder / "photos"
    photos.mkdir()
    rng = np.random.default_rng(0)
    for number, (name, colour) in enumerate([*COLOURS.items()] * 3):
        pixels = np.clip(rng.normal(colour, 25, (48, 64, 3)), 0, 255).astype(np.uint8)
        Image.fromarray(pixels).resize((128, 96)).save(photos / f"{number:02}.png")
        (photos / f"{number:02}.txt").write_text(f"a picture of a {name} wall, number {number}")
    write_squares(photos / "clip.mp4", [(RED, 0.0, 1.0)], 1.0)
    (photos / "clip.txt").write_text("a picture of a red square that moves")
    ws = create(folder / "ws", annotator="ana")
    ws.ingest(photos, progress=False)
    for row in ws.captions.iter_rows(named=True):
        better = row["text"].replace("picture of a", "close picture of one")
        ws.decide(row["caption_id"], "misaligned", edited_text=better, is_complete=True)
    rows = ws.captions.filter(pl.col("text").str.contains("wall")).rows(named=True)
    wrong = "a picture of no wall"
    for row in rows[:4]:
        sample = row["sample_id"]
        pair = Pair(
            sample, row["caption_id"], variant_id(sample, wrong, "built"), row["text"], wrong, "built"
        )
        add_pairs(ws.store, [pair])
        judge(ws.store, pair.pair_id, "prefer", annotator="ana", winner=pair.chosen_id, strength=2)
    first, second = rows[4]["sample_id"], rows[5]["sample_id"]
    collage = Pair(
        first, variant_id(first, "the first", "collage"), variant_id(first, "the second", "collage"),
        rows[4]["text"], rows[5]["text"], "collage", detail=Collage((first, second), 0).detail,
    )  # fmt: skip
    add_pairs(ws.store, [collage])
    ws.split_pairs(0.25)
    return ws


@pytest.fixture(scope="module")
def tokenizer(ws: Workspace) -> Any:
    return make_tokenizer([*ws.pairs["chosen_text"], *ws.pairs["rejected_text"], "Describe this image."])


def one_step(trainer: Any) -> dict[str, float]:
    before = [weights.detach().clone() for weights in trainer.model.parameters()]
    trainer.train()
    assert any((old != new).any() for old, new in zip(before, trainer.model.parameters(), strict=True))
    logged = next(entry for entry in trainer.state.log_history if "loss" in entry)
    assert math.isfinite(logged["loss"])
    assert logged["grad_norm"] > 0
    return dict(logged)


def small(folder: Path) -> dict[str, Any]:
    return {
        "output_dir": str(folder), "max_steps": 1, "per_device_train_batch_size": 4, "bf16": False,
        "gradient_checkpointing": False, "use_cpu": True, "report_to": "none", "logging_steps": 1,
        "save_strategy": "no", "learning_rate": 1e-3, "disable_tqdm": True,
    }  # fmt: skip


def rows_of(ws: Workspace, path: Path, format: str) -> Any:
    import datasets

    ws.export_pairs(path, format=format, split="train")
    loader = {".jsonl": "json", ".parquet": "parquet"}[path.suffix]
    return datasets.load_dataset(loader, data_files=str(path), split="train", cache_dir=str(path.parent))


def folder_of(ws: Workspace, path: Path, format: str) -> Any:
    import datasets

    ws.export_pairs(path, format=format, status=("accepted", "proposed"))
    return datasets.load_dataset(str(path), cache_dir=str(path.parent / "cache"))


@pytest.mark.parametrize("ending", ["jsonl", "parquet"])
def test_dpo_takes_a_step_on_text(ws: Workspace, tokenizer: Any, tmp_path: Path, ending: str) -> None:
    from trl import DPOConfig, DPOTrainer

    model = make_language_model(tokenizer)
    logged = one_step(
        DPOTrainer(
            model, ref_model=copy.deepcopy(model), args=DPOConfig(**small(tmp_path)),
            train_dataset=rows_of(ws, tmp_path / f"dpo.{ending}", "trl"), processing_class=tokenizer,
        )
    )  # fmt: skip
    assert logged["loss"] == pytest.approx(math.log(2), abs=1e-4), "both models are one before the first step"


def test_dpo_takes_a_step_on_pictures(ws: Workspace, tokenizer: Any, tmp_path: Path) -> None:
    from datasets import concatenate_datasets
    from trl import DPOConfig, DPOTrainer

    found = folder_of(ws, tmp_path / "pictures", "trl_conversational")
    assert sorted({len(row["images"]) for part in found.values() for row in part}) == [1, 4]
    together = concatenate_datasets(list(found.values()))
    assert together.num_rows == 18
    assert isinstance(found["train"][0]["images"][0], Image.Image)
    model, processor = make_picture_model(tokenizer)
    whole = small(tmp_path) | {"per_device_train_batch_size": together.num_rows}
    logged = one_step(
        DPOTrainer(
            model, ref_model=copy.deepcopy(model), args=DPOConfig(**whole, max_length=None),
            train_dataset=together, eval_dataset=found["held_out"], processing_class=processor,
        )
    )  # fmt: skip
    assert logged["loss"] == pytest.approx(math.log(2), abs=1e-4)


def test_dpo_takes_a_step_on_messages_without_pictures(ws: Workspace, tokenizer: Any, tmp_path: Path) -> None:
    import datasets
    from trl import DPOConfig, DPOTrainer

    frame = ws.pairs.with_columns(sample_id=pl.lit(""), prompt=pl.lit("What is there?"), detail=pl.lit(""))
    export_pairs(ws.store, frame, tmp_path / "out", format="trl_conversational")
    rows = datasets.load_dataset(str(tmp_path / "out"), split="train", cache_dir=str(tmp_path / "cache"))
    assert "images" not in rows.column_names
    model = make_language_model(tokenizer)
    one_step(
        DPOTrainer(
            model, ref_model=copy.deepcopy(model), args=DPOConfig(**small(tmp_path)), train_dataset=rows,
            processing_class=tokenizer,
        )
    )  # fmt: skip


def test_reward_takes_a_step_with_margins(ws: Workspace, tokenizer: Any, tmp_path: Path) -> None:
    from trl import RewardConfig, RewardTrainer

    rows = rows_of(ws, tmp_path / "reward.jsonl", "reward")
    assert 2 / 3 in rows["margin"]
    one_step(
        RewardTrainer(
            make_reward_model(tokenizer), args=RewardConfig(**small(tmp_path)), train_dataset=rows,
            processing_class=tokenizer,
        )
    )  # fmt: skip


def test_kto_takes_a_step_on_text(ws: Workspace, tokenizer: Any, tmp_path: Path) -> None:
    from trl import KTOConfig, KTOTrainer

    rows = rows_of(ws, tmp_path / "kto.jsonl", "kto")
    assert set(rows["label"]) == {True, False}
    model = make_language_model(tokenizer)
    one_step(
        KTOTrainer(
            model, ref_model=copy.deepcopy(model), args=KTOConfig(**small(tmp_path)), train_dataset=rows,
            processing_class=tokenizer,
        )
    )  # fmt: skip


def test_kto_takes_a_step_on_pictures(ws: Workspace, tokenizer: Any, tmp_path: Path) -> None:
    from trl import KTOConfig, KTOTrainer

    found = folder_of(ws, tmp_path / "pictures", "kto_conversational")
    model, processor = make_picture_model(tokenizer)
    one_step(
        KTOTrainer(
            model, ref_model=copy.deepcopy(model), args=KTOConfig(**small(tmp_path), max_length=None),
            train_dataset=found["train"], processing_class=processor,
        )
    )  # fmt: skip


def test_datasets_loads_the_whole_folder_with_pictures_and_card(ws: Workspace, tmp_path: Path) -> None:
    found = folder_of(ws, tmp_path / "whole", "datasets")
    assert set(found) <= {"train", "held_out", "unsplit"}
    assert sum(part.num_rows for part in found.values()) == ws.pairs.height
    row = next(row for part in found.values() for row in part if row["origin"] == "collage")
    assert row["images"][0].size == (336 * 2 + 4, 336)
    assert row["asked"].startswith("This picture is made of 2 pictures. Describe picture 1")
    card = (tmp_path / "whole" / "README.md").read_text()
    for told in (
        "- edit: 13",
        "- ana: 13 made, 4 judged",
        "locked with seed 0",
        "## Agreement",
        "## Lint",
    ):
        assert told in card
