"""DPO that counts some answers or tokens for more than others: WPO, LD-DPO, and masks by span."""

from __future__ import annotations

from collections.abc import Mapping

from workbench.finetune.losses.base import Facts, Scored, Terms
from workbench.finetune.losses.paired import prefer, surprise
from workbench.finetune.losses.sums import log_ratios, need

__all__ = ["ld_dpo", "sparse_dpo", "wpo"]


def wpo(scored: Scored, facts: Facts, settings: Mapping[str, float]) -> Terms:
    """Count a pair by how likely the policy is to say such answers itself.

    The weight is the product over both answers of the geometric mean of each token's probability against
    the sum of squared probabilities at its place, without gradient. Weights are not brought to a mean of 1:
    pairs that are far from the policy train it little.

    Source:
        Zhou et al. 2024 (2406.11827), equation 2, aligned by sampled probability.
    """
    collision = need(scored.collision, "sums of squared probabilities")
    aligned = (scored.logps.detach() - collision) * scored.mask
    odds = (aligned.sum(dim=1) / scored.mask.sum(dim=1).clamp(min=1)).exp()
    chosen, rejected = odds.chunk(2)
    likely = chosen * rejected
    return prefer(
        scored, facts, settings, lambda margin: surprise(margin) * likely, ratios=log_ratios(scored)
    )


def ld_dpo(scored: Scored, facts: Facts, settings: Mapping[str, float]) -> Terms:
    """Count tokens past the shorter answer's length by `length_weight`: 1 is DPO, 0 cuts the longer one.

    Source:
        Liu et al. 2024 (2409.06411).
    """
    place = scored.mask.cumsum(dim=1)
    chosen, rejected = scored.mask.sum(dim=1).chunk(2)
    shared = chosen.minimum(rejected).repeat(2)[:, None]
    weights = 1 - (1 - settings["length_weight"]) * (place > shared).to(scored.logps.dtype)
    return prefer(scored, facts, settings, surprise, ratios=log_ratios(scored, weights))


def sparse_dpo(scored: Scored, facts: Facts, settings: Mapping[str, float]) -> Terms:
    """Count the tokens in which the answers differ, and the others by `outside_weight`: 1 is DPO.

    The masks are the pairs' own spans, known and not learned; sums are not divided by the weights. A side
    that has nothing but what the other has is left alone where `outside_weight` is 0.

    Source:
        Dense DPO of Yu et al. 2023, RLHF-V (2312.00849); masks of tokens as Christopoulou et al. 2024,
        SparsePO (2410.05102), which learns them.
    """
    differs = need(facts.differs, "the words in which the answers differ").to(scored.logps.dtype)
    weights = differs + settings["outside_weight"] * (1 - differs)
    return prefer(scored, facts, settings, surprise, ratios=log_ratios(scored, weights))
