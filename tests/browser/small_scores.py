"""Scores and flags made up by hand for the small world: the views are tested here, not the scorers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import polars as pl

from workbench.records import utc_now
from workbench.workspace import Workspace

__all__ = ["give_scores"]

Planted = Mapping[str, Mapping[str, object]]
Row = dict[str, object]

_SIMILARITY = (
    "Fits this picture worse than most pictures of the set. It cannot see word order or who does what."
)
_CLAIMS = ("object", "attribute", "relation", "count")
_WRONG = {
    "object": "The picture holds nothing of that kind: no box of the right shape is near it.",
    "attribute": "The pixels of it are of another colour. It cannot see shades in dim light.",
    "relation": "The boxes lie the other way round.",
    "count": "There is another number of them among the boxes.",
}
_FLAGGED = (
    "caption_id", "error_type", "scorer", "value", "percentile", "evidence", "start_char", "end_char",
    "start_s", "end_s",
)  # fmt: skip
#: The first photo is suspected of more than is planted in it: words of its caption, rank, sentence by type.
_SEVERAL = {
    "count": ("two yellow ducks", 0.07, "Two is said, and three boxes look like one. It may miss the small."),
    "object": (
        "sailing boat",
        0.09,
        "Named by few captions of such pictures. Rare is not wrong.",
    ),
}


def give_scores(ws: Workspace, planted: Planted) -> None:
    """Give the planted errors the lowest scores of their type, and a flag each."""
    pairs = ws.captions.join(ws.samples, on="sample_id").sort("path")
    rows = list(_similarity(pairs, planted))
    for pair in pairs.iter_rows(named=True):
        rows += _claims(pair, planted[pair["path"]]) if pair["media"] == "image" else _times(pair)
    frame = pl.DataFrame(rows, infer_schema_length=None).with_columns(
        percentile=pl.coalesce("percentile", _rank()), encoder_key=pl.lit("by hand"),
        scorer_version=pl.lit("1"), scored_at=pl.lit(utc_now()),
    )  # fmt: skip
    ws.store.replace("scores", frame)
    ws.store.replace(
        "flags", _flags(frame, {str(p["caption_id"]): planted[p["path"]] for p in pairs.to_dicts()})
    )


def _similarity(pairs: pl.DataFrame, planted: Planted) -> Iterator[Row]:
    for number, pair in enumerate(pairs.iter_rows(named=True)):
        wrong = planted[pair["path"]].get("error_type")
        value = 0.30 + 0.004 * (number * 7 % 17) - (0.15 if wrong == "wrong_pair" else 0.1 if wrong else 0.0)
        yield _row(pair, "similarity", "wrong_pair", round(value, 4), _SIMILARITY)


def _claims(pair: Row, plant: Mapping[str, object]) -> Iterator[Row]:
    """Give one row a type: low with its span where it is planted, high or undefined elsewhere."""
    for error_type in _CLAIMS:
        if plant.get("error_type") == error_type:
            value = 0.05 + 0.001 * int(str(pair["path"])[-6:-4])  # the first photo is the first to look at
            yield _row(pair, "claims", error_type, round(value, 3), _WRONG[error_type]) | _span(plant)
        elif str(pair["path"]).startswith("IMG_0000") and error_type in _SEVERAL:
            words, percentile, evidence = _SEVERAL[error_type]
            start = str(pair["text"]).find(words)
            row = _row(pair, "claims", error_type, 0.2, evidence)
            yield row | {"percentile": percentile, "start_char": start, "end_char": start + len(words)}
        elif error_type == "relation" and " of " not in str(pair["text"]):
            reason = "the caption says of nothing where it is"
            yield _row(pair, "claims", error_type, None, f"No score: {reason}.") | {"reason": reason}
        else:
            yield _row(pair, "claims", error_type, 0.9, "Nothing speaks against it.")


def _times(pair: Row) -> Iterator[Row]:
    """Give the clip an interval that fits better, and the sound a score that cannot be had."""
    if pair["media"] == "audio":
        reason = "the file has no picture that its sound could be late against"
        yield _row(pair, "av_sync", "av_sync", None, f"No score: {reason}.") | {"reason": reason}
        return
    better = "Its words fit the frames from 2.4 s on better than those of its interval. It cannot hear."
    yield _row(pair, "intervals", "interval", -0.21, better) | {
        "percentile": 0.02, "start_s": 2.4, "end_s": 4.3, "best_time_s": 3.3,
    }  # fmt: skip
    together = "Sound and picture agree to 10 ms at 4 events."
    yield _row(pair, "av_sync", "av_sync", 0.9, together) | {"percentile": 0.9}


def _row(pair: Row, scorer: str, error_type: str, value: float | None, evidence: str) -> Row:
    return {
        "caption_id": pair["caption_id"], "content_hash": pair["content_hash"],
        "caption_hash": pair["caption_hash"], "scorer": scorer, "error_type": error_type, "value": value,
        "percentile": None, "evidence": evidence, "reason": None, "best_time_s": None,
        "start_char": None, "end_char": None, "start_s": None, "end_s": None,
    }  # fmt: skip


def _span(plant: Mapping[str, object]) -> Row:
    span = plant.get("span")
    start, end = span if isinstance(span, tuple) else (None, None)
    return {"start_char": start, "end_char": end}


def _rank() -> pl.Expr:
    place = pl.col("value").rank("average").over("scorer", "error_type") - 1
    last = (pl.col("value").count().over("scorer", "error_type") - 1).clip(1)
    return pl.when(pl.col("value").is_not_null()).then(place / last)


def _flags(scores: pl.DataFrame, planted: Planted) -> pl.DataFrame:
    flags = []
    for row in scores.iter_rows(named=True):
        if planted[row["caption_id"]].get("error_type") == row["error_type"]:
            flag_id = f"f-{row['caption_id']}-{row['error_type']}"
            told = {"flag_id": flag_id, "rule": "planted", "flagged_at": utc_now()}
            flags.append({name: row[name] for name in _FLAGGED} | told)
    return pl.DataFrame(flags, infer_schema_length=None)
