"""The model to be tuned, as far as lint must know it: how it counts tokens and writes a conversation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from workbench.errors import EncoderError, MissingExtraError

if TYPE_CHECKING:
    from PIL import Image

__all__ = ["EncodedPair", "Target", "encode_pairs", "load_target"]

_PROCESSOR_FILES: Final = ("processor_config.json", "preprocessor_config.json")
#: What a caption answers where a pair names no prompt.
_PROMPT: Final = "Describe this."
_MOST_TOKENS: Final = 1_000_000  # tokenizers without a limit give an absurd one


@dataclass(frozen=True)
class Target:
    """The tokenizer, and for media the processor, of the model to be tuned.

    Attributes:
        name: hub id or folder.
        tokenizer: a tokenizer of transformers.
        processor: a processor of transformers, which also takes pictures; None for a model of text.
        max_length: tokens of prompt and answer that training keeps; None when nothing is cut.
    """

    name: str
    tokenizer: Any = field(repr=False)
    processor: Any = field(default=None, repr=False)
    max_length: int | None = None

    @property
    def has_template(self) -> bool:
        """Whether it writes conversations by a template."""
        return bool(getattr(self.processor or self.tokenizer, "chat_template", None))

    @property
    def image_token(self) -> str:
        """The mark that stands for a picture; "" when it has none."""
        token = getattr(self.processor, "image_token", None) or getattr(self.tokenizer, "image_token", None)
        return token if isinstance(token, str) else str(getattr(token, "content", "") or "")

    @property
    def special_tokens(self) -> tuple[str, ...]:
        """Every mark that must not stand in a text."""
        listed = {str(one) for one in self.tokenizer.all_special_tokens if len(str(one)) > 1}
        return tuple(sorted(listed | ({self.image_token} if self.image_token else set())))

    def write(self, prompt: str, pictures: int = 0, answer: str | None = None, system: str = "") -> str:
        """Return a prompt, or prompt and answer, as the model reads it."""
        if not self.has_template:
            marks = (self.image_token + "\n") * pictures if self.image_token else ""
            return marks + prompt + (answer or "")
        parts: list[dict[str, str]] = [{"type": "image"}] * pictures + [{"type": "text", "text": prompt}]
        said: object = parts if self.processor is not None else prompt
        turns: list[dict[str, object]] = [{"role": "system", "content": system}] if system else []
        turns.append({"role": "user", "content": said})
        if answer is not None:
            told: object = [{"type": "text", "text": answer}] if self.processor is not None else answer
            turns.append({"role": "assistant", "content": told})
        writer = self.processor or self.tokenizer
        return str(writer.apply_chat_template(turns, tokenize=False, add_generation_prompt=answer is None))

    def count(self, text: str) -> list[int]:
        """Return the tokens of a text as it stands, with nothing added by the tokenizer."""
        ids: list[int] = self.tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"]
        return ids

    def process(self, text: str, pictures: Sequence[Image.Image]) -> Mapping[str, Any]:
        """Return what the processor makes of a text and its pictures.

        Raises:
            EncoderError: when it refuses them.
        """
        try:
            made: Mapping[str, Any] = self.processor(text=[text], images=list(pictures))
        except (ValueError, TypeError, KeyError, IndexError, RuntimeError, AttributeError) as error:
            raise EncoderError(f"{type(error).__name__}: {str(error)[:160]}") from error
        return made


@dataclass(frozen=True, slots=True)
class EncodedPair:
    """One pair in tokens of the target.

    Attributes:
        prompt, chosen, rejected: token ids; the answers end with the end mark.
        is_prefix: whether prompt and answer begin with the tokens of the prompt, on both sides.
        ends: how many end marks stand in the last tokens of each side.
        fault: why it could not be written; "" when it could.
        lost: which side's words the template left out; "" for none.
    """

    pair_id: str
    prompt: tuple[int, ...] = ()
    chosen: tuple[int, ...] = ()
    rejected: tuple[int, ...] = ()
    is_prefix: bool = True
    ends: tuple[int, int] = (1, 1)
    fault: str = ""
    lost: str = ""


def load_target(source: str | Path, *, max_length: int | None = None, revision: str | None = None) -> Target:
    """Open the tokenizer, and where there is one the processor, of a model.

    No weights are read, and no code of the model's is run.

    Args:
        source: a folder or a hub id.
        max_length: tokens that training keeps; the tokenizer's own limit when left out.
        revision: of a hub id.

    Raises:
        MissingExtraError: without transformers.
        EncoderError: when there is no tokenizer to open.
    """
    try:
        import transformers
    except ImportError as error:
        raise MissingExtraError("Counting a model's tokens", "torch") from error
    name = str(source)
    try:
        processor = None
        if _has_processor(name, revision):
            processor = transformers.AutoProcessor.from_pretrained(name, revision=revision)
        tokenizer = getattr(processor, "tokenizer", None) or transformers.AutoTokenizer.from_pretrained(
            name, revision=revision
        )
    except (OSError, ValueError, ImportError, KeyError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise EncoderError(
            f"The tokenizer of {name!r} cannot be opened: {reason[:200]}.",
            "Give a folder with tokenizer.json (and processor_config.json for pictures), or a hub id.",
        ) from error
    own = int(getattr(tokenizer, "model_max_length", 0) or 0)
    limit = max_length or (own if 0 < own < _MOST_TOKENS else None)
    return Target(name, tokenizer, processor if processor is not tokenizer else None, limit)


def _has_processor(name: str, revision: str | None) -> bool:
    if Path(name).is_dir():
        return any((Path(name) / file).exists() for file in _PROCESSOR_FILES)
    from transformers.utils import cached_file

    found = (
        cached_file(name, file, revision=revision, _raise_exceptions_for_missing_entries=False)
        for file in _PROCESSOR_FILES
    )
    return any(one is not None for one in found)


def encode_pairs(target: Target, rows: pl.DataFrame) -> list[EncodedPair]:
    """Write every pair as the target reads it, and cut it into tokens.

    A prompt of several turns is counted as one turn of the user: a few marks of the template too few.
    """
    columns = ("pair_id", "prompt", "chosen_text", "rejected_text", "media")
    return [_encode(target, *row) for row in rows.select(columns).iter_rows()]


def _encode(
    target: Target, pair_id: str, prompt: str | None, chosen: str, rejected: str, media: list[str] | None
) -> EncodedPair:
    asked, pictures = prompt or _PROMPT, len(media or [])
    try:
        opening = target.write(asked, pictures)
        written = [target.write(asked, pictures, side) for side in (chosen, rejected)]
    except (ValueError, TypeError, KeyError, AttributeError, RuntimeError) as error:
        return EncodedPair(pair_id, fault=f"{type(error).__name__}: {str(error)[:120]}")
    except _template_errors() as error:
        return EncodedPair(pair_id, fault=str(error)[:160])
    start = target.count(opening)
    ids = [target.count(one) for one in written]
    end = target.tokenizer.eos_token_id
    if not target.has_template and end is not None:
        ids = [side if side[-1:] == [end] else [*side, end] for side in ids]
    lost = next(
        (
            name
            for name, side, text in zip(("chosen", "rejected"), written, (chosen, rejected), strict=True)
            if text.strip() not in side
        ),
        "prompt" if asked.strip() not in opening else "",
    )
    return EncodedPair(
        pair_id,
        prompt=tuple(start),
        chosen=tuple(ids[0][len(start) :]),
        rejected=tuple(ids[1][len(start) :]),
        is_prefix=all(side[: len(start)] == start for side in ids),
        ends=(ids[0][-3:].count(end), ids[1][-3:].count(end)),
        lost=lost,
    )


def _template_errors() -> tuple[type[Exception], ...]:
    from jinja2 import TemplateError

    return (TemplateError,)
