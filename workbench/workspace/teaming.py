"""What a workspace says of the people who decide in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from workbench.store import Store

if TYPE_CHECKING:
    from workbench.review import Team

__all__ = ["TeamMethods"]


class TeamMethods:
    """The methods of `Workspace` on who decided what; it needs a store and nothing else."""

    store: Store

    def history(
        self, *, annotator: str | None = None, limit: int | None = None, before: int | None = None
    ) -> pl.DataFrame:
        """List who decided what, and when, the newest first; see `workbench.review.history`."""
        from workbench.review import history

        return history(self.store, annotator=annotator, limit=limit, before=before)

    def team(self, *, seed: int = 0) -> Team:
        """Say how much each person decided and how far they agree; see `workbench.review.agreement`."""
        from workbench.review import describe_team

        return describe_team(self.store.journal.voices(), seed=seed)
