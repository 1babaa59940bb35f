"""The section on preference pairs: how many, from where, what lint says of them, where they were written.

Report knows neither the pairs' verbs nor the exports; whoever writes a report hands in what they gave.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Final

import polars as pl

from workbench.preferences.differences import merge_texts

__all__ = ["PairsPart", "render_pairs"]

SHOWN: Final = 12
_TAGS: Final = {"gone": "del", "new": "ins"}
_COMPLETE: Final = {
    "full": "nothing missing",
    "partial": "something still missing",
    "deletes_only": "only takes words out",
    "unknown": "nobody asked",
}


@dataclass(frozen=True)
class PairsPart:
    """What a report says of pairs.

    Attributes:
        pairs: as `workbench.pairs.standing_pairs` returns them.
        findings: what lint found, as `LintReport.findings`; None where nobody looked.
        judgements: how many answers stand.
        lines: sentences about agreement and the split.
        exports: what was written where, a sentence each.
        left_out: what was not done, and why.
    """

    pairs: pl.DataFrame
    findings: pl.DataFrame | None = None
    judgements: int = 0
    lines: Sequence[str] = field(default_factory=tuple)
    exports: Sequence[str] = field(default_factory=tuple)
    left_out: Sequence[str] = field(default_factory=tuple)


def render_pairs(part: PairsPart | None) -> str:
    """Return the body of the section; what is missing says how to make it."""
    if part is None or part.pairs.is_empty():
        return (
            '<p class="empty">No preference pairs yet. A caption corrected in '
            "<code>widgets.Review(ws)</code> is one; <code>ws.build_pairs()</code> makes more of what was "
            "found fine.</p>"
        )
    notes = "".join(f"<li>{escape(line)}</li>" for line in (*part.lines, *part.exports, *part.left_out))
    return (
        f'<p class="lead">{_lead(part)}</p><p class="meta">{_completeness(part.pairs)}</p>'
        f'<ul class="notes">{notes}</ul>{_origins(part.pairs)}{_shown(part.pairs)}{_findings(part.findings)}'
    )


def _lead(part: PairsPart) -> str:
    accepted = part.pairs.filter(pl.col("status") == "accepted").height
    return (
        f"<strong>{part.pairs.height:,} preference pairs</strong>, {accepted:,} of them accepted by people; "
        f"{part.judgements:,} blind judgements."
    )


def _completeness(pairs: pl.DataFrame) -> str:
    edits = pairs.filter(pl.col("origin") == "edit")
    if edits.is_empty():
        return "No caption has been corrected yet."
    counts = dict(edits.group_by("completeness").len().iter_rows())
    said = ", ".join(f"{counts[name]:,} {words}" for name, words in _COMPLETE.items() if name in counts)
    warning = "A pair that only takes words out teaches a model to say less."
    return f"Of {edits.height:,} corrections: {said}. {warning}"


def _origins(pairs: pl.DataFrame) -> str:
    kinds = pairs.with_columns(made=pl.when(pl.col("builder") == "").then("origin").otherwise("builder"))
    counts = kinds.group_by("origin", "made").agg(
        pl.len(), *((pl.col("status") == name).sum().alias(name) for name in ("accepted", "proposed")),
        other=(~pl.col("status").is_in(["accepted", "proposed"])).sum(),
        is_leaky=pl.col("is_leaky").any(),
    )  # fmt: skip
    rows = [
        (
            row["origin"],
            "by people" if row["made"] == row["origin"] else row["made"].replace("_", " "),
            *(f"{row[name]:,}" for name in ("len", "accepted", "proposed", "other")),
            "words alone tell the rejected one" if row["is_leaky"] else "",
        )
        for row in counts.sort("origin", "made", descending=[True, False]).iter_rows(named=True)
    ]
    heads = ("origin", "made by", "pairs", "accepted", "proposed", "other", "")
    return _table(heads, rows, "Where the pairs come from", numeric=range(2, 6))


def _shown(pairs: pl.DataFrame) -> str:
    """Show some pairs laid over each other, the corrections of people first."""
    accepted = pairs.filter((pl.col("status") == "accepted") & (pl.col("chosen_id") != ""))
    first = accepted.sort(pl.col("origin") != "edit", maintain_order=True).head(SHOWN)
    lines = "".join(
        f'<tr><td class="caption" dir="auto">{_diff(row["chosen_text"], row["rejected_text"])}</td>'
        f"<td>{escape((row['error_type'] or row['reason']).replace('_', ' '))}</td>"
        f"<td>{escape(row['origin'])}</td><td>{escape(_said_by(row))}</td></tr>"
        for row in first.iter_rows(named=True)
    )
    if not lines:
        return ""
    return _frame(
        f"{first.height} of {accepted.height:,} accepted pairs: what was rejected is struck, what was chosen "
        "is underlined",
        ("pair", "error type", "origin", "by"), lines, numeric=(), style="pairs",
    )  # fmt: skip


def _said_by(row: dict[str, object]) -> str:
    judges = row["judged_by"]
    if isinstance(judges, list) and judges:
        return f"{len(judges)} judge{'s' if len(judges) > 1 else ''}"
    return str(row["annotator"] or "")


def _diff(chosen: str, rejected: str) -> str:
    return "".join(
        f"<{_TAGS[run.kind]}>{escape(run.text)}</{_TAGS[run.kind]}>"
        if run.kind in _TAGS
        else escape(run.text)
        for run in merge_texts(chosen, rejected)
    )


def _findings(findings: pl.DataFrame | None) -> str:
    if findings is None:
        return '<p class="empty">Nobody has looked for faults yet: <code>ws.lint_pairs()</code>.</p>'
    if findings.is_empty():
        return '<p class="meta">Lint found nothing to say of these pairs.</p>'
    rows = [
        (row["severity"], row["rule"].replace("_", " "), row["message"], row["remedy"])
        for row in findings.iter_rows(named=True)
    ]
    return _table(("severity", "rule", "found", "what to do"), rows, "Lint of the pairs", numeric=())


def _table(
    heads: Sequence[str], rows: Sequence[Sequence[str]], caption: str, *, numeric: Sequence[int]
) -> str:
    lines = "".join(
        "<tr>"
        + "".join(f"<td{_mark(n, numeric)}>{escape(cell)}</td>" for n, cell in enumerate(row))
        + "</tr>"
        for row in rows
    )
    return _frame(caption, heads, lines, numeric=numeric)


def _frame(
    caption: str, heads: Sequence[str], lines: str, *, numeric: Sequence[int], style: str = "lint"
) -> str:
    head = "".join(f"<th scope=col{_mark(n, numeric)}>{escape(name)}</th>" for n, name in enumerate(heads))
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(caption)}">'
        f'<table class="table {style}"><caption>{escape(caption)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{lines}</tbody></table></div>"
    )


def _mark(place: int, numeric: Sequence[int]) -> str:
    return ' class="n"' if place in numeric else ""
