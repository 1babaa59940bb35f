"""Every pair of a workspace, filtered and ordered without a join, for the gallery of a million samples.

A filter is a mask over rows, an order a list of row numbers, a page a slice of the one along the other. Masks
of conditions are kept, so that a brush works out its own alone; orders are made once, beside the view, and
the first page does not wait for them.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from widgets.filter_text import Condition
from widgets.rows import Scope, parts_of
from widgets.table.columns import Bools, Columns, Looked
from widgets.table.facets import Facets
from widgets.table.orders import Floats, Keys, first_rows, sort_rows
from widgets.table.shown import Shown
from workbench.matching import Numbers, match

if TYPE_CHECKING:
    from workbench.review import Ranking


__all__ = ["NO_VERDICTS", "PairTable"]

#: Masks are kept up to so many bytes, a byte a row; of a small workspace no more than can be of use.
_MASK_BYTES: Final = 20_000_000
_MASKS: Final = 12
_ORDERS: Final = 3


NO_VERDICTS: Final = pl.DataFrame(
    schema={
        "caption_id": pl.String, "annotator": pl.String, "verdict": pl.String,
        "error_types": pl.List(pl.String), "at_utc": pl.Datetime("us", "UTC"),
    }
)  # fmt: skip


class PairTable:
    """The pairs of a workspace as its tables stand now; made anew when one of them is written.

    Args:
        columns: the tables, tied by row numbers.
    """

    def __init__(self, columns: Columns) -> None:
        self.columns = columns
        self.facets = Facets(self.columns)
        self.height = self.columns.height
        self._guard = threading.RLock()
        self._verdicts: tuple[pl.DataFrame, Looked] | None = None
        self._masks: OrderedDict[str, Bools] = OrderedDict()
        self._orders: OrderedDict[tuple[object, ...], Numbers] = OrderedDict()

    def take_verdicts(self, verdicts: pl.DataFrame) -> None:
        """Filter by these verdicts from now on."""
        if self._verdicts is None or not self._verdicts[0].equals(verdicts):
            looked = self.columns.verdicts_looked(verdicts)
            with self._guard:
                self._verdicts = (verdicts, looked)
                self._masks.clear()

    def take_suspicion(self, ranked: Ranking) -> None:
        """Order and filter by a suspicion that has been worked out beside the view."""
        self.columns.take_suspicion(ranked)
        with self._guard:
            self._masks.clear()
            self._orders.pop(("suspicious",), None)

    @property
    def schema(self) -> pl.Schema:
        """The columns of a pair and their types."""
        return self.columns.schema

    def column(self, name: str) -> pl.Series:
        """Return a column, a value a row."""
        verdicts = self._standing()
        if name in verdicts.frame.columns:
            return verdicts.frame[name].gather(verdicts.of_row)
        return self.columns.column(name)

    def frame(self, rows: Numbers | None = None) -> pl.DataFrame:
        """Return rows with all their columns, for a cell; of a large workspace that is a large frame."""
        # Tokens are not counted for a frame that nobody has filtered by them.
        names = [name for name in self.schema if name != "tokens" or "tokens" in vars(self.columns)]
        made = (self.column(name).alias(name) for name in names)
        return pl.DataFrame([column if rows is None else column.gather(rows) for column in made])

    def arrange(self, scope: Scope, linked: pl.Series | None = None) -> Shown:
        """Return what a scope shows, in its order.

        Args:
            scope: filter, brush, chips, sort, tile.
            linked: ids of samples or captions, named by their column, that other views have picked.

        Raises:
            FilterError: when the filter text cannot be read.
            UnknownNameError: for a sort or a tile that does not exist.
        """
        parts = parts_of(scope, self.columns.schema)
        masks = {name: self._all_of(conditions) for name, conditions in parts.items()}
        if linked is not None:
            masks["linked"] = self._linked(linked)
        return Shown(self, scope, masks, [c for conditions in parts.values() for c in conditions])

    # -- which rows

    def _all_of(self, conditions: Sequence[Condition]) -> Bools | None:
        joined: Bools | None = None
        for condition in (part for whole in conditions for part in whole.conjuncts):
            mask = self._mask(condition)
            joined = mask if joined is None else joined & mask
        return joined

    def _mask(self, condition: Condition) -> Bools:
        with self._guard:
            if condition.code not in self._masks:
                self._masks[condition.code] = self._answer(condition.expression)
                while len(self._masks) > max(2, min(_MASKS, _MASK_BYTES // max(self.height, 1))):
                    self._masks.popitem(last=False)
            self._masks.move_to_end(condition.code)
            return self._masks[condition.code]

    def _answer(self, expression: pl.Expr) -> Bools:
        names = set(expression.meta.root_names())
        for looked in self._looked(names):
            answer: Bools = _ask(looked.frame, expression)[looked.of_row]
            return answer
        return _ask(pl.DataFrame([self.column(name) for name in sorted(names)]), expression)

    def _looked(self, names: set[str]) -> list[Looked]:
        """Return the few rows that answer for all, where the columns asked about have some."""
        columns = self.columns
        if names and names <= set(columns.samples.columns):
            return [Looked(columns.samples, columns.sample_of)]
        if names == {"error_types"}:
            return [columns.error_types]
        verdicts = self._standing()
        return [verdicts] if names and names <= set(verdicts.frame.columns) else []

    def _standing(self) -> Looked:
        if self._verdicts is None:
            self.take_verdicts(NO_VERDICTS)
        assert self._verdicts is not None
        return self._verdicts[1]

    def _linked(self, keys: pl.Series) -> Bools:
        columns = self.columns
        is_of_samples = keys.name == "sample_id"
        known = columns.samples["sample_id"] if is_of_samples else columns.captions["caption_id"]
        rows = match(keys.drop_nulls().unique(maintain_order=True), known)
        is_picked = np.zeros(len(known) if is_of_samples else self.height, bool)
        is_picked[rows[rows < len(known)]] = True
        return is_picked[columns.sample_of] if is_of_samples else is_picked

    # -- in which order

    def order(self, scope: Scope, *, is_only_ready: bool = False) -> Numbers | None:
        """Return every row in the order of a scope, made once; None where it would have to be made."""
        key = _order_key(scope)
        with self._guard:
            if key in self._orders:
                self._orders.move_to_end(key)
                return self._orders[key]
        if is_only_ready:
            return None
        made = sort_rows(self.keys(scope), self.height)
        with self._guard:
            self._orders[key] = made
            while len(self._orders) > _ORDERS:
                self._orders.popitem(last=False)
        return made

    def first(self, scope: Scope, is_shown: Bools | None, wanted: int) -> Numbers:
        """Return the first rows of an order that are shown, without making the whole order."""
        return first_rows(self.keys(scope), is_shown, self.height, wanted)

    def keys(self, scope: Scope) -> Keys:
        """Return what the order of a scope compares; see `widgets.table.orders.sort_rows`."""
        low, high = self._rising, self._falling
        by_sort: dict[str, Keys] = {
            "lowest": [low("percentile"), low("score")],
            "highest": [high("percentile"), high("score")],
            "suspicious": [high("suspicion"), low("percentile")],
            "newest": [lambda: -self._of_sample(self.columns.samples["added_at"].to_physical())],
            "path": [lambda: self._of_sample(self.columns.samples["path"].rank("dense"))],
            "random": [lambda: self._drawn(scope)],
        }
        return by_sort[scope.sort]

    def _rising(self, name: str) -> Callable[[], Floats]:
        return lambda: self.columns.column(name).to_numpy()

    def _falling(self, name: str) -> Callable[[], Floats]:
        return lambda: -self.columns.column(name).to_numpy()

    def _drawn(self, scope: Scope) -> Floats:
        """Draw a number for each tile: one of many captions comes no sooner than one of few."""
        tiles = self.tile_of(scope.tile)
        drawn = np.random.default_rng(scope.seed).random(self.height if tiles is None else self.tiles)
        return drawn if tiles is None else drawn[tiles]

    def _of_sample(self, values: pl.Series) -> Floats:
        return values.cast(pl.Float64).to_numpy()[self.columns.sample_of]

    # -- as which tiles

    @property
    def tiles(self) -> int:
        """How many numbers a tile of samples or groups can have."""
        return self.columns.samples.height

    def tile_of(self, tile: str) -> Numbers | None:
        """Return for each row its tile; None where every row is one."""
        if tile == "caption":
            return None
        of_sample = self.columns.sample_of
        return of_sample if tile == "sample" else self.columns.group_of[of_sample]


def _order_key(scope: Scope) -> tuple[object, ...]:
    return (scope.sort, scope.seed, scope.tile) if scope.sort == "random" else (scope.sort,)


def _ask(frame: pl.DataFrame, condition: pl.Expr) -> Bools:
    if frame.is_empty():
        return np.zeros(0, bool)
    return frame.select(condition.fill_null(False)).to_series().to_numpy()
