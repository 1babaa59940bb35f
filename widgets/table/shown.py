"""What a scope shows of the table, tile by tile."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property, reduce
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from widgets.filter_text import Condition
from widgets.rows import Scope, code_of
from widgets.table.columns import Bools
from widgets.table.tiles import count_tiles, take_first
from workbench.matching import Numbers

if TYPE_CHECKING:
    from widgets.table.pair_table import PairTable

__all__ = ["Shown"]

#: Tiles up to this place are found without the whole order.
_FIRST: Final = 240
_STRETCH: Final = 16_384
_ROWS_A_TILE: Final = 12


class Shown:
    """The rows that a scope lets through, in its order.

    Args:
        table: of all rows.
        scope: what was asked for.
        masks: part of the scope -> the rows that it lets through; None for all.
        conditions: the same as expressions, for the code that is shown.
    """

    def __init__(
        self,
        table: PairTable,
        scope: Scope,
        masks: Mapping[str, Bools | None],
        conditions: Sequence[Condition],
    ) -> None:
        self.table, self.scope, self._masks = table, scope, masks
        self.code = code_of(conditions)
        self.mask = self._let_through("")
        self.rows = table.height if self.mask is None else int(np.count_nonzero(self.mask))
        self._tile_of = table.tile_of(scope.tile)
        self.tiles = (
            self.rows if self._tile_of is None else count_tiles(self._tile_of, self.mask, table.tiles)
        )
        self._heads: dict[int, Numbers] = {}

    def facets(self) -> dict[str, object]:
        """Count what the rail shows: each part over the rows that all the *other* parts let through."""
        facets = self.table.facets
        return {
            "histogram": facets.histogram(self._let_through("score")),
            "errors": facets.errors(self._let_through("errors")),
            "media": facets.media(self._let_through("media")),
        }

    def between(self, start: int, stop: int) -> Numbers:
        """Return the tiles of a stretch: rows of the table, or of samples; see `widgets.table.tiles`."""
        start, stop = max(start, 0), max(stop, 0)
        ready = self.table.order(self.scope, is_only_ready=True)
        if stop > _FIRST or "all" in vars(self):
            return self.all[start:stop]
        if ready is not None:
            return self._along(ready, stop)[start:stop]
        if _FIRST not in self._heads:
            self._heads[_FIRST] = self._head(min(_FIRST, self.tiles))
        return self._heads[_FIRST][start:stop]

    @cached_property
    def all(self) -> Numbers:
        """Every tile in order."""
        return self._tiled(self.ordered_rows())

    def ordered_rows(self) -> Numbers:
        """Return every row shown, in order."""
        order = self.table.order(self.scope)
        assert order is not None
        return order if self.mask is None else order[self.mask[order]]

    def all_rows(self) -> Numbers:
        """Return every row shown, in the order of the table."""
        return _rows_in(self.mask, self.table.height)

    def own_ids(self) -> pl.Series:
        """Return the captions that the scope lets through, whatever linked views have picked."""
        rows = _rows_in(self._let_through("linked"), self.table.height)
        captions = self.table.columns.captions["caption_id"]
        return captions.gather(rows[rows < len(captions)])

    def rows_of(self, tiles: Numbers) -> Numbers:
        """Return the rows of some tiles that are shown, tile by tile."""
        if self._tile_of is None:
            return tiles
        is_picked = np.zeros(self.table.tiles, bool)
        is_picked[tiles] = True
        is_here = is_picked[self._tile_of]
        return np.flatnonzero(is_here if self.mask is None else is_here & self.mask).astype(np.uint32)

    def _along(self, order: Numbers, wanted: int) -> Numbers:
        """Return at least the first tiles wanted, going along an order no farther than it takes."""
        length = _STRETCH
        while True:
            rows = order[:length]
            tiles = self._tiled(rows if self.mask is None else rows[self.mask[rows]])
            if len(tiles) >= wanted or length >= len(order):
                return tiles
            length *= 8

    def _head(self, wanted: int) -> Numbers:
        a_tile = 1 if self._tile_of is None else _ROWS_A_TILE
        while True:
            rows = self.table.first(self.scope, self.mask, min(wanted * a_tile, self.rows))
            tiles = self._tiled(rows)
            if len(tiles) >= wanted or len(rows) >= self.rows:
                return tiles
            a_tile *= 8

    def _tiled(self, rows: Numbers) -> Numbers:
        return rows if self._tile_of is None else take_first(self._tile_of, rows, self.table.tiles)

    def _let_through(self, but: str) -> Bools | None:
        masks = [mask for name, mask in self._masks.items() if mask is not None and name != but]
        return reduce(np.logical_and, masks) if masks else None


def _rows_in(mask: Bools | None, height: int) -> Numbers:
    return np.arange(height, dtype=np.uint32) if mask is None else np.flatnonzero(mask).astype(np.uint32)
