"""Tell how likely a model holds two answers to each row, as its training reads them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from workbench.finetune.config import RunConfig
from workbench.finetune.evaluation.reading import Row, make_batches, read_prompts
from workbench.finetune.models import Loaded
from workbench.finetune.wording import Wording, is_chat, word_pair

if TYPE_CHECKING:
    import torch
    from PIL import Image

__all__ = ["Likelihoods", "weigh_answers"]

_BATCH = 8


@dataclass(frozen=True, slots=True)
class Likelihoods:
    """Both answers of each row, in order.

    Attributes:
        chosen, rejected: sums of log-probabilities over the answer's tokens, its end included; nats.
        chosen_tokens, rejected_tokens: how many those are.
    """

    chosen: list[float]
    rejected: list[float]
    chosen_tokens: list[int]
    rejected_tokens: list[int]


def weigh_answers(
    loaded: Loaded, rows: pl.DataFrame | Sequence[Row], config: RunConfig, *, batch: int = _BATCH
) -> Likelihoods:
    """Return the log-probabilities of `chosen` and `rejected` of each row after its prompt and pictures.

    Slower than an engine, which shares what answers have in common, and for that open to any model.

    Args:
        loaded: the model; its adapters count as they are switched.
        rows: with the columns of `ROW_SCHEMA` that tell prompt, answers and media.
        config: how media become pictures.
        batch: rows read together.

    Raises:
        MediaError: when a picture cannot be read.
    """
    import torch

    given = list(rows.iter_rows(named=True)) if isinstance(rows, pl.DataFrame) else list(rows)
    found: dict[int, tuple[float, float, int, int]] = {}
    was_training = loaded.model.training
    with torch.no_grad():
        loaded.model.eval()
        try:
            for part, pictures in make_batches(loaded, given, config, batch):
                weighed = _weigh(loaded, [given[number] for number in part], pictures)
                found |= dict(zip(part, weighed, strict=True))
        finally:
            loaded.model.train(was_training)
    columns = [found[number] for number in range(len(given))]
    return Likelihoods(*([one[place] for one in columns] for place in range(4)))  # type: ignore[arg-type]


def _weigh(
    loaded: Loaded, rows: Sequence[Row], pictures: Sequence[Sequence[Image.Image]]
) -> list[tuple[float, float, int, int]]:
    worded = [word_pair(row, loaded, len(shown)) for row, shown in zip(rows, pictures, strict=True)]
    batch, is_answer = _read(loaded, worded, pictures)
    logits = loaded.model(**batch, use_cache=False).logits[:, :-1]
    told = is_answer[:, 1:]
    wanted = batch["input_ids"][:, 1:][told]
    logps = logits[told].float().log_softmax(-1).gather(1, wanted[:, None])[:, 0]
    owner = told.nonzero()[:, 0]
    sums = logps.new_zeros(len(told)).index_add_(0, owner, logps).tolist()
    tokens = told.sum(1).tolist()
    count = len(rows)
    return list(zip(sums[:count], sums[count:], tokens[:count], tokens[count:], strict=True))


def _read(
    loaded: Loaded, worded: Sequence[Wording], pictures: Sequence[Sequence[Image.Image]]
) -> tuple[dict[str, Any], torch.Tensor]:
    """Return chosen, then rejected answers as a batch padded on the right, and where the answers stand."""
    both = [*pictures, *pictures]
    prompts = [one.prompt for one in worded] * 2
    answers = [one.chosen for one in worded] + [one.rejected for one in worded]
    batch = read_prompts(loaded, prompts, both)
    asked = [ids[mask.bool()].tolist() for ids, mask in
             zip(batch["input_ids"], batch["attention_mask"], strict=True)]  # fmt: skip
    whole = _join(loaded, prompts, asked, answers)
    return _pad(loaded, batch, whole, asked)


def _join(
    loaded: Loaded, prompts: Sequence[str], asked: Sequence[list[int]], answers: Sequence[str]
) -> list[list[int]]:
    """Return prompt and answer as tokens: of text read as one, as training does, else one after the other."""
    if loaded.takes_pictures:
        read = loaded.tokenizer(list(answers), add_special_tokens=False)["input_ids"]
        return [prompt + list(ids) for prompt, ids in zip(asked, read, strict=True)]
    texts = [prompt + answer for prompt, answer in zip(prompts, answers, strict=True)]
    return [list(ids) for ids in loaded.tokenizer(texts, add_special_tokens=not is_chat(loaded))["input_ids"]]


def _pad(
    loaded: Loaded, batch: dict[str, Any], whole: Sequence[list[int]], asked: Sequence[list[int]]
) -> tuple[dict[str, Any], torch.Tensor]:
    import torch

    longest = max(map(len, whole))
    ids = torch.full((len(whole), longest), int(loaded.tokenizer.pad_token_id))
    mask, is_answer = torch.zeros_like(ids), torch.zeros_like(ids, dtype=torch.bool)
    for row, (tokens, prompt) in enumerate(zip(whole, asked, strict=True)):
        ids[row, : len(tokens)] = torch.tensor(tokens)
        mask[row, : len(tokens)] = 1
        is_answer[row, _shared(tokens, prompt) : len(tokens)] = True
    device = batch["input_ids"].device
    joined = {"input_ids": ids.to(device), "attention_mask": mask.to(device)}
    return batch | joined, is_answer.to(device)


def _shared(tokens: Sequence[int], prompt: Sequence[int]) -> int:
    """Return where the answer begins: tokens may merge across the border."""
    for at, (one, other) in enumerate(zip(tokens, prompt, strict=False)):
        if one != other:
            return at
    return len(prompt)
