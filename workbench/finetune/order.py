"""Which pairs are taken in which step: the same for every engine, so that two can be compared."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence

from workbench.finetune.config import RunConfig

__all__ = ["count_steps", "learning_rate_at", "plan_batches"]


def plan_batches(groups: Sequence[str], config: RunConfig) -> list[list[int]]:
    """Return the pairs of each step, by number.

    Every round is shuffled anew. Pairs of one group (such as a sample) follow each other, so that a step
    computes the picture they share once; groups larger than a step go on in the next.

    Args:
        groups: of each pair.
        config: pairs a step, rounds, steps at most, seed.

    >>> plan_batches(["a", "b", "a", "c"], RunConfig(batch_pairs=2, epochs=1, seed=1))
    [[0, 2], [1, 3]]
    """
    members: dict[str, list[int]] = {}
    for number, group in enumerate(groups):
        members.setdefault(group, []).append(number)
    planned: list[list[int]] = []
    for epoch in range(_rounds(len(groups), config)):
        order = sorted(members)
        random.Random(f"{config.seed}/{epoch}").shuffle(order)
        line = [number for group in order for number in members[group]]
        size = config.batch_pairs
        planned += [line[at : at + size] for at in range(0, len(line), size)]
    return planned[: count_steps(len(groups), config)]


def count_steps(pairs: int, config: RunConfig) -> int:
    """Return how many steps a run takes.

    >>> count_steps(1000, RunConfig(batch_pairs=32, epochs=4))
    128
    """
    whole = config.epochs * math.ceil(pairs / config.batch_pairs)
    return min(whole, config.max_steps) if config.max_steps else whole


def learning_rate_at(step: int, steps: int, config: RunConfig) -> float:
    """Return the learning rate of a step, counted from 1, as the schedules of transformers have it.

    It rises from 0 over the first `warmup_share` of the steps, so that the very first changes nothing when
    there is such a rise.

    >>> [learning_rate_at(step, 5, RunConfig(learning_rate=1, warmup_share=0.2)) for step in (1, 2, 4)]
    [0.0, 1.0, 0.5]
    """
    done, warm = step - 1, math.ceil(steps * config.warmup_share)
    if done < warm:
        return config.learning_rate * done / warm
    if config.schedule == "constant":
        return config.learning_rate
    progress = (done - warm) / max(1, steps - warm)
    share = 1 - progress if config.schedule == "linear" else (1 + math.cos(math.pi * progress)) / 2
    return config.learning_rate * max(0.0, share)


def _rounds(pairs: int, config: RunConfig) -> int:
    return math.ceil(count_steps(pairs, config) / max(1, math.ceil(pairs / config.batch_pairs)))
