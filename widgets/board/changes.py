"""Notice that the pairs of a workspace have changed, without working them out again."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

from workbench.pairs.split_lock import SplitLock

if TYPE_CHECKING:
    import polars as pl

    from workbench.store import Store

__all__ = ["Changes"]

_TABLES: Final = ("pairs", "captions", "samples")


class Changes:
    """Count the states that the pairs of a workspace have been seen in.

    Pairs are derived from tables, from the journal and from the lock of the split. A table that did not
    change is the very same frame, and the journal is asked only for what came since.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._guard = threading.Lock()
        self._tables: tuple[pl.DataFrame, ...] = ()
        self._lock: SplitLock | None = None
        self._last_seq = 0
        self._revision = 0

    def revision(self) -> int:
        """Return the number of the present state; the same as before when nothing has changed."""
        with self._guard:
            tables = tuple(self._store.read(name) for name in _TABLES)
            events = self._store.journal.events(since=self._last_seq)
            lock = SplitLock.read(self._store)
            is_same = bool(self._tables) and all(map(_is_same, tables, self._tables))
            if not is_same or events or lock != self._lock:
                self._revision += 1
            self._tables, self._lock = tables, lock
            if events:
                self._last_seq = events[-1].seq
            return self._revision


def _is_same(now: pl.DataFrame, seen: pl.DataFrame) -> bool:
    return now is seen or (now.is_empty() and seen.is_empty())  # a table without a file is made anew
