"""How much memory a run needs at the least, and how much there is."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from workbench.finetune.config import RunConfig

__all__ = [
    "Estimate",
    "ModelSize",
    "count_weights",
    "estimate_memory",
    "free_bytes",
    "size_of_model",
    "told_bytes",
]

#: What a decoder layer keeps of a token for the way back, in widths: of its states, and of its inner layer.
_STATES_KEPT: Final = 8
_INNER_KEPT: Final = 4
_ADAM_BYTES: Final = 12  # of a trained weight: its gradient and two moments, f32
_LINEAR_BYTES: Final = 4


@dataclass(frozen=True, slots=True)
class ModelSize:
    """What decides how much memory a model of words takes.

    Attributes:
        weights: numbers in it, the tower of vision included; None when not known.
        layers, width, inner, vocabulary: of its decoder.
    """

    weights: int | None
    layers: int
    width: int
    inner: int
    vocabulary: int


@dataclass(frozen=True, slots=True)
class Estimate:
    """The least memory that a run takes, in bytes.

    Attributes:
        weights: the model itself.
        training: gradients and moments of what is trained.
        activations: what the layers keep of the longest step for the way back.
        head: log-probabilities over the vocabulary, and their gradient.
    """

    weights: int
    training: int
    activations: int
    head: int

    @property
    def total(self) -> int:
        """All of it."""
        return self.weights + self.training + self.activations + self.head

    def __str__(self) -> str:
        parts = ("weights", "training", "activations", "head")
        told = ", ".join(f"{told_bytes(getattr(self, name))} {name}" for name in parts)
        return f"{told_bytes(self.total)} at the least ({told})"


def size_of_model(config: Any, weights: int | None) -> ModelSize:
    """Read the size of a model from its config of transformers; what it does not say counts as nothing."""
    text = config.get_text_config()
    width = int(getattr(text, "hidden_size", 0) or 0)
    return ModelSize(
        weights,
        int(getattr(text, "num_hidden_layers", 0) or 0),
        width,
        int(getattr(text, "intermediate_size", 0) or 4 * width),
        int(getattr(text, "vocab_size", 0) or 0),
    )


def estimate_memory(
    size: ModelSize, config: RunConfig, *, tokens: int, answer_tokens: int, is_bf16: bool
) -> Estimate:
    """Estimate what a run takes at the least: a run that has less than this cannot go.

    It leaves out what depends on the engine: attention masks, the tower of vision, padding, buffers of the
    optimiser. Real use is higher, by what factor differs by model.

    Args:
        size: of the model.
        config: what is trained, in which precision.
        tokens: of the longest step, as the model computes them.
        answer_tokens: those of them that are scored against the vocabulary.
        is_bf16: whether it computes in bf16.

    Returns:
        Bytes, by what they are for.
    """
    wide = 2 if is_bf16 else 4
    held = 0.5 if config.bits else (4 if config.trains == "full" else wide)
    trained = (size.weights or 0) if config.trains == "full" else _adapter_weights(size, config.lora_rank)
    per_token = size.layers * (_STATES_KEPT * size.width + _INNER_KEPT * size.inner) * wide
    return Estimate(
        weights=int((size.weights or 0) * held),
        training=trained * _ADAM_BYTES,
        activations=tokens * per_token,
        head=2 * answer_tokens * size.vocabulary * 4,
    )


def _adapter_weights(size: ModelSize, rank: int) -> int:
    """Count the weights of adapters on all linear layers: four of attention, three of the inner layer."""
    return size.layers * rank * (_LINEAR_BYTES * 2 * size.width + 3 * (size.width + size.inner))


def count_weights(folder: Path) -> int | None:
    """Count the numbers in the safetensors of a folder by their headers; None where there are none."""
    files = sorted(folder.glob("*.safetensors")) if folder.is_dir() else []
    return sum(map(_count_in, files)) if files else None


def _count_in(file: Path) -> int:
    with file.open("rb") as opened:
        (length,) = struct.unpack("<Q", opened.read(8))
        header: Mapping[str, Mapping[str, Sequence[int]]] = json.loads(opened.read(length))
    count = 0
    for name, tensor in header.items():
        if name != "__metadata__":
            numbers = 1
            for side in tensor["shape"]:
                numbers *= side
            count += numbers
    return count


def free_bytes(device: str) -> int | None:
    """Return how much memory a device can still give this process; None when it does not say.

    Args:
        device: `cpu`, `cuda`, `cuda:1`, `mps`.
    """
    if device.startswith("cuda"):
        import torch

        free, _ = torch.cuda.mem_get_info(device)
        return int(free + torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device))
    known = [one for one in (_system_bytes(), _group_bytes()) if one is not None]
    return min(known, default=None)


def _system_bytes() -> int | None:
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
    except OSError:
        return None
    told = dict(line.split(":", 1) for line in lines if ":" in line)
    return int(told["MemAvailable"].split()[0]) * 1024 if "MemAvailable" in told else None


def _group_bytes() -> int | None:
    """Return what the control group of this process (a container) may still take."""
    home = Path("/sys/fs/cgroup")
    try:
        most, now = (home / "memory.max").read_text().strip(), int((home / "memory.current").read_text())
        stat = dict(line.split() for line in (home / "memory.stat").read_text().splitlines())
    except (OSError, ValueError):
        return None
    # Pages of files can be given up at any time.
    return None if most == "max" else max(0, int(most) - now + int(stat.get("inactive_file", 0)))


def told_bytes(count: float) -> str:
    """Return bytes as people read them.

    Example:
        >>> told_bytes(1_536_000_000), told_bytes(2_048)
        ('1.5 GB', '2 kB')
    """
    for unit, size in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= size:
            return f"{count / size:.1f} {unit}" if unit == "GB" else f"{count / size:.0f} {unit}"
    return f"{count:.0f} bytes"
