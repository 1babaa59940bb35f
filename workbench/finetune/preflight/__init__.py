"""Look at a run before it starts: what trainers do without a word, said with row, column and remedy."""

from workbench.finetune.preflight.catalog import RULES, preflight
from workbench.finetune.preflight.report import Preflight

__all__ = ["RULES", "Preflight", "preflight"]
