"""Encoders of the CLAP class: sound and captions in one space, from any such checkpoint of transformers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from workbench.encoders.base import Floats, Pixels, TextVectors
from workbench.encoders.checkpoints import open_checkpoint, take_features
from workbench.encoders.windows import encode_in_windows
from workbench.errors import EncoderError

if TYPE_CHECKING:
    import torch

__all__ = ["ClapEncoder"]


class ClapEncoder:
    """Encode sound and captions by a joint checkpoint.

    Sound longer than the window is heard in windows spread over the file, like the frames of a video.

    Args:
        source: a hub id or a local folder.
        device: `auto`, `cpu`, `cuda` or `mps`.
        precision: `f32`, `f16`, `bf16`; `auto` is `f32`, the spectrogram front end is small.

    Raises:
        MissingExtraError: when torch or transformers is not installed.
        EncoderError: when it cannot be loaded, or is not of this class.

    Source:
        Wu et al. 2023, "Large-scale contrastive language-audio pretraining".
    """

    space = "joint"
    media = frozenset({"audio"})
    image_px = 224

    def __init__(self, source: str, device: str = "auto", precision: str = "auto") -> None:
        self._checkpoint = open_checkpoint(source, device, "f32" if precision == "auto" else precision)
        from transformers import AutoFeatureExtractor, AutoTokenizer

        self._model = self._checkpoint.model
        if not hasattr(self._model, "get_audio_features"):
            raise EncoderError(
                f"{source!r} is a {self._model.config.model_type} model without audio features.",
                "Give a CLAP-class checkpoint.",
            )
        self._tokenizer = AutoTokenizer.from_pretrained(source, trust_remote_code=False)
        self._extractor = AutoFeatureExtractor.from_pretrained(source, trust_remote_code=False)
        self.audio_rate_hz = int(self._extractor.sampling_rate)
        self.audio_window_s = float(getattr(self._extractor, "max_length_s", 10))
        # RoBERTa-class text towers keep two positions for themselves.
        self.token_limit = int(self._model.config.text_config.max_position_embeddings) - 2
        heard = f"{self.audio_rate_hz}hz-window{self.audio_window_s:g}s"
        self.key = f"clap:{self._checkpoint.identity}:{heard}:{self._checkpoint.precision}"
        self.text_key = f"{self.key}:text-window{self.token_limit}"

    def prepare_image(self, pixels: Pixels) -> Pixels:
        """Refuse: there is no image tower.

        Raises:
            EncoderError: always.
        """
        raise EncoderError(f"{self.key} has no image tower.", "Give an image encoder: encoder='bridge'.")

    def encode_images(self, images: Sequence[Pixels]) -> Floats:
        """Refuse: there is no image tower.

        Raises:
            EncoderError: always.
        """
        raise EncoderError(f"{self.key} has no image tower.", "Give an image encoder: encoder='bridge'.")

    def encode_audio(self, clips: Sequence[Floats]) -> Floats:
        """Encode clips to unit rows."""
        import torch

        inputs = self._extractor(list(clips), sampling_rate=self.audio_rate_hz, return_tensors="pt")
        with torch.inference_mode():
            moved = {name: value.to(self._checkpoint.device) for name, value in inputs.items()}
            moved["input_features"] = moved["input_features"].to(self._checkpoint.dtype)
            found = take_features(self._model.get_audio_features(**moved))
            unit: Floats = torch.nn.functional.normalize(found.float(), dim=-1).cpu().numpy()
        return unit

    def encode_texts(self, texts: Sequence[str]) -> TextVectors:
        """Encode captions to unit rows; past the token limit the mean of the windows."""
        return encode_in_windows(texts, self._tokenizer, self.token_limit, self._forward)

    def _forward(self, batch: dict[str, torch.Tensor]) -> torch.Tensor:
        moved = {name: batch[name].to(self._checkpoint.device) for name in ("input_ids", "attention_mask")}
        found: torch.Tensor = take_features(self._model.get_text_features(**moved))
        return found
