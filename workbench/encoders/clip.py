"""Encoders of the CLIP and SigLIP class, from any such checkpoint of transformers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.encoders.base import Floats, Pixels, TextVectors
from workbench.encoders.checkpoints import open_checkpoint, take_features
from workbench.encoders.devices import resize_image
from workbench.encoders.windows import encode_in_windows
from workbench.errors import EncoderError

if TYPE_CHECKING:
    import torch

__all__ = ["ClipEncoder"]

_MODES = {0: "nearest-exact", 2: "bilinear", 3: "bicubic"}


class ClipEncoder:
    """Encode pictures and captions by a joint checkpoint.

    Pictures are decoded at twice the size wanted or more and resized with antialiasing on uint8; against a
    full decode by Pillow the pixels differ by .2 of 255 levels on average.

    Args:
        source: a hub id or a local folder.
        device: `auto`, `cpu`, `cuda` or `mps`.
        precision: `f32`, `f16`, `bf16`, or `auto`: the faster on this device, measured.

    Raises:
        MissingExtraError: when torch or transformers is not installed.
        EncoderError: when it cannot be loaded, or is not of this class.

    Source:
        Radford et al. 2021, "Learning transferable visual models from natural language supervision".
    """

    space = "joint"
    media = frozenset({"image", "video"})
    audio_rate_hz = 16_000
    audio_window_s = 10.0

    def __init__(self, source: str, device: str = "auto", precision: str = "auto") -> None:
        self._checkpoint = open_checkpoint(source, device, precision)
        from transformers import AutoImageProcessor, AutoTokenizer

        model = self._checkpoint.model
        if not hasattr(model, "get_image_features") or not hasattr(model, "get_text_features"):
            raise EncoderError(
                f"{source!r} is a {model.config.model_type} model without image and text features.",
                "Give a CLIP- or SigLIP-class checkpoint.",
            )
        self._model = model
        self._tokenizer = AutoTokenizer.from_pretrained(source, trust_remote_code=False)
        self._plan = _PicturePlan(AutoImageProcessor.from_pretrained(source, trust_remote_code=False))
        self._is_siglip = str(model.config.model_type).startswith("siglip")
        self.token_limit = int(model.config.text_config.max_position_embeddings)
        self.image_px = self._plan.short_side
        # What cosines were divided by in training: scores that weigh rivals softly need it.
        scale = getattr(model, "logit_scale", None)
        self.temperature = 0.01 if scale is None else float(scale.detach().float().neg().exp())
        self.key = f"clip:{self._checkpoint.identity}:{self._plan.name}-draft2x:{self._checkpoint.precision}"
        self.text_key = f"{self.key}:text-window{self.token_limit}"

    def prepare_image(self, pixels: Pixels) -> Pixels:
        """Resize and crop a picture as the checkpoint's processor does."""
        return self._plan.apply(pixels)

    def encode_images(self, images: Sequence[Pixels]) -> Floats:
        """Encode prepared pictures to unit rows."""
        import torch

        with torch.inference_mode():
            batch = torch.from_numpy(np.stack(images)).to(self._checkpoint.device).permute(0, 3, 1, 2)
            mean, std = (
                torch.tensor(values, device=batch.device).view(1, 3, 1, 1)
                for values in (self._plan.mean, self._plan.std)
            )
            scaled = ((batch.float() / 255.0 - mean) / std).to(self._checkpoint.dtype)
            found = take_features(self._model.get_image_features(pixel_values=scaled.contiguous()))
            unit: Floats = torch.nn.functional.normalize(found.float(), dim=-1).cpu().numpy()
        return unit

    def encode_audio(self, clips: Sequence[Floats]) -> Floats:
        """Refuse: there is no audio tower.

        Raises:
            EncoderError: always.
        """
        raise EncoderError(
            f"{self.key} has no audio tower.", "Give an audio encoder: encoder='clap:<id or folder>'."
        )

    def encode_texts(self, texts: Sequence[str]) -> TextVectors:
        """Encode captions to unit rows; past the token limit the mean of the windows."""
        return encode_in_windows(
            texts, self._tokenizer, self.token_limit, self._forward, pad_to_limit=self._is_siglip
        )

    def _forward(self, batch: dict[str, torch.Tensor]) -> torch.Tensor:
        # SigLIP was trained on padded texts without a mask; CLIP reads its end token, found by the mask.
        wanted = ("input_ids",) if self._is_siglip else ("input_ids", "attention_mask")
        moved = {name: batch[name].to(self._checkpoint.device) for name in wanted}
        found: torch.Tensor = take_features(self._model.get_text_features(**moved))
        return found


class _PicturePlan:
    """Read from a processor how it resizes, crops and scales, and do the first two in one thread."""

    def __init__(self, processor: Any) -> None:
        size = dict(processor.size)
        self.shortest = size.get("shortest_edge")
        self.height = int(size.get("height") or self.shortest or 224)
        self.width = int(size.get("width") or self.shortest or 224)
        crop = dict(getattr(processor, "crop_size", None) or {})
        is_cropped = bool(getattr(processor, "do_center_crop", False)) and bool(crop)
        self.crop = (int(crop["height"]), int(crop["width"])) if is_cropped else None
        self.mode = _MODES.get(int(getattr(processor, "resample", 3) or 3), "bicubic")
        self.mean = [float(v) for v in processor.image_mean]
        self.std = [float(v) for v in processor.image_std]
        self.short_side = min(self.height, self.width)
        shape = f"short{self.shortest}" if self.shortest else f"squeeze{self.height}x{self.width}"
        self.name = f"{shape}-{self.mode}" + (f"-crop{self.crop[0]}x{self.crop[1]}" if self.crop else "")

    def apply(self, pixels: Pixels) -> Pixels:
        import torch

        height, width = pixels.shape[:2]
        goal = (self.height, self.width)
        if self.shortest:
            scale = int(self.shortest) / min(height, width)
            goal = (max(int(height * scale), self.height), max(int(width * scale), self.width))
        resized = resize_image(torch.from_numpy(pixels), *goal, mode=self.mode).numpy()
        if self.crop is None:
            if self.shortest:  # without a crop pictures would differ in shape and not fit one batch
                return _crop(resized, (self.height, self.width))
            return np.ascontiguousarray(resized)
        return _crop(resized, self.crop)


def _crop(pixels: Pixels, size: tuple[int, int]) -> Pixels:
    """Cut the middle out of a picture, with black borders where it is too small."""
    high, wide = size
    height, width = pixels.shape[:2]
    if height < high or width < wide:
        framed = np.zeros((max(height, high), max(width, wide), 3), np.uint8)
        top, left = (framed.shape[0] - height) // 2, (framed.shape[1] - width) // 2
        framed[top : top + height, left : left + width] = pixels
        return _crop(framed, size)
    top, left = (height - high) // 2, (width - wide) // 2
    return np.ascontiguousarray(pixels[top : top + high, left : left + wide])
