"""Tiny models of pictures with random weights, of other families than LLaVA."""

from __future__ import annotations

from typing import Any

from tests.tiny_models import _SMALL, _TEMPLATE, _llama

_MARKS = ["<fake_token_around_image>", "<global-img>", "<end_of_utterance>"]


def make_idefics(tokenizer: Any) -> tuple[Any, Any]:
    """Make an Idefics3 that sees pictures of 32 pixels as four patches, and its processor."""
    import torch
    from transformers import (
        Idefics3Config,
        Idefics3ForConditionalGeneration,
        Idefics3ImageProcessor,
        Idefics3Processor,
        LlamaConfig,
    )

    tokenizer.add_special_tokens({"additional_special_tokens": ["<image>", *_MARKS]})
    torch.manual_seed(0)
    processor = Idefics3Processor(
        Idefics3ImageProcessor(
            size={"longest_edge": 32}, max_image_size={"longest_edge": 32}, do_image_splitting=False
        ),
        tokenizer, image_seq_len=4, chat_template=_TEMPLATE,
    )  # fmt: skip
    config = Idefics3Config(
        vision_config={**_SMALL, "image_size": 32, "patch_size": 8},
        text_config=_llama(LlamaConfig, tokenizer).to_dict(),
        scale_factor=2,
        image_token_id=tokenizer.convert_tokens_to_ids("<image>"),
        pad_token_id=tokenizer.pad_token_id,
    )
    return Idefics3ForConditionalGeneration(config), processor


def make_qwen(tokenizer: Any) -> tuple[Any, Any]:
    """Make a Qwen2-VL of one layer, and its processor, which needs torchvision."""
    import torch
    from transformers import (
        Qwen2VLConfig,
        Qwen2VLForConditionalGeneration,
        Qwen2VLImageProcessor,
        Qwen2VLProcessor,
        Qwen2VLVideoProcessor,
    )

    marks = ["<|vision_start|>", "<|vision_end|>", "<|image_pad|>", "<|video_pad|>"]
    tokenizer.add_special_tokens({"additional_special_tokens": ["<image>", *marks]})
    numbers = dict(zip(marks, tokenizer.convert_tokens_to_ids(marks), strict=True))
    torch.manual_seed(0)
    sides = {"min_pixels": 28 * 28, "max_pixels": 56 * 56}
    processor = Qwen2VLProcessor(
        Qwen2VLImageProcessor(**sides), tokenizer, Qwen2VLVideoProcessor(**sides),
        chat_template=_TEMPLATE.replace("<image>", "<|vision_start|><|image_pad|><|vision_end|>"),
    )  # fmt: skip
    config = Qwen2VLConfig(
        text_config={
            **_SMALL, "num_key_value_heads": 2, "vocab_size": len(tokenizer), "max_position_embeddings": 128,
            "rope_parameters": {"rope_type": "default", "mrope_section": [2, 3, 3], "rope_theta": 10000.0},
            "pad_token_id": tokenizer.pad_token_id, "bos_token_id": tokenizer.bos_token_id,
            "eos_token_id": tokenizer.eos_token_id,
        },
        vision_config={"depth": 1, "embed_dim": 32, "num_heads": 2, "hidden_size": 32, "mlp_ratio": 2},
        image_token_id=numbers["<|image_pad|>"],
        video_token_id=numbers["<|video_pad|>"],
        vision_start_token_id=numbers["<|vision_start|>"],
        vision_end_token_id=numbers["<|vision_end|>"],
    )  # fmt: skip
    return Qwen2VLForConditionalGeneration(config), processor
