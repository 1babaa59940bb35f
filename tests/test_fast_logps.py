"""Log-probabilities of scored tokens, and their gradient, are those of a softmax over everything."""

from __future__ import annotations

from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="the extra `torch` is not installed")

from workbench.finetune.engines.fast import logps as module  # noqa: E402

ROWS, TARGETS = torch.tensor([0, 0, 1, 3, 4]), torch.tensor([5, 6, 5, 0, 10])


def drawn(dtype: Any = torch.float32) -> tuple[Any, Any]:
    draw = torch.Generator().manual_seed(0)
    states = torch.randn((5, 8), generator=draw).to(dtype).requires_grad_()
    return states, torch.randn((11, 8), generator=draw).requires_grad_()


@pytest.mark.parametrize("is_kept", [True, False])
def test_they_are_what_a_softmax_gives_there_and_back(monkeypatch: pytest.MonkeyPatch, is_kept: bool) -> None:
    if not is_kept:  # in stretches of two states, computed again on the way back
        monkeypatch.setattr(module, "_KEPT", 0)
        monkeypatch.setattr(module, "_STRETCH", 22)
    states, weight = drawn()
    found, collisions = module.score_tokens(states, weight, ROWS, TARGETS, with_collisions=True)
    pull = torch.arange(1.0, 6.0)
    (found * pull).sum().backward()
    ours = [states.grad.clone(), weight.grad.clone()]
    states.grad = weight.grad = None
    everything = (states @ weight.T).log_softmax(-1)
    assert torch.allclose(found, everything[ROWS, TARGETS], atol=1e-6)
    assert torch.allclose(collisions, (2 * everything).logsumexp(-1), atol=1e-5)
    (everything[ROWS, TARGETS] * pull).sum().backward()
    assert torch.allclose(ours[0], states.grad, atol=1e-5)
    assert torch.allclose(ours[1], weight.grad, atol=1e-5)


def test_a_frozen_head_gets_no_gradient_and_nothing_is_kept_without_one() -> None:
    states, weight = drawn()
    found, _ = module.score_tokens(states, weight.detach(), ROWS, TARGETS)
    found.sum().backward()
    assert weight.grad is None
    assert states.grad is not None
    with torch.no_grad():
        assert not module.score_tokens(states, weight, ROWS, TARGETS)[0].requires_grad


def test_narrow_states_give_wide_numbers() -> None:
    states, weight = drawn(torch.bfloat16)
    found, _ = module.score_tokens(states, weight, ROWS, TARGETS)
    assert found.dtype == torch.float32
    found.sum().backward()
    assert states.grad.dtype == torch.bfloat16
    assert weight.grad.dtype == torch.float32
