"""Hand rows to a model in batches: prompts as in training, pictures as its processor takes them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from workbench.finetune.config import RunConfig
from workbench.finetune.models import Loaded
from workbench.finetune.pictures import count_pictures, pictures_of
from workbench.finetune.wording import is_chat

if TYPE_CHECKING:
    from PIL import Image

__all__ = ["Row", "make_batches", "read_prompts"]

Row = Mapping[str, object]


def make_batches(
    loaded: Loaded, rows: Sequence[Row], config: RunConfig, batch: int
) -> Iterator[tuple[list[int], list[list[Image.Image]]]]:
    """Yield row numbers and their pictures; rows with as many pictures and texts about as long together.

    Pictures are read batch by batch, so that a large set does not fill the memory.
    """
    counts = [count_pictures(row, config) if loaded.takes_pictures else 0 for row in rows]
    order = sorted(range(len(rows)), key=lambda number: (counts[number], _length(rows[number])))
    start = 0
    while start < len(order):
        count = counts[order[start]]
        part = [number for number in order[start : start + batch] if counts[number] == count]
        yield part, [pictures_of(rows[number], config) if count else [] for number in part]
        start += len(part)


def read_prompts(
    loaded: Loaded, texts: Sequence[str], pictures: Sequence[Sequence[Image.Image]]
) -> dict[str, Any]:
    """Return prompts and pictures as tensors on the model's device, padded on the left.

    Args:
        loaded: whose tokenizer or processor; the marks of a beginning come from its template, if it has one.
        texts: as `workbench.finetune.wording` writes them.
        pictures: of each text; equally many of each.
    """
    has_marks = is_chat(loaded) or loaded.takes_pictures
    settings = {
        "padding": True, "padding_side": "left", "return_tensors": "pt", "add_special_tokens": not has_marks
    }  # fmt: skip
    if loaded.takes_pictures:
        shown = {"images": [list(group) for group in pictures]} if any(pictures) else {}
        batch = loaded.processor(text=list(texts), **shown, **settings)
    else:
        batch = loaded.tokenizer(list(texts), **settings)
    return {
        name: value.to(loaded.device, loaded.bare.dtype)
        if value.is_floating_point()
        else value.to(loaded.device)
        for name, value in batch.items()
        if name != "token_type_ids"
    }


def _length(row: Row) -> int:
    return sum(len(str(row.get(name) or "")) for name in ("prompt", "chosen", "rejected"))
