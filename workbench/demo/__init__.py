"""The demo world: drawn media with captions whose truth is known, and a run of the whole loop over it."""

from __future__ import annotations

from workbench.demo.world import World, build_world, read_truth

__all__ = ["World", "build_world", "read_truth"]
