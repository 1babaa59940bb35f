"""The methods of a workspace that settle what people decided differently."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import polars as pl

from workbench.store import Store

if TYPE_CHECKING:
    from workbench.journal import Event
    from workbench.records import Interval, Span

__all__ = ["SettlingMethods"]


class SettlingMethods:
    """What a workspace does with disagreements; see `Workspace`."""

    store: Store
    annotator: str

    def disagreements(self, *, about: str | None = None, is_open: bool | None = None) -> pl.DataFrame:
        """List the captions that people decided differently on; see `workbench.review.disagreements`."""
        from workbench.review import disagreements

        return disagreements(self.store, about=about, is_open=is_open)

    def undo_adjudication(self) -> Event | None:
        """Take back the last verdict that this annotator has adjudicated; what people said stands again."""
        return self.store.journal.undo(self.annotator, desk="adjudicate")

    def adjudicate(
        self,
        caption_id: str,
        verdict: str,
        *,
        error_types: Sequence[str] = (),
        spans: Sequence[Span] = (),
        interval: Interval | None = None,
        severity: int | None = None,
        note: str = "",
        edited_text: str = "",
        is_complete: bool | None = None,
        edited_interval: Interval | None = None,
        offset_s: float | None = None,
        annotator: str | None = None,
        key: str | None = None,
    ) -> Event:
        """Store the verdict that stands for all on a caption; see `workbench.review.adjudicate`."""
        from workbench.review import adjudicate

        return adjudicate(
            self.store,
            caption_id,
            verdict,
            annotator=annotator or self.annotator,
            error_types=error_types,
            spans=spans,
            interval=interval,
            severity=severity,
            note=note,
            edited_text=edited_text,
            is_complete=is_complete,
            edited_interval=edited_interval,
            offset_s=offset_s,
            key=key,
        )
