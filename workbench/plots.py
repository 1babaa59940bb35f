"""HoloViews, ready to draw with Bokeh and without a call to any other host."""

from __future__ import annotations

from typing import Any

from workbench.errors import MissingExtraError

__all__ = ["require_holoviews"]


def require_holoviews(task: str) -> Any:
    """Return the holoviews module with the Bokeh backend chosen.

    `hv.extension` is never called: it makes the page load scripts from a CDN. In a notebook call
    `panel.extension(inline=True)` once and show a figure by `panel.panel(figure)`.

    Args:
        task: what needs it, for the error.

    Raises:
        MissingExtraError: when the extra `plots` is not installed.
    """
    try:
        import holoviews
        import holoviews.plotting.bokeh
    except ImportError as error:
        raise MissingExtraError(task, "plots") from error
    holoviews.Store.set_current_backend("bokeh")
    return holoviews
