"""Let a model of the user's describe pictures: as it sees them, or with the picture hidden from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from workbench.encoders.base import Pixels
from workbench.encoders.checkpoints import open_checkpoint
from workbench.errors import EncoderError, UnknownNameError

__all__ = ["HIDDEN", "PROMPT", "Captioner", "Said", "Sampling"]

#: What is asked where the user asks nothing.
PROMPT: Final = "Describe this image in one sentence."
#: How a picture can be hidden from a model.
HIDDEN: Final[dict[str, str]] = {
    "": "not hidden",
    "attention": "no word attends to the tokens of the picture; a share of them at random where asked",
    "grey": "a grey picture is shown in its place",
}
_GREY: Final = 127
_SENTENCE_ENDS: Final = ".!?。！？"


@dataclass(frozen=True, slots=True)
class Sampling:
    """How words are chosen.

    Attributes:
        temperature: 0 takes the likeliest word each time; 1 draws from the model's own odds.
        top_p: draw among the likeliest words that hold this share of the odds.
        max_tokens: the longest text.
        seed: of the draw.
        hidden_share: of the picture's tokens, with `attention`; 1 hides it all.
    """

    temperature: float = 1.0
    top_p: float = 1.0
    max_tokens: int = 64
    seed: int = 0
    hidden_share: float = 1.0

    def __post_init__(self) -> None:
        if not self.temperature >= 0 or not 0 < self.top_p <= 1 or self.max_tokens < 1:
            raise EncoderError(
                f"Words cannot be drawn with temperature {self.temperature}, top_p {self.top_p} and at most "
                f"{self.max_tokens} tokens.",
                "Give a temperature of 0 or more, a top_p above 0 up to 1, and at least 1 token.",
            )
        if not 0 < self.hidden_share <= 1:
            raise EncoderError(
                f"The share of the picture to hide, {self.hidden_share}, is not above 0 and up to 1.",
                "Give 1 to hide all of it.",
            )


@dataclass(frozen=True, slots=True)
class Said:
    """One text of a model.

    Attributes:
        text: without the prompt, trimmed.
        is_whole: whether the model came to an end by itself; a text that it did not end is cut back to its
            last whole sentence, and is whole when there is one.
    """

    text: str
    is_whole: bool


class Captioner:
    """Describe pictures by any image-text-to-text checkpoint (LLaVA, Idefics, Qwen-VL, Gemma and so on).

    Args:
        source: a hub id or a local folder; code that comes with it is never run, weights are safetensors.
        device: `auto`, `cpu`, `cuda` or `mps`.
        precision: `f32`, `f16`, `bf16`, or `auto`.

    Raises:
        MissingExtraError: when torch or transformers is not installed.
        EncoderError: when it cannot be loaded or is not of this class.
    """

    def __init__(self, source: str, device: str = "auto", precision: str = "auto") -> None:
        self._checkpoint = open_checkpoint(
            source, device, precision, model_class="AutoModelForImageTextToText"
        )
        from transformers import AutoProcessor

        try:
            self._processor: Any = AutoProcessor.from_pretrained(source, trust_remote_code=False)
        except (OSError, ValueError, KeyError, ImportError) as error:
            raise EncoderError(
                f"The processor of {source!r} cannot be loaded: {str(error).splitlines()[0]}",
                "The folder needs the files of the tokenizer and of the image processor.",
            ) from error
        self.key = f"caption:{self._checkpoint.identity}:{self._checkpoint.precision}"

    def describe(
        self,
        pictures: Sequence[Pixels],
        count: int = 1,
        *,
        prompt: str = PROMPT,
        begin: str = "",
        hide: str = "",
        sampling: Sampling | None = None,
    ) -> list[Said]:
        """Return texts about one sample; equal ones where the model says the same again.

        Args:
            pictures: uint8 (h, w, 3) each, upright RGB: one picture, or frames of a video in order.
            count: how many texts; with a temperature of 0 there is one, the likeliest.
            prompt: what is asked.
            begin: how the answer begins; the model goes on from there, and it is part of the text returned.
            hide: one of `HIDDEN`: what the model says without seeing, from its habits of language alone.
            sampling: how words are chosen.

        Raises:
            EncoderError: when the model's class does not let its picture be hidden from attention.
            UnknownNameError: for a way to hide that does not exist.

        Source:
            Hiding by attention: Amirloo et al. 2024, "Understanding alignment in multimodal LLMs: a
            comprehensive study" (bias-driven hallucination sampling); here without their loop over sentences.
        """
        import torch

        if hide not in HIDDEN:
            raise UnknownNameError("way to hide a picture", hide, HIDDEN)
        how = sampling or Sampling()
        batch = self._read(pictures, prompt, begin, is_grey=hide == "grey")
        devices = [self._checkpoint.device] if self._checkpoint.device.startswith("cuda") else []
        with torch.random.fork_rng(devices=devices), torch.inference_mode():
            torch.manual_seed(how.seed)
            if hide == "attention":
                batch["attention_mask"] = self._hide(batch, how.hidden_share)
            tokens = self._checkpoint.model.generate(**batch, **_options(how, count))
        asked = batch["input_ids"][0].tolist()
        return [self._finish(asked, one.tolist(), begin, how.max_tokens) for one in tokens]

    def _read(self, pictures: Sequence[Pixels], prompt: str, begin: str, *, is_grey: bool) -> Any:
        import numpy as np
        from PIL import Image

        shown = [np.full_like(one, _GREY) if is_grey else one for one in pictures]
        asked = self._prompt(prompt, len(pictures))
        # A template may write the token of the beginning itself; the tokenizer would add a second one.
        start = self._processor.tokenizer.bos_token
        has_start = bool(start) and asked.startswith(start)
        batch = self._processor(
            images=[[Image.fromarray(one) for one in shown]],
            text=[asked + (" " if begin and asked[-1:] in ":]" else "") + begin],
            return_tensors="pt",
            **({"add_special_tokens": False} if has_start else {}),
        ).to(self._checkpoint.device)
        for name, value in batch.items():
            if value.is_floating_point():
                batch[name] = value.to(self._checkpoint.dtype)
        return batch

    def _prompt(self, prompt: str, count: int) -> str:
        if getattr(self._processor, "chat_template", None):
            content = [*({"type": "image"} for _ in range(count)), {"type": "text", "text": prompt}]
            said: str = self._processor.apply_chat_template(
                [{"role": "user", "content": content}], add_generation_prompt=True
            )
            return said
        marks = f"{getattr(self._processor, 'image_token', '<image>')} " * count
        return f"{marks}Question: {prompt} Answer: "

    def _hide(self, batch: Any, share: float) -> Any:
        """Return the attention mask without the picture's tokens, or without a share of them."""
        import torch

        token = getattr(self._checkpoint.model.config, "image_token_id", None)
        is_picture = None if token is None else batch["input_ids"] == token
        if is_picture is None or not bool(is_picture.any()):
            raise EncoderError(
                f"{type(self._checkpoint.model).__name__} has no tokens of the picture among its words.",
                "Hide the picture with hide='grey'.",
            )
        if "position_ids" in batch or "image_grid_thw" in batch:
            # Such models count the places of words in the picture; a mask would make them lose count.
            raise EncoderError(
                f"{type(self._checkpoint.model).__name__} takes the places of words from the picture's grid.",
                "Hide the picture with hide='grey'.",
            )
        if share < 1:
            odds = torch.rand(is_picture.shape, device="cpu").to(is_picture.device)
            is_picture = is_picture & (odds < share)
        return batch["attention_mask"].masked_fill(is_picture, 0)

    def _finish(self, asked: list[int], tokens: list[int], begin: str, most: int) -> Said:
        """Turn tokens into a text without the question, which some models repeat and some leave out."""
        decode = self._processor.tokenizer.decode
        if tokens[: len(asked)] == asked:
            answer = tokens[len(asked) :]
            # The token before the answer tells whether a space stands between.
            known = len(decode(asked[-1:], skip_special_tokens=True))
            said = decode(asked[-1:] + answer, skip_special_tokens=True)[known:]
        else:
            answer = tokens
            question = decode(asked, skip_special_tokens=True).strip()
            said = decode(answer, skip_special_tokens=True).strip().removeprefix(question)
        text = " ".join((begin + said).split())
        if len(answer) < most or self._end_tokens() & set(answer):
            return Said(text, bool(said.strip()))
        return _cut_back(text, len(begin))

    def _end_tokens(self) -> set[int]:
        named = self._checkpoint.model.generation_config.eos_token_id
        return set(named) if isinstance(named, list) else {named} if named is not None else set()


def _cut_back(text: str, least: int) -> Said:
    """Cut a text that was not ended back to its last whole sentence, if one ends past `least` characters.

    Example:
        >>> _cut_back("A dog runs. It is", 0), _cut_back("A dog. It is", 8).is_whole
        (Said(text='A dog runs.', is_whole=True), False)
    """
    cut = max(text.rfind(mark) for mark in _SENTENCE_ENDS)
    return Said(text[: cut + 1], is_whole=True) if cut > least else Said(text, is_whole=False)


def _options(how: Sampling, count: int) -> dict[str, object]:
    """Return how words are chosen in the words of transformers."""
    options: dict[str, object] = {"max_new_tokens": how.max_tokens, "num_return_sequences": count}
    if how.temperature == 0:
        return options | {"do_sample": False, "num_return_sequences": 1}
    return options | {"do_sample": True, "temperature": how.temperature, "top_p": how.top_p, "top_k": 0}
