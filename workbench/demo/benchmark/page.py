"""Write the benchmark's page: one HTML file with its style inside, nothing from another host, no script."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from html import escape
from importlib import resources

from workbench.demo.benchmark.study import Study
from workbench.demo.benchmark.table import SHARES, table_of
from workbench.metrics import Metric

__all__ = ["render"]

STYLE = """
table.grid{display:table;border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
table.grid th,table.grid td{padding:.35rem .6rem;text-align:right;border-bottom:1px solid color-mix(in srgb,
currentColor 14%,transparent)} table.grid th:first-child,table.grid td:first-child{text-align:left}
table.grid td.good{font-weight:600} table.grid td.off{text-decoration:underline wavy}
.wide{overflow-x:auto}
"""


def render(studies: Mapping[str, Study], metrics: Mapping[str, Metric], *, title: str) -> str:
    """Return the whole page.

    Args:
        studies: what was measured of captions, by the name of the set.
        metrics: every number of the run, by name.
        title: heading of the page.
    """
    style = resources.files("workbench.report").joinpath("page.css").read_text(encoding="utf-8")
    made = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    tables = "".join(_study(name, study) for name, study in studies.items())
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{style}{STYLE}</style></head><body>"
        f'<header><div class="bar"><h1>{escape(title)}</h1><span class="meta">{made}</span></div></header>'
        f"<main>{tables}{_metrics(metrics)}</main>"
        "<footer>Every wrong caption is told from a clean one of the same form, length and file size."
        "</footer></body></html>\n"
    )


def _study(name: str, study: Study) -> str:
    rows = table_of(study)
    head = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in rows[0])
    body = "".join(
        f'<tr><th scope="row">{escape(row[0])}</th>{"".join(map(_cell, row[1:], rows[0][1:]))}</tr>'
        for row in rows[1:]
    )
    notes = "".join(f"<p class='meta'>{escape(note)}</p>" for note in study.notes)
    confusion = "".join(_confusion(scorer, pointing.confusion) for scorer, pointing in study.pointing.items())
    return (
        f'<section aria-label="{escape(name)}"><h2>{escape(name)}</h2>'
        f'<p class="lead">{study.captions:,} captions of {study.scenes:,} pictures, '
        f"{study.wrong_share:.1%} wrong. 0.5 is chance.</p>"
        f'<div class="wide"><table class="grid"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'
        f"</div>{notes}{confusion}</section>"
    )


def _cell(cell: str, column: str) -> str:
    if cell.endswith("*"):
        return f'<td class="off" title="not matched">{escape(cell)}</td>'
    is_auroc = column not in SHARES and cell.count(".") == 1 and cell[0] in "01"
    is_good = is_auroc and float(cell) >= 0.85
    return f'<td class="{"good" if is_good else ""}">{escape(cell)}</td>'


def _confusion(scorer: str, counts: Mapping[tuple[str, str], int]) -> str:
    if not counts:
        return ""
    planted = sorted({pair[0] for pair in counts})
    named = sorted({pair[1] for pair in counts})
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in named)
    body = "".join(
        f'<tr><th scope="row">{escape(row)}</th>'
        + "".join(f"<td>{counts.get((row, name), 0)}</td>" for name in named)
        + "</tr>"
        for row in planted
    )
    return (
        f"<h3>What {escape(scorer)} names, by what was planted</h3>"
        f'<div class="wide"><table class="grid"><thead><tr><th></th>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def _metrics(metrics: Mapping[str, Metric]) -> str:
    lines = "".join(
        f'<tr><th scope="row">{escape(name)}</th><td>{_shown(metric.value)}</td>'
        f"<td>{_interval(metric)}</td><td>{metric.n:,}</td><td>{escape(metric.unit)}</td></tr>"
        for name, metric in metrics.items()
    )
    return (
        '<section aria-label="Numbers"><h2>Every number</h2><div class="wide"><table class="grid"><thead><tr>'
        '<th scope="col">name</th><th scope="col">value</th><th scope="col">95 % interval</th>'
        f'<th scope="col">n</th><th scope="col">unit</th></tr></thead><tbody>{lines}</tbody></table></div>'
        "</section>"
    )


def _shown(value: float) -> str:
    return "" if math.isnan(value) else f"{value:.4g}"


def _interval(metric: Metric) -> str:
    if metric.low is None or metric.high is None or math.isnan(metric.low):
        return ""
    return f"{metric.low:.3f}–{metric.high:.3f}"
