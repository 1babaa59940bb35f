"""The methods of a workspace that look at what a fine-tune did."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.store import Store

if TYPE_CHECKING:
    from workbench.finetune.evaluation.blind import BlindResult
    from workbench.finetune.evaluation.result import Evaluation
    from workbench.finetune.evaluation.settings import EvaluationSettings
    from workbench.finetune.run import Run

__all__ = ["EvaluationMethods"]


class EvaluationMethods:
    """What a workspace does with finished fine-tunes; see `Workspace`."""

    store: Store

    def evaluate(self, run: Run | str, settings: EvaluationSettings | None = None) -> Evaluation:
        """Hold a run's model before and after side by side; see `workbench.finetune.evaluation`."""
        from workbench.workspace.outcomes import evaluate

        return evaluate(self.store, run, settings)

    def judge_run(self, run: Run | str) -> BlindResult:
        """Let people judge before and after blind; see `workbench.workspace.outcomes.judge_run`."""
        from workbench.workspace.outcomes import judge_run

        return judge_run(self.store, run)
