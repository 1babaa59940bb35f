"""Alarms are raised when they are due, once, with a remedy, and not for a run that goes well."""

from __future__ import annotations

from dataclasses import replace

from workbench.finetune.alarms import ALARMS, Alarms, repeats
from workbench.finetune.config import RunConfig
from workbench.finetune.engines.base import HeldOut, Step

DPO = RunConfig(beta=0.1)
FINE = Step(
    step=1, steps=40, loss=0.6, margin=0.2, accuracy=0.8, chosen_reward=0.1, rejected_reward=-0.1,
    grad_norm=1.0, learning_rate=2e-4, tokens=100, seconds=0.1, chosen_logp=-20.0, rejected_logp=-22.0,
)  # fmt: skip
BEFORE = {"a": "a red cat on a mat", "b": "a blue dog by a lake", "c": "a green bird in a tree"}


def hear(alarms: Alarms, steps: int = 40, **changes: float) -> list[str]:
    """Return the names of what is raised by so many steps alike, but for a little chance in the margin."""
    told = []
    for number in range(1, steps + 1):
        step = replace(FINE, step=number, **changes)
        step = replace(step, margin=step.margin * (1.1 if number % 2 else 0.9))
        told += [alarm.name for alarm in alarms.hear_step(step)]
    return told


def test_a_run_that_goes_well_raises_nothing() -> None:
    alarms = Alarms(DPO, BEFORE)
    assert hear(alarms) == []
    assert alarms.hear_held_out(HeldOut(step=20, loss=0.6, margins={"p": 0.1})) == []
    assert alarms.hear_held_out(HeldOut(step=40, loss=0.5, margins={"p": 0.2})) == []
    assert alarms.hear_samples(40, list(BEFORE.items())) == []


def test_a_loss_or_gradient_that_is_no_number_is_told_at_once() -> None:
    for changes in ({"loss": float("nan")}, {"grad_norm": float("inf")}):
        raised = Alarms(DPO, {}).hear_step(replace(FINE, **changes))
        assert [alarm.name for alarm in raised] == ["nan"]


def test_chosen_that_falls_by_half_a_nat_is_told_with_an_sft_weight_as_remedy() -> None:
    alarms = Alarms(DPO, {})
    raised = [alarm for n in range(1, 11) for alarm in alarms.hear_step(_fallen(n, 0.6))]
    assert [alarm.name for alarm in raised] == ["chosen_falling"]
    assert "-0.6 nats" in raised[0].message
    assert "sft_weight=0.2" in raised[0].remedy


def test_an_alarm_is_raised_again_only_when_it_has_become_much_worse() -> None:
    alarms = Alarms(DPO, {})
    falls = [0.6] * 20 + [1.2] * 20 + [6.0] * 20
    raised = [alarm for n, fall in enumerate(falls, 1) for alarm in alarms.hear_step(_fallen(n, fall))]
    assert [alarm.name for alarm in raised] == ["chosen_falling", "chosen_falling"]


def test_without_a_reference_a_fall_is_told_from_the_log_probabilities_beyond_their_noise() -> None:
    config = RunConfig(method="sft")
    noise = [0.4, -0.4]
    levels = [-20.0] * 10 + [-22.0] * 10
    steps = [
        replace(FINE, step=n, chosen_reward=0.0, chosen_logp=level + noise[n % 2])
        for n, level in enumerate(levels, 1)
    ]
    alarms = Alarms(config, {})
    raised = [alarm for step in steps for alarm in alarms.hear_step(step)]
    assert [alarm.name for alarm in raised][:1] == ["chosen_falling"]
    steady = Alarms(config, {})
    assert not [
        a for s in steps for a in steady.hear_step(replace(s, chosen_logp=-20 + noise[s.step % 2] * 9))
    ]


def test_a_margin_that_cannot_be_told_from_nothing_is_told_after_half_of_the_steps() -> None:
    alarms = Alarms(DPO, {})
    margins = [0.05 * (-1) ** n for n in range(40)]
    raised = [
        alarm
        for n, margin in enumerate(margins, 1)
        for alarm in alarms.hear_step(replace(FINE, step=n, margin=margin))
    ]
    assert [(alarm.name, alarm.step) for alarm in raised] == [("margin_stuck", 20)]


def test_margins_or_gradients_of_exactly_nothing_are_told_after_three_steps() -> None:
    assert hear(Alarms(DPO, {}), 4, margin=0.0) == ["nothing_moves"]
    assert hear(Alarms(DPO, {}), 4, grad_norm=0.0) == ["nothing_moves"]


def test_a_loss_gone_to_nothing_is_told() -> None:
    assert hear(Alarms(DPO, {}), 12, loss=0.001, margin=9.0, accuracy=1.0) == ["margin_running_away"]


def test_held_out_loss_that_rises_while_training_loss_falls_is_told() -> None:
    alarms = Alarms(DPO, {})
    for number in range(1, 41):
        alarms.hear_step(replace(FINE, step=number, loss=0.7 - number / 100))
    assert alarms.hear_held_out(HeldOut(step=20, loss=0.55, margins={"p": 0.1})) == []
    raised = alarms.hear_held_out(HeldOut(step=40, loss=0.62, margins={"p": 0.1}))
    assert [alarm.name for alarm in raised] == ["memorising"]


def test_answers_that_repeat_themselves_or_shrink_are_told_against_what_was_said_before() -> None:
    alarms = Alarms(DPO, BEFORE)
    stuck = [(name, f"{text} on a mat on a mat on a mat") for name, text in BEFORE.items()]
    assert [alarm.name for alarm in alarms.hear_samples(10, stuck)] == ["repetition"]
    short = [(name, "a cat") for name in BEFORE]
    assert [alarm.name for alarm in alarms.hear_samples(20, short)] == ["shortening"]


def test_two_answers_are_too_few_to_tell_anything() -> None:
    assert Alarms(DPO, BEFORE).hear_samples(10, [("a", ""), ("b", "")]) == []


def test_a_text_repeats_itself_by_a_doubled_word_or_by_two_words_said_thrice() -> None:
    assert not repeats("a cat and a dog on a mat")
    assert repeats("a white white cat")
    assert repeats("a cat, a cat, a cat")


def test_every_alarm_that_can_be_raised_is_explained() -> None:
    assert set(ALARMS) == {
        "nan", "nothing_moves", "chosen_falling", "margin_stuck", "margin_running_away", "memorising",
        "repetition", "shortening",
    }  # fmt: skip


def _fallen(step: int, nats: float) -> Step:
    return replace(FINE, step=step, chosen_reward=-0.1 * nats)
