"""Bring what a step found back from the device, all at once, and put it into the words of events."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.finetune.engines.base import Step
from workbench.finetune.losses.base import Scored, Terms

if TYPE_CHECKING:
    import torch

__all__ = ["Told", "make_step", "read_terms"]


@dataclass(frozen=True, slots=True)
class Told:
    """What a batch came to, as numbers of Python.

    Attributes:
        loss, grad_norm: one number each.
        chosen_rewards, rejected_rewards, chosen_logps, rejected_logps: of each pair.
    """

    loss: float
    grad_norm: float
    chosen_rewards: Sequence[float]
    rejected_rewards: Sequence[float]
    chosen_logps: Sequence[float]
    rejected_logps: Sequence[float]

    @property
    def margins(self) -> list[float]:
        """Reward of chosen less rejected, of each pair."""
        return [one - other for one, other in zip(self.chosen_rewards, self.rejected_rewards, strict=True)]


def read_terms(terms: Terms, scored: Scored, grad_norm: torch.Tensor | None = None) -> Told:
    """Return what a batch came to; waits for the device once."""
    import torch

    sums = (scored.logps.detach() * scored.mask).sum(dim=1)
    norm = sums.new_zeros(1) if grad_norm is None else grad_norm.reshape(1)
    count = len(terms.chosen_reward)
    numbers: list[float] = torch.cat(
        [terms.loss.detach().reshape(1), norm, terms.chosen_reward, terms.rejected_reward, sums]
    ).tolist()
    parts = [numbers[2 + count * part : 2 + count * (part + 1)] for part in range(4)]
    return Told(numbers[0], numbers[1], *parts)


def make_step(
    told: Told, pair_ids: Sequence[str], step: int, steps: int, learning_rate: float, tokens: int
) -> Step:
    """Return what is told of a step; its seconds are not known yet."""
    margins = told.margins
    return Step(
        step=step,
        steps=steps,
        loss=told.loss,
        margin=_mean(margins),
        accuracy=_mean([(margin > 0) + 0.5 * (margin == 0) for margin in margins]),
        chosen_reward=_mean(told.chosen_rewards),
        rejected_reward=_mean(told.rejected_rewards),
        grad_norm=told.grad_norm,
        learning_rate=learning_rate,
        tokens=tokens,
        seconds=0.0,
        chosen_logp=_mean(told.chosen_logps),
        rejected_logp=_mean(told.rejected_logps),
        pair_margins=dict(zip(pair_ids, margins, strict=True)),
    )


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
