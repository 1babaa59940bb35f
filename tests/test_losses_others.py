"""Every other method against a literal formula in plain floats."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch

from tests.made_scores import make_facts, make_scored, sums_of
from workbench.errors import RunError
from workbench.finetune.losses import compute_loss
from workbench.finetune.losses.base import Scored
from workbench.finetune.methods import METHODS

BETA = 0.3
PLAIN = {"beta": BETA, "sft_weight": 0.0}


def sigmoid(value: float) -> float:
    return 1 / (1 + math.exp(-value))


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


def judged(facts, tie_width):
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
