"""Run the product's own scorers over the benchmark's workspace and read back what each one says."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import polars as pl

from workbench.errors import MissingExtraError
from workbench.review import queue_order
from workbench.review.fresh import fresh_scores
from workbench.review.order import SUSPICION
from workbench.scoring import SCORERS, score
from workbench.store import Store

__all__ = ["RECOMMENDED", "Witnesses", "run_scorers"]

Floats = npt.NDArray[np.float64]

#: The order of review that is recommended: everything that speaks, together.
RECOMMENDED = "recommended"


@dataclass
class Witnesses:
    """What the scorers of a workspace say of captions, in the order of `ids`.

    Attributes:
        store: the scored workspace.
        ids: caption ids.
        label: added to every scorer's name ("exact boxes"), "" for none.
        only: scorers to report; all that have scored when empty.
    """

    store: Store
    ids: list[str]
    label: str = ""
    only: tuple[str, ...] = ()
    _scores: pl.DataFrame | None = None
    _orders: dict[tuple[str, str | None], Floats] = field(default_factory=dict)

    @property
    def scores(self) -> pl.DataFrame:
        """The standing scores, read once."""
        if self._scores is None:
            self._scores = fresh_scores(self.store)
        return self._scores

    @property
    def names(self) -> list[str]:
        """The scorers that gave at least one value here, the recommended order last."""
        valued = self.scores.filter(pl.col("value").is_not_null())["scorer"].unique().sort().to_list()
        return [name for name in valued if not self.only or name in self.only] + [RECOMMENDED]

    def title(self, name: str) -> str:
        """Return the name a scorer's row goes by."""
        return f"{name}, {self.label}" if self.label else name

    def speaks_of(self, name: str) -> set[str]:
        """Return the error types a scorer gave a value for."""
        valued = self.scores.filter(pl.col("value").is_not_null())
        mine = valued if name == RECOMMENDED else valued.filter(pl.col("scorer") == name)
        return set(mine["error_type"].unique().to_list())

    def suspicion(self, name: str, error_type: str | None = None) -> Floats:
        """Return a scorer's suspicion of every caption as its queue has it; NaN where it abstained.

        Args:
            name: of the scorer, or `RECOMMENDED`.
            error_type: the queue of this type, where the scorer speaks of it; else its whole queue.
        """
        wanted = error_type if error_type in self.speaks_of(name) else None
        if (name, wanted) not in self._orders:
            asked = SUSPICION if name == RECOMMENDED else name
            ranked = queue_order(self.store, asked, error_type=wanted)
            found = dict(ranked.select("caption_id", "suspicion").iter_rows())
            values = [found.get(caption) for caption in self.ids]
            self._orders[name, wanted] = np.array(
                [np.nan if value is None else value for value in values], dtype=np.float64
            )
        return self._orders[name, wanted]

    def pointers(self, name: str) -> pl.DataFrame:
        """Return a scorer's rows (caption, error type, value, percentile, span, detail), all its types."""
        columns = ("caption_id", "error_type", "value", "percentile", "start_char", "end_char", "detail")
        mine = pl.col("scorer") == name
        return self.scores.filter(mine & pl.col("value").is_not_null()).select(columns)


def run_scorers(
    store: Store, *, tell: Callable[[str], None], only: tuple[str, ...] = (), progress: bool = False
) -> list[str]:
    """Run every scorer that needs no large model, or those named; return what could not run.

    Args:
        store: the workspace.
        tell: is handed one line a scorer.
        only: names to run; all when empty.
        progress: show bars on stderr.
    """
    if not only:
        # In one call, so that the scorers share the vectors of captions and pictures.
        done = score(store, "all", progress=progress)
        for summary in done:
            tell(f"{summary.scorer}: {summary.seconds:.1f} s")
        is_model = {name for name, scorer in SCORERS.items() if scorer.cost == "model"}
        return [f"No {name}: {reason}" for name, reason in done.not_run.items() if name not in is_model]
    notes = []
    for name in only:
        began = time.perf_counter()
        try:
            score(store, name, progress=progress)
        except MissingExtraError as missing:
            notes.append(f"No {name}: {missing}")
            continue
        tell(f"{name}: {time.perf_counter() - began:.1f} s")
    return notes
