"""Our engine: the same losses as TRL's, without the work that TRL does twice or for nothing."""

from workbench.finetune.engines.fast.engine import FastEngine

__all__ = ["FastEngine"]
