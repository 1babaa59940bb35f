"""Losses of a pair that need no reference: SimPO, CPO and ORPO."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from workbench.finetune.losses.base import Facts, Scored, Terms
from workbench.finetune.losses.paired import prefer, surprise
from workbench.finetune.losses.sums import believe, finish, mean_logps, nll, sum_logps

if TYPE_CHECKING:
    import torch

__all__ = ["cpo", "orpo", "simpo"]


def simpo(scored: Scored, facts: Facts, settings: Mapping[str, float]) -> Terms:
    """Make a token of the chosen answer likelier than one of the rejected, by a margin.

    -log sigmoid(beta (mean log-probability of chosen - of rejected) - target_margin).

    Source:
        Meng et al. 2024 (2405.14734).
    """
    goal = settings["target_margin"]
    return prefer(scored, facts, settings, lambda margin: surprise(margin - goal), ratios=mean_logps(scored))


def cpo(scored: Scored, facts: Facts, settings: Mapping[str, float]) -> Terms:
    """Take DPO as if the reference thought all answers alike, and imitate the chosen ones.

    Source:
        Xu et al. 2024 (2401.08417).
    """
    return prefer(scored, facts, settings, surprise, ratios=sum_logps(scored))


def orpo(scored: Scored, facts: Facts, settings: Mapping[str, float]) -> Terms:
    """Imitate the chosen answers and raise their odds against the rejected ones.

    The probability of an answer is the geometric mean over its tokens. The imitated tokens are those of the
    answer, as in the paper; TRL's trainer also imitates the prompt.

    Source:
        Hong et al. 2024 (2403.07691), equations 4 to 7.
    """
    weight = settings["odds_weight"]
    chosen, rejected = (_log_odds(one) for one in mean_logps(scored))
    margin = chosen - rejected - facts.offset
    odds = believe(facts, surprise(margin), surprise(-margin))
    return finish(facts, nll(scored, facts) + weight * odds, weight * chosen, weight * rejected)


def _log_odds(logp: torch.Tensor) -> torch.Tensor:
    import torch

    # An answer that is as good as sure has odds past float32; and log(1 - p) takes two forms to stay exact.
    sure = logp.clamp(max=-1e-7)
    near_one = torch.log(-torch.expm1(sure))
    near_nothing = torch.log1p(-torch.exp(sure))
    return sure - torch.where(sure > -0.693, near_one, near_nothing)
