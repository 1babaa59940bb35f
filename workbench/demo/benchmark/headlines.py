"""Name the numbers of a study: the headline of each kind of error, then every scorer's figure beside it.

Which scorer serves a headline was settled on worlds with numbers below 100, and is part of the unit printed.
"""

from __future__ import annotations

import math
import re
from typing import Final

from workbench.demo.benchmark.study import Study
from workbench.metrics import Metric

__all__ = ["SERVED_BY", "headline_metrics", "slug"]

#: Kind of error -> the scorers that may serve its headline, the first that is there.
SERVED_BY: Final[dict[str, tuple[str, ...]]] = {
    "wrong_pair": ("recommended",),
    "object": ("recommended, exact boxes", "recommended"),
    "attribute": ("recommended, exact boxes", "recommended"),
    "binding": ("recommended, exact boxes", "recommended"),
    "relation": ("recommended, exact boxes", "recommended"),
    "count": ("recommended, exact boxes", "recommended"),
}


def headline_metrics(study: Study) -> dict[str, Metric]:
    """Return `auroc_KIND` and `false_alarm_benign` first, then `auroc_KIND_by_SCORER` and all the rest."""
    found: dict[str, Metric] = {}
    for kind, servers in SERVED_BY.items():
        server = next((name for name in servers if name in study.cells), None)
        if server is not None and kind in study.cells[server]:
            measured = study.cells[server][kind].auroc
            found[f"auroc_{kind}"] = _unit(measured, f"AUROC by {server}")
    if "recommended" in study.whole:
        found["false_alarm_benign"] = _unit(
            study.whole["recommended"].alarms, "share by recommended at 90 % recall of wrong pairs"
        )
    found |= _columns(study) | _cells(study) | _wholes(study) | _pointing(study)
    return found


def slug(name: str) -> str:
    """Return a name in snake_case: "claims, exact boxes" is claims_exact_boxes.

    Example:
        >>> slug("O1 co-occurring")
        'o1_co_occurring'
    """
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")


def _unit(metric: Metric, unit: str) -> Metric:
    return Metric(metric.value, metric.n, unit, metric.low, metric.high)


def _columns(study: Study) -> dict[str, Metric]:
    found = {}
    for kind, column in study.columns.items():
        pairs = int(column.matched.wrong.size)
        for name, value in column.matched.trivial.items():
            found[f"auroc_{kind}_by_{slug(name)}"] = Metric(value, pairs, "AUROC, must be 0.5 +- 0.05")
        found[f"auroc_{kind}_by_words_alone"] = Metric(column.blind, pairs, "AUROC")
        found[f"unmatched_{kind}"] = Metric(column.matched.unmatched, pairs, "captions")
    return found


def _cells(study: Study) -> dict[str, Metric]:
    found = {}
    for scorer, cells in study.cells.items():
        for kind, cell in cells.items():
            found[f"auroc_{kind}_by_{slug(scorer)}"] = cell.auroc
            found[f"ap_{kind}_by_{slug(scorer)}"] = Metric(cell.precision, cell.auroc.n, "AP, chance 0.5")
            if cell.abstained > 0:
                found[f"abstained_{kind}_by_{slug(scorer)}"] = Metric(
                    cell.abstained, 2 * cell.auroc.n, "share"
                )
        for one, metric in study.by_id[scorer].items():
            found[f"auroc_{slug(one)}_by_{slug(scorer)}"] = metric
    return found


def _wholes(study: Study) -> dict[str, Metric]:
    found = {}
    for scorer, whole in study.whole.items():
        name, n = slug(scorer), study.captions
        found[f"mix_auroc_by_{name}"] = Metric(whole.auroc, n, "AUROC, all errors against all others")
        found[f"mix_ap_by_{name}"] = Metric(whole.precision, n, f"AP, chance {study.wrong_share:.3f}")
        for share, value in whole.precision_at.items():
            budget = slug(share.replace("%", "pct"))
            found[f"mix_precision_at_{budget}_by_{name}"] = Metric(value, n, "share")
        found[f"mix_review_to_90pct_by_{name}"] = Metric(whole.review_to_90, n, "share of the queue")
        if not math.isnan(whole.alarms.value):
            found[f"false_alarm_benign_by_{name}"] = whole.alarms
    return found


def _pointing(study: Study) -> dict[str, Metric]:
    found = {}
    for scorer, pointing in study.pointing.items():
        name = slug(scorer)
        if pointing.pointed:
            found[f"span_iou_by_{name}"] = Metric(pointing.overlap, pointing.pointed, "mean IoU")
            found[f"span_hit_by_{name}"] = Metric(pointing.hit, pointing.pointed, "share")
        if pointing.typed:
            found[f"type_named_by_{name}"] = Metric(pointing.right, pointing.typed, "share")
        if pointing.offered:
            found[f"correction_true_by_{name}"] = Metric(pointing.mended, pointing.offered, "share")
    return found
