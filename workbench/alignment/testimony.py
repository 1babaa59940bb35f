"""What scorers say of captions that are numbered, and the weighted sum of it: arithmetic over arrays alone.

Captions are numbers here, from 0 to their count, so that five million of them are summed up in a second: no
text is compared, sorted or joined.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt
import polars as pl

from workbench.matching import NONE, Numbers

__all__ = ["Ranked", "Testimony", "lowest_ranked", "read_testimony", "weigh"]

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Testimony:
    """What one scorer says of one error type, at most once a caption.

    Attributes:
        scorer: who says it.
        error_type: of what; "" for several.
        captions: (n,) the captions, each once.
        rows: (n,) the rows of the table of scores that it stands in.
        values: (n,) higher is better aligned; nan where there is none.
        percentiles: (n,) 0 to 1, among the scorer's values; nan where there is none.
    """

    scorer: str
    error_type: str
    captions: Numbers = field(repr=False)
    rows: Numbers = field(repr=False)
    values: Floats = field(repr=False)
    percentiles: Floats = field(repr=False)

    @cached_property
    def is_defined(self) -> Bools:
        """(n,) where there is a value."""
        return np.isfinite(self.values)

    def at(self, places: npt.NDArray[np.generic]) -> Testimony:
        """Return what is said at some places, or where a mask is true."""
        parts = (self.captions, self.rows, self.values, self.percentiles)
        return Testimony(self.scorer, self.error_type, *(part[places] for part in parts))

    def among(self, captions: Iterable[Numbers]) -> Testimony:
        """Return what is said of these captions."""
        return self.at(np.isin(self.captions, np.concatenate([*captions])))


@dataclass(frozen=True, slots=True)
class Ranked:
    """How suspicious each caption is.

    Attributes:
        suspicion: (captions,) single precision; no unit; higher is worse; nan where nothing was heard.
        rows: (captions,) the row of the score that speaks most against each; `NONE` where nothing was heard.
    """

    suspicion: npt.NDArray[np.float32]
    rows: Numbers

    def order(self) -> Numbers:
        """Return the captions that were heard, the worst first; of equals the one of the lower number."""
        heard = np.flatnonzero(~np.isnan(self.suspicion))
        # The bits of a float, turned so that they rise as it falls, beside the number: sorted at once.
        bits = self.suspicion[heard].view(np.uint32)
        falling = np.where(bits >> 31, bits, ~bits & np.uint32(0x7FFFFFFF))
        keys = np.sort(falling.astype(np.uint64) << np.uint64(32) | heard.astype(np.uint64))
        return keys.astype(np.uint32)


def read_testimony(
    scores: pl.DataFrame, scorer: str, error_type: str, rows: Numbers, captions: Numbers, count: int
) -> Testimony:
    """Read some rows of a table of scores; where several are of one caption, the last of them.

    Args:
        scores: with `value`, and `percentile` where there is one.
        scorer: whose rows they are.
        error_type: of what.
        rows: (n,) of the table.
        captions: (n,) the caption of each row.
        count: how many captions there are.
    """
    row_of = np.full(count, NONE, np.uint32)
    row_of[captions] = rows
    spoken = np.flatnonzero(row_of != NONE).astype(np.uint32)
    last = row_of[spoken]
    has_percentiles = "percentile" in scores.columns
    percentiles = _floats(scores["percentile"], last) if has_percentiles else np.full(len(last), np.nan)
    return Testimony(scorer, error_type, spoken, last, _floats(scores["value"], last), percentiles)


def _floats(column: pl.Series, rows: Numbers) -> Floats:
    return column.gather(rows).cast(pl.Float64).fill_null(np.nan).to_numpy()


def lowest_ranked(said: Sequence[Testimony]) -> Testimony:
    """Return of several testimonies the one of the lowest percentile on each caption.

    Those without a percentile come last; of equals the one that stands first in the table.
    """
    parts = zip(*((one.captions, one.rows, one.values, one.percentiles) for one in said), strict=True)
    joined = Testimony(said[0].scorer, "", *(np.concatenate(part) for part in parts))
    order = np.lexsort((joined.rows, joined.percentiles, joined.captions))
    sorted_captions = joined.captions[order]
    is_first = np.append(True, sorted_captions[1:] != sorted_captions[:-1])[: len(order)]
    return joined.at(order[is_first])


def weigh(heard: Sequence[tuple[Testimony, float]], count: int, *, is_levelled: bool = True) -> Ranked:
    """Add up what is said against each caption.

    Each testimony is standardised and turned round; its percentiles count by their log odds.

    Args:
        heard: who is heard, and how much each counts.
        count: how many captions there are.
        is_levelled: standardise the sums within each set of witnesses, too.
    """
    total, most = np.zeros(count), np.full(count, -np.inf)
    rows = np.full(count, NONE, np.uint32)
    witnesses = np.zeros(count, np.uint32)
    for number, (said, weight) in enumerate(sorted(heard, key=lambda pair: pair[0].scorer)):
        one = said if said.is_defined.all() else said.at(said.is_defined)
        doubt = -weight * _standard(_odds(one))
        total[one.captions] += doubt
        witnesses[one.captions] |= np.uint32(1 << number)
        is_most = doubt > most[one.captions]
        most[one.captions[is_most]] = doubt[is_most]
        rows[one.captions[is_most]] = one.rows[is_most]
    if is_levelled:
        for those in np.flatnonzero(np.bincount(witnesses)):
            is_theirs = witnesses == those
            total[is_theirs] = _standard(total[is_theirs])
    total[witnesses == 0] = np.nan
    # Adding nothing makes +0 of -0, which are to rank alike.
    return Ranked(total.astype(np.float32) + np.float32(0), rows)


def _odds(said: Testimony) -> Floats:
    """Return what counts of a testimony: the log odds of its percentile, else its standardised value."""
    # Clipped, so that a percentile of exactly 0 or 1 is far out but not infinitely.
    share = np.clip(said.percentiles, 1e-6, 1 - 1e-6)
    odds: Floats = np.log(share / (1 - share))
    has_none = np.isnan(odds)
    if has_none.any():
        odds[has_none] = _standard(said.values)[has_none]
    return odds


def _standard(values: Floats) -> Floats:
    spread = float(values.std(ddof=1)) if len(values) > 1 else 0.0
    return (values - values.mean()) / spread if spread > 0 else np.zeros(len(values))
