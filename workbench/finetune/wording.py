"""Put a pair into the words that a model reads: a chat by the model's template, or plain text.

The same as TRL makes of the same rows, so that two engines train on the same tokens.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

from workbench.finetune.models import Loaded

__all__ = ["Wording", "ends_line", "is_chat", "word_pair"]


@dataclass(frozen=True, slots=True)
class Wording:
    """A pair in words.

    Attributes:
        asked: the prompt when no answer follows yet.
        prompt: what stands before both answers, to the letter; as a rule the same.
        chosen, rejected: what follows it, marks of the end included.
        chosen_at, rejected_at: where the caption itself begins in it.
    """

    asked: str
    prompt: str
    chosen: str
    rejected: str
    chosen_at: int
    rejected_at: int


def is_chat(loaded: Loaded) -> bool:
    """Say whether the model has a chat template; without one it gets plain text and its end mark."""
    return bool(_template(loaded))


def ends_line(prompt: str) -> str:
    """Return a prompt of plain text so that no token spans the border between it and the answer.

    >>> ends_line("Describe this image.")
    'Describe this image.\\n'
    """
    return prompt if not prompt or prompt[-1].isspace() else f"{prompt}\n"


def word_pair(row: Mapping[str, object], loaded: Loaded, pictures: int) -> Wording:
    """Return a pair as the model reads it.

    Args:
        row: of `ROW_SCHEMA`.
        loaded: whose template.
        pictures: how many are shown with it.
    """
    prompt, chosen, rejected = (str(row[name] or "") for name in ("prompt", "chosen", "rejected"))
    if not is_chat(loaded):
        mark = getattr(loaded.processor, "image_token", "") if pictures else ""
        end = loaded.tokenizer.eos_token
        first, second = (text if text.endswith(end) else text + end for text in (chosen, rejected))
        asked = f"{mark}\n" * pictures + ends_line(prompt)
        return Wording(asked, asked, first, second, 0, 0)
    asked = _render(loaded, prompt, None, pictures)
    with_chosen = _render(loaded, prompt, chosen, pictures)
    with_rejected = _render(loaded, prompt, rejected, pictures)
    # Some templates write a prompt alone otherwise than one with its answer: what they share is the prompt.
    shared = _shared(asked, with_chosen, with_rejected)
    first, second = with_chosen[len(shared) :], with_rejected[len(shared) :]
    return Wording(asked, shared, first, second, _find(first, chosen), _find(second, rejected))


def _render(loaded: Loaded, prompt: str, answer: str | None, pictures: int) -> str:
    messages = [{"role": "user", "content": _content(loaded, prompt, pictures)}]
    if answer is not None:
        messages.append({"role": "assistant", "content": _content(loaded, answer, 0)})
    writer = loaded.processor if loaded.takes_pictures else loaded.tokenizer
    rendered: str = writer.apply_chat_template(
        messages, tokenize=False, add_generation_prompt=answer is None, chat_template=_template(loaded)
    )
    return rendered


def _content(loaded: Loaded, text: str, pictures: int) -> Any:
    if not loaded.takes_pictures:
        return text
    return [{"type": "image"}] * pictures + [{"type": "text", "text": text}]


def _template(loaded: Loaded) -> str | None:
    writer = loaded.processor if loaded.takes_pictures else loaded.tokenizer
    return getattr(writer, "chat_template", None) or getattr(loaded.tokenizer, "chat_template", None)


def _find(answer: str, caption: str) -> int:
    """Return where a caption begins; templates may trim it."""
    at = answer.find(caption)
    return at if at >= 0 else max(answer.find(caption.strip()) - (len(caption) - len(caption.lstrip())), 0)


def _shared(*texts: str) -> str:
    """Return the beginning that texts have in common."""
    return "".join(
        letters[0] for letters in takewhile(lambda found: len({*found}) == 1, zip(*texts, strict=False))
    )
