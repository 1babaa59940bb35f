"""Show a study as one table: a row a scorer, a column a kind of error, the trivial detectors on top."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from workbench.demo.benchmark.study import Study

__all__ = ["SHARES", "format_study", "lay_out", "table_of"]

Cells = list[list[str]]

#: The columns that are shares, where less is better; all others are AUROCs.
SHARES: Final = ("to 90 %", "benign")


def table_of(study: Study) -> Cells:
    """Return the AUROC table as rows of text: headings, pairs, trivial detectors, then the scorers.

    A figure is the chance that a wrong caption is more suspicious than a clean one of its form.
    """
    kinds = list(study.columns)
    columns = [study.columns[kind] for kind in kinds]
    rows: Cells = [["AUROC", *(kind.replace("_", " ") for kind in kinds), "all", *SHARES]]
    rows.append(["pairs", *(str(column.matched.wrong.size) for column in columns), "", "", ""])
    names = list(columns[0].matched.trivial) if columns else []
    for name in names:
        shown = [_trivial(column.matched.trivial[name]) for column in columns]
        rows.append([name, *shown, "", "", ""])
    rows.append(["words alone", *(_number(column.blind) for column in columns), "", "", ""])
    for scorer, cells in study.cells.items():
        whole = study.whole[scorer]
        ends = [_number(whole.auroc), _number(whole.review_to_90), _number(whole.alarms.value)]
        rows.append([scorer, *(_number(cells[kind].auroc.value) for kind in kinds), *ends])
    return rows


def format_study(study: Study) -> str:
    """Return the table for a terminal, with what its marks mean."""
    lines = [
        f"{study.captions:,} captions of {study.scenes:,} scenes, {study.wrong_share:.1%} wrong.",
        "",
        lay_out(table_of(study)),
        "",
        "0.5 is chance. all: every wrong caption against every other, unmatched. to 90 %: share of the queue",
        "to look at until 90 % of the wrong ones are found. benign: share of harmless edits flagged at the",
        "threshold that flags 90 % of the wrong pairs. *: outside 0.5 +- 0.05, the column is not matched.",
    ]
    for scorer, pointing in study.pointing.items():
        hits = f"{pointing.hit:.0%} of {pointing.pointed} times (IoU {pointing.overlap:.2f})"
        said = [f"points at the false words {hits}"]
        if pointing.typed:
            said.append(f"names the planted type {pointing.right:.0%} of {pointing.typed} times")
        if pointing.offered:
            said.append(f"offers {pointing.offered} corrections, {pointing.mended:.0%} true")
        lines.append(f"{scorer}: {', '.join(said)}.")
    return "\n".join([*lines, *study.notes])


def lay_out(rows: Sequence[Sequence[str]]) -> str:
    """Return rows of text in columns, the first on the left, the others on the right."""
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    lines = [
        "  ".join(
            cell.ljust(width) if not place else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    ]
    return "\n".join([lines[0], "-" * len(lines[0]), *lines[1:]])


def _trivial(value: float) -> str:
    return _number(value) + ("*" if abs(value - 0.5) > 0.05 else "")


def _number(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:.3f}"
