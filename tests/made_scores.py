"""Made-up log-probabilities of the tokens of a few pairs, for losses."""

from __future__ import annotations

import torch

from workbench.finetune.losses.base import Facts, Scored

SETTINGS = {"beta": 0.3, "label_smoothing": 0.2, "epsilon": 0.25, "sft_weight": 1.0}


def make_scored(pairs: int = 4, longest: int = 7, seed: int = 0) -> Scored:
    """Answers of unlike lengths, with everything that any method needs."""
    random = torch.Generator().manual_seed(seed)
    lengths = torch.randint(min(2, longest), longest + 1, (2 * pairs,), generator=random)
    lengths[0] = longest
    mask = torch.arange(longest)[None] < lengths[:, None]

    def logps(rows: int) -> torch.Tensor:
        drawn = -3 * torch.rand((rows, longest), generator=random) - 0.05
        return drawn * (mask if rows == 2 * pairs else mask[:pairs])

    return Scored(
        logps(2 * pairs).requires_grad_(),
        mask,
        logps(2 * pairs),
        collision=-torch.rand((2 * pairs, longest), generator=random) * mask,
        hidden=logps(pairs).requires_grad_(),
        hidden_reference=logps(pairs),
        mismatched=-15 - 5 * torch.rand(pairs, generator=random),
        mismatched_reference=-19 - 5 * torch.rand(pairs, generator=random),
    )


def make_facts(pairs: int = 4) -> Facts:
    """Pairs that count alike and are sure."""
    return Facts(torch.ones(pairs), torch.zeros(pairs), torch.ones(pairs))


def sums_of(scored: Scored) -> tuple[list[float], list[float]]:
    """The log-probability of each answer, by the policy and by the reference where there is one."""
    logps = [scored.logps] + ([] if scored.reference is None else [scored.reference])
    policy, *reference = [(one * scored.mask).sum(1).tolist() for one in logps]
    return policy, reference[0] if reference else []
