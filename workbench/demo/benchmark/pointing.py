"""Measure where a scorer points: the words it doubts, the error type it names, the correction it offers."""

from __future__ import annotations

import json
import math
from collections import Counter
from dataclasses import dataclass, field

import polars as pl

from workbench.demo.benchmark.measures import span_overlap

__all__ = ["Pointing", "read_pointing"]

#: Under these names a scorer keeps in its detail what it would say instead.
SUGGESTIONS = ("correction", "suggestion", "suggested_text")


@dataclass(frozen=True)
class Pointing:
    """How well a scorer points, over the wrong captions with one false statement.

    Attributes:
        pointed: how many of them it gave a span, asked for the right type of error.
        overlap: mean intersection over union of its span with the false words, in characters.
        hit: share whose span touches a false word.
        typed: how many it gave a type; of these, `right` names the planted one.
        confusion: (planted, named) -> how many.
        offered: how many corrections it offers; of these, `mended` are the caption as it was, or true words.
    """

    pointed: int
    overlap: float
    hit: float
    typed: int
    right: float
    confusion: dict[tuple[str, str], int] = field(default_factory=dict)
    offered: int = 0
    mended: float = math.nan


def read_pointing(known: pl.DataFrame, rows: pl.DataFrame) -> Pointing | None:
    """Return how well a scorer's rows point; None when it names no types and gives no spans.

    Args:
        known: the captions with their truth (`study.SET_SCHEMA`).
        rows: a scorer's rows: caption_id, error_type, value, percentile, start_char, end_char, detail.
    """
    wrong = known.filter(pl.col("is_wrong") & (pl.col("error_type") != "wrong_pair"))
    mine = rows.join(
        wrong.select("caption_id", "text", "true_text", "spans", planted="error_type"), on="caption_id"
    )
    is_pointing = mine["start_char"].is_not_null().any() or rows["error_type"].n_unique() > 1
    if mine.is_empty() or not is_pointing:
        return None
    asked = mine.filter((pl.col("error_type") == pl.col("planted")) & pl.col("start_char").is_not_null())
    overlaps = [
        span_overlap((start, end), [(int(a), int(b)) for a, b in json.loads(spans)])
        for start, end, spans in asked.select("start_char", "end_char", "spans").iter_rows()
    ]
    confusion = _confusion(mine)
    typed = sum(confusion.values())
    right = sum(count for (planted, named), count in confusion.items() if planted == named)
    offered = _corrections(asked)
    return Pointing(
        len(overlaps),
        _mean(overlaps),
        _mean([float(overlap > 0) for overlap in overlaps]),
        typed,
        right / typed if typed else math.nan,
        confusion,
        len(offered),
        _mean([float(is_mended) for is_mended in offered]),
    )


def _confusion(mine: pl.DataFrame) -> dict[tuple[str, str], int]:
    """Count planted against named types: the one a scorer has most against."""
    if mine["error_type"].n_unique() < 2:
        return {}
    ranked = mine.sort("percentile", "value", "error_type", nulls_last=True)
    worst = ranked.unique("caption_id", keep="first", maintain_order=True)
    return dict(Counter(worst.select("planted", "error_type").iter_rows()))


def _corrections(asked: pl.DataFrame) -> list[bool]:
    """Tell of each offered correction whether it gives the caption back as it was before the error."""
    found = []
    for text, true_text, start, end, detail in asked.select(
        "text", "true_text", "start_char", "end_char", "detail"
    ).iter_rows():
        named = json.loads(detail or "{}")
        offered = next((named[name] for name in SUGGESTIONS if named.get(name)), None)
        if isinstance(offered, str):
            mended = offered if len(offered) > end - start + 12 else text[:start] + offered + text[end:]
            found.append(_plain(mended) == _plain(true_text))
    return found


def _plain(text: str) -> str:
    words = text.lower().rstrip(".! ").split()
    return " ".join("a" if word == "an" else word for word in words)


def _mean(values: list[float]) -> float:
    return sum(values) / len(values) if values else math.nan
