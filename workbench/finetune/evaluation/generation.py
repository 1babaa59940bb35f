"""Let a model that is tuned, or was not, answer the prompts of rows: the likeliest words or drawn ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from workbench.encoders.captioning import Sampling
from workbench.finetune.config import RunConfig
from workbench.finetune.models import Loaded
from workbench.finetune.pictures import count_pictures, pictures_of

if TYPE_CHECKING:
    from PIL import Image

__all__ = ["GREEDY", "Sampling", "say", "write_prompt"]

#: The likeliest word each time.
GREEDY: Final = Sampling(temperature=0.0)
_BATCH: Final = 32


def say(
    loaded: Loaded,
    rows: pl.DataFrame | Sequence[Mapping[str, object]],
    config: RunConfig,
    sampling: Sampling = GREEDY,
    *,
    batch: int = _BATCH,
) -> list[str]:
    """Return what the model answers to the prompt and the pictures of each row.

    The model keeps its mode, its caches of training and torch's stream of chance, so this may be called in
    the middle of a training. Rows of one length are told together; the same rows give the same texts.

    Args:
        loaded: the model, tuned so far as it is.
        rows: of `ROW_SCHEMA` or `FLAGGED_SCHEMA`; answers among them are not read.
        config: how media become pictures.
        sampling: how words are chosen and how many; greedy when left out.
        batch: rows told together.

    Returns:
        One text a row, in order, trimmed; one that came to no end by `sampling.max_tokens` stays as it is.

    Raises:
        MediaError: when a picture cannot be read.
    """
    import torch

    asked = list(rows.iter_rows(named=True)) if isinstance(rows, pl.DataFrame) else list(rows)
    model = loaded.model
    was_training = model.training
    devices = [loaded.device] if loaded.device.startswith("cuda") else []
    texts = [""] * len(asked)
    with torch.random.fork_rng(devices=devices), torch.no_grad():
        torch.manual_seed(sampling.seed)
        model.eval()
        try:
            for part, pictures in _batches(loaded, asked, config, batch):
                for place, text in zip(part, _answer(loaded, part, asked, pictures, sampling), strict=True):
                    texts[place] = text
        finally:
            model.train(was_training)
    return texts


def write_prompt(loaded: Loaded, prompt: str, pictures: int) -> tuple[str, bool]:
    """Return a prompt as the model reads it, and whether its template has written the marks of a beginning.

    Args:
        loaded: whose template; a model without one gets the prompt as it is, after the marks of its pictures.
        prompt: what is asked.
        pictures: how many are shown with it.
    """
    writer = loaded.processor if loaded.takes_pictures else loaded.tokenizer
    template = getattr(writer, "chat_template", None) or getattr(loaded.tokenizer, "chat_template", None)
    if template:
        parts: list[dict[str, str]] = [{"type": "image"}] * pictures + [{"type": "text", "text": prompt}]
        content = parts if loaded.takes_pictures else prompt
        written: str = writer.apply_chat_template(
            [{"role": "user", "content": content}],
            add_generation_prompt=True, tokenize=False, chat_template=template,
        )  # fmt: skip
        return written, True
    mark = getattr(loaded.processor, "image_token", "") if pictures else ""
    return f"{mark}\n" * pictures + prompt, False


def _batches(
    loaded: Loaded, rows: Sequence[Mapping[str, object]], config: RunConfig, batch: int
) -> Iterator[tuple[list[int], list[list[Image.Image]]]]:
    """Yield row numbers and their pictures; rows with as many pictures and prompts about as long together."""
    counts = [count_pictures(row, config) if loaded.takes_pictures else 0 for row in rows]
    order = sorted(range(len(rows)), key=lambda number: (counts[number], len(str(rows[number]["prompt"]))))
    start = 0
    while start < len(order):
        count = counts[order[start]]
        part = [number for number in order[start : start + batch] if counts[number] == count]
        yield part, [pictures_of(rows[number], config) if count else [] for number in part]
        start += len(part)


def _answer(
    loaded: Loaded,
    part: Sequence[int],
    rows: Sequence[Mapping[str, object]],
    pictures: Sequence[Sequence[Image.Image]],
    sampling: Sampling,
) -> list[str]:
    written = [
        write_prompt(loaded, str(rows[number]["prompt"]), len(shown))
        for number, shown in zip(part, pictures, strict=True)
    ]
    asked = _tokens(loaded, [text for text, _ in written], pictures, has_marks=written[0][1])
    told = loaded.model.generate(**asked, **_options(loaded, sampling))
    answers = told[:, asked["input_ids"].shape[1] :]
    decoded = loaded.tokenizer.batch_decode(answers, skip_special_tokens=True)
    return [str(text).strip() for text in decoded]


def _tokens(
    loaded: Loaded, texts: Sequence[str], pictures: Sequence[Sequence[Image.Image]], *, has_marks: bool
) -> dict[str, Any]:
    import torch

    settings = {"padding": True, "return_tensors": "pt", "add_special_tokens": not has_marks}
    tokenizer = loaded.tokenizer
    side, tokenizer.padding_side = tokenizer.padding_side, "left"  # answers must begin where prompts end
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token
    try:
        if loaded.takes_pictures:
            shown = {"images": [list(group) for group in pictures]} if any(pictures) else {}
            batch = loaded.processor(text=list(texts), **shown, **settings)
        else:
            batch = tokenizer(list(texts), **settings)
    finally:
        tokenizer.padding_side = side
    kind = torch.bfloat16 if loaded.precision == "bf16" else torch.float32
    return {
        name: value.to(loaded.device, kind) if value.is_floating_point() else value.to(loaded.device)
        for name, value in batch.items()
        if name != "token_type_ids"
    }


def _options(loaded: Loaded, sampling: Sampling) -> dict[str, object]:
    """Return how words are chosen in the words of transformers."""
    named = loaded.model.generation_config.eos_token_id
    ends = {loaded.tokenizer.eos_token_id, *(named if isinstance(named, list) else [named])} - {None}
    options: dict[str, object] = {
        "max_new_tokens": sampling.max_tokens,
        "eos_token_id": sorted(ends) or None,
        "pad_token_id": loaded.tokenizer.pad_token_id,
        "use_cache": True,
    }
    if sampling.temperature == 0:
        return options | {"do_sample": False, "temperature": None, "top_p": None, "top_k": None}
    drawn = {"temperature": sampling.temperature, "top_p": sampling.top_p, "top_k": 0}
    return options | {"do_sample": True, **drawn}
