"""Losses of a pair against literal formulas; with weight 1, offset 0 and no noise they are DPO, exactly."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch

from tests.made_scores import SETTINGS, make_facts, make_scored, sums_of
from workbench.errors import RunError, UnknownNameError
from workbench.finetune.config import RunConfig
from workbench.finetune.losses import LOSSES, compute_loss, settings_of


def sigmoid(value: float) -> float:
    return 1 / (1 + math.exp(-value))


def literal(name: str, delta: float, lengths: tuple[int, int], ratios: tuple[float, float]) -> float:
    """One pair's loss, as its paper writes it, in plain floats."""
    z = SETTINGS["beta"] * delta
    smooth, flipped = SETTINGS["label_smoothing"], SETTINGS["epsilon"]
    a_token = ratios[0] / lengths[0] - ratios[1] / lengths[1]
    return {
        "dpo": -math.log(sigmoid(z)),
        "cdpo": -(1 - smooth) * math.log(sigmoid(z)) - smooth * math.log(sigmoid(-z)),
        "rdpo": (-(1 - flipped) * math.log(sigmoid(z)) + flipped * math.log(sigmoid(-z))) / (1 - 2 * flipped),
        "hinge": max(0.0, 1 - z),
        "ipo": (a_token - 1 / (2 * SETTINGS["beta"])) ** 2,
    }[name]


@pytest.mark.parametrize("name", ["dpo", "cdpo", "rdpo", "hinge", "ipo"])
def test_a_loss_is_the_formula_of_its_paper(name: str) -> None:
    scored = make_scored()
    terms = compute_loss(name, scored, make_facts(), SETTINGS | {"sft_weight": 0.0})
    policy, reference = sums_of(scored)
    lengths = scored.mask.sum(1).tolist()
    n = len(policy) // 2
    expected = []
    for pair in range(n):
        chosen, rejected = policy[pair] - reference[pair], policy[pair + n] - reference[pair + n]
        expected.append(
            literal(name, chosen - rejected, (lengths[pair], lengths[pair + n]), (chosen, rejected))
        )
    assert terms.pair_losses.tolist() == pytest.approx(expected, abs=1e-5)
    assert terms.loss.item() == pytest.approx(sum(expected) / n, abs=1e-5)


@pytest.mark.parametrize(
    ("name", "settings"),
    [("cdpo", {"label_smoothing": 0.0}), ("rdpo", {"epsilon": 0.0}), ("rpo", {"sft_weight": 0.0})],
)
def test_without_noise_or_an_added_term_it_is_dpo_exactly(name: str, settings: dict[str, float]) -> None:
    scored, facts = make_scored(), make_facts()
    beta = {"beta": 0.3, "sft_weight": 0.0}
    plain = compute_loss("dpo", scored, facts, beta)
    assert torch.equal(compute_loss(name, scored, facts, beta | settings).loss, plain.loss)


def test_weights_of_one_and_offsets_of_nothing_are_dpo_exactly_in_value_and_gradient() -> None:
    scored = make_scored()
    terms = compute_loss("dpo", scored, make_facts(), {"beta": 0.3, "sft_weight": 0.0})
    policy, reference = (scored.logps * scored.mask).sum(1), (scored.reference * scored.mask).sum(1)
    chosen, rejected = (policy - reference).chunk(2)
    plain = -torch.nn.functional.logsigmoid(0.3 * (chosen - rejected)).mean()
    assert torch.equal(terms.loss, plain)
    ours, theirs = (
        torch.autograd.grad(loss, scored.logps, retain_graph=True)[0] for loss in (terms.loss, plain)
    )
    assert torch.equal(ours, theirs)


def test_a_pair_of_weight_nothing_might_as_well_not_be_there() -> None:
    scored = make_scored(pairs=3)
    facts = replace(make_facts(3), weight=torch.tensor([1.0, 0.0, 1.0]))
    kept = [0, 2, 3, 5]
    fewer = replace(
        scored, logps=scored.logps[kept], mask=scored.mask[kept], reference=scored.reference[kept]
    )
    for name in ("dpo", "ipo", "rpo"):
        settings = {"beta": 0.1, "sft_weight": 1.0}
        left_out = compute_loss(name, fewer, make_facts(2), settings).loss
        assert compute_loss(name, scored, facts, settings).loss.item() == pytest.approx(
            left_out.item(), abs=1e-6
        )


