"""What stands in a workspace, for the bars of a view: decisions, the last one, how many bad pairs are left.

Everything is read where it is cheap but the estimate: that ranks the whole workspace again, seconds at
millions of captions. So it is made on a thread of its own, exact as ever, and told when it is there; until
then the last one made is shown and `is_estimate_old` says so.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import polars as pl

from widgets.job import Job
from workbench import review

if TYPE_CHECKING:
    from workbench.records import Verdict
    from workbench.store import Store

__all__ = ["Standing", "stamp_tables"]

#: Small workspaces are estimated within this: their page is told at once and need not ask again.
_SOON_S: Final = 0.25
_STAMPED: Final = ("samples", "captions", "scores", "flags")


class Standing:
    """Keep what the bars show.

    Args:
        store: of the workspace.
        annotator: whose last decision is named.
        seed: of the random order that the estimate rests on.
        on_estimate: called, on another thread, when an estimate is there that took longer than a moment.
    """

    def __init__(self, store: Store, annotator: str, seed: int, on_estimate: Callable[[], None]) -> None:
        self.store = store
        self.annotator = annotator
        self.seed = seed
        self._on_estimate = on_estimate
        self._job: Job[review.Estimate] = Job("estimate of what is left", self._estimate)
        self._rests_on: tuple[object, ...] = ()
        self._estimated: dict[str, object] = {}
        self._is_awaited = False
        self._names: dict[str, str] = {}

    def told(self, *, is_quick: bool = False) -> dict[str, object]:
        """Return decisions, the last one, reviewed and total, the estimate.

        Args:
            is_quick: give the estimate as last made: the word that a decision is saved should not wait.
        """
        verdicts = self.store.journal.verdicts()
        mine = [verdict for verdict in verdicts if verdict.annotator == self.annotator]
        is_old = is_quick or not self._is_estimated(verdicts)
        return {
            "decisions": len(verdicts),
            "reviewed": len({verdict.caption_id for verdict in verdicts}),
            "total": self.store.read("captions")["parent"].null_count(),
            "last": self.verdict_told(mine[-1]) if mine else None,
            "estimate": self._estimated,
            "is_estimate_old": is_old,
            "annotator": self.annotator,
        }

    def verdict_told(self, verdict: Verdict) -> dict[str, object]:
        """Return a decision as the bars name it."""
        return {
            "caption_id": verdict.caption_id,
            "verdict": verdict.verdict,
            "error_types": list(verdict.error_types),
            "is_corrected": bool(verdict.edited_text),
            "name": self._name_of(verdict.caption_id),
            "at": verdict.at_utc.isoformat() if verdict.at_utc else None,
        }

    def wait(self, limit_s: float | None = None) -> None:
        """Wait for the estimate that is being made, if there is one."""
        self._job.wait(limit_s)

    def _is_estimated(self, verdicts: list[Verdict]) -> bool:
        """Return whether the estimate is of what stands now; start to make it where it is not."""
        last = max((str(verdict.at_utc) for verdict in verdicts), default="")
        rests_on = (stamp_tables(self.store), len(verdicts), last)
        if rests_on == self._rests_on:
            return True
        self._is_awaited = False
        self._job.start(lambda: self._estimate(rests_on))
        self._job.wait(_SOON_S)
        self._is_awaited = self._job.is_running
        return rests_on == self._rests_on

    def _estimate(self, rests_on: tuple[object, ...] = ()) -> review.Estimate:
        made = review.estimate(self.store, seed=self.seed)
        names = ("left", "low", "high", "drawn", "found", "reason")
        self._estimated = {name: getattr(made, name) for name in names}
        self._rests_on = rests_on
        if self._is_awaited:
            self._on_estimate()
        return made

    def _name_of(self, caption_id: str) -> str:
        if caption_id not in self._names:
            captions = self.store.read("captions").lazy().filter(pl.col("caption_id") == caption_id)
            sample = captions.select("sample_id").collect()["sample_id"]
            samples = self.store.read("samples").lazy().filter(pl.col("sample_id") == sample.first())
            path = samples.select("path").collect()["path"].first() if len(sample) else None
            self._names[caption_id] = str(path).rsplit("/", 1)[-1] if path else caption_id
        return self._names[caption_id]


def stamp_tables(store: Store) -> str:
    """Return a text that changes when a table that views show was written: by a cell, or another process."""
    return " ".join(store.stamp(name) for name in _STAMPED)
