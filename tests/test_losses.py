"""Every method's loss against its formula in plain floats, and against TRL where TRL has it.

With weight 1, offset 0 and no noise, every relation of DPO is DPO: exactly, not nearly.
"""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch

from tests.losses_of_trl import (  # noqa: F401 - fixtures and tests, collected here
    test_a_judge_learns_what_the_trainer_of_rewards_computes,
    test_a_loss_is_what_the_trainer_of_cpo_computes,
    test_a_loss_is_what_the_trainer_of_dpo_computes,
    test_kto_is_what_its_trainer_computes,
    test_the_odds_ratio_is_what_the_trainer_of_orpo_computes,
    test_trl_smooths_no_label_in_dpo_and_ours_does,
    tokenizer,
    trainer,
    trl,
)
from tests.made_scores import SETTINGS, make_facts, make_scored, sums_of
from workbench.errors import RunError, UnknownNameError
from workbench.finetune.config import RunConfig
from workbench.finetune.losses import LOSSES, compute_loss, settings_of
from workbench.finetune.losses.base import Facts, Scored, Terms
from workbench.finetune.methods import METHODS

BETA = 0.3
PLAIN = {"beta": BETA, "sft_weight": 0.0}


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
    assert sorted(LOSSES) == sorted(METHODS)


def ratios(scored: Scored) -> list[tuple[float, float]]:
    policy, reference = sums_of(scored)
    n = len(policy) // 2
    return [(policy[i] - reference[i], policy[i + n] - reference[i + n]) for i in range(n)]


def means(scored: Scored) -> list[tuple[float, float]]:
    policy, _ = sums_of(scored)
    lengths, n = scored.mask.sum(1).tolist(), len(policy) // 2
    return [(policy[i] / lengths[i], policy[i + n] / lengths[i + n]) for i in range(n)]


def surprise_a_token(scored: Scored) -> float:
    return float(-scored.logps[:4].detach()[scored.mask[:4]].mean())


def test_simpo_compares_means_by_a_margin_and_needs_no_reference() -> None:
    scored = replace(make_scored(), reference=None)
    terms = compute_loss("simpo", scored, make_facts(), PLAIN | {"beta": 2.0, "target_margin": 1.0})
    expected = [-math.log(sigmoid(2 * (c - r) - 1)) for c, r in means(scored)]
    assert terms.pair_losses.tolist() == pytest.approx(expected, abs=1e-5)


def test_cpo_is_dpo_without_a_reference_and_imitates() -> None:
    scored = replace(make_scored(), reference=None)
    terms = compute_loss("cpo", scored, make_facts(), {"beta": BETA, "sft_weight": 1.0})
    policy, _ = sums_of(scored)
    preferred = [-math.log(sigmoid(BETA * (policy[i] - policy[i + 4]))) for i in range(4)]
    assert terms.loss.item() == pytest.approx(sum(preferred) / 4 + surprise_a_token(scored), abs=1e-5)


def test_orpo_imitates_and_raises_the_odds() -> None:
    scored = replace(make_scored(), reference=None)
    terms = compute_loss("orpo", scored, make_facts(), {"odds_weight": 0.1})

    def odds(logp: float) -> float:
        return math.exp(logp) / (1 - math.exp(logp))

    ratio = [-math.log(sigmoid(math.log(odds(c) / odds(r)))) for c, r in means(scored)]
    assert terms.loss.item() == pytest.approx(surprise_a_token(scored) + 0.1 * sum(ratio) / 4, abs=1e-5)


def test_orpo_bears_an_answer_that_is_sure() -> None:
    scored = make_scored()
    sure = torch.zeros_like(scored.logps).requires_grad_()
    terms = compute_loss("orpo", replace(scored, logps=sure), make_facts(), {"odds_weight": 0.1})
    terms.loss.backward()
    assert torch.isfinite(terms.loss)
    assert torch.isfinite(sure.grad).all()


