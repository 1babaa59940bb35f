"""Tiny language models with random weights, of text alone and of pictures, for one step of a trainer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

_SMALL = {"hidden_size": 32, "intermediate_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2}
_TEMPLATE = (
    "{% for message in messages %}{{ '<s> ' + message['role'] + ' ' }}"
    "{% if message['content'] is string %}{{ message['content'] }}"
    "{% else %}{% for part in message['content'] %}"
    "{% if part['type'] == 'image' %}{{ '<image> ' }}{% else %}{{ part['text'] }}{% endif %}"
    "{% endfor %}{% endif %}{{ ' </s> ' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<s> assistant ' }}{% endif %}"
)


def make_tokenizer(texts: Iterable[str]) -> Any:
    """Make a tokenizer of the words of some texts, with a chat template."""
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    special = ["<unk>", "<pad>", "<s>", "</s>", "<image>"]
    split = pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Punctuation()])
    found = (word for text in texts for word, _ in split.pre_tokenize_str(text))
    words = dict.fromkeys([*special, "user", "assistant", *found])
    core = Tokenizer(models.WordLevel({word: number for number, word in enumerate(words)}, unk_token="<unk>"))
    core.pre_tokenizer = split
    return PreTrainedTokenizerFast(
        tokenizer_object=core, unk_token="<unk>", pad_token="<pad>", bos_token="<s>", eos_token="</s>",
        additional_special_tokens=["<image>"], chat_template=_TEMPLATE,
    )  # fmt: skip


def make_pieces(texts: Iterable[str]) -> Any:
    """Make a tokenizer of pieces of words, as Qwen's and GPT's are, with a chat template in Qwen's manner."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    core = Tokenizer(models.BPE())
    core.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    core.decoder = decoders.ByteLevel()
    special = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
    core.train_from_iterator(
        list(texts),
        trainers.BpeTrainer(
            vocab_size=320, special_tokens=special, show_progress=False,
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        ),
    )  # fmt: skip
    template = (
        "{% for message in messages %}<|im_start|>{{ message['role'] + '\n' + message['content'] }}"
        "<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=core, eos_token="<|im_end|>", pad_token="<|endoftext|>", chat_template=template
    )


def make_language_model(tokenizer: Any) -> Any:
    """Make a Llama of one layer."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(0)
    return LlamaForCausalLM(_llama(LlamaConfig, tokenizer))


def make_reward_model(tokenizer: Any) -> Any:
    """Make a Llama of one layer with one number as its answer."""
    import torch
    from transformers import LlamaConfig, LlamaForSequenceClassification

    torch.manual_seed(0)
    config = _llama(LlamaConfig, tokenizer)
    config.num_labels = 1
    return LlamaForSequenceClassification(config)


def make_picture_model(tokenizer: Any) -> tuple[Any, Any]:
    """Make a LLaVA that sees pictures of 32 pixels as sixteen patches, and its processor."""
    import torch
    from transformers import (
        LlamaConfig,
        LlavaConfig,
        LlavaForConditionalGeneration,
        LlavaProcessor,
        SiglipImageProcessor,
        SiglipVisionConfig,
    )

    torch.manual_seed(0)
    processor = LlavaProcessor(
        SiglipImageProcessor(size={"height": 32, "width": 32}), tokenizer, patch_size=8,
        vision_feature_select_strategy="full", chat_template=_TEMPLATE, image_token="<image>",
    )  # fmt: skip
    config = LlavaConfig(
        vision_config=SiglipVisionConfig(**_SMALL, image_size=32, patch_size=8, vision_use_head=False),
        text_config=_llama(LlamaConfig, tokenizer),
        image_token_index=tokenizer.convert_tokens_to_ids("<image>"),
        vision_feature_layer=-1,
        vision_feature_select_strategy="full",
        image_seq_length=16,
    )
    return LlavaForConditionalGeneration(config), processor


def _llama(kind: Any, tokenizer: Any) -> Any:
    return kind(
        **_SMALL, vocab_size=len(tokenizer), num_key_value_heads=2, max_position_embeddings=128,
        pad_token_id=tokenizer.pad_token_id, bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
    )  # fmt: skip
