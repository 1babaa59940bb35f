"""Row numbers that tie two tables by their ids, quick where both are in nearly the same order.

The tables of a workspace are written in each other's order: scores in that of the captions, captions in that
of the samples. A join would hash five million texts to find that out; going along both finds it in a
twentieth of the time. What is out of order is joined.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

__all__ = ["NONE", "Index", "Numbers", "as_index", "match", "match_runs", "run_starts"]

Numbers = npt.NDArray[np.uint32]
_Hashes = npt.NDArray[np.uint64]

#: The row number of what has no row.
NONE: Final = np.uint32(0xFFFFFFFF)
_FEW: Final = 8  # so many are looked up one by one
_AHEAD: Final = 64  # how far to look for the next id that both have
_STEP: Final = 256
_MOST_STEP: Final = 1 << 20
_MOST_GAPS: Final = 20_000  # beyond this a join is quicker
_MOST_JUMPS: Final = 16  # each looks through the whole table: one table may hold the other several times over


def match(ids: pl.Series, known: pl.Series, *, is_unique: bool = False) -> Numbers:
    """Return for each id the row of `known` that holds it; `NONE` where none does.

    Args:
        ids: texts, not null; may come more than once.
        known: texts, each once.
        is_unique: each of the ids comes once: where all known rows are taken, none is left to look for.

    Example:
        >>> match(pl.Series(["b", "x", "c"]), pl.Series(["a", "b", "c"])).tolist()
        [1, 4294967295, 2]
    """
    if len(ids) <= _FEW:
        rows = [known.index_of(one) for one in ids]
        return np.array([NONE if row is None else row for row in rows], np.uint32)
    if len(ids) == len(known) and (ids == known).all():
        return np.arange(len(ids), dtype=np.uint32)
    found = _follow(_hashes(ids), _hashes(known))
    if len(known) and (_gather(known, found).ne_missing(_only(ids, found))).any():
        found[:] = NONE  # two ids with one hash: once in some ten million workspaces of a million samples
    missing = np.flatnonzero(found == NONE).astype(np.uint32)
    is_taken = is_unique and len(missing) == len(ids) - len(known)
    if len(missing) and not is_taken:
        found[missing] = _join(ids.gather(missing), known)
    return found


def match_runs(ids: pl.Series, known: pl.Series) -> Numbers:
    """Return the same as `match` for ids of which equal ones mostly stand side by side.

    Example:
        >>> match_runs(pl.Series(["b", "b", "a"]), pl.Series(["a", "b"])).tolist()
        [1, 1, 0]
    """
    if ids.is_empty():
        return np.empty(0, np.uint32)
    hashes = _hashes(ids)
    firsts = np.append(0, np.flatnonzero(hashes[1:] != hashes[:-1]) + 1)
    lengths = np.diff(np.append(firsts, len(ids)))
    return np.repeat(match(ids.gather(firsts.astype(np.uint32)), known), lengths)


class Index:
    """Finds the rows of a few ids among many, again and again: twelve bytes an id instead of a look at each.

    Args:
        known: texts, each once.

    Example:
        >>> Index(pl.Series(["a", "b", "c"])).rows(["c", "x"]).tolist()
        [2, 4294967295]
    """

    def __init__(self, known: pl.Series) -> None:
        self._known = known
        hashes = _hashes(known)
        self._rows = np.argsort(hashes).astype(np.uint32)
        self._hashes = hashes[self._rows]

    def rows(self, ids: Sequence[str]) -> Numbers:
        """Return for each id its row; `NONE` where there is none."""
        wanted = pl.Series(ids, dtype=pl.String)
        if not len(self._known):
            return np.full(len(wanted), NONE, np.uint32)
        places = np.searchsorted(self._hashes, _hashes(wanted)).clip(max=len(self._rows) - 1)
        found: Numbers = self._rows[places]
        if (self._known.gather(found) == wanted).all():
            return found
        return match(wanted, self._known)  # one is not there, or two have one hash


def run_starts(said: pl.DataFrame, most: int) -> list[int] | None:
    """Return where each run of equal rows begins; None where there are more than `most` of them.

    A run is looked along in growing steps, each compared with its first row: a third of the time that it
    takes to compare every row with the one before.

    Example:
        >>> run_starts(pl.DataFrame({"scorer": ["a", "a", "b", "a"]}), 8)
        [0, 2, 3]
    """
    starts, at, step = [0], 0, _STEP
    while at < said.height:
        first = said.row(starts[-1], named=True)
        is_other = pl.any_horizontal(pl.col(name).ne_missing(pl.lit(first[name])) for name in said.columns)
        found = said[at : at + step].select(is_other).to_series()
        if not found.any():
            at, step = at + step, step * 2
            continue
        at, step = at + int(found.arg_max() or 0), _STEP
        starts.append(at)
        if len(starts) > most:
            return None
    return starts if said.height else []


def as_index(rows: Numbers) -> pl.Series:
    """Return row numbers for `gather`, which gives null where there is `NONE`."""
    series = pl.Series(rows)
    return series.set(pl.Series(rows == NONE), None) if (rows == NONE).any() else series


def _hashes(ids: pl.Series) -> _Hashes:
    return ids.hash().to_numpy()


def _gather(known: pl.Series, found: Numbers) -> pl.Series:
    return known.gather(as_index(found))


def _only(ids: pl.Series, found: Numbers) -> pl.Series:
    is_found = pl.Series(found != NONE)
    return ids if is_found.all() else pl.select(pl.when(is_found).then(ids)).to_series()


def _follow(ids: _Hashes, known: _Hashes) -> Numbers:
    """Go along both while they agree, stepping over what only one of them has."""
    found = np.full(len(ids), NONE, np.uint32)
    at, row, step, jumps = 0, 0, _STEP, 0
    for _ in range(_MOST_GAPS):
        count = _agree(ids, known, at, row, step)
        while count == step:
            found[at : at + count] = np.arange(row, row + count, dtype=np.uint32)
            at, row, step = at + count, row + count, min(step * 2, _MOST_STEP)
            count = _agree(ids, known, at, row, step)
        found[at : at + count] = np.arange(row, row + count, dtype=np.uint32)
        at, row, step = at + count, row + count, _STEP
        if at >= len(ids):
            break
        if (ahead := _first(known[row : row + _AHEAD], ids[at])) is not None:
            row += ahead
        elif row < len(known) and (ahead := _first(ids[at : at + _AHEAD], known[row])) is not None:
            at += ahead
        elif jumps < _MOST_JUMPS and (place := _first(known, ids[at])) is not None:
            row, jumps = place, jumps + 1
        else:
            break
    return found


def _agree(ids: _Hashes, known: _Hashes, at: int, row: int, step: int) -> int:
    count = min(step, len(ids) - at, len(known) - row)
    same = ids[at : at + count] == known[row : row + count]
    return count if same.all() else int(same.argmin())


def _first(hashes: _Hashes, wanted: np.uint64) -> int | None:
    places = np.flatnonzero(hashes == wanted)
    return int(places[0]) if len(places) else None


def _join(ids: pl.Series, known: pl.Series) -> Numbers:
    """Match by a hash join that is built on the shorter side."""
    wanted = pl.DataFrame({"id": ids}).with_row_index("place")
    held = pl.DataFrame({"id": known}).with_row_index("row")
    longer, shorter = (held, wanted) if len(known) > len(ids) else (wanted, held)
    pairs = longer.join(shorter, on="id", how="inner", maintain_order="none")
    found = np.full(len(ids), NONE, np.uint32)
    found[pairs["place"].to_numpy()] = pairs["row"].to_numpy()
    return found
