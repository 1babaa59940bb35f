"""The loss of a judge that gives an answer a number: Bradley and Terry, with ties and a margin."""

from __future__ import annotations

import math
from collections.abc import Mapping

from workbench.finetune.losses.base import Facts, Scored, Terms
from workbench.finetune.losses.paired import surprise
from workbench.finetune.losses.sums import believe, finish, sum_logps

__all__ = ["bradley_terry"]


def bradley_terry(scored: Scored, facts: Facts, settings: Mapping[str, float]) -> Terms:
    """Make the chosen answer's number larger than the rejected one's, by the offset.

    With `tie_width` 0 a tie is an even chance of either order. Above 0 a tie is an answer of its own: it is
    likeliest where the numbers are equal, and an order must be won by the width.

    Args:
        scored: the numbers, in the one column of `logps`.
        facts: which pairs are ties, and what the others must be won by.
        settings: `tie_width`, in units of the numbers.

    Source:
        Bradley and Terry 1952; Rao and Kupper 1967 for ties; the margin as Touvron et al. 2023 (2307.09288).
    """
    chosen, rejected = sum_logps(scored)
    width, margin = settings["tie_width"], chosen - rejected - facts.offset
    losses = believe(facts, surprise(margin - width), surprise(-margin - width))
    if width and facts.tied is not None:
        tie = surprise(margin - width) + surprise(-margin - width) - math.log(math.expm1(2 * width))
        losses = losses.where(~facts.tied, tie)
    return finish(facts, losses, chosen, rejected)
