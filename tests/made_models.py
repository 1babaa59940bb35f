"""Tiny tokenizers and processors, written for a test: what lint asks of the model to be tuned."""

from __future__ import annotations

from typing import Any

__all__ = ["CHAT", "make_processor", "make_tokenizer"]

#: Turns with a mark for each side; content may be a text or a list of parts; every answer ends with </s>.
CHAT = (
    "{% for m in messages %}{{ '[' + m['role'] + '] ' }}"
    "{% if m['content'] is string %}{{ m['content'] }}{% else %}{% for part in m['content'] %}"
    "{% if part['type'] == 'image' %}{{ '<image>' }}{% else %}{{ part['text'] }}{% endif %}"
    "{% endfor %}{% endif %}"
    "{{ '</s>' if m['role'] == 'assistant' else ' ' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '[assistant] ' }}{% endif %}"
)


def make_tokenizer(words: str, *, chat: str | None = None, end: bool = True) -> Any:
    """Make a tokenizer that knows these words and takes any other for `<unk>`."""
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    listed = ["<unk>", "<pad>", "</s>", "<image>", *dict.fromkeys(words.split())]
    core = Tokenizer(
        models.WordLevel({word: number for number, word in enumerate(listed)}, unk_token="<unk>")
    )
    core.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    made = PreTrainedTokenizerFast(
        tokenizer_object=core,
        unk_token="<unk>",
        pad_token="<pad>",
        eos_token="</s>" if end else None,
        additional_special_tokens=["<image>"],
    )
    made.chat_template = chat
    return made


def make_processor(words: str, *, chat: str | None = CHAT) -> Any:
    """Make a processor of a LLaVA of 32 pixels and 8 a patch: 16 image tokens a picture."""
    from transformers import LlavaProcessor, SiglipImageProcessor

    return LlavaProcessor(
        SiglipImageProcessor(size={"height": 32, "width": 32}),
        make_tokenizer(words, chat=chat),
        patch_size=8,
        vision_feature_select_strategy="full",
        chat_template=chat,
        image_token="<image>",
    )
