"""Notebook views of a workspace: `widgets.Gallery(ws)` and `widgets.Review(ws)`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from widgets.gallery.gallery import Gallery
    from widgets.review.review import Review

__all__ = ["Gallery", "Review"]


def __getattr__(name: str) -> object:
    if name == "Gallery":
        from widgets.gallery.gallery import Gallery

        return Gallery
    if name == "Review":
        from widgets.review.review import Review

        return Review
    raise AttributeError(f"module 'widgets' has no attribute {name!r}; it has Gallery and Review")
