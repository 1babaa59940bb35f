"""Take the log-probabilities that TRL's trainer computes, in the form that our losses and reports take."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from workbench.finetune.losses.base import Scored

if TYPE_CHECKING:
    import torch

__all__ = ["listen", "scored_from"]


@contextmanager
def listen(models: Sequence[Any]) -> Iterator[list[Any]]:
    """Yield a list that fills with what the models return, in the order they are called.

    The trainer tells means only; the log-probability of each token is in what its models return.
    """
    heard: list[Any] = []

    def hear(_: object, __: object, output: Any) -> None:
        if getattr(output, "log_probs", None) is not None:
            heard.append(output)

    hooks = [model.register_forward_hook(hear) for model in models]
    try:
        yield heard
    finally:
        for hook in hooks:
            hook.remove()


def scored_from(heard: Sequence[Any], completion_mask: torch.Tensor) -> Scored:
    """Return what was heard as log-probabilities of the answers' tokens, from the left.

    Args:
        heard: what the policy returned, then what the reference did.
        completion_mask: (2n, length) of the batch.
    """
    mask = completion_mask[:, 1:].bool()
    order = (~mask).long().argsort(dim=1, stable=True)[:, : max(1, int(mask.sum(dim=1).max()))]

    def taken(values: torch.Tensor | None) -> torch.Tensor | None:
        return None if values is None else values[:, -mask.shape[1] :].float().gather(1, order)

    kept = mask.gather(1, order)
    policy, reference = heard[0], heard[1].log_probs.detach() if len(heard) > 1 else None
    logps, before = taken(policy.log_probs), taken(reference)
    assert logps is not None
    return Scored(
        logps.masked_fill(~kept, 0.0),
        kept,
        None if before is None else before.masked_fill(~kept, 0.0),
        taken(getattr(policy, "log_sum_sq_probs", None)),
    )
