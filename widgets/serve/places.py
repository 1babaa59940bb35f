"""Places: the pages that are served, each with the core behind it; none is imported before it is opened."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from widgets.core import Core
    from workbench.workspace import Workspace

__all__ = ["PLACES", "Place"]


@dataclass(frozen=True, slots=True)
class Place:
    """One page.

    Attributes:
        name: in its address.
        title: on its tab, in words.
        bundle: the name of its script and style in `widgets/static`.
        make: makes its core for a workspace of an annotator; the last argument asks for a second opinion.
        is_settling: only for those who settle disagreements: what they decide there stands for all.
    """

    name: str
    title: str
    bundle: str
    make: Callable[[Workspace, bool], Core]
    is_settling: bool = False


def _review(workspace: Workspace, is_second_opinion: bool) -> Core:
    from widgets.review.review import ReviewCore

    return ReviewCore(workspace, second_opinion=is_second_opinion)


def _settle(workspace: Workspace, _is_second_opinion: bool) -> Core:
    from widgets.review.review import ReviewCore  # to settle is to see what everybody said

    return ReviewCore(workspace, adjudicate=True)


def _gallery(workspace: Workspace, is_second_opinion: bool) -> Core:
    from widgets.gallery.gallery import GalleryCore

    return _blinded(GalleryCore(workspace), is_second_opinion)


def _judge(workspace: Workspace, _is_second_opinion: bool) -> Core:
    from widgets.pairs.judge import JudgeCore  # a judge is always blind

    return JudgeCore(workspace)


def _player(workspace: Workspace, is_second_opinion: bool) -> Core:
    from widgets.player.player import PlayerCore

    return _blinded(PlayerCore(workspace), is_second_opinion)


def _team(workspace: Workspace, is_second_opinion: bool) -> Core:
    from widgets.team.team import TeamCore

    return _blinded(TeamCore(workspace), is_second_opinion)


def _blinded(core: Core, is_second_opinion: bool) -> Core:
    core.desk.is_second_opinion = is_second_opinion
    return core


#: In the order of the tabs; the first is where a link leads.
PLACES: Final = {
    place.name: place
    for place in (
        Place("review", "Review", "review", _review),
        Place("gallery", "Gallery", "gallery", _gallery),
        Place("judge", "Judge", "judge", _judge),
        Place("player", "Player", "player", _player),
        Place("settle", "Settle", "review", _settle, is_settling=True),
        Place("team", "Team", "team", _team),
    )
}
