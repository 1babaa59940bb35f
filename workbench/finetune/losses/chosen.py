"""Imitation of the chosen answers: the control that every preference method has to beat."""

from __future__ import annotations

from collections.abc import Mapping

from workbench.finetune.losses.base import Facts, Scored, Terms
from workbench.finetune.losses.sums import finish, nll, sum_logps

__all__ = ["sft"]


def sft(scored: Scored, facts: Facts, settings: Mapping[str, float]) -> Terms:
    """Make the chosen answers likelier; the rejected ones are looked at and not learned from.

    The loss is the mean negative log-probability of a token of the chosen answers. There is no reference, so
    the rewards are log-probabilities of whole answers, in nats: accuracy before training is the model's own.
    """
    chosen, rejected = sum_logps(scored)
    return finish(facts, nll(scored, facts), chosen, rejected)
