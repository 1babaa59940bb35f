"""Take the log-probabilities that TRL's trainer computes, in the form that our losses and reports take."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from workbench.finetune.losses.base import Scored

if TYPE_CHECKING:
    import torch

__all__ = ["answer_logps", "first_half", "judged_from", "listen", "pack_left", "scored_from"]


@contextmanager
def listen(models: Sequence[Any], told: str) -> Iterator[list[Any]]:
    """Yield a list that fills with what the models return, in the order they are called.

    The trainer tells means only; the log-probability of each token is in what its models return.

    Args:
        models: of the trainer.
        told: what is listened for, such as `log_probs`.
    """
    heard: list[Any] = []

    def hear(_: object, __: object, output: Any) -> None:
        if getattr(output, told, None) is not None:
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
    policy = heard[0]
    logps, mask = pack_left(policy.log_probs, completion_mask)
    collision = getattr(policy, "log_sum_sq_probs", None)
    return Scored(
        logps,
        mask,
        pack_left(heard[1].log_probs.detach(), completion_mask)[0] if len(heard) > 1 else None,
        None if collision is None else pack_left(collision, completion_mask)[0],
    )


def judged_from(heard: Sequence[Any]) -> Scored:
    """Return what a judge said as scores of one column: the number of each answer."""
    import torch

    numbers = heard[0].logits.float().reshape(-1, 1)
    return Scored(numbers, torch.ones_like(numbers, dtype=torch.bool))


def pack_left(values: torch.Tensor, completion_mask: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Return (rows, longest) values of the answers' tokens and where there is one, from the left.

    Args:
        values: (rows, length - 1), each of the token after its place.
        completion_mask: (rows, length) 1 on the answers' tokens.
    """
    mask = completion_mask[:, 1:].bool()
    longest = max(1, int(mask.sum(dim=1).max()))
    order = (~mask).long().argsort(dim=1, stable=True)[:, :longest]
    kept = mask.gather(1, order)
    packed = values[:, -mask.shape[1] :].float().gather(1, order)
    return packed.masked_fill(~kept, 0.0), kept


def first_half(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Return the chosen answers of a batch, which holds everything twice, pictures too."""
    return {name: value[: len(value) // 2] for name, value in inputs.items()}


def answer_logps(model: Any, inputs: Mapping[str, Any]) -> torch.Tensor:
    """Return (rows, longest) what a model with TRL's head gives to the tokens of answers.

    Args:
        model: that TRL has put its head on.
        inputs: of its collator.
    """
    given = {name: value for name, value in inputs.items() if name != "completion_mask"}
    labels = inputs["input_ids"].masked_fill(inputs["completion_mask"] == 0, -100)
    told = model(**given, labels=labels, use_cache=False, fused_lm_head=True).log_probs
    return pack_left(told, inputs["completion_mask"])[0]
