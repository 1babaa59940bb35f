"""What agreement has found: frames, a table for people, a figure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import polars as pl

__all__ = ["MEASURES", "Agreement"]

#: The columns of the coefficients.
MEASURES: Final[dict[str, pl.DataType]] = {
    "what": pl.String(),
    "name": pl.String(),
    "value": pl.Float64(),
    "low": pl.Float64(),
    "high": pl.Float64(),
    "units": pl.Int64(),
    "voices": pl.Int64(),
    "reason": pl.String(),
}


@dataclass(frozen=True)
class Agreement:
    """How far people agree, and how far each judgement can be believed.

    Attributes:
        measures: a row a coefficient: `what` was compared, its `name`, `value`, `low`, `high`, the `units`
            and `voices` it rests on, and the `reason` why it is undefined.
        pairs: a row a pair: `pair_id`, `voices`, `agreement`, `weight`, `reason`.
    """

    measures: pl.DataFrame
    pairs: pl.DataFrame

    def __str__(self) -> str:
        rows = [
            f"{row['what']:<12} {row['name']:<32} {_shown(row)}"
            for row in self.measures.iter_rows(named=True)
        ]
        return "\n".join(rows)


def _shown(row: dict[str, object]) -> str:
    if row["value"] is None:
        return f"undefined: {row['reason']}"
    interval = f" ({row['low']:.2f}–{row['high']:.2f})" if row["low"] is not None else ""
    return f"{row['value']:.2f}{interval}, {row['units']:,} units, {row['voices']:,} voices"
