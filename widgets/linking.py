"""Linked views: what is picked in one narrows what the others show.

A core that can be narrowed has `take_scope`, and tells what is picked in it by `on_scope`. A scope is a
series of keys named `sample_id` or `caption_id`; None means everything. Each view is given what all the
*others* pick together, never its own: so nothing echoes, and lifting a brush lifts just that brush.

What a core does, whatever it shows:

- it calls `self.on_scope(keys, why)` after its own brush, lasso, filter or selection has changed, with what
  that picks alone (None when it picks everything) and *without holding its lock*: the others take theirs;
- `take_scope` keeps the keys, arranges anew and never calls `on_scope`;
- keys that cost time to make are made only where `self.on_scope is not unlinked`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, Protocol, runtime_checkable

import polars as pl

from workbench.errors import WorkbenchError
from workbench.store import Store

__all__ = ["Link", "OnScope", "Scoped", "TellsScope", "Told", "View", "link", "narrow", "unlinked"]

OnScope = Callable[[pl.Series | None, str], None]
_KEYS: Final = ("sample_id", "caption_id")


def unlinked(keys: pl.Series | None, why: str) -> None:
    """Tell nobody: what a core's `on_scope` is until it is linked."""


@runtime_checkable
class Scoped(Protocol):
    """A core that can be narrowed to some keys, and tells what is picked in it."""

    on_scope: OnScope

    @property
    def store(self) -> Store: ...

    def take_scope(self, keys: pl.Series | None, why: str) -> None:
        """Show only these; `why` is said beside them, such as "212 points in a lasso"; None lifts it."""


@runtime_checkable
class TellsScope(Protocol):
    """A core that can say again what is picked in it, for a link that is made later."""

    def tell_scope(self) -> None:
        """Call `on_scope` with what is picked now."""


class View(Protocol):
    """What carries a core: a panel in a notebook, or a page of the server."""

    @property
    def core(self) -> object: ...

    def refresh(self) -> None:
        """Have the page ask again for what it shows."""


@dataclass(frozen=True, slots=True)
class Told:
    """What one view picks.

    Attributes:
        keys: ids, named by the column they are of; None for everything.
        why: the pick in words.
    """

    keys: pl.Series | None = None
    why: str = ""


class Link:
    """Views that narrow each other; made by `link`.

    Args:
        views: what was given, in that order.
        cores: the core of each.
    """

    def __init__(self, views: Sequence[View], cores: Sequence[Scoped]) -> None:
        self.views, self._cores = list(views), list(cores)
        self._told = [Told() for _ in cores]
        self._lock = threading.RLock()
        for place, core in enumerate(self._cores):
            core.on_scope = partial(self._hear, place)
        for core in self._cores:
            if isinstance(core, TellsScope):
                core.tell_scope()

    def close(self) -> None:
        """Part the views again; what was narrowed shows everything."""
        for core, view in zip(self._cores, self.views, strict=True):
            core.on_scope = unlinked
            core.take_scope(None, "")
            view.refresh()

    def __repr__(self) -> str:
        return f"Linked: {', '.join(type(view).__name__ for view in self.views)}"

    def _hear(self, place: int, keys: pl.Series | None, why: str) -> None:
        if keys is not None and keys.name not in _KEYS:
            raise WorkbenchError(
                f"A scope is of {' or '.join(_KEYS)}; seen {keys.name!r}.", "Name the series so."
            )
        with self._lock:
            if keys is None and self._told[place].keys is None:
                return
            self._told[place] = Told(keys, why)
            given = [(other, self._all_but(other)) for other in range(len(self._cores)) if other != place]
        refused: list[WorkbenchError] = []
        for other, told in given:
            try:
                self._cores[other].take_scope(told.keys, told.why)
            except WorkbenchError as error:  # one view that cannot follow must not hold up the others
                refused.append(error)
            self.views[other].refresh()
        if refused:
            raise refused[0]

    def _all_but(self, place: int) -> Told:
        parts = [told for other, told in enumerate(self._told) if other != place and told.keys is not None]
        joined = Told()
        for part in parts:
            joined = self._both(joined, part)
        return joined

    def _both(self, one: Told, other: Told) -> Told:
        if one.keys is None or other.keys is None:
            return other if one.keys is None else one
        why = f"{one.why}, {other.why}"
        if one.keys.name == other.keys.name:
            return Told(one.keys.filter(one.keys.is_in(other.keys.implode())), why)
        by_sample, by_caption = (one, other) if one.keys.name == "sample_id" else (other, one)
        captions = self._cores[0].store.read("captions").select(_KEYS)
        return Told(narrow(narrow(captions, by_sample.keys), by_caption.keys)["caption_id"], why)


def link(*views: View) -> Link:
    """Let these views narrow each other: what is picked in one is what the others show.

    Args:
        views: two or more of one workspace, such as `widgets.Plots(ws)` and `widgets.Gallery(ws)`.

    Returns:
        The link; `close()` parts them.

    Raises:
        WorkbenchError: for fewer than two views, one that cannot be narrowed, or views of two workspaces.

    Example:
        `widgets.link(plots, gallery, review)`: a lasso in the plots narrows the gallery and the review.
    """
    if len(views) < 2:
        raise WorkbenchError(
            f"A link needs two views or more; seen {len(views)}.", "widgets.link(plots, gallery)"
        )
    cores: list[Scoped] = []
    for view in views:
        if not isinstance(view.core, Scoped):
            raise WorkbenchError(
                f"{type(view).__name__} cannot be linked.", "Plots, Gallery, Review and Player can."
            )
        cores.append(view.core)
    paths = sorted({str(core.store.path) for core in cores})
    if len(paths) > 1:
        raise WorkbenchError(f"Views of two workspaces cannot be linked: {', '.join(paths)}.")
    return Link(views, cores)


def narrow(frame: pl.DataFrame, keys: pl.Series | None) -> pl.DataFrame:
    """Return the rows of a frame that a scope lets through, in their order."""
    return frame if keys is None else frame.filter(pl.col(keys.name).is_in(keys.implode()))
