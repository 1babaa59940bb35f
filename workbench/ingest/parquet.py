"""Read Parquet tables."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from workbench.errors import IngestError

from .base import BadRow, Row, column_names, rows_of_record

__all__ = ["ParquetReader"]

_BATCH_ROWS = 8_192


class ParquetReader:
    """Reads a Parquet table, a batch of rows at a time; its media must be files beside it, not inside it."""

    def read(self, source: Path) -> Iterator[Row | BadRow]:
        """Yield the rows; their number counts from 1."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        try:
            table = pq.ParquetFile(source)
            columns = column_names(table.schema_arrow.names, str(source))
            held = table.schema_arrow.field(columns["path"]).type
            if pa.types.is_struct(held) or pa.types.is_binary(held) or pa.types.is_large_binary(held):
                raise IngestError(
                    f"{source} holds the media themselves in its column {columns['path']!r} ({held}).",
                    "Write them to files and put their paths in the column.",
                )
            number = 0
            for batch in table.iter_batches(batch_size=_BATCH_ROWS, columns=list(columns.values())):
                for record in batch.to_pylist():
                    number += 1
                    yield from rows_of_record(
                        number, {field: record[column] for field, column in columns.items()}
                    )
        except (pa.ArrowException, OSError) as error:
            first = (str(error).splitlines() or [type(error).__name__])[0]
            raise IngestError(
                f"{source} cannot be read as Parquet: {first}.", "Check that it is there in full."
            ) from error
