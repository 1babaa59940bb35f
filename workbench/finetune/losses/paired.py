"""Losses of a pair against a reference: DPO and those that bend it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from workbench.finetune.losses.base import Facts, Scored, Terms
from workbench.finetune.losses.sums import believe, finish, log_ratios, nll

if TYPE_CHECKING:
    import torch

__all__ = ["cdpo", "dpo", "hinge", "ipo", "prefer", "rdpo", "surprise"]


def dpo(scored: Scored, facts: Facts, settings: Mapping[str, float]) -> Terms:
    """Make the chosen answer likelier against the rejected one, both measured from the reference.

    -log sigmoid(beta (log-ratio of chosen - log-ratio of rejected) - offset), with soft labels by confidence.
    With `sft_weight` above 0 the mean negative log-probability of a chosen token is added (RPO).

    Source:
        Rafailov et al. 2023 (2305.18290); the offset is ODPO's, Amini et al. 2024 (2402.10571); the added
        term Pang et al. 2024 (2404.19733).
    """
    return prefer(scored, facts, settings, surprise, ratios=log_ratios(scored))


def cdpo(scored: Scored, facts: Facts, settings: Mapping[str, float]) -> Terms:
    """Take DPO with labels that are believed to be wrong in a share of `label_smoothing`.

    Source:
        Mitchell 2023, "A note on DPO with noisy preferences and relationship to IPO".
    """
    share = settings["label_smoothing"]

    def smooth(margin: torch.Tensor) -> torch.Tensor:
        return (1 - share) * surprise(margin) + share * surprise(-margin)

    return prefer(scored, facts, settings, smooth, ratios=log_ratios(scored))


def rdpo(scored: Scored, facts: Facts, settings: Mapping[str, float]) -> Terms:
    """Take DPO with an estimate of the loss that the unflipped labels would give, `epsilon` of them flipped.

    Unbiased, at the price of more spread; a confident pair can have a negative loss.

    Source:
        Chowdhury et al. 2024, "Provably robust DPO" (2403.00409).
    """
    flipped = settings["epsilon"]

    def unflip(margin: torch.Tensor) -> torch.Tensor:
        return ((1 - flipped) * surprise(margin) - flipped * surprise(-margin)) / (1 - 2 * flipped)

    return prefer(scored, facts, settings, unflip, ratios=log_ratios(scored))


def hinge(scored: Scored, facts: Facts, settings: Mapping[str, float]) -> Terms:
    """Push only pairs whose margin is below 1.

    Source:
        Zhao et al. 2023, SLiC-HF (2305.10425), from the reference as in Liu et al. 2023 (2309.06657).
    """
    return prefer(scored, facts, settings, lambda margin: (1 - margin).relu(), ratios=log_ratios(scored))


def ipo(scored: Scored, facts: Facts, settings: Mapping[str, float]) -> Terms:
    """Pull the difference of log-ratios a token towards 1 / (2 beta) and no further.

    The log-ratios are means over tokens, as TRL has it from the paper's authors. The offset, in units of the
    margin, moves the goal.

    Source:
        Azar et al. 2023 (2310.12036), equation 17.
    """
    beta = settings["beta"]
    lengths = scored.mask.sum(dim=1).clamp(min=1)
    sums = log_ratios(scored)
    ratios = tuple(one / length for one, length in zip(sums, lengths.chunk(2), strict=True))
    goal = 1 / (2 * beta)

    def miss(margin: torch.Tensor) -> torch.Tensor:
        return (margin / beta - goal) ** 2

    return prefer(scored, facts, settings, miss, ratios=(ratios[0], ratios[1]))


def prefer(
    scored: Scored,
    facts: Facts,
    settings: Mapping[str, float],
    loss: Callable[[torch.Tensor], torch.Tensor],
    *,
    ratios: tuple[torch.Tensor, torch.Tensor],
) -> Terms:
    """Apply a loss of a margin to every pair.

    Args:
        scored: for the added term on chosen answers.
        facts: offset, confidence and weight of each pair.
        settings: `beta`, and `sft_weight` where the method knows it.
        loss: of the margins, (n,) to (n,).
        ratios: (n,) each, what beta is multiplied by to be a reward.
    """
    chosen, rejected = ratios
    beta, sft_weight = settings["beta"], settings.get("sft_weight", 0.0)
    margin = beta * (chosen - rejected) - facts.offset
    losses = believe(facts, loss(margin), loss(-margin))
    if sft_weight:
        losses = losses + sft_weight * nll(scored, facts)
    return finish(facts, losses, beta * chosen, beta * rejected)


def surprise(margin: torch.Tensor) -> torch.Tensor:
    """Return -log sigmoid of margins."""
    import torch

    return -torch.nn.functional.logsigmoid(margin)
