"""How far each setting of a method may go, and what settings of TRL are called here."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

__all__ = ["SETTING_LIMITS", "TRL_NAMES", "Limits"]


@dataclass(frozen=True, slots=True)
class Limits:
    """What a number may be.

    Attributes:
        least, most: the ends.
        with_least, with_most: whether the ends themselves are allowed.
        why: what happens outside.
    """

    least: float
    most: float = math.inf
    with_least: bool = True
    with_most: bool = True
    why: str = ""

    def __contains__(self, value: float) -> bool:
        above = value >= self.least if self.with_least else value > self.least
        below = value <= self.most if self.with_most else value < self.most
        return above and below

    def __str__(self) -> str:
        if math.isinf(self.most):
            return f"{'at least' if self.with_least else 'above'} {self.least:g}"
        low, high = "[" if self.with_least else "(", "]" if self.with_most else ")"
        return f"in {low}{self.least:g}, {self.most:g}{high}"


_ANY: Final = Limits(0)
_ABOVE_0: Final = Limits(0, with_least=False)
_FLIPS: Final = Limits(0, 0.5, with_most=False, why="with half of the orders wrong, or more, nothing is said")

#: By setting. A trainer that takes any number trains the wrong way without a word.
SETTING_LIMITS: Final[dict[str, Limits]] = {
    "anchor_weight": _ANY,
    "beta": Limits(0, with_least=False, why="at 0 nothing is learnt"),
    "conditional_weight": _ANY,
    "desirable_weight": _ABOVE_0,
    "epsilon": _FLIPS,
    "label_smoothing": _FLIPS,
    "length_weight": Limits(0, 1),
    "margin_scale": _ANY,
    "odds_weight": _ABOVE_0,
    "offset_scale": _ANY,
    "outside_weight": Limits(0, 1),
    "sft_weight": _ANY,
    "start_reliability": Limits(0.5, 1, with_least=False, why="a voice of chance says nothing"),
    "sync_steps": Limits(1),
    "sync_weight": Limits(0, 1, with_least=False),
    "target_margin": _ANY,
    "tie_width": _ANY,
    "undesirable_weight": _ABOVE_0,
}

#: Settings that people bring from TRL and PEFT, and what does the same here.
TRL_NAMES: Final[dict[str, str]] = {
    "activation_checkpointing": "not there: lower batch_pairs",
    "bf16": "precision='bf16'",
    "eval_steps": "evaluate_every",
    "force_use_ref_model": "not needed: the model as it was is always at hand",
    "fp16": "precision",
    "generate_during_eval": "shown_items, with evaluate_every",
    "gradient_checkpointing": "not there: lower batch_pairs",
    "ld_alpha": "length_weight, with method='ld_dpo'",
    "load_in_4bit": "bits=4",
    "lora_dropout": "not there: a shared opening must give every answer the same numbers",
    "lora_r": "lora_rank",
    "loss_type": "method",
    "loss_weights": "sft_weight",
    "lr_scheduler_type": "schedule",
    "max_completion_length": "max_tokens",
    "max_grad_norm": "gradient_clip",
    "max_length": "max_tokens",
    "max_prompt_length": "max_tokens",
    "num_train_epochs": "epochs",
    "padding_free": "engine='fast', which pads nothing",
    "per_device_train_batch_size": "batch_pairs",
    "precompute_ref_log_probs": "not needed: they are always kept, by model and pair",
    "r": "lora_rank",
    "ref_model_mixup_alpha": "sync_weight, with method='tr_dpo'",
    "ref_model_sync_steps": "sync_steps, with method='tr_dpo'",
    "reference_free": "method='cpo' or 'simpo'",
    "rpo_alpha": "sft_weight, with method='rpo'",
    "save_steps": "save_every",
    "simpo_gamma": "target_margin, with method='simpo'",
    "sync_ref_model": "method='tr_dpo'",
    "target_modules": "lora_targets",
    "truncation_mode": "max_tokens: what is longer is left out whole",
    "use_cpu": "device='cpu'",
    "use_liger_kernel": "engine='fast'",
    "use_weighting": "method='wpo'",
    "warmup_ratio": "warmup_share",
}
