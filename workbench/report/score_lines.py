"""The scores of one card: what speaks most against the caption, what else is low, the rest folded away."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape
from typing import Final

from workbench.report.contents import ScoreLine
from workbench.report.figures import lowest

__all__ = ["LOW", "show_scores"]

#: Percentile below which a score is shown as low.
LOW: Final = 0.06


def show_scores(scores: Sequence[ScoreLine]) -> str:
    """Return the first score with its evidence, one line for each other error type that is low, and the rest.

    Args:
        scores: of one caption, the one that speaks most against it first.
    """
    defined = [score for score in scores if score.value is not None and not math.isnan(score.value)]
    without = [score for score in scores if score not in defined]
    if not defined:
        return "".join(_absent(one.scorer, "", one.reason) for one in without)
    first, others = defined[0], defined[1:]
    low = _lowest_by_type(first, others)
    rest = [score for score in others if score not in low]
    return (
        f'<p class="score">{_value(first)}</p>{_evidence(first)}'
        + "".join(_folded(score) for score in low)
        + _rest(rest, without)
    )


def _lowest_by_type(first: ScoreLine, others: Sequence[ScoreLine]) -> list[ScoreLine]:
    """Return the lowest score of each error type that the first does not speak of, where that is low."""
    found: dict[str, ScoreLine] = {}
    for score in sorted(others, key=_place):
        if _place(score) < LOW and score.error_type != first.error_type:
            found.setdefault(score.error_type, score)
    return list(found.values())


def _place(score: ScoreLine) -> float:
    return 1.0 if score.percentile is None else score.percentile


def _rest(rest: Sequence[ScoreLine], without: Sequence[ScoreLine]) -> str:
    if not rest and not without:
        return ""
    lines = [f'<p class="score">{_value(score)}</p>' for score in sorted(rest, key=_place)]
    reasons: dict[tuple[str, str], list[str]] = {}
    for score in without:
        reasons.setdefault((score.scorer, score.reason), []).append(score.error_type.replace("_", " "))
    lines += [
        _absent(scorer, f" ({', '.join(types)})", reason) for (scorer, reason), types in reasons.items()
    ]
    counts = [f"{len(rest)} more scores" if rest else "", f"{len(without)} without one" if without else ""]
    summary = ", ".join(part for part in counts if part)
    return f'<details class="score rest"><summary>{summary}</summary>{"".join(lines)}</details>'


def _absent(scorer: str, types: str, reason: str) -> str:
    return f'<p class="meta">{escape(scorer + types)}: no score, {escape(reason)}</p>'


def _folded(score: ScoreLine) -> str:
    return f'<details class="score"><summary>{_value(score)}</summary>{_evidence(score)}</details>'


def _value(score: ScoreLine) -> str:
    place = lowest(score.percentile)
    is_low = _place(score) < LOW
    rank = f'<strong class="{"low" if is_low else ""}">{place}</strong> · ' if place else ""
    kind = "" if score.error_type == "wrong_pair" else f"{escape(score.error_type.replace('_', ' '))} · "
    return f"{kind}{rank}{escape(score.scorer)} {score.value:.3f}".replace(" -", " −")


def _evidence(score: ScoreLine) -> str:
    return f'<p class="evidence">{escape(score.evidence)}</p>' if score.evidence else ""
