"""What a run trains on and looks at: pairs with their media and prompts, and the items that were flagged.

Made once, when a run is started, and kept in its folder: what people decide later does not change a run.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Final

import polars as pl

from workbench.finetune.config import RunConfig
from workbench.shown import Shown, ShownFinder
from workbench.store import Store

__all__ = [
    "FLAGGED_SCHEMA",
    "HELD_OUT",
    "ROW_SCHEMA",
    "TRAIN",
    "UNFIT",
    "fingerprint",
    "fit_rows",
    "flagged_rows",
    "training_rows",
]

TRAIN: Final = "train"
HELD_OUT: Final = "held_out"

#: Why a pair cannot be trained on, whatever the method: it is kept in the rows, with `unfit` telling.
UNFIT: Final = {
    "one_caption": "only the rejected caption is known",
    "two_samples": "its captions are of two samples, which one prompt cannot show",
    "no_media": "its media cannot be found",
    "sound": "it is sound, and models of pictures take pictures",
}

#: One row a pair. `paths` are the files of its media, `collage` its detail ("" for none).
ROW_SCHEMA: Final[dict[str, pl.DataType]] = {
    "pair_id": pl.String(),
    "sample_id": pl.String(),
    "chosen_id": pl.String(),
    "rejected_id": pl.String(),
    "media": pl.String(),
    "paths": pl.List(pl.String()),
    "collage": pl.String(),
    "duration_s": pl.Float64(),
    "start_s": pl.Float64(),
    "end_s": pl.Float64(),
    "prompt": pl.String(),
    "chosen": pl.String(),
    "rejected": pl.String(),
    "chosen_spans": pl.List(pl.List(pl.Int64())),
    "rejected_spans": pl.List(pl.List(pl.Int64())),
    "status": pl.String(),
    "origin": pl.String(),
    "builder": pl.String(),
    "error_type": pl.String(),
    "criterion": pl.String(),
    "strength": pl.Int64(),
    "margin": pl.Float64(),
    "weight": pl.Float64(),
    "annotator": pl.String(),
    "for_chosen": pl.List(pl.String()),
    "for_rejected": pl.List(pl.String()),
    "group": pl.String(),
    "split": pl.String(),
    "unfit": pl.String(),
}

#: One row a flagged caption: what was said of which sample, and the pair that its correction made, if any.
FLAGGED_SCHEMA: Final[dict[str, pl.DataType]] = {
    "caption_id": pl.String(),
    "sample_id": pl.String(),
    "text": pl.String(),
    "edited_text": pl.String(),
    "error_types": pl.List(pl.String()),
    "pair_id": pl.String(),
    "media": pl.String(),
    "paths": pl.List(pl.String()),
    "duration_s": pl.Float64(),
    "start_s": pl.Float64(),
    "end_s": pl.Float64(),
    "prompt": pl.String(),
}


def training_rows(
    store: Store, pairs: pl.DataFrame, config: RunConfig, voices: pl.DataFrame | None = None
) -> pl.DataFrame:
    """Return the pairs of a run with what they show and answer.

    Args:
        store: the workspace.
        pairs: the pairs as they stand, with a `weight` each where it is known; see `workbench.pairs`.
        config: which statuses, which prompt.
        voices: who judged which pair: `pair_id`, `annotator`, `for_chosen` (Boolean) and `group` (of the
            annotator, "" for none); where left out, the maker of a pair is its only voice.

    Returns:
        `ROW_SCHEMA`, in the order of the pairs. A pair that cannot be trained on stays, with its reason in
        `unfit`. A pair in no split is in `train`.
    """
    chosen = pairs.filter(pl.col("status").is_in(list(config.statuses)))
    finder = ShownFinder(store, config.prompt)
    heard = _heard(voices)
    rows = [_row(row, finder, heard) for row in chosen.iter_rows(named=True)]
    return pl.DataFrame(rows, schema=ROW_SCHEMA)


def flagged_rows(store: Store, pairs: pl.DataFrame, config: RunConfig) -> pl.DataFrame:
    """Return the captions that people found misaligned, each once, with the pair that its correction made.

    Args:
        store: the workspace.
        pairs: the pairs as they stand.
        config: the prompt.

    Returns:
        `FLAGGED_SCHEMA`, corrected ones first, in the order they were decided.
    """
    wrong = store.journal.frame().filter(pl.col("verdict") == "misaligned")
    wrong = wrong.unique("caption_id", keep="last", maintain_order=True)
    captions = store.read("captions").select("caption_id", "sample_id", "text")
    edits = pairs.filter(pl.col("origin") == "edit").select(
        "pair_id", caption_id="rejected_id", corrected="chosen_text"
    )
    told = (
        wrong.select("caption_id", "error_types")
        .join(captions, on="caption_id", maintain_order="left")
        .join(edits.unique("caption_id", keep="last"), on="caption_id", how="left", maintain_order="left")
        .sort(pl.col("pair_id").is_null(), maintain_order=True)
    )
    finder = ShownFinder(store, config.prompt)
    rows = [_flagged(row, finder) for row in told.iter_rows(named=True)]
    return pl.DataFrame(rows, schema=FLAGGED_SCHEMA)


def fit_rows(rows: pl.DataFrame, split: str) -> pl.DataFrame:
    """Return the rows of one split that can be trained on."""
    return rows.filter((pl.col("split") == split) & (pl.col("unfit") == ""))


def fingerprint(rows: pl.DataFrame) -> str:
    """Return twelve hex digits that change when a pair, its texts, its media's place or its split changes."""
    digest = hashlib.blake2b(digest_size=6)
    for row in rows.sort("pair_id").iter_rows():
        digest.update(repr(row).encode())
    return digest.hexdigest()


