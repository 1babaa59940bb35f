"""What is known of the pairs of a batch: weights, offsets, how sure the order is, which tokens differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from workbench.finetune.config import RunConfig
from workbench.finetune.losses.base import Facts
from workbench.finetune.losses.spans import PlacedAnswers, differing_tokens
from workbench.finetune.methods import method_of

if TYPE_CHECKING:
    import torch

    from workbench.finetune.losses.beliefs import Beliefs

__all__ = ["facts_of"]


def facts_of(
    rows: Sequence[Mapping[str, object]],
    examples: Sequence[PlacedAnswers],
    config: RunConfig,
    *,
    device: str = "cpu",
    beliefs: Beliefs | None = None,
) -> Facts:
    """Return what is known of the pairs of a batch.

    Args:
        rows: (n) of `ROW_SCHEMA`, in the order of the batch.
        examples: (n) their answers as tokens.
        config: `weigh_by`, `offset_scale` and which facts the method uses.
        device: where the tensors go.
        beliefs: what is believed of the annotators so far, for methods that learn it; see `beliefs_of`.

    Returns:
        Weights of 1 unless `weigh_by` says otherwise or a pair has none; offsets of 0 unless the method knows
        strength (`offset_scale` times 1 slightly, 2 clearly, 3 by far); confidence of 1, or .5 for a tie, or
        what is believed. Which tokens differ, where the method weighs tokens.
    """
    import torch

    def tensor(values: Sequence[float]) -> torch.Tensor:
        return torch.tensor(values, dtype=torch.float32, device=device)

    tied = [row["status"] == "tie" for row in rows]
    scale = config.setting("offset_scale") if "offset_scale" in config.settings else 0.0
    confidence = beliefs.confidence(rows) if beliefs else [0.5 if tie else 1.0 for tie in tied]
    return Facts(
        tensor([_weight(row, config) for row in rows]),
        tensor(
            [
                0.0 if tie else scale * _number(row["strength"], 0.0)
                for row, tie in zip(rows, tied, strict=True)
            ]
        ),
        tensor(confidence),
        _differs(rows, examples, device) if "spans" in method_of(config.method).needs else None,
        tied=torch.tensor(tied, device=device) if any(tied) else None,
    )


def _differs(
    rows: Sequence[Mapping[str, object]], examples: Sequence[PlacedAnswers], device: str
) -> torch.Tensor:
    """Return (2n, t): chosen answers first, each from column 0 on."""
    import torch

    found = [differing_tokens(row, one) for row, one in zip(rows, examples, strict=True)]
    sides = [chosen for chosen, _ in found] + [rejected for _, rejected in found]
    longest = max(len(side) for side in sides)
    return torch.tensor([side + [False] * (longest - len(side)) for side in sides], device=device)


def _weight(row: Mapping[str, object], config: RunConfig) -> float:
    return _number(row["weight"], 1.0) if config.weigh_by == "weight" else 1.0


def _number(value: object, otherwise: float) -> float:
    return float(value) if isinstance(value, int | float) else otherwise
