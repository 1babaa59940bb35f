"""The table of slices: which kinds of samples are suspected, and found wrong, more often than others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from widgets.plots.columns import Codes, Column, Columns, Mask
from workbench.statistics import Bounds, binomial_bounds

__all__ = ["SHOWN", "Slice", "slice_table"]

#: Slices told of at once, the worst of them; a workspace of a million groups has as many slices.
SHOWN: Final = 60
Counts = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Slice:
    """One slice and what is known of it.

    Attributes:
        cut: the way it is cut, such as `language`.
        value: the slice, such as `de`.
        samples: how many samples have a caption in it.
        suspected: of those, how many have a suspected caption in it.
        low: lowest share of suspected samples to believe, from 0 to 1; 95 %.
        high: highest.
        reviewed: its captions that were decided fine or misaligned.
        misaligned: of those, the misaligned.
        wrong_low: lowest share of misaligned captions to believe, for a slice reviewed at random; 95 %.
        wrong_high: highest.
        score: the mean score of its captions; None without any.
    """

    cut: str
    value: str
    samples: int
    suspected: int
    low: float
    high: float
    reviewed: int
    misaligned: int
    wrong_low: float
    wrong_high: float
    score: float | None

    @property
    def share(self) -> float:
        return self.suspected / self.samples if self.samples else 0.0


def slice_table(
    columns: Columns, scores: npt.NDArray[np.float32] | None, mask: Mask, *, cut: str = ""
) -> tuple[list[Slice], int]:
    """Return the slices, worst first: by the lowest share of suspected samples that is to be believed.

    So a slice of three samples with one suspected does not lead a table over one of a thousand with two
    hundred. Samples are counted, not captions: the captions of one photo stand or fall together. What it
    cannot see: a slice that no scorer looks at well has few suspicions, and looks fine.

    Args:
        columns: the workspace.
        scores: (captions,) for the mean score, NaN where there is none.
        mask: (captions,) which count.
        cut: only the slices of this cut; all of them when left out.

    Returns:
        The worst slices, at most `SHOWN`, and how many there are.
    """
    found: list[Slice] = []
    total = 0
    for column in columns.cuts.values():
        if cut in ("", column.name):
            rows, seen = _slices_of(columns, column, scores, mask)
            found += rows
            total += seen
    found.sort(key=lambda part: (-part.low, -part.share, -part.samples, part.cut, part.value))
    return found[:SHOWN], total


def _slices_of(
    columns: Columns, column: Column, scores: npt.NDArray[np.float32] | None, mask: Mask
) -> tuple[list[Slice], int]:
    size = len(column.values)
    codes = column.codes[mask]
    samples, suspected = _samples(columns, column, mask, size)
    judged = columns.judged[mask]
    reviewed = np.bincount(codes[judged >= 0], minlength=size)
    misaligned = np.bincount(codes[judged == 1], minlength=size)
    means = _means(None if scores is None else scores[mask], codes, size)
    # The exact interval is made only for those that may lead: a normal one orders the rest well enough.
    places = np.flatnonzero(samples)
    if len(places) > SHOWN * 4:
        share = suspected[places] / samples[places]
        lowest = share - 1.96 * np.sqrt(share * (1 - share) / samples[places] + 1e-9)
        worst = places[np.argsort(-lowest)[: SHOWN * 4]]
    else:
        worst = places
    return [
        _slice(
            column, int(code), (int(samples[code]), int(suspected[code])),
            (int(reviewed[code]), int(misaligned[code])), means,
        )
        for code in worst
    ], len(places)  # fmt: skip


def _slice(
    column: Column,
    code: int,
    counts: tuple[int, int],
    decided: tuple[int, int],
    means: npt.NDArray[np.float64],
) -> Slice:
    bounds = binomial_bounds(*counts)
    wrong = binomial_bounds(*decided) if decided[0] else Bounds(0.0, 1.0)
    mean = float(means[code])
    return Slice(
        cut=column.name,
        value=column.values[code],
        samples=counts[0],
        suspected=counts[1],
        low=bounds.low,
        high=bounds.high,
        reviewed=decided[0],
        misaligned=decided[1],
        wrong_low=wrong.low,
        wrong_high=wrong.high,
        score=mean if np.isfinite(mean) else None,
    )


def _samples(columns: Columns, column: Column, mask: Mask, size: int) -> tuple[Counts, Counts]:
    """Count the samples of every slice, and those with a suspected caption in it."""
    both = (mask, mask & columns.suspected)
    if column.of_sample is not None:
        every, doubted = (
            np.bincount(column.of_sample[columns.samples_of(one)], minlength=size) for one in both
        )
    else:
        count = len(columns.sample_ids)
        every, doubted = (_distinct(columns.rows[one], column.codes[one], size, count) for one in both)
    return every, doubted


def _distinct(rows: npt.NDArray[np.uint32], codes: Codes, size: int, samples: int) -> Counts:
    """Count the distinct rows under each code."""
    if size <= 64:
        seen = np.zeros((size, samples), np.bool_)
        seen[codes, rows] = True
        return np.asarray(seen.sum(axis=1), np.int64)
    pairs = np.unique(rows.astype(np.int64) * size + codes)
    return np.bincount(pairs % size, minlength=size)


def _means(scores: npt.NDArray[np.float32] | None, codes: Codes, size: int) -> npt.NDArray[np.float64]:
    if scores is None:
        return np.full(size, np.nan)
    is_known = np.isfinite(scores)
    sums = np.bincount(codes[is_known], weights=scores[is_known], minlength=size)
    counts = np.bincount(codes[is_known], minlength=size)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(sums / counts, np.float64)
