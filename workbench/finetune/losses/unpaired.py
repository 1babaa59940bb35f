"""A loss that takes each answer alone, good or bad: KTO."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from workbench.finetune.losses.base import Facts, Scored, Terms
from workbench.finetune.losses.sums import believe, finish, log_ratios, need

if TYPE_CHECKING:
    import torch

__all__ = ["kto"]

_OTHER = "log-probabilities of answers to another prompt"


def kto(scored: Scored, facts: Facts, settings: Mapping[str, float]) -> Terms:
    """Make good answers likelier than the policy has drifted on the whole, bad ones less.

    Both answers of a pair are taken, each alone: the chosen as desirable, the rejected as undesirable; a
    pair's loss is the mean of the two. The drift is the mean log-ratio of answers to other prompts, at
    least 0, without gradient. Offsets mean nothing here and are not used.

    Source:
        Ethayarajh et al. 2024 (2402.01306), equation 7.
    """
    chosen, rejected = log_ratios(scored)
    beta = settings["beta"]
    drift = (need(scored.mismatched, _OTHER) - need(scored.mismatched_reference, _OTHER)).mean()
    drift = drift.detach().clamp(min=0)

    def good(ratio: torch.Tensor) -> torch.Tensor:
        return settings["desirable_weight"] * (1 - (beta * (ratio - drift)).sigmoid())

    def bad(ratio: torch.Tensor) -> torch.Tensor:
        return settings["undesirable_weight"] * (1 - (beta * (drift - ratio)).sigmoid())

    losses = believe(facts, good(chosen) + bad(rejected), bad(chosen) + good(rejected)) / 2
    return finish(facts, losses, beta * chosen, beta * rejected)
