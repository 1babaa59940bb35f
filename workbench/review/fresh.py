"""Scores that are of captions and media as they are now, the newest of each scorer and error type.

The tables are tied by row numbers and looked at in blocks: of millions of captions no text is copied.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from workbench.alignment.testimony import Testimony, read_testimony
from workbench.matching import NONE, Numbers, as_index, match, match_runs, run_starts
from workbench.store import Store

__all__ = ["Fresh", "fresh_scores", "read_fresh"]

Bools = npt.NDArray[np.bool_]
_SAME: Final = ("scorer", "error_type")
#: A run of a scorer lies in one piece; beyond so many pieces the table is grouped instead.
_MOST_RUNS: Final = 256
_BLOCK: Final = 1 << 17


@dataclass(frozen=True)
class Fresh:
    """The scores of a workspace that count.

    Attributes:
        captions: the table.
        scores: the table, those that do not count included.
        caption_of: (scores,) the row of the caption of each; `NONE` where it is gone.
        is_fresh: (scores,) whether caption and media are still what was scored.
    """

    captions: pl.DataFrame = field(repr=False)
    scores: pl.DataFrame = field(repr=False)
    caption_of: Numbers = field(repr=False)
    is_fresh: Bools = field(repr=False)

    def said(self) -> Iterator[Testimony]:
        """Yield what each scorer says of each error type."""
        for scorer, error_type, rows in _rows_by_key(self.scores):
            mine = rows[self.is_fresh[rows]]
            if self._times is not None:
                mine = mine[np.argsort(self._times[mine], kind="stable")]
            captions = self.caption_of[mine]
            yield read_testimony(self.scores, scorer, error_type, mine, captions, self.captions.height)

    @cached_property
    def _times(self) -> npt.NDArray[np.int64] | None:
        """When each was scored; None where they stand in that order, as they do unless tables were mixed."""
        times = self.scores["scored_at"].to_physical().fill_null(0).to_numpy()
        return None if (times[1:] >= times[:-1]).all() else times


def read_fresh(store: Store) -> Fresh:
    """Tie the scores of a workspace to its captions and media."""
    captions, samples, scores = (store.read(name) for name in ("captions", "samples", "scores"))
    caption_of = match(scores["caption_id"], captions["caption_id"])
    sample_of = match_runs(captions["sample_id"], samples["sample_id"])
    is_fresh = np.zeros(scores.height, bool)
    for start in range(0, scores.height, _BLOCK):
        here = slice(start, start + _BLOCK)
        at, told = as_index(caption_of[here]), scores[here]
        of_sample = pl.Series(sample_of).gather(at).fill_null(NONE).to_numpy()
        content = samples["content_hash"].gather(as_index(of_sample))
        is_same = (told["caption_hash"] == captions["caption_hash"].gather(at)) & (
            told["content_hash"] == content
        )
        is_fresh[here] = is_same.fill_null(False).to_numpy()
    return Fresh(captions, scores, caption_of, is_fresh)


def fresh_scores(store: Store) -> pl.DataFrame:
    """Return the scores of captions and media as they are now, the newest of each scorer and error type."""
    fresh = read_fresh(store)
    rows = np.sort(np.concatenate([np.empty(0, np.uint32), *(one.rows for one in fresh.said())]))
    present = fresh.scores if len(rows) == fresh.scores.height else fresh.scores[rows]
    return present.with_columns(sample_id=fresh.captions["sample_id"].gather(fresh.caption_of[rows]))


def _rows_by_key(scores: pl.DataFrame) -> Iterator[tuple[str, str, Numbers]]:
    """Yield scorer, error type and the rows of both, in the order of the table."""
    starts = run_starts(scores.select(_SAME), _MOST_RUNS)
    if starts is None:
        grouped = scores.select(_SAME).with_row_index("row").group_by(_SAME, maintain_order=True).agg("row")
        for scorer, error_type, rows in grouped.iter_rows():
            yield scorer, error_type, np.array(rows, np.uint32)
        return
    runs: dict[tuple[str, str], list[Numbers]] = {}
    for start, stop in itertools.pairwise([*starts, scores.height]):
        scorer, error_type = scores.select(_SAME).row(start)
        runs.setdefault((scorer, error_type), []).append(np.arange(start, stop, dtype=np.uint32))
    for (scorer, error_type), parts in runs.items():
        yield scorer, error_type, np.concatenate(parts)
