"""Let a model that is tuned, or was not, answer the prompts of rows: the likeliest words or drawn ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import polars as pl

from workbench.encoders.captioning import Said, Sampling
from workbench.finetune.config import RunConfig
from workbench.finetune.evaluation.reading import Row, make_batches, read_prompts
from workbench.finetune.models import Loaded
from workbench.finetune.wording import word_pair

if TYPE_CHECKING:
    from PIL import Image

__all__ = ["GREEDY", "Sampling", "say", "tell"]

#: The likeliest word each time.
GREEDY: Final = Sampling(temperature=0.0)
_BATCH: Final = 32


def say(
    loaded: Loaded,
    rows: pl.DataFrame | Sequence[Row],
    config: RunConfig,
    sampling: Sampling = GREEDY,
    *,
    batch: int = _BATCH,
) -> list[str]:
    """Return what the model answers to the prompt and the pictures of each row; see `tell`."""
    return [said.text for said in tell(loaded, rows, config, sampling, batch=batch)]


def tell(
    loaded: Loaded,
    rows: pl.DataFrame | Sequence[Row],
    config: RunConfig,
    sampling: Sampling = GREEDY,
    *,
    batch: int = _BATCH,
) -> list[Said]:
    """Return what the model answers to each row, and whether it came to an end by itself.

    The model keeps its mode and torch its stream of chance, so this may be called in the middle of a
    training. The same rows give the same texts.

    Args:
        loaded: the model, tuned so far as it is.
        rows: of `ROW_SCHEMA` or `FLAGGED_SCHEMA`; answers among them are not read.
        config: how media become pictures.
        sampling: how words are chosen and how many; greedy when left out.
        batch: rows told together.

    Returns:
        One text a row, in order, trimmed; one without an end stays as it is.

    Raises:
        MediaError: when a picture cannot be read.
    """
    import torch

    asked = list(rows.iter_rows(named=True)) if isinstance(rows, pl.DataFrame) else list(rows)
    asked = [dict(row) | {"chosen": "", "rejected": ""} for row in asked]
    model = loaded.model
    was_training = model.training
    devices = [loaded.device] if loaded.device.startswith("cuda") else []
    told: dict[int, Said] = {}
    with torch.random.fork_rng(devices=devices), torch.no_grad():
        torch.manual_seed(sampling.seed)
        model.eval()
        try:
            for part, pictures in make_batches(loaded, asked, config, batch):
                rows_told = [asked[number] for number in part]
                told |= dict(zip(part, _answer(loaded, rows_told, pictures, sampling), strict=True))
        finally:
            model.train(was_training)
    return [told[number] for number in range(len(asked))]


def _answer(
    loaded: Loaded,
    rows: Sequence[Row],
    pictures: Sequence[Sequence[Image.Image]],
    sampling: Sampling,
) -> list[Said]:
    prompts = [word_pair(row, loaded, len(shown)).asked for row, shown in zip(rows, pictures, strict=True)]
    asked = read_prompts(loaded, prompts, pictures)
    ends = _ends(loaded)
    told = loaded.model.generate(**asked, **_options(loaded, sampling, ends))
    answers = told[:, asked["input_ids"].shape[1] :]
    texts = loaded.tokenizer.batch_decode(answers, skip_special_tokens=True)
    return [
        Said(str(text).strip(), len(answer) < sampling.max_tokens or bool(ends & set(answer)))
        for text, answer in zip(texts, answers.tolist(), strict=True)
    ]


def _ends(loaded: Loaded) -> set[int]:
    named = loaded.model.generation_config.eos_token_id
    return {loaded.tokenizer.eos_token_id, *(named if isinstance(named, list) else [named])} - {None}


def _options(loaded: Loaded, sampling: Sampling, ends: set[int]) -> dict[str, object]:
    """Return how words are chosen in the words of transformers."""
    options: dict[str, object] = {
        "max_new_tokens": sampling.max_tokens,
        "eos_token_id": sorted(ends),
        "pad_token_id": loaded.tokenizer.pad_token_id,
        "use_cache": True,
    }
    if sampling.temperature == 0:
        return options | {"do_sample": False, "temperature": None, "top_p": None, "top_k": None}
    drawn = {"temperature": sampling.temperature, "top_p": sampling.top_p, "top_k": 0}
    return options | {"do_sample": True, **drawn}
