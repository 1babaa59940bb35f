"""Write tiny CLIP, SigLIP and CLAP checkpoints with random weights, as transformers saves them."""

from __future__ import annotations

from pathlib import Path

WORDS = ["<unk>", "<pad>", "<s>", "</s>", "a", "red", "blue", "square", "on", "the", "table", "of",
         "dog", "cat", "sits", "runs"]  # fmt: skip


def write_clip(folder: Path) -> Path:
    """Write a CLIP of 16 columns that reads 12 tokens and pictures of 32 pixels."""
    import torch
    from transformers import CLIPConfig, CLIPImageProcessor, CLIPModel

    torch.manual_seed(0)
    small = {"hidden_size": 32, "intermediate_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2}
    config = CLIPConfig(
        text_config={
            **small, "vocab_size": len(WORDS), "max_position_embeddings": 12,
            "eos_token_id": 3, "bos_token_id": 2, "pad_token_id": 1,
        },
        vision_config={**small, "image_size": 32, "patch_size": 16},
        projection_dim=16,
    )  # fmt: skip
    CLIPModel(config).save_pretrained(folder)
    CLIPImageProcessor(size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32}).save_pretrained(
        folder
    )
    return _write_tokenizer(folder, 12)


def write_siglip(folder: Path) -> Path:
    """Write a SigLIP that squeezes pictures to 32 x 32 and pads every text to 8 tokens."""
    import torch
    from transformers import SiglipConfig, SiglipImageProcessor, SiglipModel

    torch.manual_seed(0)
    small = {"hidden_size": 32, "intermediate_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2}
    config = SiglipConfig(
        text_config={**small, "vocab_size": len(WORDS), "max_position_embeddings": 8},
        vision_config={**small, "image_size": 32, "patch_size": 16},
    )
    SiglipModel(config).save_pretrained(folder)
    SiglipImageProcessor(size={"height": 32, "width": 32}).save_pretrained(folder)
    return _write_tokenizer(folder, 8)


def write_clap(folder: Path) -> Path:
    """Write a CLAP that hears half a second at 8 kHz."""
    import torch
    from transformers import ClapConfig, ClapFeatureExtractor, ClapModel

    torch.manual_seed(0)
    config = ClapConfig(
        text_config={
            "vocab_size": len(WORDS), "hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2,
            "intermediate_size": 32, "max_position_embeddings": 16, "pad_token_id": 1,
        },
        audio_config={
            "spec_size": 64, "num_mel_bins": 16, "window_size": 4, "patch_embeds_hidden_size": 16,
            "depths": [1, 1], "num_attention_heads": [2, 2], "hidden_size": 32, "patch_size": 4,
            "patch_stride": [4, 4], "num_classes": 4, "projection_dim": 16,
        },
        projection_dim=16,
    )  # fmt: skip
    ClapModel(config).save_pretrained(folder)
    ClapFeatureExtractor(
        feature_size=16, sampling_rate=8000, hop_length=80, max_length_s=1, fft_window_size=256,
        frequency_max=4000, truncation="rand_trunc",
    ).save_pretrained(folder)  # fmt: skip
    return _write_tokenizer(folder, 14)


def write_llava(folder: Path) -> Path:
    """Write a LLaVA that sees pictures of 32 pixels as four patches and answers yes or no at random."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import (
        CLIPImageProcessor,
        CLIPVisionConfig,
        LlamaConfig,
        LlavaConfig,
        LlavaForConditionalGeneration,
        LlavaProcessor,
        PreTrainedTokenizerFast,
    )

    torch.manual_seed(0)
    words = [*WORDS, "yes", "no", "<image>", "Is", "Are", "there", "image", "?", "Question", "Answer", ":"]
    small = {"hidden_size": 32, "intermediate_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2}
    config = LlavaConfig(
        vision_config=CLIPVisionConfig(**small, image_size=32, patch_size=16),
        text_config=LlamaConfig(**small, vocab_size=len(words), num_key_value_heads=2, pad_token_id=1),
        image_token_index=words.index("<image>"),
        vision_feature_layer=-1,
    )
    LlavaForConditionalGeneration(config).save_pretrained(folder)
    told = Tokenizer(models.WordLevel({word: n for n, word in enumerate(words)}, unk_token="<unk>"))
    told.pre_tokenizer = pre_tokenizers.Split(" ", "removed")
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=told, unk_token="<unk>", pad_token="<pad>", bos_token="<s>", eos_token="</s>",
        additional_special_tokens=["<image>"],
    )  # fmt: skip
    LlavaProcessor(
        CLIPImageProcessor(size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32}),
        tokenizer,
        patch_size=16,
        vision_feature_select_strategy="default",
        num_additional_image_tokens=1,
    ).save_pretrained(folder)
    return folder


def write_loud_llava(folder: Path) -> Path:
    """Write a random LLaVA whose weights are large, so that the picture sways what it says."""
    import torch
    from transformers import LlavaForConditionalGeneration

    write_llava(folder)
    model = LlavaForConditionalGeneration.from_pretrained(folder)
    with torch.no_grad():
        for weight in model.parameters():
            if weight.ndim > 1:
                weight.mul_(12.0)
    model.save_pretrained(folder)
    return folder


def _write_tokenizer(folder: Path, limit: int) -> Path:
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    vocabulary = {word: index for index, word in enumerate(WORDS)}
    words = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    words.pre_tokenizer = pre_tokenizers.Whitespace()
    words.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 2), ("</s>", 3)]
    )
    PreTrainedTokenizerFast(
        tokenizer_object=words, unk_token="<unk>", pad_token="<pad>", bos_token="<s>", eos_token="</s>",
        model_max_length=limit,
    ).save_pretrained(folder)  # fmt: skip
    return folder