def _heard(voices: pl.DataFrame | None) -> dict[str, list[tuple[str, bool, str]]]:
    heard: dict[str, list[tuple[str, bool, str]]] = {}
    if voices is not None:
        for pair, annotator, is_chosen, group in voices.select(
            "pair_id", "annotator", "for_chosen", "group"
        ).iter_rows():
            heard.setdefault(pair, []).append((annotator, is_chosen, group or ""))
    return heard


def _row(
    row: Mapping[str, object], finder: ShownFinder, heard: Mapping[str, list[tuple[str, bool, str]]]
) -> dict[str, object]:
    shown, _ = finder.both(row)
    said = heard.get(str(row["pair_id"]), [])
    maker = str(row["annotator"] or "")
    return _shown_columns(shown) | {
        **{name: row[name] for name in _SAME},
        "collage": shown.collage.detail if shown.collage else "",
        "chosen": row["chosen_text"] or "",
        "rejected": row["rejected_text"] or "",
        "weight": row.get("weight"),
        "for_chosen": [who for who, is_chosen, _ in said if is_chosen] or ([maker] if maker else []),
        "for_rejected": [who for who, is_chosen, _ in said if not is_chosen],
        "group": next((group for _, _, group in said if group), ""),
        "split": row["split"] or TRAIN,
        "unfit": _unfit(row, shown),
    }


def _flagged(row: Mapping[str, object], finder: ShownFinder) -> dict[str, object]:
    asked = {
        "sample_id": row["sample_id"],
        "rejected_sample_id": "",
        "chosen_id": row["caption_id"],
        "rejected_id": row["caption_id"],
        "origin": "",
        "detail": "",
        "prompt": "",
    }
    shown, _ = finder.both(asked)
    return _shown_columns(shown) | {
        "caption_id": row["caption_id"],
        "sample_id": row["sample_id"],
        "text": row["text"],
        "edited_text": row["corrected"] or "",
        "error_types": row["error_types"],
        "pair_id": row["pair_id"] or "",
    }


def _shown_columns(shown: Shown) -> dict[str, object]:
    interval = shown.interval
    return {
        "media": shown.media,
        "paths": [str(path) for path in shown.paths],
        "duration_s": shown.duration_s,
        "start_s": interval.start_s if interval else None,
        "end_s": interval.end_s if interval else None,
        "prompt": shown.prompt,
    }


_SAME: Final = (
    "pair_id",
    "sample_id",
    "chosen_id",
    "rejected_id",
    "chosen_spans",
    "rejected_spans",
    "status",
    "origin",
    "builder",
    "error_type",
    "criterion",
    "strength",
    "margin",
    "annotator",
)


def _unfit(row: Mapping[str, object], shown: Shown) -> str:
    if not row["chosen_id"]:
        return UNFIT["one_caption"]
    if row["rejected_sample_id"]:
        return UNFIT["two_samples"]
    if shown.media == "audio":
        return UNFIT["sound"]
    return UNFIT["no_media"] if shown.media and not shown.paths else ""
