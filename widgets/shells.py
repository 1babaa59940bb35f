"""Shells: what carries the messages of a core, in a notebook or by a socket, and how one hears of others."""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from widgets.core import Core

__all__ = ["Shell", "TakesCaptions", "offer", "register", "tell_others"]


class Shell(Protocol):
    """What shows a core somewhere."""

    @property
    def core(self) -> Core:
        """Whose messages it carries."""

    def refresh(self) -> None:
        """Have the page ask again for what it shows."""

    def follow(self, changed: Core) -> None:
        """Show what was changed through another core of the same workspace."""


@runtime_checkable
class TakesCaptions(Protocol):
    """A core that can go through a choice of captions, such as that of a review."""

    def take_captions(self, caption_ids: Sequence[str], why: str) -> None:
        """Go through these captions and no other; `why` is said beside them."""


_shown: weakref.WeakSet[Shell] = weakref.WeakSet()


def register(shell: Shell) -> None:
    """Let a shell hear of changes made in others, for as long as it is kept by somebody."""
    _shown.add(shell)


def tell_others(shell: Shell) -> None:
    """Let the other views of the same workspace follow: a decision made in one shows in the others."""
    for other in list(_shown):
        if other is not shell and other.core.store.path == shell.core.store.path:
            other.follow(shell.core)


def offer(shell: Shell, caption_ids: Sequence[str], why: str) -> bool:
    """Hand captions to the views of the same workspace that take some; return whether there was one."""
    takers = [other for other in list(_shown) if other.core.store.path == shell.core.store.path]
    is_taken = False
    for other in takers:
        if isinstance(other.core, TakesCaptions):
            other.core.take_captions(caption_ids, why)
            other.refresh()
            is_taken = True
    return is_taken
