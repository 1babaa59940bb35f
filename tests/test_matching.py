"""Row numbers by going along: the same as a join, whatever the order."""

from __future__ import annotations

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.matching import NONE, Index, as_index, match, match_runs, run_starts

IDS = st.lists(st.sampled_from([f"c{number:03}" for number in range(40)]), max_size=60)


def rows_by_lookup(ids: list[str], known: list[str]) -> list[int]:
    return [known.index(one) if one in known else int(NONE) for one in ids]


@settings(deadline=None, max_examples=40)
@given(IDS, IDS.map(lambda ids: list(dict.fromkeys(ids))))
def test_every_id_finds_its_row_and_no_other(ids: list[str], known: list[str]) -> None:
    wanted = rows_by_lookup(ids, known)
    left, right = pl.Series(ids, dtype=pl.String), pl.Series(known, dtype=pl.String)
    assert match(left, right).tolist() == wanted
    assert match_runs(left, right).tolist() == wanted


@settings(deadline=None, max_examples=40)
@given(st.permutations([f"c{number}" for number in range(12)]), st.integers(0, 12), st.integers(0, 12))
def test_ids_that_come_once_need_no_second_look(names: list[str], first: int, last: int) -> None:
    ids, known = names, sorted(names[min(first, last) : max(first, last)])
    found = match(pl.Series(ids), pl.Series(known, dtype=pl.String), is_unique=True)
    assert found.tolist() == rows_by_lookup(ids, known)


def test_long_tables_that_lack_some_of_each_other_are_gone_along() -> None:
    names = np.array([f"c{number:06}" for number in range(30_000)])
    left, right = np.delete(names, np.s_[7::900]), np.delete(names, np.s_[11::700])
    found = match(pl.Series(left), pl.Series(right))
    at = {name: row for row, name in enumerate(right)}
    assert found.tolist() == [at.get(name, int(NONE)) for name in left]


def test_what_has_no_row_is_gathered_as_null() -> None:
    rows = np.array([1, NONE, 0], np.uint32)
    assert pl.Series(["a", "b"]).gather(as_index(rows)).to_list() == ["b", None, "a"]


@given(st.lists(st.sampled_from(["a", "b", None]), max_size=40))
def test_runs_begin_where_a_row_differs_from_the_one_before(said: list[str | None]) -> None:
    frame = pl.DataFrame({"scorer": said}, {"scorer": pl.String})
    expected = [at for at, one in enumerate(said) if at == 0 or one != said[at - 1]]
    assert run_starts(frame, 40) == expected
    assert run_starts(frame, 2) == (expected if len(expected) <= 2 else None)


@given(st.lists(st.text(max_size=3), unique=True, max_size=30), st.lists(st.text(max_size=3), max_size=10))
def test_an_index_finds_what_a_match_finds(known: list[str], wanted: list[str]) -> None:
    ids = pl.Series(known, dtype=pl.String)
    for asked in (wanted, known[:3], []):
        expected = [known.index(one) if one in known else int(NONE) for one in asked]
        assert Index(ids).rows(asked).tolist() == expected
