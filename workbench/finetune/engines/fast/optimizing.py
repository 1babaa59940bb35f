"""The optimiser that TRL's trainers take, over what is trained."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from workbench.finetune.config import RunConfig

if TYPE_CHECKING:
    import torch

__all__ = ["make_optimizer", "trained_weights"]


def trained_weights(model: torch.nn.Module) -> dict[str, torch.Tensor]:
    """Return what is trained, by name; tied weights once."""
    return {name: one for name, one in model.named_parameters() if one.requires_grad}


def make_optimizer(weights: Mapping[str, torch.Tensor], config: RunConfig) -> torch.optim.Optimizer:
    """Return AdamW as transformers sets it up: biases and norms do not decay.

    Args:
        weights: by name.
        config: learning rate and decay.
    """
    import torch

    decays = [one for one in weights.values() if one.ndim > 1]
    stays = [one for one in weights.values() if one.ndim <= 1]
    groups = [{"params": decays, "weight_decay": config.weight_decay}, {"params": stays, "weight_decay": 0.0}]
    return torch.optim.AdamW([group for group in groups if group["params"]], lr=config.learning_rate)