def test_kto_takes_each_answer_alone_against_the_drift() -> None:
    scored = make_scored()
    settings = {"beta": BETA, "desirable_weight": 1.5, "undesirable_weight": 0.5}
    drift = max(0.0, (scored.mismatched - scored.mismatched_reference).mean().item())
    assert drift > 0
    expected = [
        (1.5 * (1 - sigmoid(BETA * (c - drift))) + 0.5 * (1 - sigmoid(BETA * (drift - r)))) / 2
        for c, r in ratios(scored)
    ]
    terms = compute_loss("kto", scored, make_facts(), settings)
    assert terms.pair_losses.tolist() == pytest.approx(expected, abs=1e-5)


def test_wpo_counts_what_the_policy_would_say_itself() -> None:
    scored = make_scored()
    lengths = scored.mask.sum(1).tolist()
    aligned = ((scored.logps - scored.collision) * scored.mask).sum(1).tolist()
    weight = [math.exp(aligned[i] / lengths[i] + aligned[i + 4] / lengths[i + 4]) for i in range(4)]
    expected = [
        -w * math.log(sigmoid(BETA * (c - r))) for w, (c, r) in zip(weight, ratios(scored), strict=True)
    ]
    terms = compute_loss("wpo", scored, make_facts(), PLAIN)
    assert terms.pair_losses.tolist() == pytest.approx(expected, abs=1e-5)


def test_ld_dpo_counts_what_is_past_the_shorter_answer_for_less() -> None:
    scored = make_scored()
    gain = ((scored.logps - scored.reference) * scored.mask).detach().tolist()
    lengths = scored.mask.sum(1).tolist()
    expected = []
    for i in range(4):
        shared = min(lengths[i], lengths[i + 4])
        chosen, rejected = (sum(gain[k][:shared]) + 0.4 * sum(gain[k][shared:]) for k in (i, i + 4))
        expected.append(-math.log(sigmoid(BETA * (chosen - rejected))))
    terms = compute_loss("ld_dpo", scored, make_facts(), PLAIN | {"length_weight": 0.4})
    assert terms.pair_losses.tolist() == pytest.approx(expected, abs=1e-5)


def test_sparse_dpo_counts_the_words_that_differ() -> None:
    scored = make_scored()
    differs = (torch.arange(7)[None] % 3 == 0) & scored.mask
    gain = ((scored.logps - scored.reference) * scored.mask).detach()
    sums = (gain * differs + 0.25 * gain * ~differs).sum(1).tolist()
    expected = [-math.log(sigmoid(BETA * (sums[i] - sums[i + 4]))) for i in range(4)]
    facts = replace(make_facts(), differs=differs)
    terms = compute_loss("sparse_dpo", scored, facts, PLAIN | {"outside_weight": 0.25})
    assert terms.pair_losses.tolist() == pytest.approx(expected, abs=1e-5)


def test_mdpo_also_wants_the_picture_and_holds_the_chosen_answer_up() -> None:
    scored = make_scored()
    settings = PLAIN | {"conditional_weight": 0.7, "anchor_weight": 0.4}
    hidden = ((scored.hidden - scored.hidden_reference) * scored.mask[:4]).sum(1).tolist()
    expected = [
        -math.log(sigmoid(BETA * (c - r)))
        - 0.7 * math.log(sigmoid(BETA * (c - h)))
        - 0.4 * math.log(sigmoid(BETA * c))
        for (c, r), h in zip(ratios(scored), hidden, strict=True)
    ]
    terms = compute_loss("mdpo", scored, make_facts(), settings)
    assert terms.pair_losses.tolist() == pytest.approx(expected, abs=1e-5)
    assert terms.loss.item() == pytest.approx(sum(expected) / 4, abs=1e-5)


def test_a_judge_wins_by_the_offset() -> None:
    facts = replace(make_facts(), offset=torch.tensor([0.0, 0.5, 1.0, 0.0]))
    numbers, terms = judged(facts, tie_width=0.0)
    expected = [-math.log(sigmoid(numbers[i] - numbers[i + 4] - facts.offset[i].item())) for i in range(4)]
    assert terms.pair_losses.tolist() == pytest.approx(expected, abs=1e-5)


