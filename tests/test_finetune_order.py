"""Every pair once a round, pairs of one sample together, rates as transformers has them."""

from __future__ import annotations

from collections import Counter
from itertools import chain

import pytest

from workbench.finetune.allocator import keep_freed_memory
from workbench.finetune.config import RunConfig
from workbench.finetune.order import count_steps, learning_rate_at, plan_batches

GROUPS = [f"s{number % 7}" for number in range(25)]


def test_every_round_takes_every_pair_once_in_an_order_of_its_own() -> None:
    plan = plan_batches(GROUPS, RunConfig(batch_pairs=4, epochs=3, seed=5))
    assert [len(batch) for batch in plan] == [4, 4, 4, 4, 4, 4, 1] * 3
    rounds = [[*chain(*plan[start : start + 7])] for start in (0, 7, 14)]
    assert all(sorted(one) == list(range(25)) for one in rounds)
    assert len({tuple(one) for one in rounds}) == 3


def test_pairs_of_one_group_follow_each_other() -> None:
    (line,) = plan_batches(GROUPS, RunConfig(batch_pairs=25, epochs=1))
    runs = [GROUPS[one] for at, one in enumerate(line) if at == 0 or GROUPS[line[at - 1]] != GROUPS[one]]
    assert Counter(runs) == Counter(set(GROUPS))


def test_the_seed_alone_decides() -> None:
    one, same, other = (plan_batches(GROUPS, RunConfig(seed=seed)) for seed in (1, 1, 2))
    assert one == same != other


@pytest.mark.parametrize(("most", "steps"), [(0, 14), (3, 3), (20, 14)])
def test_steps_end_at_the_rounds_or_before(most: int, steps: int) -> None:
    config = RunConfig(batch_pairs=4, epochs=2, max_steps=most)
    assert count_steps(25, config) == steps == len(plan_batches(GROUPS, config))


@pytest.mark.parametrize("schedule", ["linear", "constant", "cosine"])
@pytest.mark.parametrize("warmup", [0.0, 0.25])
def test_rates_are_those_of_transformers(schedule: str, warmup: float) -> None:
    torch = pytest.importorskip("torch", reason="the extra `torch` is not installed")
    from transformers import get_scheduler

    config = RunConfig(schedule=schedule, warmup_share=warmup, learning_rate=0.3)
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.3)
    name = "constant_with_warmup" if schedule == "constant" else schedule
    theirs = get_scheduler(name, optimizer, num_warmup_steps=5 if warmup else 0, num_training_steps=20)
    for step in range(1, 21):
        assert learning_rate_at(step, 20, config) == pytest.approx(theirs.get_last_lr()[0], abs=1e-12)
        optimizer.step()
        theirs.step()


def test_freed_memory_is_kept_where_the_c_library_is_glibc() -> None:
    import platform

    assert keep_freed_memory() is (platform.system() == "Linux" and platform.libc_ver()[0] == "glibc")