def test_an_offset_is_what_the_chosen_answer_must_win_by() -> None:
    scored = make_scored()
    offset = torch.tensor([0.5, 0.0, 2.0, 1.0])
    terms = compute_loss("dpo", scored, replace(make_facts(), offset=offset), SETTINGS | {"sft_weight": 0.0})
    margins = (terms.chosen_reward - terms.rejected_reward).tolist()
    expected = [
        -math.log(sigmoid(margin - more)) for margin, more in zip(margins, offset.tolist(), strict=True)
    ]
    assert terms.pair_losses.tolist() == pytest.approx(expected, abs=1e-5)


def test_a_pair_that_is_no_more_likely_right_than_wrong_pulls_its_margin_to_nothing() -> None:
    scored = make_scored()
    even = replace(make_facts(), confidence=torch.full((4,), 0.5))
    terms = compute_loss("dpo", scored, even, {"beta": 0.5, "sft_weight": 0.0})
    margins = (terms.chosen_reward - terms.rejected_reward).tolist()
    expected = [-0.5 * math.log(sigmoid(m)) - 0.5 * math.log(sigmoid(-m)) for m in margins]
    assert terms.pair_losses.tolist() == pytest.approx(expected, abs=1e-5)


def test_robust_dpo_is_unbiased_over_flips() -> None:
    """The mean over flipped and unflipped labels, in their shares, is the loss of the right label."""
    scored, settings = make_scored(), {"beta": 0.3, "sft_weight": 0.0, "epsilon": 0.3}
    right = compute_loss("rdpo", scored, make_facts(), settings).pair_losses
    wrong = compute_loss(
        "rdpo", scored, replace(make_facts(), confidence=torch.zeros(4)), settings
    ).pair_losses
    clean = compute_loss("dpo", scored, make_facts(), settings).pair_losses
    assert torch.allclose(0.7 * right + 0.3 * wrong, clean, atol=1e-5)


def test_the_added_term_is_the_mean_surprise_at_a_chosen_token() -> None:
    scored = make_scored()
    plain = compute_loss("dpo", scored, make_facts(), {"beta": 0.1, "sft_weight": 0.0}).loss
    terms = compute_loss("rpo", scored, make_facts(), {"beta": 0.1, "sft_weight": 2.0})
    surprise = -scored.logps[:4][scored.mask[:4]].mean()
    assert float(terms.loss - plain) == pytest.approx(2 * float(surprise), abs=1e-5)
    assert float(terms.pair_losses.mean()) == pytest.approx(terms.loss.item(), abs=1e-5)


def test_imitation_looks_at_the_rejected_answer_and_learns_nothing_from_it() -> None:
    scored = replace(make_scored(), reference=None)
    terms = compute_loss("sft", scored, make_facts(), {})
    terms.loss.backward()
    assert terms.loss.item() == pytest.approx(float(-scored.logps[:4][scored.mask[:4]].mean()), abs=1e-6)
    assert not scored.logps.grad[4:].any()
    assert scored.logps.grad[:4].any()
    assert float(terms.rejected_reward[0]) == pytest.approx(
        float((scored.logps * scored.mask)[4].sum()), abs=1e-5
    )


def test_a_batch_in_which_no_pair_counts_is_refused() -> None:
    facts = replace(make_facts(), weight=torch.zeros(4))
    with pytest.raises(RunError, match="No pair of this batch has a weight above 0"):
        compute_loss("dpo", make_scored(), facts, {"beta": 0.1})


def test_a_method_without_what_it_needs_says_what_was_not_scored() -> None:
    with pytest.raises(RunError, match="needs the reference's log-probabilities"):
        compute_loss("dpo", replace(make_scored(), reference=None), make_facts(), {"beta": 0.1})


def test_an_unknown_loss_lists_those_there_are() -> None:
    with pytest.raises(UnknownNameError, match=r"Known: cdpo,.*dpo"):
        compute_loss("dpoo", make_scored(), make_facts(), {})


def test_settings_that_nobody_found_are_asked_for() -> None:
    assert settings_of(RunConfig(method="dpo", beta=0.3)) == {"beta": 0.3, "sft_weight": 0.0}
    with pytest.raises(RunError, match=r"epsilon of rdpo is not known.*RunConfig\(epsilon"):
        settings_of(RunConfig(method="rdpo"))


def test_every_method_has_a_loss() -> None:
    from workbench.finetune.methods import METHODS

    assert sorted(LOSSES) == sorted(METHODS)
