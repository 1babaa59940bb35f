"""The scorer `tuned`: the encoder with the text map learned from the user's own verdicts."""

from __future__ import annotations

import json
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from workbench.alignment.edits import BINDING, Edit
from workbench.alignment.similarity import measure_similarity, mid_rank, unit_rows
from workbench.scoring.base import Compared, Run, undefined
from workbench.scoring.lessons import edit_by_rule, fold_media
from workbench.scoring.text_maps import read_map

__all__ = ["TUNED_TYPES", "score_tuned"]

_VERSION = "tuned-1"
_WRONG_PAIR: Final = "wrong_pair"
#: What it speaks of: whole pairs, and each kind of claim that has edits to be held against.
TUNED_TYPES: Final = (_WRONG_PAIR, "object", "attribute", "relation", "count", "action")
_UNTUNED: Final = "no text map has been learned for this encoder; verify captions, then ws.tune_scorer()"

Floats = npt.NDArray[np.float32]


def score_tuned(run: Run) -> pl.DataFrame:
    """Score every caption through the text map: against its rivals, and against edits of its own claims."""
    kept = read_map(run.store, run.encoder.text_key)
    if kept is None:
        return _keyed(_without(run.rows, _WRONG_PAIR, _UNTUNED), run.encoder.key)
    matrix, key = kept
    parts = []
    for media in run.media_kinds:
        compared, without = run.compare(media)
        parts += [without.with_columns(error_type=pl.lit(kind)) for kind in TUNED_TYPES]
        if compared is not None:
            parts += _measure(run, compared, matrix)
    whole = pl.concat(parts, how="diagonal_relaxed") if parts else undefined(run.rows, [])
    return _keyed(whole, f"{run.encoder.key}+map:{key}")


def _keyed(rows: pl.DataFrame, key: str) -> pl.DataFrame:
    return rows.with_columns(encoder_key=pl.lit(key), scorer_version=pl.lit(_VERSION))


def _without(rows: pl.DataFrame, kind: str, reason: str) -> pl.DataFrame:
    return undefined(rows, [reason] * rows.height).with_columns(error_type=pl.lit(kind))


def _measure(run: Run, compared: Compared, matrix: Floats) -> list[pl.DataFrame]:
    rows = compared.rows

    def bring(texts: list[str]) -> Floats:
        return compared.map_texts(unit_rows(run.texts(texts)[0] @ matrix.T))

    own = bring(rows["text"].to_list())
    edits = edit_by_rule(rows, rows)
    # Every text once: many captions share their edits' words.
    distinct = list(dict.fromkeys(edit.text for mine in edits for edit in mine))
    vectors = bring(distinct) if distinct else own[:0]
    place = {text: row for row, text in enumerate(distinct)}
    parts = [_pairs(compared, own)]
    for kind in TUNED_TYPES[1:]:
        chosen = [[edit for edit in mine if _type_of(edit) == kind] for mine in edits]
        has_edits = pl.Series([bool(mine) for mine in chosen], dtype=pl.Boolean)
        reason = f"the caption makes no {kind} claim that has a like to be exchanged for"
        parts.append(_without(rows.filter(~has_edits), kind, reason))
        if has_edits.any():
            parts.append(_margins(compared, own, chosen, vectors, place, kind))
    return parts


def _type_of(edit: Edit) -> str:
    return "attribute" if edit.kind == BINDING else edit.kind


def _pairs(compared: Compared, own: Floats) -> pl.DataFrame:
    found = measure_similarity(compared.vectors, own, compared.pairing)
    told = [
        f"Number {rank:,} of {count + 1:,} captions for this {compared.media}, by the map you taught."
        for rank, count in zip(found.rank_in_row, found.rivals_in_row, strict=True)
    ]
    return compared.rows.with_columns(
        error_type=pl.lit(_WRONG_PAIR),
        value=pl.Series(found.value, dtype=pl.Float64),
        percentile=pl.Series(found.percentile),
        evidence=pl.Series(told, dtype=pl.String),
        detail=pl.Series([json.dumps({"margin": round(float(m), 4)}) for m in found.margin], dtype=pl.String),
    )


def _margins(
    compared: Compared,
    own: Floats,
    chosen: list[list[Edit]],
    vectors: Floats,
    place: dict[str, int],
    kind: str,
) -> pl.DataFrame:
    """Hold each caption against the best of its edits of one kind."""
    media = fold_media(compared, is_whole=True)
    rows, values, told = [], [], []
    for row, mine in enumerate(chosen):
        if not mine:
            continue
        fits = vectors[[place[edit.text] for edit in mine]] @ media[row]
        best = int(fits.argmax())
        margin = float(own[row] @ media[row] - fits[best])
        rows.append(row)
        values.append(margin)
        relation = "fits better than" if margin > 0 else "does not fit better than"
        told.append(f'The caption {relation} "{mine[best].text}", by the map you taught.')
    ranked = mid_rank(np.array(values))
    return compared.rows[rows].with_columns(
        error_type=pl.lit(kind),
        value=pl.Series(values, dtype=pl.Float64),
        percentile=pl.Series(ranked),
        evidence=pl.Series(told, dtype=pl.String),
        detail=pl.Series([json.dumps({"edits": len(chosen[row])}) for row in rows], dtype=pl.String),
    )
