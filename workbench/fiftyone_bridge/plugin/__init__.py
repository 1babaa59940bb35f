"""The plugin that FiftyOne's App loads: three operators and the drawing of sounds (`renderer.js`)."""

from __future__ import annotations

from typing import Any

__all__ = ["register"]


def register(plugin: Any) -> None:
    """Register the operators; FiftyOne calls this."""
    from workbench.fiftyone_bridge.operators import make_operators

    for operator in make_operators():
        plugin.register(operator)
