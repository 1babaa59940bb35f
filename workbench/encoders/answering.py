"""Ask a model that reads pictures and words: how likely is yes?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from workbench.encoders.base import Pixels
from workbench.encoders.checkpoints import open_checkpoint
from workbench.errors import EncoderError

__all__ = ["YesNoModel"]

_YES: Final = ("Yes", "yes", " Yes", " yes")
_NO: Final = ("No", "no", " No", " no")


class YesNoModel:
    """Answer yes/no questions on pictures by any image-text-to-text checkpoint.

    The probability is read off the first token of the answer, yes against no; nothing is generated. It cannot
    tell whether the model looked: print a blind baseline (the question with a grey picture) beside it.

    Args:
        source: a hub id or a local folder; code that comes with it is never run.
        device: `auto`, `cpu`, `cuda` or `mps`.
        precision: `f32`, `f16`, `bf16`, or `auto`.

    Raises:
        MissingExtraError: when torch or transformers is not installed.
        EncoderError: when it cannot be loaded, or its tokenizer has no word for yes and no.

    Source:
        Lin et al. 2024, "Evaluating text-to-visual generation with image-to-text generation" (VQAScore).
    """

    def __init__(self, source: str, device: str = "auto", precision: str = "auto") -> None:
        self._checkpoint = open_checkpoint(
            source, device, precision, model_class="AutoModelForImageTextToText"
        )
        from transformers import AutoProcessor

        self._processor: Any = AutoProcessor.from_pretrained(source, trust_remote_code=False)
        tokenizer = self._processor.tokenizer
        tokenizer.padding_side = "left"  # the answer begins at the last column of every row
        self._yes, self._no = (_first_tokens(tokenizer, words) for words in (_YES, _NO))
        if not self._yes or not self._no:
            raise EncoderError(
                f"The tokenizer of {source!r} has no token for yes or for no.",
                "Give a model that answers in English.",
            )
        self.key = f"vqa:{self._checkpoint.identity}:{self._checkpoint.precision}"

    def answer(self, picture: Pixels, questions: Sequence[str]) -> npt.NDArray[np.float64]:
        """Return the probability of yes, 0 to 1, for each question on one picture.

        Args:
            picture: uint8 (h, w, 3), upright RGB.
            questions: in English.
        """
        import torch
        from PIL import Image

        image = Image.fromarray(picture)
        texts = [self._prompt(question) for question in questions]
        batch = self._processor(
            images=[[image]] * len(texts), text=texts, return_tensors="pt", padding=True
        ).to(self._checkpoint.device)
        batch["pixel_values"] = batch["pixel_values"].to(self._checkpoint.dtype)
        with torch.inference_mode():
            logits = self._checkpoint.model(**batch).logits[:, -1].float()
            both = torch.stack([logits[:, self._no].logsumexp(1), logits[:, self._yes].logsumexp(1)], 1)
            found: npt.NDArray[np.float64] = both.softmax(1)[:, 1].double().cpu().numpy()
        return found

    def _prompt(self, question: str) -> str:
        if getattr(self._processor, "chat_template", None):
            content = [{"type": "image"}, {"type": "text", "text": question}]
            said: str = self._processor.apply_chat_template(
                [{"role": "user", "content": content}], add_generation_prompt=True
            )
            return said
        return f"{getattr(self._processor, 'image_token', '<image>')} Question: {question} Answer:"


def _first_tokens(tokenizer: Any, words: Sequence[str]) -> list[int]:
    """Return the tokens that begin a word's spellings, without the unknown one."""
    found = set()
    for word in words:
        tokens = tokenizer(word, add_special_tokens=False)["input_ids"]
        # A spelling of several tokens may begin with a bare space, which begins every word.
        if tokens and tokens[0] != tokenizer.unk_token_id and tokenizer.decode(tokens[:1]).strip():
            found.add(int(tokens[0]))
    return sorted(found)
