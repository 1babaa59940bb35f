"""Join runs, pairs and judgements: what an evaluation needs of a workspace, and what it gives back to it."""

from __future__ import annotations

from workbench.finetune.evaluation.blind import BlindResult, blind_pairs, count_judgements
from workbench.finetune.evaluation.result import Evaluation, read_evaluation
from workbench.finetune.evaluation.settings import EvaluationSettings
from workbench.finetune.evaluation.verb import evaluate as evaluate_run
from workbench.finetune.listing import list_runs
from workbench.finetune.run import Run
from workbench.pairs import add_pairs
from workbench.store import Store

__all__ = ["evaluate", "judge_run"]


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
