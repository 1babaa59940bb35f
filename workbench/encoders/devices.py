"""Choose the device and the precision of a model, by what is there and what is faster here."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING

from workbench.errors import EncoderError, MissingExtraError, UnknownNameError

if TYPE_CHECKING:
    import torch

__all__ = ["choose_device", "choose_precision", "require_torch", "resize_image", "torch_type", "without_bars"]

#: bf16 must beat fp32 by this much to be worth its rounding; on many processors it loses.
_WORTH_IT = 1.3


def require_torch(task: str) -> None:
    """Check that torch is installed.

    Raises:
        MissingExtraError: naming the install line.
    """
    try:
        import torch  # noqa: F401
        import transformers  # noqa: F401
    except ImportError as error:
        raise MissingExtraError(task, "torch") from error


@contextmanager
def without_bars() -> Iterator[None]:
    """Hold back the progress bars of transformers: weights on disk load in a moment."""
    from transformers.utils import logging

    was_on = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        if was_on:
            logging.enable_progress_bar()


def choose_device(device: str = "auto") -> str:
    """Return `cuda`, `mps` or `cpu`; `auto` takes the first that is there.

    Raises:
        UnknownNameError: for another name.
        EncoderError: when the device asked for is not there.
    """
    import torch

    kind = device.split(":")[0]
    if kind not in ("auto", "cpu", "cuda", "mps"):
        raise UnknownNameError("device", device, ["auto", "cpu", "cuda", "mps"])
    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if kind == "auto":
        return next(name for name, is_there in there.items() if is_there)
    if not there[kind]:
        raise EncoderError(f"This machine has no device {device!r}.", "Use device='auto' or 'cpu'.")
    return device


def choose_precision(device: str) -> str:
    """Return the faster precision of matrix products on this device: `f32`, `bf16` or `f16`.

    Chosen by what the processor says of itself and not by a race: it is part of the encoder's key, and a key
    that changed with the load of the machine would throw every vector away. With bf16 products (AVX512-BF16,
    AMX) the towers run 1.4 to 3 times as fast as in f32; on a processor without them bf16 is slower.
    """
    if device.startswith("cuda"):
        return "f16"
    return "bf16" if device == "cpu" and _has_bf16_products() else "f32"


def torch_type(precision: str) -> torch.dtype:
    """Return the torch type of `f32`, `f16` or `bf16`."""
    import torch

    return {"f32": torch.float32, "f16": torch.float16, "bf16": torch.bfloat16}[precision]


@cache
def _has_bf16_products() -> bool:
    import torch

    capabilities = torch.cpu.get_capabilities()
    return bool(capabilities.get("avx512_bf16") or capabilities.get("amx_bf16"))


def resize_image(pixels: torch.Tensor, height: int, width: int, mode: str = "bicubic") -> torch.Tensor:
    """Resize a uint8 picture (h, w, 3) to (height, width, 3) with antialiasing, staying in uint8."""
    import torch

    planes = pixels.permute(2, 0, 1)[None]
    resized = torch.nn.functional.interpolate(
        planes, (height, width), mode=mode, align_corners=False, antialias=True
    )
    return resized[0].permute(1, 2, 0)


def count_threads() -> int:
    """Return how many processor cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
