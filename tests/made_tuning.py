"""Small models in folders, pairs of text and of pictures for them, and a watch that keeps what it hears."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from tests.started_runs import text_rows
from tests.tiny_models import make_language_model, make_picture_model, make_tokenizer
from workbench.finetune.config import RunConfig
from workbench.finetune.engines.base import HeldOut, Step
from workbench.finetune.rows import FLAGGED_SCHEMA

COLOURS = {"red": (200, 30, 30), "green": (30, 160, 40), "blue": (40, 60, 210), "white": (240, 240, 240)}
PROMPT = "Describe this image."


@dataclass
class Ear:
    """A watch that keeps what it hears, and asks to stop after a step."""

    stop_after: int = 0
    started: dict[str, object] = field(default_factory=dict)
    steps: list[Step] = field(default_factory=list)
    looks: list[HeldOut] = field(default_factory=list)
    said: list[tuple[int, list[tuple[str, str]]]] = field(default_factory=list)
    checkpoints: list[int] = field(default_factory=list)

    def start(self, facts: Mapping[str, object]) -> None:
        self.started = dict(facts)

    def step(self, done: Step) -> None:
        self.steps.append(done)

    def held_out(self, seen: HeldOut) -> None:
        self.looks.append(seen)

    def samples(self, step: int, texts: Sequence[tuple[str, str]]) -> None:
        self.said.append((step, list(texts)))

    def checkpoint(self, step: int, path: Path) -> None:
        assert path.is_dir()
        self.checkpoints.append(step)

    def should_stop(self) -> bool:
        return bool(self.stop_after) and self.steps[-1].step >= self.stop_after

    @property
    def losses(self) -> list[float]:
        return [step.loss for step in self.steps]


def sentences() -> list[tuple[str, str, str]]:
    """Return prompts with a right and a wrong answer of unlike lengths."""
    names = list(COLOURS)
    return [
        (
            PROMPT,
            f"a {name} wall" + " and a door" * (n % 3),
            f"one {names[(n + 3) % 4]} wall" + " and sky" * (n % 2),
        )
        for n, name in enumerate(names * 3)
    ]


def made_tokenizer(*, chat: bool = True) -> Any:
    tokenizer = make_tokenizer([text for row in sentences() for text in row])
    if not chat:
        tokenizer.chat_template = None
    return tokenizer


def text_model(folder: Path, *, chat: bool = True) -> Path:
    """Write a language model of one layer; with its end mark said often enough to come up."""
    tokenizer = made_tokenizer(chat=chat)
    make_language_model(tokenizer).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def picture_model(folder: Path, make: Callable[[Any], tuple[Any, Any]] = make_picture_model) -> Path:
    """Write a model of pictures and text, by default the LLaVA of one layer."""
    model, processor = make(made_tokenizer())
    model.save_pretrained(folder)
    processor.save_pretrained(folder)
    return folder


def pairs_of_text(held_out: int = 4) -> pl.DataFrame:
    """Return twelve pairs of text."""
    return text_rows(sentences(), held_out)


def pairs_of_pictures(folder: Path, held_out: int = 4, side: int = 40) -> pl.DataFrame:
    """Return twelve pairs of six pictures, two a picture."""
    from PIL import Image

    folder.mkdir(parents=True, exist_ok=True)
    rows = pairs_of_text(held_out).to_dicts()
    for number, row in enumerate(rows):
        path = folder / f"{number // 2}.png"
        colour = list(COLOURS.values())[number // 2 % len(COLOURS)]
        Image.new("RGB", (side, side), tuple((c + 9 * number) % 256 for c in colour)).save(path)
        row |= {"media": "image", "paths": [str(path)], "sample_id": f"s{number // 2}"}
    return pl.DataFrame(rows, schema=text_rows([]).schema)


def flagged_of(rows: pl.DataFrame, count: int = 2) -> pl.DataFrame:
    """Return the first rejected captions as flagged items."""
    shown = ["sample_id", "media", "paths", "duration_s", "start_s", "end_s", "prompt"]
    told = [
        {name: row[name] for name in shown} | {"caption_id": row["rejected_id"], "text": row["rejected"]}
        for row in rows.head(count).to_dicts()
    ]
    return pl.DataFrame(told, schema=FLAGGED_SCHEMA)


def quick_config(model: Path, **settings: Any) -> RunConfig:
    """Return a config of a few quick steps on a processor."""
    plain: dict[str, Any] = {
        "model": str(model), "device": "cpu", "batch_pairs": 4, "learning_rate": 1e-2, "warmup_share": 0.0,
        "epochs": 2,
    }  # fmt: skip
    adapters = {} if settings.get("trains") == "full" else {"lora_rank": 2}
    return RunConfig(**plain | adapters | settings)
