"""The loop: Bradley and Terry's loss on an encoder's numbers, measured from what it said before or not."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.errors import RunError
from workbench.finetune.config import RunConfig
from workbench.finetune.losses import compute_loss
from workbench.finetune.losses.base import Facts, Scored
from workbench.finetune.losses.batch import facts_of
from workbench.finetune.scorer.config import ScorerConfig
from workbench.finetune.scorer.result import Accuracy
from workbench.finetune.scorer.towers import Towers
from workbench.statistics import binomial_bounds

if TYPE_CHECKING:
    import torch

__all__ = ["Shown", "judge_pairs", "rate_pairs", "tune_towers"]

_LOOKED_AT = 64


@dataclass(frozen=True)
class Shown:
    """Pairs with what is kept of their pictures, in one order.

    Attributes:
        rows: of `ROW_SCHEMA`.
        pictures: (frames, ...) of each; pairs of one sample share one tensor.
    """

    rows: Sequence[Mapping[str, object]]
    pictures: Sequence[torch.Tensor]

    def take(self, numbers: Sequence[int]) -> Shown:
        """Return some of them."""
        return Shown([self.rows[k] for k in numbers], [self.pictures[k] for k in numbers])


def tune_towers(towers: Towers, pairs: Shown, before: torch.Tensor, config: ScorerConfig) -> list[float]:
    """Train in place.

    Args:
        towers: the encoder.
        pairs: n pairs to learn from.
        before: (2n,) the encoder's numbers of them, chosen first: what `anchored` measures from.
        config: how.

    Returns:
        The loss of each step.

    Raises:
        RunError: when a loss is no number.

    Source:
        Bradley and Terry 1952; two captions in place of the two pictures of Kirstain et al. 2023 (Pick-a-Pic,
        2305.01569); anchored as DPO, Rafailov et al. 2023 (2305.18290).
    """
    import torch

    n = len(pairs.rows)
    random = torch.Generator().manual_seed(config.seed)
    steps = config.epochs * math.ceil(n / config.batch_pairs)
    optimizer = torch.optim.AdamW(towers.trained.values(), lr=config.learning_rate, weight_decay=0.0)
    losses: list[float] = []
    for _ in range(config.epochs):
        order = torch.randperm(n, generator=random)
        for numbers in (order[k : k + config.batch_pairs] for k in range(0, n, config.batch_pairs)):
            for group in optimizer.param_groups:
                group["lr"] = config.learning_rate * _share(len(losses) + 1, steps)
            chosen = numbers.tolist()
            base = before[torch.cat([numbers, numbers + n])].to(towers.device)
            loss = _loss(towers, pairs.take(chosen), base, config)
            optimizer.zero_grad(set_to_none=True)
            torch.autograd.backward(loss)
            losses.append(loss.item())
            if not math.isfinite(losses[-1]):
                raise RunError(f"The loss is {losses[-1]} at step {len(losses)}.", "Lower the learning_rate.")
            torch.nn.utils.clip_grad_norm_(list(towers.trained.values()), 1.0)
            optimizer.step()
    return losses


def rate_pairs(towers: Towers, pairs: Shown) -> torch.Tensor:
    """Return the encoder's numbers of both captions of n pairs, (2n,), chosen first, without gradient."""
    import torch

    with torch.no_grad():
        parts = [
            _numbers(towers, pairs.take(range(start, min(start + _LOOKED_AT, len(pairs.rows))))).chunk(2)
            for start in range(0, len(pairs.rows), _LOOKED_AT)
        ]
    return torch.cat([torch.cat([part[side] for part in parts]) for side in (0, 1)]).cpu()


def judge_pairs(before: torch.Tensor, after: torch.Tensor) -> Accuracy:
    """Return how well pairs are ordered before and after, from numbers of `rate_pairs`."""
    first, last = (numbers.chunk(2)[0] - numbers.chunk(2)[1] for numbers in (before, after))
    n = len(last)
    right = [((gap > 0).sum() + 0.5 * (gap == 0).sum()).item() for gap in (first, last)]
    low = binomial_bounds(n, math.floor(right[1])).low
    high = binomial_bounds(n, math.ceil(right[1])).high
    return Accuracy(n, right[0] / n, right[1] / n, low, high, last.mean().item())


def _loss(towers: Towers, pairs: Shown, before: torch.Tensor, config: ScorerConfig) -> torch.Tensor:
    numbers = _numbers(towers, pairs)
    if config.loss == "anchored":
        numbers = config.beta * (numbers - before)
    scored = Scored(numbers[:, None], numbers.new_ones((len(numbers), 1)).bool())
    settings = {"offset_scale": config.offset_scale, "tie_width": 0.0}
    return compute_loss("reward", scored, _facts(pairs, config, towers.device), settings).loss


def _facts(pairs: Shown, config: ScorerConfig, device: str) -> Facts:
    asked = RunConfig(method="reward", weigh_by=config.weigh_by, offset_scale=config.offset_scale)
    known = facts_of(pairs.rows, (), asked, device=device)
    smooth = config.label_smoothing
    sure = known.confidence * (1 - smooth) + (1 - known.confidence) * smooth
    return Facts(known.weight, known.offset, sure, tied=known.tied)


def _numbers(towers: Towers, pairs: Shown) -> torch.Tensor:
    texts = [str(row[side]) for side in ("chosen", "rejected") for row in pairs.rows]
    return towers.rate(texts, [*pairs.pictures, *pairs.pictures])


def _share(step: int, steps: int) -> float:
    rising = max(1, round(steps / 10))
    return min(step / rising, (steps - step + 1) / max(1, steps - rising + 1))
