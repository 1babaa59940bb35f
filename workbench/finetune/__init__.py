"""Short fine-tunes by preference pairs: configured, checked, run as processes, watched and evaluated."""

from workbench.finetune.config import EMBEDDED, RunConfig
from workbench.finetune.methods import METHODS, Method
from workbench.finetune.scorer.config import ScorerConfig

__all__ = ["EMBEDDED", "METHODS", "Method", "RunConfig", "ScorerConfig"]
