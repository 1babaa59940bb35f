"""The scores of a workspace, a column a score, tied to the captions by row numbers instead of a wide join."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

import numpy as np
import polars as pl

from workbench.matching import NONE, Numbers, as_index, match, run_starts

__all__ = ["ScoreColumn", "name_columns", "newest", "shown_of", "split_scores", "worst"]

_SAME: Final = ("scorer", "error_type", "encoder_key")
_MOST_RUNS: Final = 256


@dataclass
class ScoreColumn:
    """What one scorer says of one error type: at most one row a caption, the last one made.

    Attributes:
        name: the scorer, with the error type where the scorer writes several.
        scorer: who says it.
        error_type: of what; "" for one of several.
        scores: the rows, as they are in the table of scores.
        captions: the ids of all captions, in the order of their table.
    """

    name: str
    scorer: str
    error_type: str
    scores: pl.DataFrame
    captions: pl.Series = field(repr=False)

    @cached_property
    def rows(self) -> Numbers | None:
        """For each caption the row of `scores`, `NONE` for one without; None where they are the same rows."""
        ids = self.scores["caption_id"]
        if len(ids) == len(self.captions) and (ids == self.captions).all():
            return None
        return match(self.captions, ids, is_unique=True)

    def column(self, name: str) -> pl.Series:
        """Return a column of the scores in the order of the captions."""
        values = self.scores[name]
        return values if self.rows is None else values.gather(as_index(self.rows))

    def at(self, captions: Numbers, **columns: str) -> pl.DataFrame:
        """Return columns of the scores by new names, a row for each caption; nulls for `NONE`."""
        rows = captions
        if self.rows is not None:
            is_here = captions != NONE
            rows = np.full_like(captions, NONE)
            rows[is_here] = self.rows[captions[is_here]]
        taken = {name: pl.col(of).gather(as_index(rows)) for name, of in columns.items()}
        return self.scores.select(**taken).with_columns(pl.col(pl.Float64).fill_nan(None))

    def of(self, captions: Numbers) -> pl.DataFrame:
        """Return the scores of some captions, by their row numbers."""
        rows = captions if self.rows is None else self.rows[captions]
        return self.scores.select(pl.all().gather(rows[rows != NONE]))


def split_scores(scores: pl.DataFrame, captions: pl.Series) -> dict[str, ScoreColumn]:
    """Cut the table of scores into columns by name.

    The last run of a scorer counts: another encoder's values are never mixed in.

    Args:
        scores: the table.
        captions: the ids of all captions.
    """
    parts = _parts(scores)
    names = name_columns([(scorer, error_type) for scorer, error_type, _ in parts])
    by_name: dict[tuple[str, str], list[pl.DataFrame]] = {}
    for scorer, error_type, part in parts:
        by_name.setdefault((scorer, error_type), []).append(part)
    made = [
        ScoreColumn(names[key], *key, newest(pl.concat(runs)) if len(runs) > 1 else runs[0], captions)
        for key, runs in by_name.items()
    ]
    return {column.name: column for column in sorted(made, key=lambda column: column.name)}


def name_columns(said: list[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """Name the column of each scorer and error type.

    Example:
        >>> said = [("similarity", "wrong_pair"), ("claims", "count"), ("claims", "object")]
        >>> list(name_columns(said).values())
        ['claims_count', 'claims_object', 'similarity']
    """
    keys = sorted(set(said))
    scorers = [scorer for scorer, _ in keys]
    return {
        (scorer, error_type): scorer if scorers.count(scorer) == 1 else f"{scorer}_{error_type}"
        for scorer, error_type in keys
    }


def newest(scores: pl.DataFrame) -> pl.DataFrame:
    """Return the last score of each caption by each scorer on each error type."""
    return scores.sort("scored_at", maintain_order=True).unique(
        ["caption_id", "scorer", "error_type"], keep="last", maintain_order=True
    )


def worst(scores: pl.DataFrame) -> pl.DataFrame:
    """Return for each caption the score of the lowest rank, as it is the one to look at."""
    ranked = scores.sort("percentile", nulls_last=True, maintain_order=True)
    return ranked.unique("caption_id", keep="first", maintain_order=True)


def shown_of(columns: dict[str, ScoreColumn], scorer: str, captions: pl.Series) -> ScoreColumn | None:
    """Return what is shown for a scorer, or for one of its columns; None where it has given no score."""
    named = [column for column in columns.values() if scorer in (column.scorer, column.name)]
    if len(named) <= 1:
        return named[0] if named else None
    return ScoreColumn(scorer, scorer, "", worst(pl.concat([column.scores for column in named])), captions)


def _parts(scores: pl.DataFrame) -> list[tuple[str, str, pl.DataFrame]]:
    """Cut the table where scorer, error type or encoder change; a run of a scorer lies in one piece."""
    if scores.is_empty():
        return []
    starts = run_starts(scores.select(_SAME), _MOST_RUNS)
    if starts is None:
        cut = scores.partition_by(_SAME, maintain_order=True)
    else:
        by_key: dict[tuple[object, ...], list[pl.DataFrame]] = {}
        for start, stop in zip(starts, [*starts[1:], scores.height], strict=True):
            key = scores.select(_SAME).row(start)
            by_key.setdefault(key, []).append(scores.slice(start, stop - start))
        cut = [pl.concat(runs) for runs in by_key.values()]
    return [(str(part["scorer"][0]), str(part["error_type"][0]), part) for part in cut]
