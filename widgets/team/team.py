"""Team: how far everybody is, how far they agree, and who decided what and when, as it is decided."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Final

import polars as pl

from widgets.answers import Answer, Message, json_buffer
from widgets.core import Core
from widgets.panel import STATIC, Panel
from workbench import review

if TYPE_CHECKING:
    from workbench.store import Store
    from workbench.workspace import Workspace

__all__ = ["Team", "TeamCore"]

_ACTS: Final = 40


class TeamCore(Core):
    """What everybody has done; the figures are made once for all who look at one workspace."""

    def commands(self) -> dict[str, Callable[[Message], Answer]]:
        """Return how things stand, the figures, the acts; and undo, of one's own."""
        shared = super().commands()
        return {name: shared[name] for name in ("status", "undo", "redo")} | {
            "open": self.open,
            "acts": self.acts,
        }

    def open(self, _message: Message) -> Answer:
        """Return people, couples and their agreement."""
        team = _figures.of(self.store)
        told = {
            "people": team.people.to_dicts(),
            "couples": team.couples.to_dicts(),
            "agreement": asdict(team.agreement),
            "reviewed": team.reviewed,
            "is_second_opinion": self.desk.is_second_opinion,
            "samples": self.workspace.samples.height,
        }
        return Answer({"status": self.standing()}, [json_buffer(told)])

    def acts(self, message: Message) -> Answer:
        """Return the last acts, or those before one; a second opinion is shown one's own alone."""
        before, annotator = message.get("before"), message.get("annotator")
        who = self.annotator if self.desk.is_second_opinion else annotator
        found = review.history(
            self.store,
            annotator=str(who) if who else None,
            limit=_ACTS + 1,
            before=before if isinstance(before, int) else None,
        )
        acts = found.head(_ACTS)
        return Answer({"has_more": found.height > _ACTS}, [json_buffer(self._named(acts).to_dicts())])

    def _named(self, acts: pl.DataFrame) -> pl.DataFrame:
        """Say of which words and of which file an act is; only these few captions are looked up."""
        captions = self.store.read("captions").lazy()
        samples = self.store.read("samples").lazy().select("sample_id", "path", "media")
        known = captions.filter(pl.col("caption_id").is_in(acts["subject"].unique().implode()))
        words = known.select("caption_id", "text", "sample_id").join(samples, on="sample_id", how="left")
        return acts.join(
            words.collect(), left_on="subject", right_on="caption_id", how="left", maintain_order="left"
        )


class Team(Panel):
    """Show who decided what, when, and how far people agree.

    Args:
        workspace: what `workbench.open(path)` returned.
        annotator: who looks at it; the workspace's own when left out.

    Example:
        `widgets.Team(ws)`
    """

    _esm = STATIC / "team.js"
    _css = STATIC / "team.css"

    def __init__(self, workspace: Workspace, *, annotator: str | None = None) -> None:
        super().__init__(TeamCore(workspace, annotator=annotator))


class _Figures:
    """The figures of each workspace as last made: they change only with the journal."""

    def __init__(self) -> None:
        self._made: weakref.WeakKeyDictionary[Store, tuple[int, review.Team]] = weakref.WeakKeyDictionary()
        self._guard = threading.Lock()

    def of(self, store: Store) -> review.Team:
        with self._guard:
            last = store.journal.last_seq()
            known = self._made.get(store)
            if known is None or known[0] != last:
                known = self._made[store] = (last, review.describe_team(store.journal.voices()))
            return known[1]


_figures: Final = _Figures()
