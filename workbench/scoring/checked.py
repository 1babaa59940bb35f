"""Turn checks of claims into rows of the table of scores: one a caption and error type."""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np
import polars as pl

from workbench.alignment.claims.checks import CONTRADICTED, SUPPORTED, UNKNOWN, Check, support, worst
from workbench.alignment.similarity import mid_rank
from workbench.scoring.base import WEIGHTS_FREE

__all__ = ["score_rows"]


def score_rows(
    rows: pl.DataFrame,
    checks: Sequence[Sequence[Check]],
    reasons: Sequence[str],
    *,
    error_types: Sequence[str],
    version: str,
) -> pl.DataFrame:
    """Return one row a caption and error type; undefined, with the reason, where nothing could be checked.

    The value is the support of the worst claim of the type: 0 surely false, 1 surely true, higher is better.

    Args:
        rows: the captions.
        checks: of each caption.
        reasons: why a caption could not be checked at all; "" where it could.
        error_types: each gives one row a caption.
        version: of the scorer.
    """
    parts = [_of_type(rows, checks, reasons, error_type) for error_type in error_types]
    whole = pl.concat(parts, how="diagonal_relaxed")
    return whole.with_columns(encoder_key=pl.lit(WEIGHTS_FREE), scorer_version=pl.lit(version))


def _of_type(
    rows: pl.DataFrame, checks: Sequence[Sequence[Check]], reasons: Sequence[str], error_type: str
) -> pl.DataFrame:
    mine = [[check for check in of_one if check.error_type == error_type] for of_one in checks]
    values = [support(one) for one in mine]
    whys = [
        "" if value is not None else reason or _why(one, error_type)
        for value, one, reason in zip(values, mine, reasons, strict=True)
    ]
    is_defined = np.array([value is not None for value in values], dtype=np.bool_)
    ranks = np.full(len(values), np.nan)
    if is_defined.any():
        ranks[is_defined] = mid_rank(np.array([value for value in values if value is not None]))
    found = [worst(one) for one in mine]
    return rows.with_columns(
        error_type=pl.lit(error_type),
        value=pl.Series(values, dtype=pl.Float64),
        percentile=pl.Series(ranks).fill_nan(None),
        reason=pl.Series([why or None for why in whys], dtype=pl.String),
        evidence=pl.Series(
            [_evidence(one, check, why) for one, check, why in zip(mine, found, whys, strict=True)],
            dtype=pl.String,
        ),
        detail=pl.Series([_detail(one) for one in mine], dtype=pl.String),
        start_char=pl.Series([check.claim.start if check else None for check in found], dtype=pl.Int32),
        end_char=pl.Series([check.claim.end if check else None for check in found], dtype=pl.Int32),
    )


def _why(checks: Sequence[Check], error_type: str) -> str:
    if checks:
        return f"no statement of the type {error_type} could be checked: {checks[0].evidence.rstrip('.')}"
    return f"the caption states nothing of the type {error_type}"


def _evidence(checks: Sequence[Check], found: Check | None, why: str) -> str:
    if found is None:
        return f"No score: {why}."
    if found.verdict == CONTRADICTED:
        return f"Contradicted: {found.evidence}"
    held = sum(check.verdict == SUPPORTED for check in checks)
    unknown = sum(check.verdict == UNKNOWN for check in checks)
    more = f"; {unknown} could not be checked" if unknown else ""
    return f"Borne out, {held} statement{'s' if held > 1 else ''}{more}. Least sure: {found.evidence}"


def _detail(checks: Sequence[Check]) -> str:
    listed = [
        {
            "words": check.claim.words, "span": [check.claim.start, check.claim.end],
            "verdict": check.verdict, "confidence": round(check.confidence, 3), "evidence": check.evidence,
        }
        for check in checks
    ]  # fmt: skip
    return json.dumps({"checks": listed}, ensure_ascii=False)
