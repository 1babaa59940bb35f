"""Rows of a run with nothing wrong with them, and tiny models for them: tests plant one fault at a time."""

from __future__ import annotations

import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl

from tests.tiny_models import make_language_model, make_picture_model, make_tokenizer
from workbench.finetune.config import RunConfig
from workbench.finetune.rows import ROW_SCHEMA

__all__ = ["PROMPT", "clean_rows", "config_for", "paint", "picture_folder", "planted", "text_folder"]

PROMPT = "Describe this image."
_COLOURS = ("red", "blue", "green", "white", "black", "brown", "grey", "yellow", "pink", "orange")
_NOUNS = ("cat", "dog", "boat", "car", "house", "bird", "horse", "table", "lamp", "chair", "train", "clock")
_PLACES = ("beside", "under", "near", "behind", "above", "opposite")
_EXTRA = " wall tree here . Describe"


def clean_rows(count: int = 24, *, held_out: int = 6, seed: int = 100) -> pl.DataFrame:
    """Return pairs of text in which the colour of one thing is wrong, several annotators, two splits."""
    random_ = random.Random(seed)
    rows = []
    for number in range(count):
        right, wrong = random_.sample(_COLOURS, 2)
        first, second = random_.sample(_NOUNS, 2)
        place, other = random_.choice(_PLACES), random_.choice(_COLOURS)
        rows.append(
            _row(number, "held_out" if number >= count - held_out else "train")
            | {
                "chosen": f"a {right} {first} {place} a {other} {second}",
                "rejected": f"a {wrong} {first} {place} a {other} {second}",
            }
        )
    return pl.DataFrame(rows, schema=ROW_SCHEMA)


def planted(rows: pl.DataFrame, faults: Mapping[int, Mapping[str, object]]) -> pl.DataFrame:
    """Return the rows with some values changed, by number of the row."""
    changed = [row | dict(faults.get(number, {})) for number, row in enumerate(rows.to_dicts())]
    return pl.DataFrame(changed, schema=rows.schema)


def paint(rows: pl.DataFrame, folder: Path, size: tuple[int, int] = (40, 40)) -> pl.DataFrame:
    """Give every row a picture of its own, of noise."""
    import numpy as np
    from PIL import Image

    folder.mkdir(parents=True, exist_ok=True)
    faults: dict[int, dict[str, object]] = {}
    for number in range(rows.height):
        path = folder / f"{number}.png"
        pixels = np.random.default_rng(number).integers(0, 255, (size[1], size[0], 3)).astype(np.uint8)
        Image.fromarray(pixels).save(path)
        faults[number] = {"media": "image", "paths": [str(path)]}
    return planted(rows, faults)


def text_folder(folder: Path, *, template: str | None = None, more: str = "", **changes: Any) -> Path:
    """Write a language model of one layer that knows the words of `clean_rows`.

    Args:
        folder: where to.
        template: of its chat; the tiny models' own when left out, "" for none.
        more: words that it knows besides.
        changes: attributes of the tokenizer.
    """
    tokenizer = _tokenizer(more)
    if template is not None:
        tokenizer.chat_template = template or None
    for name, value in changes.items():
        setattr(tokenizer, name, value)
    make_language_model(tokenizer).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def picture_folder(folder: Path, *, template: str | None = None) -> Path:
    """Write a LLaVA of one layer that knows the words of `clean_rows`."""
    model, processor = make_picture_model(_tokenizer())
    if template is not None:
        processor.chat_template = processor.tokenizer.chat_template = template
    model.save_pretrained(folder)
    processor.save_pretrained(folder)
    return folder


def config_for(model: Path, **settings: Any) -> RunConfig:
    """Return a config of quick steps on a processor."""
    return RunConfig(**{"model": str(model), "device": "cpu", "batch_pairs": 4, **settings})


def _tokenizer(more: str = "") -> Any:
    rows = clean_rows(200)
    return make_tokenizer([*rows["chosen"], *rows["rejected"], PROMPT + _EXTRA, more])


def _row(number: int, split: str) -> dict[str, object]:
    return {
        "pair_id": f"p{number}", "sample_id": f"s{number}", "chosen_id": f"c{number}", "collage": "",
        "rejected_id": f"r{number}", "media": "", "paths": [], "prompt": PROMPT, "status": "accepted",
        "origin": "edit", "builder": "", "error_type": "attribute", "criterion": "faithfulness",
        "annotator": ("ana", "ben", "cem")[number % 3], "for_chosen": [("ana", "ben", "cem")[number % 3]],
        "for_rejected": [], "group": "", "split": split, "unfit": "", "strength": 1 + number % 3,
        "chosen_spans": [[2, 5]], "rejected_spans": [[2, 5]],
    }  # fmt: skip
