"""Build the embedded captioner, an ordinary LLaVA of 2.2 million parameters, before it has seen anything."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from workbench.demo.finetune.captions import list_words
from workbench.demo.finetune.drawing import SIDE_PX
from workbench.encoders.captioning import PROMPT
from workbench.shown import PROMPTS as QUESTIONS

if TYPE_CHECKING:
    from transformers import LlavaForConditionalGeneration, LlavaProcessor

__all__ = ["PROMPTS", "make_captioner", "make_processor"]

PATCH_PX: Final = 12
#: What the captioner was asked in training; first what the pairs of the workbench answer by default.
PROMPTS: Final = (
    QUESTIONS["image"], PROMPT, "Describe this picture.", "Describe this.", "Describe the image.",
    "What can we see in this picture?", "Write a caption.", "",
)  # fmt: skip
_SPECIAL: Final = ("<unk>", "<pad>", "<s>", "</s>", "<image>")
_TEMPLATE: Final = (
    "{% for message in messages %}{{ '<s> ' + message['role'] + ' ' }}"
    "{% if message['content'] is string %}{{ message['content'] }}"
    "{% else %}{% for part in message['content'] %}"
    "{% if part['type'] == 'image' %}{{ '<image> ' }}{% else %}{{ part['text'] }}{% endif %}"
    "{% endfor %}{% endif %}{{ ' </s> ' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<s> assistant ' }}{% endif %}"
)
_DECODER: Final = {"hidden_size": 128, "intermediate_size": 352, "num_hidden_layers": 5}
_TOWER: Final = {"hidden_size": 128, "intermediate_size": 448, "num_hidden_layers": 6}


def make_processor() -> LlavaProcessor:
    """Make the processor: whole words as tokens, pictures of 96 pixels as 64 patches, a chat template."""
    from transformers import LlavaProcessor, SiglipImageProcessor

    side = {"height": SIDE_PX, "width": SIDE_PX}
    return LlavaProcessor(
        SiglipImageProcessor(size=side, resample=3, image_mean=[0.5] * 3, image_std=[0.5] * 3),
        _make_tokenizer(),
        patch_size=PATCH_PX,
        vision_feature_select_strategy="full",
        chat_template=_TEMPLATE,
        image_token="<image>",
    )


def make_captioner(processor: LlavaProcessor, seed: int) -> LlavaForConditionalGeneration:
    """Make the captioner with weights of chance.

    Args:
        processor: of `make_processor`, whose words it gets.
        seed: of the weights.
    """
    import torch
    from transformers import LlamaConfig, LlavaConfig, LlavaForConditionalGeneration, SiglipVisionConfig

    torch.manual_seed(seed)
    words = processor.tokenizer
    named = {"pad_token_id": words.pad_token_id, "bos_token_id": words.bos_token_id,
             "eos_token_id": words.eos_token_id}  # fmt: skip
    decoder = LlamaConfig(
        **_DECODER, **named, vocab_size=len(words), num_attention_heads=4, num_key_value_heads=4,
        max_position_embeddings=256, tie_word_embeddings=True,
    )  # fmt: skip
    tower = SiglipVisionConfig(
        **_TOWER, num_attention_heads=4, image_size=SIDE_PX, patch_size=PATCH_PX, vision_use_head=False
    )
    config = LlavaConfig(
        vision_config=tower, text_config=decoder, image_token_index=words.convert_tokens_to_ids("<image>"),
        vision_feature_layer=-1, vision_feature_select_strategy="full",
        image_seq_length=(SIDE_PX // PATCH_PX) ** 2, tie_word_embeddings=True, **named,
    )  # fmt: skip
    model = LlavaForConditionalGeneration(config)
    model.generation_config.update(max_new_tokens=48, do_sample=False, **named)
    return model


def _make_tokenizer() -> Any:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    split = pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Punctuation()])
    asked = [word for text in PROMPTS for word, _ in split.pre_tokenize_str(text)]
    words = dict.fromkeys([*_SPECIAL, "user", "assistant", "system", *list_words(), *asked])
    core = Tokenizer(models.WordLevel({word: number for number, word in enumerate(words)}, unk_token="<unk>"))
    core.pre_tokenizer = split
    core.decoder = decoders.WordPiece(prefix="##", cleanup=True)
    return PreTrainedTokenizerFast(
        tokenizer_object=core, unk_token="<unk>", pad_token="<pad>", bos_token="<s>", eos_token="</s>",
        additional_special_tokens=["<image>"], padding_side="left", chat_template=_TEMPLATE,
        model_max_length=256,
    )  # fmt: skip
