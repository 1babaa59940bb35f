"""Choose the device and the precision of a model, by what is there and what is faster here."""

from __future__ import annotations

import os
import time
from functools import cache
from typing import TYPE_CHECKING

from workbench.errors import EncoderError, MissingExtraError, UnknownNameError

if TYPE_CHECKING:
    import torch

__all__ = ["choose_device", "choose_precision", "require_torch", "resize_image"]

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
    """Return `bf16` or `f32`, whichever is faster for matrix products on this device, measured once.

    On a processor with bf16 products (AVX512-BF16, AMX) bf16 is about twice as fast; on one without it is
    slower than f32. The choice is part of the encoder's key.
    """
    if device.startswith("cuda"):
        return "f16"
    return _measured_precision() if device == "cpu" else "f32"


@cache
def _measured_precision() -> str:
    import torch

    with torch.inference_mode():
        plain = torch.randn(768, 768)
        half = plain.bfloat16()
        # Interleaved and the best of several: other work on the machine must not decide.
        times = {"f32": float("inf"), "bf16": float("inf")}
        for _ in range(8):
            for name, matrix in (("f32", plain), ("bf16", half)):
                start = time.perf_counter()
                matrix @ matrix
                times[name] = min(times[name], time.perf_counter() - start)
    return "bf16" if times["f32"] > _WORTH_IT * times["bf16"] else "f32"


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
