"""Say a run's config in TRL's words, and which of TRL's losses a method is."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any, Final

from workbench.finetune.config import RunConfig
from workbench.finetune.methods import method_of
from workbench.finetune.models import Loaded

__all__ = ["STOCK", "make_arguments", "stock_loss"]

#: Method -> TRL's losses, for methods that TRL's trainer computes by itself.
STOCK: Final[dict[str, tuple[str, ...]]] = {
    "dpo": ("sigmoid",),
    "hinge": ("hinge",),
    "ipo": ("ipo",),
    "ld_dpo": ("sigmoid",),
    "rdpo": ("robust",),
    "rpo": ("sigmoid", "sft"),
    "sft": ("sft",),
    "wpo": ("sigmoid",),
}
_SCHEDULES: Final = {"linear": "linear", "constant": "constant_with_warmup", "cosine": "cosine"}


def stock_loss(config: RunConfig) -> tuple[list[str], list[float]]:
    """Return TRL's losses and their weights for a method; none where TRL cannot compute it.

    Weights of pairs are none of what TRL knows. Its `sigmoid` takes a `label_smoothing` without a word and
    does nothing with it, so cDPO is not among them. WPO with an SFT term would weigh that term too.

    >>> stock_loss(RunConfig(method="rpo"))
    (['sigmoid', 'sft'], [1.0, 1.0])
    >>> stock_loss(RunConfig(method="dpo", weigh_by="weight"))
    ([], [])
    """
    if config.method == "reward" and not (config.weigh_by or any(config.settings.values())):
        return ["bradley_terry"], [1.0]
    losses = list(STOCK.get(config.method, ()))
    if not losses or config.weigh_by:
        return [], []
    sft_weight = config.settings.get("sft_weight") or 0.0
    if not sft_weight or config.method == "sft":
        return losses[:1], [1.0]
    if config.method == "wpo":
        return [], []
    return [losses[0], "sft"], [1.0, sft_weight]


def make_arguments(config: RunConfig, steps: int, folder: Path, loaded: Loaded) -> Any:
    """Return TRL's arguments for a run: a `DPOConfig`, or a `RewardConfig` for a judge.

    Args:
        config: of the run.
        steps: in all.
        folder: of the run; the trainer itself writes nothing there.
        loaded: on which device and in which precision.
    """
    from trl import DPOConfig, RewardConfig

    common: dict[str, Any] = {
        "output_dir": str(folder),
        "per_device_train_batch_size": config.batch_pairs,
        "per_device_eval_batch_size": config.batch_pairs,
        "max_steps": steps,
        "learning_rate": config.learning_rate,
        "lr_scheduler_type": _SCHEDULES[config.schedule],
        "warmup_steps": math.ceil(steps * config.warmup_share),
        "weight_decay": config.weight_decay,
        "max_grad_norm": config.gradient_clip,
        "optim": "adamw_torch",
        "seed": config.seed,
        "data_seed": config.seed,
        "max_length": None,  # what is too long is left out whole, before
        "bf16": loaded.precision == "bf16",
        "use_cpu": loaded.device == "cpu",
        "gradient_checkpointing": False,
        "remove_unused_columns": False,
        "dataloader_pin_memory": False,
        "disable_tqdm": True,
        "report_to": "none",
        "logging_strategy": "no",
        "save_strategy": "no",
        "eval_strategy": "no",
    }
    method = method_of(config.method)
    if method.kind == "reward":
        return _on_one_device(RewardConfig(**common), loaded.device)
    settings = config.settings
    losses, weights = stock_loss(config)
    arguments = DPOConfig(
        **common,
        beta=settings.get("beta") or 0.1,
        loss_type=losses or ["sigmoid"],
        loss_weights=weights or [1.0],
        label_smoothing=(settings.get("epsilon") if config.method == "rdpo" else None) or 0.0,
        ld_alpha=settings.get("length_weight") if config.method == "ld_dpo" else None,
        use_weighting="collision" in method.needs,
    )
    return _on_one_device(arguments, loaded.device)


def _on_one_device(arguments: Any, device: str) -> Any:
    """Keep the trainer to the run's GPU: by itself it spreads over all that it sees, which TRL refuses."""
    if device.startswith("cuda"):
        arguments._n_gpu = 1
    return arguments
