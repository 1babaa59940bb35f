"""Let a captioner describe small scenes: the likeliest words, or words drawn from its own odds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from workbench.demo.finetune.captioner import PROMPTS
from workbench.encoders.devices import without_bars

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["open_captioner", "say", "stack_pixels"]

_BATCH = 125


def open_captioner(folder: Path) -> tuple[Any, Any]:
    """Open model and processor of a folder, without looking anywhere else; 32-bit floats, for telling."""
    import torch
    from transformers import AutoModelForImageTextToText, AutoProcessor

    with without_bars():
        model = AutoModelForImageTextToText.from_pretrained(
            folder, dtype=torch.float32, local_files_only=True, trust_remote_code=False
        )
    return model.eval(), AutoProcessor.from_pretrained(folder, local_files_only=True)


def say(
    model: Any, processor: Any, drawn: npt.NDArray[np.uint8], *, is_sampled: bool = False, seed: int = 0
) -> list[str]:
    """Return one caption a picture.

    Args:
        model, processor: of `open_captioner`.
        drawn: uint8 (n, 96, 96, 3).
        is_sampled: draw words from the model's odds (temperature 1); otherwise take the likeliest.
        seed: of the draw; torch's own stream of chance is left as it was.
    """
    import torch

    parts = [{"type": "image"}, {"type": "text", "text": PROMPTS[0]}]
    prompt = processor.apply_chat_template([{"role": "user", "content": parts}], add_generation_prompt=True)
    texts: list[str] = []
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(seed)
        for at in range(0, len(drawn), _BATCH):
            part = list(drawn[at : at + _BATCH])
            asked = processor(text=[prompt] * len(part), images=part, return_tensors="pt")
            told = model.generate(**asked.to(model.device), do_sample=is_sampled, top_k=0, top_p=1.0)
            answers = told[:, asked["input_ids"].shape[1] :]
            texts += processor.batch_decode(answers, skip_special_tokens=True)
    return texts


def stack_pixels(pictures: list[Any]) -> npt.NDArray[np.uint8]:
    """Return pictures of PIL as one array, uint8 (n, h, w, 3)."""
    return np.stack([np.asarray(picture) for picture in pictures])
