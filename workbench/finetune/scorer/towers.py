"""An encoder with two towers, opened to be tuned: numbers of captions for pictures, with gradient."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.encoders.checkpoints import open_checkpoint, take_features
from workbench.errors import EncoderError, UnknownNameError

if TYPE_CHECKING:
    import torch
    from PIL import Image

__all__ = ["Towers"]

_FROZEN = ("vision", "visual", "image", "logit_scale", "logit_bias")
_AT_ONCE = 64


class Towers:
    """Pictures and captions as unit vectors, and their cosines as numbers.

    Args:
        encoder: `clip:` and a hub id or folder.
        device: where it runs.
        both: whether the tower of pictures learns too.

    Raises:
        EncoderError: when it cannot be loaded, or has not two towers.
        UnknownNameError: for an encoder of another kind.
    """

    def __init__(self, encoder: str, device: str, *, both: bool) -> None:
        kind, _, source = encoder.partition(":")
        if kind != "clip" or not source:
            raise UnknownNameError("encoder that can be tuned", encoder, ["clip:<id or folder>"])
        opened = open_checkpoint(source, device, "f32")
        from transformers import AutoImageProcessor, AutoTokenizer

        self.model, self.device, self.identity = opened.model, opened.device, opened.identity
        if not hasattr(self.model, "get_image_features") or not hasattr(self.model, "get_text_features"):
            raise EncoderError(
                f"{source!r} is a {self.model.config.model_type} model without image and text features.",
                "Give a CLIP- or SigLIP-class checkpoint.",
            )
        self._tokenizer: Any = AutoTokenizer.from_pretrained(source, trust_remote_code=False)
        self._processor: Any = AutoImageProcessor.from_pretrained(source, trust_remote_code=False)
        self._is_siglip = str(self.model.config.model_type).startswith("siglip")
        self.token_limit = int(self.model.config.text_config.max_position_embeddings)
        scale = getattr(self.model, "logit_scale", None)
        self.scale = 100.0 if scale is None else float(scale.detach().exp())
        self._both = both
        self.trained = self._release()

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return how many tokens each text has, its marks included."""
        return [len(ids) for ids in self._tokenizer(list(texts))["input_ids"]]

    def prepare(self, pictures: Sequence[Image.Image]) -> torch.Tensor:
        """Return what is kept of pictures: pixels where their tower learns, else unit vectors."""
        import torch

        found = []
        for start in range(0, len(pictures), _AT_ONCE):
            part = list(pictures[start : start + _AT_ONCE])
            pixels = self._processor(images=part, return_tensors="pt")["pixel_values"]
            if self._both:
                found.append(pixels)
                continue
            with torch.no_grad():
                found.append(self._see(pixels))
        return torch.cat(found)

    def read(self, texts: Sequence[str]) -> torch.Tensor:
        """Return unit vectors of texts, (n, d)."""
        padding = "max_length" if self._is_siglip else True
        batch = self._tokenizer(
            list(texts), padding=padding, truncation=True, max_length=self.token_limit, return_tensors="pt"
        )
        # SigLIP was trained on padded texts without a mask; CLIP reads its end token, found by the mask.
        wanted = ("input_ids",) if self._is_siglip else ("input_ids", "attention_mask")
        return self._unit(
            self.model.get_text_features(**{name: batch[name].to(self.device) for name in wanted})
        )

    def rate(self, texts: Sequence[str], pictures: Sequence[torch.Tensor]) -> torch.Tensor:
        """Return a number a text, (n,): higher fits its pictures better.

        Over several frames it is the mean of the best and of the mean, as `similarity` has it.

        Args:
            texts: (n).
            pictures: (n) what `prepare` kept of the pictures of each text, (frames, ...).
        """
        import torch

        frames = [len(one) for one in pictures]
        shown = torch.cat(list(pictures))
        seen = self._see(shown) if self._both else shown.to(self.device)
        words = self.read(texts).repeat_interleave(torch.tensor(frames, device=self.device), dim=0)
        cosines = torch.split((words * seen).sum(dim=1), frames)
        return self.scale * torch.stack([(one.max() + one.mean()) / 2 for one in cosines])

    def save(self, folder: Path) -> None:
        """Write weights, tokenizer and processor as a checkpoint that opens like any other."""
        self.model.save_pretrained(folder, safe_serialization=True)
        self._tokenizer.save_pretrained(folder)
        self._processor.save_pretrained(folder)

    def _release(self) -> Mapping[str, torch.nn.Parameter]:
        parts = _FROZEN[3:] if self._both else _FROZEN
        found = {
            name: weight
            for name, weight in self.model.named_parameters()
            if not any(part in name for part in parts)
        }
        for weight in found.values():
            weight.requires_grad_(True)
        return found

    def _see(self, pixels: torch.Tensor) -> torch.Tensor:
        return self._unit(self.model.get_image_features(pixel_values=pixels.to(self.device)))

    def _unit(self, output: Any) -> torch.Tensor:
        import torch

        return torch.nn.functional.normalize(take_features(output).float(), dim=-1)
