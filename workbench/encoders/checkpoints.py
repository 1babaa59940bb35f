"""Open checkpoints of transformers, from a hub id or a local folder, without running their code."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbench.encoders.devices import (
    choose_device,
    choose_precision,
    require_torch,
    torch_type,
    without_bars,
)
from workbench.errors import EncoderError

__all__ = ["Checkpoint", "identify_checkpoint", "open_checkpoint", "take_features"]


@dataclass(frozen=True)
class Checkpoint:
    """A model ready to run, with what identifies it.

    Attributes:
        model: in evaluation mode, on `device`, in `dtype`.
        source: the hub id or folder it came from.
        identity: name and revision; a folder's revision is a hash of its weights.
        device: where it runs.
        precision: `f32`, `f16` or `bf16`.
        dtype: the torch dtype of that precision.
    """

    model: Any
    source: str
    identity: str
    device: str
    precision: str
    dtype: Any


def open_checkpoint(
    source: str, device: str = "auto", precision: str = "auto", *, model_class: str = "AutoModel"
) -> Checkpoint:
    """Load a model whose weights are safetensors; code that comes with a checkpoint is never run.

    Args:
        source: a hub id (`openai/clip-vit-base-patch32`) or a local folder.
        device: `auto`, `cpu`, `cuda` or `mps`.
        precision: `f32`, `f16`, `bf16`, or `auto`: the faster on this device, measured.
        model_class: the class of transformers that reads it.

    Raises:
        MissingExtraError: when torch or transformers is not installed.
        EncoderError: when the checkpoint cannot be read.
    """
    require_torch("A model from a checkpoint")
    import transformers

    reader = getattr(transformers, model_class)
    try:
        with without_bars():
            model = reader.from_pretrained(source, trust_remote_code=False, use_safetensors=True)
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        raise EncoderError(
            f"The checkpoint {source!r} cannot be loaded: {str(error).splitlines()[0]}",
            "Give a hub id, or a folder with config.json, model.safetensors and the processor's files.",
        ) from error
    place = choose_device(device)
    kind = choose_precision(place) if precision == "auto" else precision
    dtype = torch_type(kind)
    ready = model.eval().requires_grad_(False).to(device=place, dtype=dtype)
    return Checkpoint(ready, source, identify_checkpoint(source, model), place, kind, dtype)


def take_features(output: Any) -> Any:
    """Return the tensor of features: transformers 5 hands back an output object, older ones the tensor."""
    return getattr(output, "pooler_output", output)


def identify_checkpoint(source: str, model: Any) -> str:
    """Return name and revision of a model: its commit on the hub, or a hash of a folder's files."""
    folder = Path(source)
    if not folder.is_dir():
        return f"{source}@{str(getattr(model.config, '_commit_hash', None) or 'unknown')[:12]}"
    digest = hashlib.blake2b(digest_size=6)
    for file in sorted([*folder.glob("*.json"), *folder.glob("*.safetensors"), *folder.glob("*.txt")]):
        with file.open("rb") as opened:
            while chunk := opened.read(1 << 20):
                digest.update(chunk)
    return f"{folder.name}@{digest.hexdigest()}"
