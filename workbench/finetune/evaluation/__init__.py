"""What a run did to its model: before and after, on flagged items, held-out pairs and everything else."""

from workbench.finetune.evaluation.settings import EvaluationSettings

__all__ = ["EvaluationSettings"]