def test_a_tie_is_likeliest_between_equals_and_the_three_answers_make_one() -> None:
    win = judged(make_facts(), tie_width=0.8)[1]
    lose = judged(replace(make_facts(), confidence=torch.zeros(4)), tie_width=0.8)[1]
    tied = replace(make_facts(), confidence=torch.full((4,), 0.5), tied=torch.ones(4, dtype=torch.bool))
    tie = judged(tied, tie_width=0.8)[1]
    total = (-win.pair_losses).exp() + (-lose.pair_losses).exp() + (-tie.pair_losses).exp()
    assert total.tolist() == pytest.approx([1.0] * 4, abs=1e-5)


def test_without_a_width_a_tie_is_an_even_chance() -> None:
    tied = replace(make_facts(), confidence=torch.full((4,), 0.5), tied=torch.ones(4, dtype=torch.bool))
    numbers, terms = judged(tied, tie_width=0.0)
    gaps = [numbers[i] - numbers[i + 4] for i in range(4)]
    expected = [-(math.log(sigmoid(gap)) + math.log(sigmoid(-gap))) / 2 for gap in gaps]
    assert terms.pair_losses.tolist() == pytest.approx(expected, abs=1e-5)


def judged(facts: Facts, tie_width: float) -> tuple[list[float], Terms]:
    numbers = [0.3, -1.0, 2.0, 0.1, 0.5, 0.5, -1.0, 0.2]
    scored = Scored(torch.tensor(numbers)[:, None].requires_grad_(), torch.ones((8, 1), dtype=torch.bool))
    return numbers, compute_loss("reward", scored, facts, {"tie_width": tie_width, "offset_scale": 0.0})


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("ld_dpo", {"length_weight": 1.0}),
        ("sparse_dpo", {"outside_weight": 1.0}),
        ("mdpo", {"conditional_weight": 0.0, "anchor_weight": 0.0}),
        ("odpo", {"offset_scale": 0.5}),
        ("re_po", {"start_reliability": 0.9}),
        ("tr_dpo", {"sync_steps": 8.0, "sync_weight": 0.5}),
    ],
)
def test_without_its_own_turn_a_method_is_dpo_exactly(name: str, settings: dict[str, float]) -> None:
    scored = make_scored()
    facts = replace(make_facts(), differs=scored.mask)
    plain = compute_loss("dpo", scored, facts, PLAIN)
    assert torch.equal(compute_loss(name, scored, facts, PLAIN | settings).loss, plain.loss)


@pytest.mark.parametrize("name", sorted(METHODS))
def test_a_weight_of_two_on_every_pair_changes_nothing(name: str) -> None:
    scored = make_scored() if name != "reward" else replace(make_scored(longest=1))
    settings = {key: 0.5 if value is None else value for key, value in METHODS[name].settings.items()}
    settings |= {"epsilon": 0.2} if "epsilon" in settings else {}
    facts = replace(make_facts(), differs=scored.mask)
    once = compute_loss(name, scored, facts, settings)
    twice = compute_loss(name, scored, replace(facts, weight=torch.full((4,), 2.0)), settings)
    assert twice.loss.item() == pytest.approx(once.loss.item(), abs=1e-6)
    assert once.loss.requires_grad
    assert not once.chosen_reward.requires_grad


@pytest.mark.parametrize(
    ("name", "lacking", "told"),
    [
        ("wpo", "collision", "sums of squared probabilities"),
        ("kto", "mismatched", "answers to another prompt"),
        ("mdpo", "hidden", "its picture spoiled"),
    ],
)
def test_what_was_not_scored_is_named(name: str, lacking: str, told: str) -> None:
    settings = {key: value or 1.0 for key, value in METHODS[name].settings.items()}
    with pytest.raises(RunError, match=told):
        compute_loss(name, replace(make_scored(), **{lacking: None}), make_facts(), settings)
    with pytest.raises(RunError, match="the words in which the answers differ"):
        compute_loss("sparse_dpo", make_scored(), make_facts(), PLAIN | {"outside_weight": 0.0})
