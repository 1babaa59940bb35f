"""What every loss is computed from, and what it returns.

Two answers a pair: chosen ones in rows 0 to n-1, rejected ones in rows n to 2n-1, each from column 0 on, as
long as the longest. Nothing here has the size of the vocabulary. For a judge (kind `reward`) the one column
is the number it gives an answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

__all__ = ["Facts", "Loss", "Scored", "Terms"]


@dataclass(frozen=True)
class Scored:
    """Log-probabilities of the tokens of both answers, in nats, float32.

    Attributes:
        logps: (2n, t), with gradient; 0 where `mask` is False.
        mask: (2n, t) True on the tokens of an answer, its end mark included.
        reference: (2n, t) by the model as it was before, without gradient; None where it is not needed.
        collision: (2n, t) log of the sum over the vocabulary of squared odds, without gradient (for WPO).
        hidden, hidden_reference: (n, t) of the chosen answer with the picture spoiled (for mDPO).
        mismatched, mismatched_reference: (n,) sums of log-probabilities of an answer to another prompt,
            without gradient (for KTO).
    """

    logps: torch.Tensor
    mask: torch.Tensor
    reference: torch.Tensor | None = None
    collision: torch.Tensor | None = None
    hidden: torch.Tensor | None = None
    hidden_reference: torch.Tensor | None = None
    mismatched: torch.Tensor | None = None
    mismatched_reference: torch.Tensor | None = None


@dataclass(frozen=True)
class Facts:
    """What is known of the pairs of a batch.

    Attributes:
        weight: (n,) how much each pair counts; their mean need not be 1, a loss divides by their sum.
        offset: (n,) added to what the chosen answer must win by, in units of the margin; 0 for none.
        confidence: (n,) chance that the order is right; 1 for sure.
        differs: (2n, t) True on the tokens in which the answers differ; None where no spans are known.
        tied: (n,) True where neither answer is better; None where there are no such pairs.
    """

    weight: torch.Tensor
    offset: torch.Tensor
    confidence: torch.Tensor
    differs: torch.Tensor | None = None
    tied: torch.Tensor | None = None


@dataclass(frozen=True)
class Terms:
    """What a loss makes of a batch.

    Attributes:
        loss: one number, with gradient.
        chosen_reward, rejected_reward: (n,) without gradient; their difference is the margin.
        pair_losses: (n,) without gradient, before weighing.
    """

    loss: torch.Tensor
    chosen_reward: torch.Tensor
    rejected_reward: torch.Tensor
    pair_losses: torch.Tensor


#: A method's loss: from scores, facts and the method's settings by name.
Loss = Callable[[Scored, Facts, Mapping[str, float]], Terms]
