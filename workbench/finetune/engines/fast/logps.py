"""Log-probabilities of the tokens that count, and of no others.

The head of a language model is its largest layer, so it is applied only where an answer's token follows. Its
output, the one tensor as wide as the vocabulary, is overwritten with its own gradient on the way back.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import torch

__all__ = ["score_tokens"]

#: Numbers of the output that are kept between the way there and back; above it they are computed twice.
_KEPT: Final = 1 << 29
_STRETCH: Final = 1 << 27


def score_tokens(
    states: torch.Tensor,
    weight: torch.Tensor,
    rows: torch.Tensor,
    targets: torch.Tensor,
    *,
    with_collisions: bool = False,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return what a model gives to tokens.

    Args:
        states: (heads, width) the last hidden states after which the tokens come.
        weight: (vocabulary, width) of the head, which has no bias.
        rows: (tokens,) which state each token comes after.
        targets: (tokens,) ids; no two alike after one state.
        with_collisions: whether the second answer is wanted.

    Returns:
        (tokens,) log-probabilities in f32, nats, with gradient; and (heads,) the log of the sum of squared
        probabilities after each state, without, 0 where not wanted.
    """
    found: tuple[torch.Tensor, torch.Tensor] = _token_logps().apply(
        states, weight, rows, targets, with_collisions
    )
    return found


@cache
def _token_logps() -> Any:
    """Return the function with its own way back; made late, because torch is heavy to import."""
    import torch

    class TokenLogps(torch.autograd.Function):
        forward = staticmethod(_forward)
        backward = staticmethod(_backward)

    return TokenLogps


def _forward(
    ctx: Any,
    states: torch.Tensor,
    weight: torch.Tensor,
    rows: torch.Tensor,
    targets: torch.Tensor,
    with_collisions: bool,
) -> tuple[torch.Tensor, torch.Tensor]:
    import torch

    count = len(states)
    keeps = count * len(weight) <= _KEPT and any(ctx.needs_input_grad)
    picked = torch.empty(len(rows), dtype=torch.float32, device=states.device)
    totals = torch.empty(count, dtype=torch.float32, device=states.device)
    collisions = torch.zeros_like(totals)
    ctx.kept = None
    for start, end in _stretches(count, len(weight), keeps):
        logits = _logits(states[start:end], weight)
        totals[start:end] = logits.logsumexp(dim=1)
        if with_collisions:
            collisions[start:end] = (2 * logits).logsumexp(dim=1) - 2 * totals[start:end]
        here = (rows >= start) & (rows < end)
        picked[here] = logits[rows[here] - start, targets[here]]
        ctx.kept = logits if keeps else None
    ctx.save_for_backward(states, weight, rows, targets, totals)
    ctx.mark_non_differentiable(collisions)
    return picked - totals[rows], collisions


def _backward(ctx: Any, gradient: torch.Tensor, _: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
    import torch

    states, weight, rows, targets, totals = ctx.saved_tensors
    sums = torch.zeros_like(totals).index_add_(0, rows, gradient)
    to_states = torch.empty_like(states) if ctx.needs_input_grad[0] else None
    to_weight = torch.zeros_like(weight) if ctx.needs_input_grad[1] else None
    for start, end in _stretches(len(states), len(weight), ctx.kept is not None):
        logits = ctx.kept if ctx.kept is not None else _logits(states[start:end], weight)
        change = logits.sub_(totals[start:end, None]).exp_().mul_(-sums[start:end, None])
        here = (rows >= start) & (rows < end)
        change[rows[here] - start, targets[here]] += gradient[here]
        change = change.to(states.dtype)
        if to_states is not None:
            to_states[start:end] = change @ weight.to(states.dtype)
        if to_weight is not None:
            to_weight += (change.T @ states[start:end]).to(weight.dtype)
    ctx.kept = None
    return to_states, to_weight, None, None, None


def _logits(states: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    return (states @ weight.to(states.dtype).T).float()


def _stretches(count: int, words: int, is_whole: bool) -> list[tuple[int, int]]:
    step = max(1, count if is_whole else _STRETCH // words)
    return [(start, min(start + step, count)) for start in range(0, count, step)]
