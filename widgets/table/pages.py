"""The rows of a page, joined for what is on screen alone, in the shape of their tile."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import numpy as np
import polars as pl

from widgets.table.columns import Columns
from widgets.table.joined import TablesNow, join_pairs
from widgets.table.pair_table import NO_VERDICTS, PairTable
from widgets.table.selection import Selection
from widgets.table.shown import Shown
from workbench.matching import Numbers

__all__ = ["join_rows", "page_told"]

Row = dict[str, object]
#: Caption id -> what stands on it.
Verdicts = Callable[[Sequence[str]], Mapping[str, object]]

_OF_SAMPLE: Final = (
    "sample_id", "media", "path", "size_bytes", "width", "height", "duration_s", "has_audio", "group", "view",
    "split",
)  # fmt: skip
_OF_CAPTION: Final = (
    "caption_id", "sample_id", "text", "kind", "lang", "source", "speaker", "start_s", "end_s", "score",
    "percentile", "score_reason", "evidence", "error_types", "is_stale", "caption_number", "caption_count",
)  # fmt: skip


def page_told(
    table: PairTable, shown: Shown, tiles: Numbers, selection: Selection, verdicts_on: Verdicts
) -> list[Row]:
    """Return what a page shows of some tiles.

    Returns:
        For captions a row each, with its sample's fields and `scores` (name -> value); for samples
        `{sample, captions}`; for groups `{group, views, captions}`. Captions that the filter does not let
        through are listed with `is_match` false.
    """
    columns, kind = table.columns, shown.scope.tile
    samples_of = [tiles] if kind == "caption" else _samples_of(columns, kind, tiles)
    rows = tiles if kind == "caption" else columns.rows_of(np.concatenate([*samples_of, _NONE]))
    captions = _captions_told(columns, shown, rows, selection, verdicts_on)
    if kind == "caption":
        return captions
    by_sample: dict[object, list[Row]] = {}
    for row in captions:
        if row["caption_id"] is not None:
            by_sample.setdefault(row["sample_id"], []).append({name: row[name] for name in _KEPT})
    told: list[Row] = []
    for members in samples_of:
        samples = columns.samples[members].select(_OF_SAMPLE).to_dicts()
        mine = [row | {"view": one["view"]} for one in samples for row in by_sample.get(one["sample_id"], [])]
        if kind == "sample":
            told.append({"sample": samples[0], "captions": mine})
        else:
            told.append({"group": samples[0]["group"], "views": samples, "captions": mine})
    return told


_NONE: Final = np.empty(0, np.uint32)
_KEPT: Final = (*_OF_CAPTION, "scores", "is_match", "is_selected", "verdict")


def join_rows(columns: Columns, rows: Numbers) -> pl.DataFrame:
    """Return some rows with all their columns, in the order given, each once."""
    at = rows[rows < columns.captions.height]
    captions = columns.captions[at]
    samples = columns.samples[np.unique(columns.sample_of[rows])]
    ids = captions["caption_id"]
    scores = [column.of(at) for column in columns.scores.values()]
    tables = TablesNow(
        samples=samples,
        captions=captions,
        scores=pl.concat(scores) if scores else columns.no_scores,
        flags=columns.flags.filter(pl.col("caption_id").is_in(ids.implode())),
        verdicts=NO_VERDICTS,
    )
    joined = join_pairs(tables, columns.scorer, None, columns.score_names)
    sample_of = columns.sample_of[at]
    places = pl.DataFrame(
        {
            "caption_id": ids,
            "caption_number": columns.owned.numbers_of(at, sample_of),
            "caption_count": columns.owned.counts[sample_of],
        }
    )
    joined = joined.drop("caption_number", "caption_count").join(places, on="caption_id", how="left")
    wanted = pl.DataFrame(
        {
            "sample_id": columns.samples["sample_id"].gather(columns.sample_of[rows]),
            "caption_id": pl.concat([ids, pl.Series([None], dtype=pl.String)]).gather(_places(rows, at)),
        }
    )
    return wanted.join(
        joined, on=["sample_id", "caption_id"], how="left", nulls_equal=True, maintain_order="left"
    )


def _places(rows: Numbers, captions: Numbers) -> Numbers:
    """Return the place of each row among the captions; their number for a sample without any."""
    is_caption = np.isin(rows, captions)
    return np.where(is_caption, np.cumsum(is_caption) - 1, len(captions)).astype(np.uint32)


def _samples_of(columns: Columns, kind: str, tiles: Numbers) -> list[Numbers]:
    if kind == "sample":
        return [np.array([tile], np.uint32) for tile in tiles]
    return [columns.grouped.rows_of(np.array([tile])) for tile in tiles]


def _captions_told(
    columns: Columns, shown: Shown, rows: Numbers, selection: Selection, verdicts_on: Verdicts
) -> list[Row]:
    frame = join_rows(columns, rows)
    fields = list(dict.fromkeys([*_OF_SAMPLE, *_OF_CAPTION]))
    told: list[Row] = frame.select(fields).to_dicts()
    scores = frame.select(list(columns.scores)).to_dicts() if columns.scores else [{}] * len(told)
    verdicts = verdicts_on([str(row["caption_id"]) for row in told if row["caption_id"]])
    for place, row in enumerate(told):
        at = int(rows[place])
        row["scores"] = {name: value for name, value in scores[place].items() if value is not None}
        row["is_match"] = shown.mask is None or bool(shown.mask[at])
        row["is_selected"] = bool(selection.is_picked[at])
        row["verdict"] = verdicts.get(str(row["caption_id"]))
    return told
