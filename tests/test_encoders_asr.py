"""A speech model of the user's: a tiny one with random weights, written by the test itself."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from workbench.encoders.asr import NORMALISATION, SpeechReader, count_errors, locate_change, normalise
from workbench.errors import EncoderError

pytest.importorskip("torch", reason="the extra [torch] is not installed")

WORDS = ["<|endoftext|>", "<|startoftranscript|>", "<|notimestamps|>", "red", "ball", "dog", "runs", "a"]


@pytest.fixture(scope="module")
def whisper(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a Whisper of one layer that knows five words."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import (
        PreTrainedTokenizerFast,
        WhisperConfig,
        WhisperFeatureExtractor,
        WhisperForConditionalGeneration,
        WhisperProcessor,
    )

    folder = tmp_path_factory.mktemp("whisper")
    torch.manual_seed(0)
    small = {"encoder_layers": 1, "decoder_layers": 1, "encoder_attention_heads": 2,
             "decoder_attention_heads": 2, "encoder_ffn_dim": 16, "decoder_ffn_dim": 16}  # fmt: skip
    config = WhisperConfig(
        **small, d_model=16, vocab_size=len(WORDS), num_mel_bins=80, max_source_positions=1500,
        max_target_positions=24, pad_token_id=0, bos_token_id=0, eos_token_id=0, decoder_start_token_id=1,
        begin_suppress_tokens=None, suppress_tokens=[0, 1, 2],
    )  # fmt: skip
    WhisperForConditionalGeneration(config).save_pretrained(folder)
    WhisperFeatureExtractor(feature_size=80).save_pretrained(folder)
    words = Tokenizer(models.WordLevel({word: n for n, word in enumerate(WORDS)}, unk_token="a"))
    words.pre_tokenizer = pre_tokenizers.Whitespace()
    PreTrainedTokenizerFast(
        tokenizer_object=words, unk_token="a", pad_token=WORDS[0], eos_token=WORDS[0], bos_token=WORDS[1],
        additional_special_tokens=[WORDS[2]],
    ).save_pretrained(folder)  # fmt: skip
    assert WhisperProcessor  # the class that AutoProcessor falls back on for this kind of model
    return folder


def test_speech_is_written_down_window_by_window(whisper: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workbench.encoders.asr._WINDOW_S", 1.0)
    reader = SpeechReader(str(whisper), "cpu")
    assert reader.rate_hz == 16_000
    sound = np.random.default_rng(0).normal(0, 0.1, 24_000).astype(np.float32)
    first, both = reader.read(sound[:16_000]), reader.read(sound)
    assert first
    assert set(first.split()) <= set(WORDS[3:])
    assert both.startswith(first)
    assert len(both) > len(first)


def test_the_key_names_the_weights(whisper: Path) -> None:
    assert SpeechReader(str(whisper), "cpu").key.startswith(f"asr:{whisper.name}@")


def test_a_folder_without_a_model_says_what_belongs_there(tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match=r"model\.safetensors"):
        SpeechReader(str(tmp_path), "cpu")


def test_word_errors_are_substitutions_deletions_and_insertions() -> None:
    pytest.importorskip("jiwer", reason="the extra [speech] is not installed")
    found = count_errors("A red ball, and a dog runs.", "a red bull and a dog runs off")
    assert found.wer == pytest.approx(2 / 7)
    assert found.changed == (("ball", "bull"), ("", "off"))
    assert found.normalisation == NORMALISATION
    assert count_errors("Hello!", "hello").wer == 0
    assert count_errors("one two", "").wer == 1
    assert np.isnan(count_errors("...", "hello").wer)


def test_the_first_word_that_differs_is_found_in_the_text() -> None:
    pytest.importorskip("jiwer", reason="the extra [speech] is not installed")
    text = "Don’t hit the (red) ball!"
    start, end = locate_change(text, count_errors(text, "don't hit the bed ball")) or (0, 0)
    assert text[start:end] == "red"
    assert locate_change(text, count_errors(text, text)) is None


def test_normalising_twice_changes_nothing() -> None:
    text = normalise("Ｆｕｌｌ width, it’s 25 % — “quoted”")
    assert text == "full width it's 25 quoted"
    assert normalise(text) == text
