"""The demo world: drawn media with captions whose truth is known, and a run of the whole loop over it."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from workbench.demo.world import World, build_world, caption_truth, read_truth

if TYPE_CHECKING:
    from workbench.demo.loop import DemoResult

__all__ = ["World", "build_world", "caption_truth", "read_truth", "run"]


def run(
    path: Path | str,
    *,
    images: int = 480,
    videos: int = 24,
    audio: int = 24,
    seed: int = 0,
    finetune: str = "",
    progress: bool | None = None,
) -> DemoResult:
    """Make a demo workspace and run the whole loop on it; see `workbench.demo.loop.run`."""
    from workbench.demo.loop import run as run_loop

    return run_loop(
        path, images=images, videos=videos, audio=audio, seed=seed, finetune=finetune, progress=progress
    )


class _Demo(ModuleType):
    """This package can be called, so that `workbench.demo(path)` reads as what it does."""

    __call__ = staticmethod(run)


sys.modules[__name__].__class__ = _Demo
