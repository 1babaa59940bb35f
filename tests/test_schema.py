"""Tables have exactly their columns, and older ones are brought up to date step by step."""

from __future__ import annotations

import polars as pl
import pytest

from workbench import schema
from workbench.errors import SchemaVersionError, TableError, UnknownNameError


def test_missing_columns_become_null_and_types_are_cast() -> None:
    frame = pl.DataFrame(
        {"source": ["a.csv"], "row": pl.Series([3], dtype=pl.Int8), "reason": ["empty caption"]}
    )
    whole = schema.conform("rejects", frame)
    assert whole.columns == list(schema.TABLES["rejects"])
    assert whole["row"].dtype == pl.Int64
    assert whole["path"].to_list() == [None]


def test_an_unknown_column_is_refused_by_name() -> None:
    with pytest.raises(TableError, match="has no column 'colour'"):
        schema.conform("samples", pl.DataFrame({"colour": ["red"]}))


def test_a_row_without_its_id_is_refused() -> None:
    with pytest.raises(TableError, match="1 rows of 'flags' have no 'error_type'"):
        schema.conform("flags", pl.DataFrame({"flag_id": ["f1"], "caption_id": ["c1"]}))


def test_a_value_of_the_wrong_type_is_refused() -> None:
    with pytest.raises(TableError, match="does not fit the table 'rejects'"):
        schema.conform("rejects", pl.DataFrame({"source": ["a"], "reason": ["b"], "row": ["not a number"]}))


def test_an_unknown_table_lists_the_known_ones() -> None:
    with pytest.raises(UnknownNameError, match="Known: captions, flags, pairs, regions, rejects"):
        schema.empty("decisions")


def test_migrations_run_in_order_from_the_version_that_was_stored() -> None:
    def add(name: str) -> schema.Migration:
        return lambda tables: {
            k: v.with_columns(pl.lit(len(v.columns)).alias(name)) for k, v in tables.items()
        }

    stored = {"samples": pl.DataFrame({"x": [1]})}
    steps = (add("first"), add("second"))
    assert schema.migrate(stored, 1, steps)["samples"].columns == ["x", "first", "second"]
    assert schema.migrate(stored, 2, steps)["samples"].columns == ["x", "second"]
    assert schema.migrate(stored, 3, steps)["samples"].columns == ["x"]


def test_a_workspace_from_the_future_is_refused() -> None:
    with pytest.raises(SchemaVersionError, match="schema version 9; this workbench knows 1 to"):
        schema.migrate({}, 9)


def test_scores_of_version_1_speak_of_wrong_pairs() -> None:
    old = pl.DataFrame({"caption_id": ["c1"], "scorer": ["similarity"], "encoder_key": ["fake"]})
    tables = schema.migrate({"scores": old}, 1)
    assert schema.conform("scores", tables["scores"])["error_type"].to_list() == ["wrong_pair"]
    assert schema.migrate(tables, 1)["scores"].equals(tables["scores"])
    assert schema.migrate({}, 1) == {}
