"""Read a dataset back as tables of the workspace, to compare the two or to work on what FiftyOne holds."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from workbench.encoders.base import Floats
from workbench.fiftyone_bridge.fields import LABELS, SAMPLE_COLUMNS
from workbench.payloads import VERDICT_COLUMNS
from workbench.schema import TABLES

__all__ = ["read_back", "read_vectors"]


def read_back(dataset: Any) -> dict[str, pl.DataFrame]:
    """Return what a dataset holds of a workspace.

    Args:
        dataset: made by `ws.to_fiftyone()`.

    Returns:
        The tables `samples`, `captions`, `flags`, `scores` and `verdicts`, with the columns that are sent.
        The `text` of a caption is that of the workspace, `shown` as corrected. Times are whole milliseconds.
    """
    names = [*SAMPLE_COLUMNS.values(), *(name for name in LABELS if name != "intervals")]
    found = list(dataset._sample_collection.find({"sample_id": {"$exists": True}}, dict.fromkeys(names, 1)))
    tables = {"samples": _samples(found)}
    for name in ("captions", "flags", "scores", "verdicts"):
        tables[name] = _labels(name, found)
    return tables


def read_vectors(dataset: Any) -> dict[str, Floats]:
    """Return the vector of each sample that has one, by its id in the workspace."""
    ids, vectors = dataset.exists("embedding").values(["sample_id", "embedding"])
    return {one: np.asarray(vector, np.float32) for one, vector in zip(ids, vectors, strict=True)}


def _samples(found: list[dict[str, Any]]) -> pl.DataFrame:
    rows = [{column: row.get(field) for column, field in SAMPLE_COLUMNS.items()} for row in found]
    return pl.DataFrame(rows, schema={column: TABLES["samples"][column] for column in SAMPLE_COLUMNS})


def _labels(name: str, found: list[dict[str, Any]]) -> pl.DataFrame:
    labels = LABELS[name]
    known = {"shown": pl.String(), **TABLES.get(name, VERDICT_COLUMNS)}
    schema = {labels.label: known[labels.label]} | dict(labels.columns)
    if labels.confidence:
        schema[labels.confidence] = known[labels.confidence]
    rows = []
    for sample in found:
        for element in (sample.get(name) or {}).get(labels.elements, []):
            row = {column: element.get(column) for column in labels.columns}
            row[labels.label] = element["label"]
            if labels.confidence:
                row[labels.confidence] = element["confidence"]
            if name == "captions":
                row["sample_id"] = sample["sample_id"]
            rows.append(row)
    if name == "captions":
        schema["sample_id"] = pl.String()
    return pl.DataFrame(rows, schema=schema)
