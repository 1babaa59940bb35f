"""What an evaluation found of a run, as the page shows it: items, numbers before and after, warnings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import polars as pl

from widgets.runs.items import Item, lay_over, outcome_of
from workbench.finetune.evaluation.blind import blind_pairs
from workbench.finetune.evaluation.result import Evaluation
from workbench.finetune.evaluation.table import GROUPS, show, show_change
from workbench.metrics import Metric
from workbench.preferences.differences import merge_texts

__all__ = ["evaluated_items", "evaluation_told", "rates_told"]

#: Name of a metric -> what the table of runs calls it.
_RATES: Final = {"chair_i_greedy": "hallucinated", "recall_greedy": "named", "flagged_mended": "mended"}
#: Outcomes of an evaluation that say nothing of right and wrong: there the words of a correction decide.
_UNTOLD: Final = ("changed", "same")


def evaluated_items(evaluation: Evaluation, rows: pl.DataFrame) -> list[Item]:
    """Return the flagged items as the evaluation saw them, each with the pairs that taught the change.

    Args:
        evaluation: of the run.
        rows: the pairs of the run.
    """
    pairs = {row["pair_id"]: row for row in rows.select("pair_id", "chosen", "rejected").to_dicts()}
    return [_item(row, pairs) for row in evaluation.flagged.iter_rows(named=True)]


def evaluation_told(evaluation: Evaluation) -> dict[str, object]:
    """Return the numbers before and after, the verdict on each change, and what can be judged blind."""
    lines = [
        {
            "group": GROUPS[line.group],
            "title": line.title,
            "before": show(line.before),
            "after": show(line.after),
            "change": show_change(line),
            "verdict": line.verdict,
        }
        for line in evaluation.lines
    ]
    return {
        "lines": lines,
        "warnings": list(evaluation.warnings),
        "notes": list(evaluation.notes),
        "card": str(evaluation.card),
        "blind": sum(1 for _ in blind_pairs(evaluation)),
    }


def rates_told(evaluation: Evaluation) -> dict[str, object]:
    """Return the few numbers that the table of runs shows, before and after."""
    return {
        word: {when: _metric(evaluation.metrics.get(f"{name}_{when}")) for when in ("before", "after")}
        for name, word in _RATES.items()
    }


def _metric(metric: Metric | None) -> dict[str, float | None] | None:
    if metric is None or not metric.n:
        return None
    return {"value": metric.value, "low": metric.low, "high": metric.high}


def _item(row: Mapping[str, object], pairs: Mapping[str, Mapping[str, str]]) -> Item:
    before, after, outcome = str(row["before"]), str(row["after"]), str(row["outcome"])
    text, correction = str(row["text"]), str(row["edited_text"] or "")
    is_told = outcome not in _UNTOLD
    counted = _counted(outcome) if is_told else outcome_of(text, correction, after)
    taught_by = row["taught_by"]
    taught = [pairs[pair] for pair in taught_by if pair in pairs] if isinstance(taught_by, list) else []
    told = {name: row[name] for name in ("caption_id", "sample_id", "media", "pair_id", "error_types")}
    told |= {"text": text, "correction": correction, "is_trained": row["trained"]}
    told |= {"said": outcome if is_told else None, "missed": _words(row["missed_after"])}
    told |= {"taught": [[list(run) for run in merge_texts(one["chosen"], one["rejected"])] for one in taught]}
    wrong = (_words(row["wrong_before"]), _words(row["wrong_after"])) if is_told else None
    return lay_over(told, before, after, counted, wrong=wrong, is_model=True)


def _counted(outcome: str) -> str:
    return outcome if outcome in ("mended", "kept") else "still"


def _words(value: object) -> list[str]:
    return [str(word) for word in value] if isinstance(value, list) else []
