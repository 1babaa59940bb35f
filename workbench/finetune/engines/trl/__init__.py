"""The reference engine: TRL's own trainer, with what it lacks given to it from outside."""

from workbench.finetune.engines.trl.engine import TrlEngine

__all__ = ["TrlEngine"]
