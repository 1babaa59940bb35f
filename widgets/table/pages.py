"""The rows of a page, joined for what is on screen alone, in the shape of their tile."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import numpy as np
import polars as pl

from widgets.table.columns import Columns
from widgets.table.pair_table import PairTable
from widgets.table.reading import SCORE_COLUMNS
from widgets.table.selection import Selection
from widgets.table.shown import Shown
from workbench.matching import NONE, Numbers, as_index

__all__ = ["page_told"]

Row = dict[str, object]
#: Caption id -> what stands on it.
Verdicts = Callable[[Sequence[str]], Mapping[str, object]]

_OF_SAMPLE: Final = (
    "sample_id", "media", "path", "size_bytes", "width", "height", "duration_s", "has_audio", "group", "view",
    "split",
)  # fmt: skip
_OF_CAPTION_ALONE: Final = ("text", "kind", "lang", "source", "speaker", "start_s", "end_s")
_OF_SHOWN: Final = ("score", "percentile", "score_reason", "scored_caption_hash", "scored_content_hash")
_OF_CAPTION: Final = (
    "caption_id", "sample_id", *_OF_CAPTION_ALONE, "score", "percentile", "score_reason", "evidence",
    "error_types", "is_stale", "caption_number", "caption_count",
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


def _samples_of(columns: Columns, kind: str, tiles: Numbers) -> list[Numbers]:
    if kind == "sample":
        return [np.array([tile], np.uint32) for tile in tiles]
    return [columns.grouped.rows_of(np.array([tile])) for tile in tiles]


def _captions_told(
    columns: Columns, shown: Shown, rows: Numbers, selection: Selection, verdicts_on: Verdicts
) -> list[Row]:
    at = np.where(rows < columns.captions.height, rows, NONE)
    sample_of = columns.sample_of[rows]
    samples = columns.samples.select(pl.col(_OF_SAMPLE).gather(sample_of))
    captions = columns.captions.select(
        pl.col("caption_id", "caption_hash", *_OF_CAPTION_ALONE).gather(as_index(at))
    )
    numbered = columns.owned.numbered(at, sample_of)
    scores = [(name, column.at(at, value="value")["value"]) for name, column in columns.scores.items()]
    flags = _flags_on(columns.flags_of(at[at != NONE]))
    told = captions.hstack(samples).hstack(numbered).hstack(_shown_of(columns, at)).to_dicts()
    verdicts = verdicts_on([str(row["caption_id"]) for row in told if row["caption_id"]])
    content = columns.samples["content_hash"].gather(sample_of)
    for place, row in enumerate(told):
        caption_id, row_at = row["caption_id"], int(rows[place])
        of_text = (row.pop("scored_caption_hash"), row.pop("caption_hash"))
        of_media = (row.pop("scored_content_hash"), content[place])
        row["is_stale"] = any(None not in pair and pair[0] != pair[1] for pair in (of_text, of_media))
        row["error_types"], row["evidence"] = flags.get(caption_id, ([], None))
        row["scores"] = {name: values[place] for name, values in scores if values[place] is not None}
        row["is_match"] = shown.mask is None or bool(shown.mask[row_at])
        row["is_selected"] = bool(selection.is_picked[row_at])
        row["verdict"] = verdicts.get(str(caption_id))
    return told


def _shown_of(columns: Columns, captions: Numbers) -> pl.DataFrame:
    """Return what is told of the score that is shown, a row for each caption."""
    wanted = {name: SCORE_COLUMNS[name] for name in _OF_SHOWN}
    if columns.shown is not None:
        return columns.shown.at(captions, **wanted)
    return pl.DataFrame({name: [None] * len(captions) for name in wanted})


def _flags_on(flags: pl.DataFrame) -> dict[str, tuple[list[str], str | None]]:
    """Return the error types that each caption is suspected of, and what the gravest flag says."""
    found = flags.sort("percentile", nulls_last=True, maintain_order=True)
    told: dict[str, tuple[list[str], str | None]] = {}
    for caption_id, error_type, evidence in found.select("caption_id", "error_type", "evidence").iter_rows():
        types, _ = told.setdefault(caption_id, ([], evidence))
        if error_type not in types:
            types.append(error_type)
    return told
