"""Join runs, pairs and judgements: what an evaluation needs of a workspace, and what it gives back to it."""

from __future__ import annotations

from typing import Final

import polars as pl

from workbench.errors import RunError
from workbench.finetune.evaluation.blind import BlindResult, blind_pairs, count_judgements
from workbench.finetune.evaluation.figures import thumbnail
from workbench.finetune.evaluation.flagged import OUTCOMES
from workbench.finetune.evaluation.result import Evaluation, read_evaluation
from workbench.finetune.evaluation.settings import EvaluationSettings
from workbench.finetune.evaluation.table import show, show_change
from workbench.finetune.evaluation.verb import evaluate as evaluate_run
from workbench.finetune.listing import list_runs
from workbench.finetune.run import Run
from workbench.pairs import add_pairs
from workbench.report import BeforeAfter, FinetunePart
from workbench.store import Store

__all__ = ["evaluate", "judge_run", "last_finetune", "part_of"]

_ITEMS: Final = 12


def evaluate(store: Store, run: Run | str, settings: EvaluationSettings | None = None) -> Evaluation:
    """Evaluate a run, by name or as it is held; waits for one that is still going.

    Raises:
        UnknownNameError: when there is no run of that name.
        RunError: when it did not finish.
    """
    held = _held(store, run)
    held.wait()
    return evaluate_run(store, held, settings)


def judge_run(store: Store, run: Run | str) -> BlindResult:
    """Add what a run says before and after to the pairs that are judged blind, and count the answers so far.

    Pairs that are there already are not added twice, so this can be called again to see how it stands.

    Raises:
        UnknownNameError: when there is no run of that name.
        RunError: when it has not been evaluated.
    """
    evaluation = read_evaluation(_held(store, run).folder)
    add_pairs(store, blind_pairs(evaluation))
    return count_judgements(evaluation, store.journal.judgements_frame())


def _held(store: Store, run: Run | str) -> Run:
    return list_runs(store.path / "runs")[run] if isinstance(run, str) else run


def last_finetune(store: Store) -> FinetunePart | None:
    """Return what a report says of the newest run that was evaluated; None where there is none."""
    for run in reversed(list_runs(store.path / "runs").values()):
        try:
            return part_of(run.evaluation)
        except RunError:
            continue
    return None


def part_of(evaluation: Evaluation) -> FinetunePart:
    """Return an evaluation as the section of a report: numbers, and flagged items that changed."""
    rows = [(line.title, show(line.before), show(line.after), show_change(line)) for line in evaluation.lines]
    changed = evaluation.flagged.filter(pl.col("before") != pl.col("after")).head(_ITEMS)
    items = [
        BeforeAfter(
            row["before"],
            row["after"],
            thumbnail(row) or b"",
            f"{row['outcome']}: {OUTCOMES[row['outcome']]}",
        )
        for row in changed.iter_rows(named=True)
    ]
    facts = ", ".join(evaluation.facts[name] for name in ("method", "pairs") if name in evaluation.facts)
    return FinetunePart(
        title=f"Run {evaluation.run}: {facts}",
        heads=("before", "after", "change (95 %)"), rows=rows, items=items, warnings=evaluation.warnings,
        lines=evaluation.notes,
    )  # fmt: skip
