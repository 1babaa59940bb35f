"""Encoders from checkpoints of transformers: random weights, written by the test itself."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.small_checkpoints import write_clap, write_clip, write_siglip
from workbench.encoders import load
from workbench.encoders.clip import ClipEncoder
from workbench.encoders.fake import FakeEncoder
from workbench.errors import EncoderError
from workbench.scoring.neg_clip_loss import temperature_of

pytest.importorskip("torch", reason="the extra [torch] is not installed")

LONG = "a red dog sits on the table of a blue cat " * 4


def pictures(count: int = 3) -> list[np.ndarray]:
    random = np.random.default_rng(0)
    return [random.integers(0, 256, (40, 60, 3), np.uint8) for _ in range(count)]


@pytest.fixture(scope="module")
def clip_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_clip(tmp_path_factory.mktemp("clip"))


def test_clip_gives_unit_rows_on_both_sides(clip_folder: Path) -> None:
    encoder = load(f"clip:{clip_folder}", "cpu")
    images = encoder.encode_images([encoder.prepare_image(picture) for picture in pictures()])
    texts = encoder.encode_texts(["a red square", "the dog runs"])
    assert images.shape == (3, 16)
    assert np.allclose(np.linalg.norm(images, axis=1), 1, atol=1e-3)
    assert np.allclose(np.linalg.norm(texts.vectors, axis=1), 1, atol=1e-3)
    assert encoder.token_limit == 12


def test_clip_agrees_with_the_processor_and_model_of_transformers(clip_folder: Path) -> None:
    import torch
    from transformers import AutoImageProcessor, CLIPModel

    encoder = ClipEncoder(str(clip_folder), "cpu", precision="f32")
    ours = encoder.encode_images([encoder.prepare_image(picture) for picture in pictures()])
    processor, model = AutoImageProcessor.from_pretrained(clip_folder), CLIPModel.from_pretrained(clip_folder)
    with torch.no_grad():
        theirs = model.get_image_features(**processor(images=pictures(), return_tensors="pt")).pooler_output
    cosine = torch.nn.functional.cosine_similarity(torch.from_numpy(ours), theirs)
    assert cosine.min() > 0.995


def test_clip_knows_the_temperature_it_was_trained_with(clip_folder: Path) -> None:
    encoder = ClipEncoder(str(clip_folder), "cpu", precision="f32")
    assert encoder.temperature == pytest.approx(0.07, abs=0.001)  # where CLIP starts: the weights are random
    assert temperature_of(encoder) == encoder.temperature
    assert temperature_of(FakeEncoder()) == 0.01


def test_a_caption_past_the_limit_is_read_in_windows_and_not_cut(clip_folder: Path) -> None:
    encoder = load(f"clip:{clip_folder}", "cpu")
    found = encoder.encode_texts(["a red dog", LONG, LONG + "runs runs runs"])
    assert found.windows[0] == 1
    assert found.windows[1] == 5  # 44 words, 10 beside the two special tokens
    assert not np.allclose(found.vectors[1], found.vectors[2], atol=1e-3)


def test_the_vector_of_a_caption_does_not_depend_on_its_company(clip_folder: Path) -> None:
    encoder = ClipEncoder(str(clip_folder), "cpu", precision="f32")
    alone = encoder.encode_texts(["the dog runs"]).vectors[0]
    among = encoder.encode_texts([LONG, "the dog runs", "a"]).vectors[1]
    assert np.allclose(alone, among, atol=1e-5)


def test_the_key_changes_with_the_weights_and_the_precision(clip_folder: Path, tmp_path: Path) -> None:
    plain, half = (ClipEncoder(str(clip_folder), "cpu", precision=p).key for p in ("f32", "bf16"))
    assert plain != half
    other = write_clip(tmp_path / clip_folder.name)
    weights = other / "model.safetensors"
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(content)
    assert ClipEncoder(str(other), "cpu", precision="f32").key != plain


def test_siglip_is_squeezed_and_padded_to_its_limit(tmp_path: Path) -> None:
    encoder = load(f"clip:{write_siglip(tmp_path / 'siglip')}", "cpu")
    assert encoder.prepare_image(pictures(1)[0]).shape == (32, 32, 3)
    assert encoder.encode_texts(["a red dog", LONG]).windows.tolist() == [1, 8]
    assert encoder.encode_images([encoder.prepare_image(p) for p in pictures()]).shape[0] == 3


def test_clap_hears_and_reads(tmp_path: Path) -> None:
    encoder = load(f"clap:{write_clap(tmp_path / 'clap')}", "cpu")
    random = np.random.default_rng(0)
    clips = [random.normal(size=encoder.audio_rate_hz).astype(np.float32) for _ in range(2)]
    assert encoder.encode_audio(clips).shape == (2, 16)
    assert encoder.encode_texts(["a dog"]).vectors.shape == (1, 16)
    with pytest.raises(EncoderError, match="no image tower"):
        encoder.encode_images(pictures())


def test_a_clip_has_no_ears(clip_folder: Path) -> None:
    with pytest.raises(EncoderError, match=r"clap:<id or folder>"):
        load(f"clip:{clip_folder}", "cpu").encode_audio([np.zeros(100, np.float32)])


def test_a_folder_without_a_checkpoint_says_what_belongs_there(tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match="cannot be loaded"):
        load(f"clip:{tmp_path}", "cpu")


def test_pickled_weights_are_not_loaded(clip_folder: Path, tmp_path: Path) -> None:
    import shutil

    import torch

    copy = tmp_path / "pickled"
    shutil.copytree(clip_folder, copy)
    (copy / "model.safetensors").unlink()
    torch.save({}, copy / "pytorch_model.bin")
    with pytest.raises(EncoderError, match="cannot be loaded"):
        load(f"clip:{copy}", "cpu")
