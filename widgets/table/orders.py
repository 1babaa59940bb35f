"""Orders of millions of rows: the first page at once, the whole beside it, both exactly the same.

A full sort of five million rows takes a second. A page shows sixty: those are found by a threshold and sorted
alone; the whole order is made once, later, and every filter is then a pass along it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
import numpy.typing as npt

from workbench.matching import Numbers

__all__ = ["Keys", "first_rows", "sort_rows"]

Floats = npt.NDArray[np.float64]
#: What to sort by, the most important first: each makes an (n,) array, smaller first, nan last. Those after
#: the first are made where it leaves rows tied.
Keys = list[Callable[[], Floats]]
_TOP: Final = 0xFFFFFFFF
_SAMPLED: Final = 4_096


def sort_rows(keys: Keys, count: int) -> Numbers:
    """Return the row numbers in order; rows alike in every key keep their own order.

    The first key is cut into 2**32 steps and sorted by them in two passes of 16 bits; only what falls on one
    step together is compared by the keys themselves.

    Args:
        keys: none for the rows as they are.
        count: how many rows there are.
    """
    if not keys:
        return np.arange(count, dtype=np.uint32)
    key = keys[0]()
    steps = _steps(key)
    order = np.argsort(steps.astype(np.uint16), kind="stable").astype(np.uint32)
    order = order[np.argsort((steps >> 16).astype(np.uint16)[order], kind="stable")]
    ranked = steps[order]
    is_tied = np.zeros(count, bool)
    is_same = ranked[1:] == ranked[:-1]
    is_tied[1:] |= is_same
    is_tied[:-1] |= is_same
    places = np.flatnonzero(is_tied)
    if len(places):
        order[places] = _sorted(order[places], steps, key, keys)
    return order


def first_rows(keys: Keys, is_shown: npt.NDArray[np.bool_] | None, count: int, wanted: int) -> Numbers:
    """Return at least the first rows wanted of those shown, in order; all of them where there are fewer.

    Args:
        keys: as for `sort_rows`.
        is_shown: (count,) which rows are shown; None for all.
        count: how many rows there are.
        wanted: how many rows are needed.
    """
    if not keys:
        rows = np.arange(count, dtype=np.uint32) if is_shown is None else _where(is_shown)
        return rows[:wanted]
    whole = keys[0]()
    key = whole if is_shown is None else np.where(is_shown, whole, np.nan)
    sampled = np.sort(key[:: max(1, count // _SAMPLED)])
    defined = int((~np.isnan(sampled)).sum())
    # Twice as many as wanted are let through, so that the sample's chance rarely makes a second look needed.
    place = 2 * wanted * len(sampled) // max(count, 1) + 8
    while place < defined:
        rows = _where(key <= sampled[place])
        if len(rows) >= wanted:
            return _sorted(rows, None, whole, keys)
        place *= 4
    rows = np.arange(count, dtype=np.uint32) if is_shown is None else _where(is_shown)
    return _sorted(rows, None, whole, keys)


def _steps(key: npt.NDArray[np.float64]) -> Numbers:
    """Cut a key into steps that rise with it; nan above all."""
    finite = key[np.isfinite(key)]
    low, high = (float(finite.min()), float(finite.max())) if len(finite) else (0.0, 0.0)
    scale = (_TOP - 1) / (high - low) if high > low else 0.0
    with np.errstate(invalid="ignore", over="ignore"):
        scaled = np.clip((np.clip(key, low, high) - low) * scale, 0, _TOP - 1)
    return np.where(np.isnan(scaled), _TOP, scaled).astype(np.uint32)


def _sorted(rows: Numbers, steps: Numbers | None, key: Floats, keys: Keys) -> Numbers:
    """Sort a few rows by all keys, within the steps they stand on; by later keys only where it needs them."""
    parts: list[npt.NDArray[np.generic]] = [key[rows]] if steps is None else [steps[rows], key[rows]]
    order = np.lexsort((rows, *reversed(parts)))
    ranked = key[rows[order]]
    # Two nan are no number apart, so they are tied too.
    is_tied = bool(np.any((ranked[1:] == ranked[:-1]) | np.isnan(ranked[1:])))
    if is_tied and len(keys) > 1:
        parts += [later()[rows] for later in keys[1:]]
        order = np.lexsort((rows, *reversed(parts)))
    return rows[order]


def _where(is_shown: npt.NDArray[np.bool_]) -> Numbers:
    return np.flatnonzero(is_shown).astype(np.uint32)
