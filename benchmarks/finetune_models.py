"""Models of random weights and pairs of drawn scenes for the benchmark of fine-tunes."""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import polars as pl

from workbench.demo.finetune.captions import list_words
from workbench.demo.finetune.corrections import build_pairs
from workbench.demo.finetune.drawing import draw_scene
from workbench.demo.finetune.scenes import make_scene
from workbench.finetune.rows import ROW_SCHEMA, TRAIN

__all__ = ["PAIRS_A_PICTURE", "SHAPES", "Shape", "make_model", "make_rows"]

PAIRS_A_PICTURE: Final = 4
_SIDE_PX: Final = 96
_PATCH_PX: Final = 12  # 64 patches
#: What every prompt of text begins with, 33 words; then the scene's own words.
_ASKED: Final = (
    "You describe pictures for people who cannot see them . Say what is there , where it is and what colour "
    "it has , and nothing that is not there . These words were found :"
)
_SHOWN: Final = "Describe this image ."
_TEMPLATE: Final = (
    "{% for message in messages %}{{ '<s> ' + message['role'] + ' ' }}"
    "{% if message['content'] is string %}{{ message['content'] }}"
    "{% else %}{% for part in message['content'] %}"
    "{% if part['type'] == 'image' %}{{ '<image> ' }}{% else %}{{ part['text'] }}{% endif %}"
    "{% endfor %}{% endif %}{{ ' </s> ' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<s> assistant ' }}{% endif %}"
)


@dataclass(frozen=True, slots=True)
class Shape:
    """The size of a language model and of the tower before it."""

    width: int
    middle: int
    layers: int
    heads: int
    shared_heads: int
    words: int
    tower_width: int
    tower_layers: int


SHAPES: Final = {
    "quick": Shape(192, 512, 10, 6, 2, 6144, 128, 3),
    "135m": Shape(576, 1536, 30, 9, 3, 49152, 384, 6),  # of SmolLM2-135M
    "1.7b": Shape(2048, 8192, 24, 32, 32, 49152, 768, 12),  # of SmolLM2-1.7B
}


def make_model(folder: Path, shape: Shape, *, sees: bool) -> None:
    """Write a language model, alone or behind a tower that makes 64 patches of a picture.

    Args:
        folder: where to.
        shape: its size.
        sees: whether it is a LLaVA.
    """
    import torch
    from transformers import LlamaForCausalLM, LlavaConfig, LlavaForConditionalGeneration, SiglipVisionConfig

    torch.manual_seed(0)
    tokenizer = _tokenizer(shape)
    if not sees:
        LlamaForCausalLM(_decoder(shape, tokenizer)).save_pretrained(folder)
        tokenizer.save_pretrained(folder)
        return
    tower = SiglipVisionConfig(
        hidden_size=shape.tower_width, intermediate_size=4 * shape.tower_width,
        num_hidden_layers=shape.tower_layers, num_attention_heads=shape.tower_width // 64,
        image_size=_SIDE_PX, patch_size=_PATCH_PX, vision_use_head=False,
    )  # fmt: skip
    config = LlavaConfig(
        vision_config=tower, text_config=_decoder(shape, tokenizer),
        image_token_index=tokenizer.convert_tokens_to_ids("<image>"), vision_feature_layer=-1,
        vision_feature_select_strategy="full", image_seq_length=(_SIDE_PX // _PATCH_PX) ** 2,
        tie_word_embeddings=True,
    )  # fmt: skip
    LlavaForConditionalGeneration(config).save_pretrained(folder)
    _processor(tokenizer).save_pretrained(folder)


def make_rows(folder: Path, pairs: int, *, sees: bool) -> pl.DataFrame:
    """Return pairs of drawn scenes, four a scene; without pictures the scene's words are in the prompt.

    Args:
        folder: where pictures go.
        pairs: how many.
        sees: whether the model is shown the picture.
    """
    rows = []
    for number in range(-(-pairs // PAIRS_A_PICTURE)):
        scene = make_scene(f"speed/{number}")
        path = folder / f"{number}.png"
        if sees:
            folder.mkdir(parents=True, exist_ok=True)
            draw_scene(scene).save(path)
        for place, pair in enumerate(build_pairs([scene], PAIRS_A_PICTURE, f"speed/{number}")):
            told = [f"{thing.colour} {thing.noun}" for thing in scene.things]
            random.Random(f"{number}/{place}").shuffle(told)
            rows.append(
                dict.fromkeys(ROW_SCHEMA)
                | {
                    "pair_id": f"{number}-{place}",
                    "sample_id": f"{number}" if sees else f"{number}-{place}",
                    "media": "image" if sees else "",
                    "paths": [str(path)] if sees else [],
                    "prompt": _SHOWN if sees else f"{_ASKED} {' , '.join(told)} .",
                    "chosen": pair.chosen,
                    "rejected": pair.rejected,
                    "status": "accepted",
                    "origin": pair.origin,
                    "split": TRAIN,
                    "unfit": "",
                }
            )
    return pl.DataFrame(rows[:pairs], schema=ROW_SCHEMA)


def _decoder(shape: Shape, tokenizer: Any) -> Any:
    from transformers import LlamaConfig

    return LlamaConfig(
        hidden_size=shape.width, intermediate_size=shape.middle, num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads, num_key_value_heads=shape.shared_heads, vocab_size=shape.words,
        max_position_embeddings=1024, tie_word_embeddings=True, pad_token_id=tokenizer.pad_token_id,
        bos_token_id=tokenizer.bos_token_id, eos_token_id=tokenizer.eos_token_id,
    )  # fmt: skip


def _tokenizer(shape: Shape) -> Any:
    """Make a tokenizer of whole words, padded with words that nobody says up to the model's width."""
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    split = pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Punctuation()])
    special = ["<unk>", "<pad>", "<s>", "</s>", "<image>"]
    said = [*special, "user", "assistant", *list_words(), *f"{_ASKED} {_SHOWN}".split()]
    words = list(dict.fromkeys(said))
    words += [f"w{number}" for number in range(shape.words - len(words))]
    core = Tokenizer(models.WordLevel({word: number for number, word in enumerate(words)}, unk_token="<unk>"))
    core.pre_tokenizer = split
    return PreTrainedTokenizerFast(
        tokenizer_object=core, unk_token="<unk>", pad_token="<pad>", bos_token="<s>", eos_token="</s>",
        additional_special_tokens=["<image>"], chat_template=_TEMPLATE,
    )  # fmt: skip


def _processor(tokenizer: Any) -> Any:
    from transformers import LlavaProcessor, SiglipImageProcessor

    side = {"height": _SIDE_PX, "width": _SIDE_PX}
    return LlavaProcessor(
        SiglipImageProcessor(size=side), tokenizer, patch_size=_PATCH_PX,
        vision_feature_select_strategy="full", chat_template=_TEMPLATE, image_token="<image>",
    )  # fmt: skip
