"""The tables of a workspace, column by column, and the numbered migrations between their versions.

Tables are made by machines and can be made again; they are written whole and swapped in atomically (see
`workbench.store`). What people decide is not here but in the journal.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import polars as pl

from workbench.errors import SchemaVersionError, TableError, UnknownNameError

__all__ = ["MIGRATIONS", "SCHEMA_VERSION", "TABLES", "conform", "empty", "migrate"]

_UTC = pl.Datetime("us", "UTC")

#: Column name -> type, table by table. Every column may be null but those named in `REQUIRED`.
TABLES: Final[Mapping[str, Mapping[str, pl.DataType]]] = {
    "samples": {
        "sample_id": pl.String(),
        "media": pl.String(),
        "root": pl.String(),
        "path": pl.String(),
        "content_hash": pl.String(),
        "size_bytes": pl.Int64(),
        "width": pl.Int32(),
        "height": pl.Int32(),
        "duration_s": pl.Float64(),
        "frame_rate_hz": pl.Float64(),
        "sample_rate_hz": pl.Float64(),
        "has_audio": pl.Boolean(),
        "group": pl.String(),
        "view": pl.String(),
        "split": pl.String(),
        "added_at": _UTC,
    },
    "captions": {
        "caption_id": pl.String(),
        "sample_id": pl.String(),
        "kind": pl.String(),
        "text": pl.String(),
        "lang": pl.String(),
        "source": pl.String(),
        "speaker": pl.String(),
        "start_s": pl.Float64(),
        "end_s": pl.Float64(),
        "parent": pl.String(),
        "caption_hash": pl.String(),
        "added_at": _UTC,
    },
    "scores": {
        "caption_id": pl.String(),
        "scorer": pl.String(),
        "value": pl.Float64(),
        "percentile": pl.Float64(),
        "best_time_s": pl.Float64(),
        "evidence": pl.String(),
        "reason": pl.String(),
        "detail": pl.String(),
        "error_type": pl.String(),
        "start_char": pl.Int32(),
        "end_char": pl.Int32(),
        "start_s": pl.Float64(),
        "end_s": pl.Float64(),
        "encoder_key": pl.String(),
        "scorer_version": pl.String(),
        "content_hash": pl.String(),
        "caption_hash": pl.String(),
        "scored_at": _UTC,
    },
    "flags": {
        "flag_id": pl.String(),
        "caption_id": pl.String(),
        "error_type": pl.String(),
        "rule": pl.String(),
        "scorer": pl.String(),
        "value": pl.Float64(),
        "percentile": pl.Float64(),
        "evidence": pl.String(),
        "start_char": pl.Int32(),
        "end_char": pl.Int32(),
        "start_s": pl.Float64(),
        "end_s": pl.Float64(),
        "flagged_at": _UTC,
    },
    "regions": {
        "region_id": pl.String(),
        "sample_id": pl.String(),
        "label": pl.String(),
        "x": pl.Float64(),
        "y": pl.Float64(),
        "width": pl.Float64(),
        "height": pl.Float64(),
        "start_s": pl.Float64(),
        "end_s": pl.Float64(),
        "attributes": pl.List(pl.String()),
        "relations": pl.String(),
        "source": pl.String(),
        "confidence": pl.Float64(),
        "added_at": _UTC,
    },
    "pairs": {
        "pair_id": pl.String(),
        "sample_id": pl.String(),
        "chosen_id": pl.String(),
        "rejected_id": pl.String(),
        "chosen_text": pl.String(),
        "rejected_text": pl.String(),
        "origin": pl.String(),
        "rejected_sample_id": pl.String(),
        "builder": pl.String(),
        "error_type": pl.String(),
        "reason": pl.String(),
        "criterion": pl.String(),
        "strength": pl.Int64(),
        "margin": pl.Float64(),
        "chosen_spans": pl.List(pl.List(pl.Int64())),
        "rejected_spans": pl.List(pl.List(pl.Int64())),
        "completeness": pl.String(),
        "annotator": pl.String(),
        "is_ordered": pl.Boolean(),
        "is_leaky": pl.Boolean(),
        "prompt": pl.String(),
        "source": pl.String(),
        "detail": pl.String(),
        "split": pl.String(),
        "added_at": _UTC,
    },
    "rejects": {
        "source": pl.String(),
        "row": pl.Int64(),
        "path": pl.String(),
        "reason": pl.String(),
        "value": pl.String(),
        "reader": pl.String(),
        "rejected_at": _UTC,
    },
}

_REQUIRED: Final[Mapping[str, tuple[str, ...]]] = {
    "samples": ("sample_id", "media", "root", "path", "content_hash"),
    "captions": ("caption_id", "sample_id", "kind", "text", "caption_hash"),
    "scores": ("caption_id", "scorer", "error_type", "encoder_key"),
    "regions": ("region_id", "sample_id", "label"),
    "flags": ("flag_id", "caption_id", "error_type"),
    "pairs": ("pair_id", "sample_id", "rejected_id", "origin"),
    "rejects": ("source", "reason"),
}


def empty(table: str) -> pl.DataFrame:
    """Return the table with no rows.

    Raises:
        UnknownNameError: when there is no such table.
    """
    return pl.DataFrame(schema=dict(_columns(table)))


def conform(table: str, frame: pl.DataFrame) -> pl.DataFrame:
    """Return the frame with exactly the columns of its table: missing ones null, types cast.

    Raises:
        TableError: for a column the table does not have, a value that does not fit its type, or a null where
            the table needs a value.
    """
    columns = _columns(table)
    if surplus := [name for name in frame.columns if name not in columns]:
        raise TableError(
            f"The table {table!r} has no column {', '.join(map(repr, surplus))}.",
            f"Its columns are: {', '.join(columns)}.",
        )
    parts = [
        (pl.col(name) if name in frame.columns else pl.lit(None)).cast(kind).alias(name)
        for name, kind in columns.items()
    ]
    try:
        whole = frame.select(parts) if frame.width else empty(table)
    except pl.exceptions.PolarsError as error:
        raise TableError(
            f"A value does not fit the table {table!r}: {error}.", "Check the column types."
        ) from error
    for name in _REQUIRED[table]:
        if nulls := whole[name].null_count():
            raise TableError(f"{nulls} rows of {table!r} have no {name!r}.", "Give every row a value there.")
    return whole


def _columns(table: str) -> Mapping[str, pl.DataType]:
    if table not in TABLES:
        raise UnknownNameError("table", table, TABLES)
    return TABLES[table]


def _to_2(tables: dict[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """Give every score the error type it speaks of; version 1 had scores of wrong pairs only."""
    scores = tables.get("scores")
    if scores is None or "error_type" in scores.columns:
        return tables
    return tables | {"scores": scores.with_columns(error_type=pl.lit("wrong_pair"))}


def _to_3(tables: dict[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """Leave the tables as they are: version 3 adds the table of pairs, and judgements to the journal."""
    return tables


#: One step a version: MIGRATIONS[n] takes the tables of version n to version n + 1.
Migration = Callable[[dict[str, pl.DataFrame]], dict[str, pl.DataFrame]]
MIGRATIONS: Final[tuple[Migration, ...]] = (_to_2, _to_3)
SCHEMA_VERSION: Final = 1 + len(MIGRATIONS)


def migrate(
    tables: dict[str, pl.DataFrame], version: int, steps: tuple[Migration, ...] = MIGRATIONS
) -> dict[str, pl.DataFrame]:
    """Bring the tables of an older version up to the present one, step by step.

    Args:
        tables: every table of the workspace as it was stored.
        version: the schema version that they were stored with, from 1.
        steps: the migrations in order; the default is the project's own.

    Raises:
        SchemaVersionError: when the version is newer than this workbench knows.
    """
    newest = 1 + len(steps)
    if not 1 <= version <= newest:
        raise SchemaVersionError(
            f"This workspace has schema version {version}; this workbench knows 1 to {newest}.",
            "Upgrade with: pip install -U caption-workbench",
        )
    for step in steps[version - 1 :]:
        tables = step(tables)
    return tables
