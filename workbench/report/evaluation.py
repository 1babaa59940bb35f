"""Compare an order of suspicion with a known truth, error type by error type, against matched clean captions.

A relation error must be told from *clean captions that state a relation*, not from all clean captions:
otherwise a score that merely notices relation words looks as if it saw the error.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from workbench.statistics import Bounds, auroc, bootstrap_bounds

__all__ = ["Baseline", "TypeRow", "baselines", "evaluate_types", "format_table", "precision_at"]

CLAIM_OF_TYPE = {
    "attribute": "attribute", "relation": "relation", "count": "count", "action": "action", "order": "order",
    "interval": "time", "av_sync": "sync",
}  # fmt: skip
HEADINGS = ("error type", "planted", "scored", "looked at", "found", "AUROC", "95 % interval", "controls")


@dataclass(frozen=True, slots=True)
class TypeRow:
    """One error type: how many there are, were scored, were looked at and found; and how well they rank.

    `auroc` is the chance that the wrong caption is more suspicious than a clean one of the same form (same
    medium, same kind of statement, similar length); NaN where none was scored. 0.5 is chance.
    """

    error_type: str
    planted: int
    scored: int
    looked_at: int
    found: int
    auroc: float
    low: float
    high: float
    controls: int


@dataclass(frozen=True, slots=True)
class Baseline:
    """What a trivial order of suspicion reaches; far from 0.5 the set gives itself away."""

    name: str
    auroc: float


def evaluate_types(
    suspicion: pl.DataFrame,
    captions: pl.DataFrame,
    verdicts: pl.DataFrame,
    truth: pl.DataFrame,
    *,
    by_type: Mapping[str, pl.DataFrame] | None = None,
) -> list[TypeRow]:
    """Return a row for each error type of the truth, most frequent first, and one for all together.

    Args:
        suspicion: columns `caption_id`, `suspicion` (higher is worse; null where nothing was scored).
        captions: columns `caption_id`, `text`, `media`.
        verdicts: columns `caption_id`, `verdict`: those that stand.
        truth: columns `caption_id`, `is_wrong`, `error_type`, and `claims` (JSON) where statements are known.
        by_type: error type -> the order of what speaks of it alone; its row is measured on that one.
    """
    known = truth if "claims" in truth.columns else truth.with_columns(claims=pl.lit("[]"))
    table = (
        captions.select("caption_id", "text", "media")
        .join(known.select("caption_id", "is_wrong", "error_type", "claims"), on="caption_id")
        .join(_latest(verdicts), on="caption_id", how="left")
        .sort("caption_id")
    )
    counts = table.filter("is_wrong")["error_type"].value_counts(sort=True)
    names = sorted(counts["error_type"].to_list(), key=lambda name: (-_count(counts, name), name))
    orders = dict(by_type or {})
    rows = [
        _type_row(name, *_split(table.filter(~pl.col("is_wrong") | (pl.col("error_type") == name)), order))
        for name, order in ((name, orders.get(name, suspicion)) for name in names)
    ]
    return [*rows, _type_row("all", *_split(table, suspicion))] if rows else []


def _split(table: pl.DataFrame, order: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the wrong captions, and the clean ones that the order ranks."""
    ranked = table.join(order.select("caption_id", "suspicion"), on="caption_id", how="left")
    clean = ranked.filter(~pl.col("is_wrong") & pl.col("suspicion").is_not_null())
    return ranked.filter("is_wrong"), clean


def precision_at(suspicion: pl.DataFrame, truth: pl.DataFrame, share: float) -> float:
    """Return the share of wrong captions among the most suspicious; NaN when nothing was scored."""
    ranked = suspicion.drop_nulls("suspicion").join(truth.select("caption_id", "is_wrong"), on="caption_id")
    head = ranked.sort("suspicion", "caption_id", descending=[True, False]).head(
        max(1, round(share * ranked.height))
    )
    return float(head["is_wrong"].cast(pl.Float64).mean() or 0.0) if head.height else math.nan  # type: ignore[arg-type]


