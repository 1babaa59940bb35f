"""Hand pairs to TRL in the form that it documents: messages and pictures, or plain texts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from workbench.finetune.config import RunConfig
from workbench.finetune.models import Loaded
from workbench.finetune.pictures import pictures_of
from workbench.finetune.wording import ends_line, is_chat

__all__ = ["NUMBER", "make_dataset"]

#: The column that says which pair a row is, so that what TRL computes can be told by pair.
NUMBER = "number"


def make_dataset(rows: pl.DataFrame, loaded: Loaded, config: RunConfig) -> Any:
    """Return a `datasets.Dataset` of pairs; pictures are read when a row is, and kept nowhere.

    TRL words and tokenises by itself: it is the reference that our own words and tokens are held against.

    Args:
        rows: those of `ROW_SCHEMA` that are trained on or looked at.
        loaded: whose template, where it has one.
        config: how media become pictures.
    """
    import datasets

    wanted = list(rows.iter_rows(named=True))
    if not loaded.takes_pictures:
        told = [_words(row, loaded) | {NUMBER: number} for number, row in enumerate(wanted)]
        return datasets.Dataset.from_list(told)

    def read(batch: Mapping[str, Sequence[int]]) -> dict[str, list[Any]]:
        numbers = batch[NUMBER]
        shown = [pictures_of(wanted[number], config) for number in numbers]
        told = [
            _words(wanted[number], loaded, pictures=len(pictures))
            for number, pictures in zip(numbers, shown, strict=True)
        ]
        texts = {name: [one[name] for one in told] for name in ("prompt", "chosen", "rejected")}
        return texts | {"images": shown, NUMBER: list(numbers)}

    return datasets.Dataset.from_dict({NUMBER: list(range(len(wanted)))}).with_transform(read)


def _words(row: Mapping[str, object], loaded: Loaded, pictures: int = 0) -> dict[str, Any]:
    prompt, chosen, rejected = (str(row[name] or "") for name in ("prompt", "chosen", "rejected"))
    if is_chat(loaded):
        return {
            "prompt": [{"role": "user", "content": prompt}],
            "chosen": [{"role": "assistant", "content": chosen}],
            "rejected": [{"role": "assistant", "content": rejected}],
        }
    mark = getattr(loaded.processor, "image_token", "") if pictures else ""
    # TRL puts the end mark after plain answers of text itself, and not after those to pictures.
    end = loaded.tokenizer.eos_token if loaded.takes_pictures else ""
    first, second = (text if end and text.endswith(end) else text + end for text in (chosen, rejected))
    return {"prompt": f"{mark}\n" * pictures + ends_line(prompt), "chosen": first, "rejected": second}
