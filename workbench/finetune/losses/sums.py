"""From log-probabilities of tokens to numbers of answers and of pairs: what all losses share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.errors import RunError
from workbench.finetune.losses.base import Facts, Scored, Terms

if TYPE_CHECKING:
    import torch

__all__ = ["believe", "finish", "log_ratios", "mean_logps", "need", "nll", "sum_logps"]


def need(tensor: torch.Tensor | None, what: str) -> torch.Tensor:
    """Return what a loss needs.

    Raises:
        RunError: when it was not scored.
    """
    if tensor is None:
        raise RunError(f"This method needs {what}, and the engine did not score it.", "Take another engine.")
    return tensor


def sum_logps(scored: Scored) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the log-probability of each chosen and each rejected answer, (n,) each, nats."""
    chosen, rejected = (scored.logps * scored.mask).sum(dim=1).chunk(2)
    return chosen, rejected


def mean_logps(scored: Scored) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the same a token, (n,) each."""
    sums, lengths = (scored.logps * scored.mask).sum(dim=1), scored.mask.sum(dim=1).clamp(min=1)
    chosen, rejected = (sums / lengths).chunk(2)
    return chosen, rejected


def log_ratios(
    scored: Scored, token_weights: torch.Tensor | None = None
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return how much likelier each answer is than it was by the reference, (n,) each, nats.

    Args:
        scored: with its reference.
        token_weights: (2n, t) how much each token counts; 1 where left out.
    """
    counted = scored.mask if token_weights is None else scored.mask * token_weights
    # Answers are summed before they are compared, as TRL does it, so that the two round alike.
    policy = (scored.logps * counted).sum(dim=1)
    reference = (need(scored.reference, "the reference's log-probabilities") * counted).sum(dim=1)
    chosen, rejected = (policy - reference).chunk(2)
    return chosen, rejected


def believe(facts: Facts, as_said: torch.Tensor, the_other_way: torch.Tensor) -> torch.Tensor:
    """Mix the losses of both orders by how sure the order is; a sure one is its own loss, exactly."""
    return facts.confidence * as_said + (1 - facts.confidence) * the_other_way


def nll(scored: Scored, facts: Facts) -> torch.Tensor:
    """Return each chosen answer's share, (n,), of the mean negative log-probability of a token.

    The weighted mean of the shares is the weighted mean over all tokens of the chosen answers, as TRL's `sft`
    takes it: a long answer counts for more than a short one.
    """
    chosen, _ = sum_logps(scored)
    lengths = scored.mask[: len(chosen)].sum(dim=1)
    tokens = (facts.weight * lengths).sum().clamp(min=1e-12)
    return -chosen * (facts.weight.sum() / tokens)


def finish(facts: Facts, pair_losses: torch.Tensor, chosen: torch.Tensor, rejected: torch.Tensor) -> Terms:
    """Weigh the pairs' losses into one number.

    Args:
        facts: with the weight of each pair.
        pair_losses: (n,) with gradient.
        chosen, rejected: (n,) the rewards of the answers.

    Raises:
        RunError: when no pair of the batch counts.
    """
    total = facts.weight.sum()
    if not float(total) > 0:
        raise RunError("No pair of this batch has a weight above 0.", "Leave out pairs that count nothing.")
    loss = (facts.weight * pair_losses).sum() / total
    return Terms(loss, chosen.detach(), rejected.detach(), pair_losses.detach())
