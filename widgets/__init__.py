"""Notebook views of a workspace, such as `widgets.Gallery(ws)` and `widgets.Review(ws)`."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from widgets.board.board import PairBoard
    from widgets.gallery.gallery import Gallery
    from widgets.linking import link
    from widgets.pairs.judge import PairJudge
    from widgets.player.player import Player
    from widgets.plots.plots import Plots
    from widgets.review.review import Review
    from widgets.runs.runs import RunMonitor
    from widgets.team.team import Team

__all__ = ["Gallery", "PairBoard", "PairJudge", "Player", "Plots", "Review", "RunMonitor", "Team", "link"]

#: Where each name is; none is imported before it is asked for.
_PLACES: Final = {
    "Gallery": "widgets.gallery.gallery",
    "PairBoard": "widgets.board.board",
    "PairJudge": "widgets.pairs.judge",
    "Player": "widgets.player.player",
    "Plots": "widgets.plots.plots",
    "Review": "widgets.review.review",
    "RunMonitor": "widgets.runs.runs",
    "Team": "widgets.team.team",
    "link": "widgets.linking",
}


def __getattr__(name: str) -> object:
    if name not in _PLACES:
        raise AttributeError(f"module 'widgets' has no attribute {name!r}; it has {', '.join(__all__)}")
    view: object = getattr(import_module(_PLACES[name]), name)
    return view
