"""Counts beside the rows: a histogram, error types, media; each over what all the others let through."""

from __future__ import annotations

from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt

from widgets.table.columns import Bools, Columns
from workbench.matching import Numbers

__all__ = ["Facets"]

_BINS: Final = 24
_NO_BIN: Final = _BINS  # of a row without a value


class Facets:
    """Count over the columns of a table; the bins of the histogram are worked out once."""

    def __init__(self, columns: Columns) -> None:
        self.columns = columns

    @property
    def is_ready(self) -> bool:
        """Whether a count costs no more than a pass."""
        return "error_types" in vars(self.columns) and "_bins" in vars(self)

    def make_ready(self) -> None:
        """Make what every count rests on."""
        self.errors(None)
        self.histogram(None)
        vars(self).setdefault("_bins", None)  # without a score there is nothing to cut into bins

    def histogram(self, is_shown: Bools | None) -> dict[str, object] | None:
        """Count the scores in bins: `all`, and those `shown`; None without any."""
        if self._range is None:
            return None
        low, high = self._range
        every = self._every
        shown = every if is_shown is None else np.bincount(self._bins[is_shown], minlength=_BINS + 1)[:_BINS]
        return {"low": low, "high": high, "all": every.tolist(), "shown": shown.tolist()}

    def errors(self, is_shown: Bools | None) -> dict[str, int]:
        """Count the rows suspected of each error type, the most frequent first."""
        patterns = self.columns.error_types.frame["error_types"]
        rows, of_row = self._flagged
        of_shown = of_row if is_shown is None else of_row[is_shown[rows]]
        seen = np.bincount(of_shown, minlength=len(patterns)).tolist()
        counts: dict[str, int] = {}
        for names, count in zip(patterns, seen, strict=True):
            for name in names:
                counts[name] = counts.get(name, 0) + count
        return {name: counts[name] for name in sorted(counts, key=lambda name: -counts[name]) if counts[name]}

    def media(self, is_shown: Bools | None) -> dict[str, int]:
        """Count the samples shown by their kind of media, the most frequent first."""
        names, of_sample = self._media
        if is_shown is not None:
            of_sample = of_sample[self.columns.samples_of(is_shown)]
        counts = np.bincount(of_sample, minlength=len(names)).tolist()
        ranked = sorted(zip(names, counts, strict=True), key=lambda pair: -pair[1])
        return {name: count for name, count in ranked if count}

    @cached_property
    def _every(self) -> npt.NDArray[np.intp]:
        return np.bincount(self._bins, minlength=_BINS + 1)[:_BINS]

    @cached_property
    def _flagged(self) -> tuple[Numbers, Numbers]:
        """The rows that are suspected of anything, and the pattern of each: few beside all rows."""
        looked = self.columns.error_types
        rows = np.flatnonzero(looked.of_row != looked.frame.height - 1).astype(np.uint32)
        return rows, looked.of_row[rows]

    @cached_property
    def _media(self) -> tuple[list[str], npt.NDArray[np.uint8]]:
        """The kinds of media, and for each sample the place of its own."""
        media = self.columns.samples["media"]
        names = media.unique().sort().to_list()
        places = np.zeros(len(media), np.uint8)
        for place, name in enumerate(names):
            places[(media == name).to_numpy()] = place
        return names, places

    @cached_property
    def _range(self) -> tuple[float, float] | None:
        values = self._values
        finite = values[np.isfinite(values)]
        return (float(finite.min()), float(finite.max())) if len(finite) else None

    @cached_property
    def _bins(self) -> npt.NDArray[np.uint8]:
        assert self._range is not None
        low, high = self._range
        values = self._values
        with np.errstate(invalid="ignore", over="ignore"):
            scaled = np.clip((values - low) * (_BINS / ((high - low) or 1e-6)), 0, _BINS - 1)
        return np.where(np.isfinite(values), scaled, _NO_BIN).astype(np.uint8)

    @property
    def _values(self) -> npt.NDArray[np.float64]:
        return self.columns.column("score").to_numpy()
