"""Look at a run before it starts: what trainers do without a word, said with row, column and remedy."""

from workbench.finetune.preflight.catalog import RULES, preflight
from workbench.finetune.preflight.model import MODEL_RULES, preflight_model
from workbench.finetune.preflight.report import Preflight

__all__ = ["MODEL_RULES", "RULES", "Preflight", "preflight", "preflight_model"]
