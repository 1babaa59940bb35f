"""Orders and tiles by hand: ties by the later keys, and a tile where its first row is."""

from __future__ import annotations

import numpy as np

from widgets.table.orders import first_rows, sort_rows
from widgets.table.tiles import take_first


def test_rows_alike_in_the_first_key_go_by_the_next_and_nan_comes_last() -> None:
    keys = [lambda: np.array([0.5, np.nan, 0.5, 0.1, np.nan]), lambda: np.array([2.0, 3.0, 1.0, 9.0, 1.0])]
    assert sort_rows(keys, 5).tolist() == [3, 2, 0, 4, 1]
    assert first_rows(keys, None, 5, 5).tolist() == [3, 2, 0, 4, 1]
    shown = np.array([True, True, True, False, True])
    assert first_rows(keys, shown, 5, 5).tolist() == [2, 0, 4, 1]


def test_a_tile_stands_where_its_first_row_is() -> None:
    tile_of = np.array([0, 1, 0, 2, 1], np.uint32)
    rows = np.array([4, 0, 2, 1, 3], np.uint32)
    assert take_first(tile_of, rows, 3).tolist() == [1, 0, 2]
