"""What a tile stands for: one caption, one sample with its captions, or one event with its views.

Captions are filtered and ordered; a tile is shown where any of its captions is, at the place of the first.
Tiles of samples and events are named by the row of a sample, that of an event by its first one.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

from workbench.matching import NONE, Numbers, as_index

__all__ = ["Owned", "count_tiles", "first_of_group", "take_first"]


class Owned:
    """Which rows belong to which sample, the other way round.

    Args:
        sample_of: for each row its sample.
        samples: how many samples there are.
    """

    def __init__(self, sample_of: Numbers, samples: int) -> None:
        is_sorted = bool((sample_of[1:] >= sample_of[:-1]).all())
        self.is_sorted = is_sorted
        self._by_sample = None if is_sorted else np.argsort(sample_of, kind="stable").astype(np.uint32)
        self.counts = np.bincount(sample_of, minlength=samples).astype(np.uint32)
        self.firsts = np.append(0, np.cumsum(self.counts)).astype(np.uint32)

    def have_any(self, is_shown: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
        """Return which samples have a row that is shown."""
        rows = is_shown if self._by_sample is None else is_shown[self._by_sample]
        is_owner = self.counts > 0
        found = np.zeros(len(self.counts), bool)
        if len(rows):
            found[is_owner] = np.logical_or.reduceat(rows, self.firsts[:-1][is_owner].astype(np.intp))
        return found

    def rows_of(self, samples: Numbers) -> Numbers:
        """Return the rows of some samples, sample by sample."""
        ranges = [np.arange(self.firsts[one], self.firsts[one + 1], dtype=np.uint32) for one in samples]
        places = np.concatenate(ranges) if ranges else np.empty(0, np.uint32)
        return places if self._by_sample is None else self._by_sample[places]

    def numbered(self, rows: Numbers, samples: Numbers) -> pl.DataFrame:
        """Return the place of each row among those of its sample, and how many these are; null for `NONE`."""
        is_row = rows != NONE
        number, count = np.full((2, len(rows)), NONE, np.uint32)
        number[is_row] = self.numbers_of(rows[is_row], samples[is_row])
        count[is_row] = self.counts[samples[is_row]]
        return pl.DataFrame({"caption_number": as_index(number), "caption_count": as_index(count)})

    def numbers_of(self, rows: Numbers, samples: Numbers) -> Numbers:
        """Return the places of rows among those of their samples, from 1."""
        if self._by_sample is None:
            return rows - self.firsts[samples] + np.uint32(1)
        pairs = zip(rows, samples, strict=True)
        return np.array([1 + int((self.rows_of(np.array([s])) < row).sum()) for row, s in pairs], np.uint32)


def first_of_group(groups: pl.Series) -> Numbers:
    """Return for each sample the first one of its group; one without a group stands alone.

    Example:
        >>> first_of_group(pl.Series(["a", None, "a", "b"])).tolist()
        [0, 1, 0, 3]
    """
    frame = pl.DataFrame({"group": groups}).with_row_index("row")
    first = pl.when(pl.col("group").is_null()).then("row").otherwise(pl.col("row").min().over("group"))
    return frame.select(first.cast(pl.UInt32)).to_series().to_numpy()


def take_first(tile_of: Numbers, rows: Numbers, tiles: int) -> Numbers:
    """Return the tiles of rows in their order, each at its first row.

    Args:
        tile_of: for each row of the table its tile.
        rows: the rows that are shown, in order.
        tiles: how many numbers a tile can have.
    """
    shown = tile_of[rows]
    places = np.arange(len(shown), dtype=np.uint32)
    first = np.zeros(tiles, np.uint32)
    first[shown[::-1]] = places[::-1]  # the last write stands: that of the first place
    taken: Numbers = shown[first[shown] == places]
    return taken


def count_tiles(tile_of: Numbers, is_shown: npt.NDArray[np.bool_] | None, tiles: int) -> int:
    """Count the tiles that have a row shown."""
    seen = np.zeros(tiles, bool)
    seen[tile_of if is_shown is None else tile_of[is_shown]] = True
    return int(seen.sum())
