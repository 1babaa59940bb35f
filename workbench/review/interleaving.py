"""Merging an order with a random one: a share of looks by chance, each caption once."""

from __future__ import annotations

import copy
import threading
from typing import Final

import numpy as np
import numpy.typing as npt

from workbench.matching import Numbers

__all__ = ["Interleaved"]

Bools = npt.NDArray[np.bool_]
_BLOCK: Final = 1 << 12
_FEWEST_SEEN: Final = 64


class Interleaved:
    """Two orders of the same rows as one, each row once; merged no farther than it has been looked at.

    Row by row the merge of millions is seconds of Python, and few people look at more than thousands. So it
    is made in blocks: one in which the two orders name no row both is the same whether its rows are taken one
    by one or at once; where they do, the block is cut. Safe to share between threads.

    Args:
        ranked: the rows, the most suspicious first.
        by_chance: the same rows in random order.
        random_share: share of draws from the random order, evenly spread; 0 to 1.
    """

    def __init__(self, ranked: Numbers, by_chance: Numbers, random_share: float) -> None:
        self._share = random_share
        self._count = len(ranked)
        self._ranks, self._chance = _Stream(ranked), _Stream(by_chance)
        self._whole = ranked if random_share <= 0 else by_chance if random_share >= 1 else None
        self._is_drawn: Bools | None = None
        self._merged = np.empty(0, np.uint32)
        self._taken = np.zeros(0, bool)
        self._block = _BLOCK
        self._guard = threading.Lock()

    def __len__(self) -> int:
        return self._count

    def rows(self, start: int, stop: int) -> Numbers:
        """Return the rows from one place to another, as they come up."""
        if self._whole is not None:
            return self._whole[start:stop]
        stop = min(stop, self._count)
        with self._guard:
            if stop > len(self._merged):
                self._merge(stop)
            return self._merged[start:stop]

    def drawn(self, places: npt.NDArray[np.integer]) -> Bools:
        """Return which of these places are drawn by chance."""
        if self._is_drawn is not None:
            drawn: Bools = self._is_drawn[places]
            return drawn
        before, now = (np.floor((places + step) * self._share + 1e-9) for step in (0.0, 1.0))
        return np.asarray(now > before)

    def places_of(self, is_wanted: Bools) -> Numbers:
        """Return the places of the rows marked."""
        places: Numbers = np.flatnonzero(is_wanted[self.rows(0, len(self._merged))]).astype(np.uint32)
        if self._whole is not None or len(places) < np.count_nonzero(is_wanted):
            places = np.flatnonzero(is_wanted[self.rows(0, self._count)]).astype(np.uint32)
        return places

    def put_first(self, is_first: Bools) -> Interleaved:
        """Return the same with the rows marked before all others, each part in the order it had."""
        rows, is_drawn = self.rows(0, self._count), self.drawn(np.arange(self._count))
        order = np.argsort(~is_first[rows], kind="stable")
        reordered = copy.copy(self)
        reordered._whole, reordered._is_drawn = rows[order], is_drawn[order]
        return reordered

    def _merge(self, wanted: int) -> None:
        if not len(self._taken):
            self._taken = np.zeros(int(self._ranks.rows.max()) + 1, bool)
        parts, at, taken = [self._merged], len(self._merged), self._taken
        while at < wanted:
            draws = self.drawn(np.arange(at, min(at + self._block, self._count)))
            drawn, next_drawn = self._chance.ahead(taken, int(draws.sum()))
            worst, next_worst = self._ranks.ahead(taken, len(draws) - len(drawn))
            taken[drawn] = True
            if taken[worst].any():  # a row that both would take goes to the first of them
                taken[drawn] = False
                self._block = max(1, len(draws) // 4)
                continue
            taken[worst] = True
            part = np.empty(len(draws), np.uint32)
            part[draws], part[~draws] = drawn, worst
            parts.append(part)
            self._chance.at, self._ranks.at = next_drawn, next_worst
            at, self._block = at + len(draws), min(_BLOCK, self._block * 2)
        self._merged = np.concatenate(parts)


class _Stream:
    """Rows in an order, gone through from the front."""

    def __init__(self, rows: Numbers) -> None:
        self.rows = rows
        self.at = 0

    def ahead(self, taken: Bools, wanted: int) -> tuple[Numbers, int]:
        """Return the next rows that are not taken, and the place behind the last of them."""
        at, found = self.at, np.empty(0, np.uint32)
        while len(found) < wanted:
            missing = wanted - len(found)
            window = self.rows[at : at + max(_FEWEST_SEEN, missing * 2)]
            if not len(window):
                raise ValueError("Two orders to be merged do not hold the same rows.")
            free = np.flatnonzero(~taken[window])[:missing]
            found = np.concatenate([found, window[free]])
            at += int(free[-1]) + 1 if len(found) == wanted else len(window)
        return found, at
