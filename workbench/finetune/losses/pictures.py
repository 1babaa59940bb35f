"""A loss that makes the picture count: mDPO."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from workbench.finetune.losses.base import Facts, Scored, Terms
from workbench.finetune.losses.paired import prefer, surprise
from workbench.finetune.losses.sums import log_ratios, need

__all__ = ["mdpo"]

_HIDDEN = "log-probabilities of the chosen answer with its picture spoiled"


def mdpo(scored: Scored, facts: Facts, settings: Mapping[str, float]) -> Terms:
    """Add two terms to DPO: the chosen answer must need its picture, and must not grow less likely.

    The conditional term prefers the chosen answer with its picture to the same answer with the picture
    spoiled; the anchor is -log sigmoid(beta log-ratio of chosen). Both count like the pair, but neither has
    an offset, and a pair that may be the wrong way round has them by its confidence.

    Source:
        Wang et al. 2024 (2406.11839), equations 4 to 6, with an anchor of 0.
    """
    chosen, rejected = log_ratios(scored)
    beta = settings["beta"]
    mask = scored.mask[: len(chosen)]
    hidden = ((need(scored.hidden, _HIDDEN) - need(scored.hidden_reference, _HIDDEN)) * mask).sum(dim=1)
    conditional = surprise(beta * (chosen - hidden))
    added = settings["conditional_weight"] * conditional + settings["anchor_weight"] * surprise(beta * chosen)
    terms = prefer(scored, facts, settings, surprise, ratios=(chosen, rejected))
    losses = facts.confidence * added
    loss = terms.loss + (facts.weight * losses).sum() / facts.weight.sum()
    return replace(terms, loss=loss, pair_losses=terms.pair_losses + losses.detach())