def baselines(captions: pl.DataFrame, truth: pl.DataFrame) -> list[Baseline]:
    """Return what the length of the caption and the size of the file reach, in the better direction.

    Args:
        captions: columns `caption_id`, `text`, `size_bytes`.
        truth: columns `caption_id`, `is_wrong`.
    """
    table = captions.join(truth.select("caption_id", "is_wrong"), on="caption_id")
    numbers = {
        "caption length": table["text"].str.len_chars().to_numpy(),
        "file size": table["size_bytes"].fill_null(0).to_numpy(),
    }
    is_wrong = table["is_wrong"].to_numpy()
    return [Baseline(name, _either_way(auroc(values, is_wrong))) for name, values in numbers.items()]


def format_table(rows: Sequence[TypeRow]) -> str:
    """Return the per-type table as text for a terminal."""
    if not rows:
        return "No truth was given, so there is no table by error type."
    cells = [HEADINGS, *(_cells(row) for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(HEADINGS))]
    lines = [
        "  ".join(
            cell.ljust(width) if not n else cell.rjust(width)
            for n, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        for line in cells
    ]
    return "\n".join([lines[0], "-" * len(lines[0]), *lines[1:]])


def _cells(row: TypeRow) -> tuple[str, ...]:
    counts = (row.planted, row.scored, row.looked_at, row.found)
    interval = "" if math.isnan(row.low) else f"{row.low:.2f}–{row.high:.2f}"
    value = "not scored" if math.isnan(row.auroc) else f"{row.auroc:.2f}"
    return (
        row.error_type.replace("_", " "),
        *(str(count) for count in counts),
        value,
        interval,
        str(row.controls),
    )


def _count(counts: pl.DataFrame, name: str) -> int:
    return int(counts.filter(pl.col("error_type") == name)["count"][0])


def _latest(verdicts: pl.DataFrame) -> pl.DataFrame:
    return verdicts.select("caption_id", "verdict").unique("caption_id", keep="last", maintain_order=True)


def _type_row(name: str, wrong: pl.DataFrame, clean: pl.DataFrame) -> TypeRow:
    scored = wrong.filter(pl.col("suspicion").is_not_null())
    wins, used = _wins(scored, clean)
    value = float(wins.mean()) if wins.size else math.nan
    bounds = Bounds(math.nan, math.nan)
    if wins.size > 1:
        bounds = bootstrap_bounds(lambda rows: float(wins[rows].mean()), np.arange(wins.size))
    looked_at = wrong.filter(pl.col("verdict").is_not_null())
    found = looked_at.filter(pl.col("verdict") == "misaligned")
    return TypeRow(
        name,
        wrong.height,
        scored.height,
        looked_at.height,
        found.height,
        value,
        bounds.low,
        bounds.high,
        used,
    )


def _wins(
    scored: pl.DataFrame, clean: pl.DataFrame
) -> tuple[np.ndarray[tuple[int], np.dtype[np.float64]], int]:
    """Return for each wrong caption the share of its matched clean ones that are less suspicious."""
    shares: list[float] = []
    used: set[str] = set()
    forms = [_form(*row) for row in clean.select("media", "text", "claims").iter_rows()]
    values, ids = clean["suspicion"].to_numpy(), clean["caption_id"].to_list()
    for media, text, claims, kind, value in scored.select(
        "media", "text", "claims", "error_type", "suspicion"
    ).iter_rows():
        own = _form(media, text, claims)
        needed = CLAIM_OF_TYPE.get(kind)
        match = [n for n, form in enumerate(forms) if _is_alike(own, form, needed)]
        if not match:
            continue
        used.update(ids[n] for n in match)
        others = values[match]
        shares.append(float((others < value).mean() + 0.5 * (others == value).mean()))
    return np.array(shares, dtype=np.float64), len(used)


def _form(media: str, text: str, claims: str) -> tuple[str, int, frozenset[str]]:
    words = len(text.split())
    band = 0 if words <= 8 else 1 if words <= 20 else 2
    return media, band, frozenset(claim[0] for claim in json.loads(claims or "[]"))


def _is_alike(
    own: tuple[str, int, frozenset[str]], other: tuple[str, int, frozenset[str]], needed: str | None
) -> bool:
    return own[:2] == other[:2] and (needed is None or needed in other[2])


def _either_way(value: float) -> float:
    return value if math.isnan(value) else max(value, 1 - value)
