"""What is known of the pairs of a batch: weights, offsets, how sure the order is, which tokens differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from workbench.finetune.config import RunConfig
from workbench.finetune.losses.base import Facts

if TYPE_CHECKING:
    import torch

    from workbench.finetune.losses.beliefs import Beliefs

__all__ = ["Answers", "facts_of"]


class Answers(Protocol):
    """The token ids of a pair's answers, their end marks included."""

    @property
    def chosen_ids(self) -> Sequence[int]:
        """Of the chosen answer."""

    @property
    def rejected_ids(self) -> Sequence[int]:
        """Of the rejected answer."""


def facts_of(
    rows: Sequence[Mapping[str, object]],
    examples: Sequence[Answers],
    config: RunConfig,
    *,
    device: str = "cpu",
    tokenizer: Any = None,
    beliefs: Beliefs | None = None,
) -> Facts:
    """Return what is known of the pairs of a batch.

    Args:
        rows: (n) of `ROW_SCHEMA`, in the order of the batch.
        examples: (n) their answers as tokens.
        config: `weigh_by`, `offset_scale` and which facts the method uses.
        device: where the tensors go.
        tokenizer: that made the answers; finds the tokens of a span for methods that weigh tokens.
        beliefs: what is believed of the annotators so far, for methods that learn it; see `beliefs_of`.

    Returns:
        Weights of 1 unless `weigh_by` says otherwise or a pair has none; offsets of 0 unless the method knows
        strength (`offset_scale` times 1 slightly, 2 clearly, 3 by far); confidence of 1, or .5 for a tie, or
        what is believed.
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
        tied=torch.tensor(tied, device=device) if any(tied) else None,
    )


def _weight(row: Mapping[str, object], config: RunConfig) -> float:
    return _number(row["weight"], 1.0) if config.weigh_by == "weight" else 1.0


def _number(value: object, otherwise: float) -> float:
    return float(value) if isinstance(value, int | float) else otherwise
