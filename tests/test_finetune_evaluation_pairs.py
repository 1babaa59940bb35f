"""How answers are weighed, what held-out pairs can show, and probes of what is there."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import tiny_models
from PIL import Image

from workbench.finetune.config import RunConfig
from workbench.finetune.evaluation.comparing import compare_probes
from workbench.finetune.evaluation.held_out import (
    frame_of_pairs,
    measure_pairs,
    pairs_needed,
    reliability_bins,
    tell_power,
)
from workbench.finetune.evaluation.likelihood import Likelihoods, weigh_answers
from workbench.finetune.evaluation.probes import answer_rows, can_answer, make_probes
from workbench.finetune.evaluation.truth import truth_of_captions
from workbench.finetune.examples import make_examples
from workbench.finetune.models import Loaded
from workbench.finetune.rows import ROW_SCHEMA

torch = pytest.importorskip("torch", reason="the extra `torch` is not installed")

TEXTS = ["Describe this image.", "A red car and a blue dog on a beach.", "A boat."]


def loaded(with_pictures: bool) -> Loaded:
    tokenizer = tiny_models.make_tokenizer([*TEXTS, "cat"])
    model, processor = tiny_models.make_language_model(tokenizer), None
    if with_pictures:
        model, processor = tiny_models.make_picture_model(tokenizer)
    torch.manual_seed(1)
    for name, weights in model.named_parameters():
        if "norm" not in name:
            weights.data = torch.randn_like(weights) * 0.3
    return Loaded(model.eval(), tokenizer, processor, type(model).__name__, "tiny", "tiny", "cpu", "f32")


def rows_of(*pairs: tuple[str, str], paths: list[Path] | None = None) -> pl.DataFrame:
    rows = [
        {"pair_id": f"p{number}", "sample_id": f"s{number}", "chosen": chosen, "rejected": rejected,
         "prompt": TEXTS[0], "media": "image" if paths else "", "collage": "",
         "paths": [str(paths[number])] if paths else [], "group": "", "origin": "edit",
         "error_type": "object"}
        for number, (chosen, rejected) in enumerate(pairs)
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=ROW_SCHEMA)


def literal(model: Any, ids: list[int], start: int, **extra: Any) -> float:
    """Sum the log-probabilities of the tokens from `start` on, one text alone and nothing padded."""
    with torch.no_grad():
        logits = model(input_ids=torch.tensor([ids]), **extra).logits[0].log_softmax(-1)
    return float(sum(logits[at - 1, ids[at]] for at in range(start, len(ids))))


def test_answers_of_text_weigh_what_each_weighs_alone() -> None:
    model = loaded(with_pictures=False)
    rows = rows_of((TEXTS[1], TEXTS[2]), (TEXTS[2], "A red boat."), ("A blue dog.", TEXTS[1]))
    weighed = weigh_answers(model, rows, RunConfig(), batch=2)
    for at, example in enumerate(make_examples(rows, model, RunConfig())):
        prompt = list(example.prompt_ids)
        for ids, found in ((example.chosen_ids, weighed.chosen), (example.rejected_ids, weighed.rejected)):
            assert found[at] == pytest.approx(literal(model.model, prompt + list(ids), len(prompt)), abs=1e-4)
        assert weighed.chosen_tokens[at] == len(example.chosen_ids)


def test_answers_to_pictures_weigh_what_each_weighs_alone(tmp_path: Path) -> None:
    model = loaded(with_pictures=True)
    paths = [tmp_path / f"{number}.png" for number in range(3)]
    for number, path in enumerate(paths):
        Image.new("RGB", (32 + number, 32), (100 * number, 0, 90)).save(path)
    rows = rows_of((TEXTS[1], TEXTS[2]), (TEXTS[2], "A red boat."), (TEXTS[2], TEXTS[1]), paths=paths)
    weighed = weigh_answers(model, rows, RunConfig(), batch=2)
    seen: dict[str, Any] = {}
    examples = make_examples(
        rows, model, RunConfig(), lambda keys, px: seen.update(zip(keys, px, strict=True))
    )
    for at, example in enumerate(examples):
        whole = [*example.prompt_ids, *example.chosen_ids]
        alone = literal(
            model.model, whole, len(example.prompt_ids), pixel_values=seen[example.pictures[0]][None]
        )
        assert weighed.chosen[at] == pytest.approx(alone, abs=1e-4)
    assert weighed.chosen[1] != pytest.approx(weighed.rejected[1])


def pairs_frame(*gains: float, samples: list[str] | None = None) -> pl.DataFrame:
    count = len(gains)
    rows = pl.DataFrame(
        {"pair_id": [f"p{n}" for n in range(count)], "sample_id": samples or [f"s{n}" for n in range(count)],
         "group": [""] * count, "origin": ["edit"] * count, "error_type": ["object"] * count}
    )  # fmt: skip
    tokens = [5] * count
    before = Likelihoods([-10.0] * count, [-9.0] * count, tokens, tokens)
    after = Likelihoods([-10.0 + gain for gain in gains], [-9.0] * count, tokens, tokens)
    return frame_of_pairs(rows, before, after, beta=0.5)


def test_rewards_are_half_right_where_nothing_was_learned() -> None:
    found = measure_pairs(pairs_frame(0.0, 0.0, 0.0, 0.0), rounds=50, seed=0)
    assert found["reward_accuracy"].value == 0.5, "a tie is neither right nor wrong"
    assert found["reward_margin"].value == 0
    assert found["pair_accuracy_before"].value == found["pair_accuracy_after"].value == 0


def test_margins_perplexity_and_accuracy_are_literal() -> None:
    pairs = pairs_frame(2.0, 0.5, -1.0, 3.0)
    assert pairs["margin"].to_list() == [1.0, 0.25, -0.5, 1.5]
    found = measure_pairs(pairs, rounds=200, seed=0)
    assert found["reward_accuracy"].value == 0.75
    assert found["pair_accuracy_after"].value == 0.5
    assert found["perplexity_chosen_before"].value == pytest.approx(math.exp(2))
    assert found["perplexity_chosen_after"].value == pytest.approx(math.exp((40 - 4.5) / 20))
    chances = 1 / (1 + np.exp(-np.array([1.0, 0.25, 0.5, 1.5])))
    right = np.array([1, 1, 0, 1])
    assert found["brier"].value == pytest.approx(float(((chances - right) ** 2).mean()))


def test_pairs_of_one_sample_stand_or_fall_together() -> None:
    gains = [2.0] * 30 + [-2.0] * 30
    apart = measure_pairs(pairs_frame(*gains), rounds=300, seed=0)["reward_accuracy"]
    tied = [f"s{number // 10}" for number in range(60)]
    together = measure_pairs(pairs_frame(*gains, samples=tied), rounds=300, seed=0)["reward_accuracy"]
    assert together.high - together.low > 2 * (apart.high - apart.low)


def test_a_broken_model_has_a_perplexity_all_the_same() -> None:
    assert math.isfinite(measure_pairs(pairs_frame(-1e6), rounds=5, seed=0)["perplexity_chosen_after"].value)


def test_bins_tell_sureness_from_being_right() -> None:
    bins = reliability_bins(pairs_frame(*([9.0] * 20 + [-0.1] * 20)))
    assert bins["pairs"].sum() == 40
    assert bins["found"].to_list() == sorted(bins["found"].to_list())
    assert bins["said"][-1] > 0.95
    assert reliability_bins(pairs_frame()).is_empty()
    assert measure_pairs(pairs_frame(), rounds=5, seed=0) == {}


@pytest.mark.parametrize(
    ("accuracy", "pairs"), [(0.55, 783), (0.60, 194), (0.65, 85), (0.70, 47), (0.80, 20)]
)
def test_as_many_pairs_are_needed_as_the_power_of_a_test_of_one_half_says(
    accuracy: float, pairs: int
) -> None:
    assert pairs_needed(accuracy) == pairs


def test_few_pairs_say_what_they_can_show() -> None:
    assert "too few" in tell_power(4)
    assert "0.64 or more" in tell_power(100)
    assert "200 or more are advised" in tell_power(100)
    assert "advised" not in tell_power(300)
    assert "held out" in tell_power(0)


CAPTIONS = [("s0", "A red car and a blue dog."), ("s1", "A red car and a cat."), ("s2", "A boat and a cat."),
            ("s3", "A red car and a dog.")]  # fmt: skip


def probe_rows() -> list[dict[str, Any]]:
    return [
        {"sample_id": name, "chosen": text, "prompt": TEXTS[0], "start_s": None, "end_s": None}
        for name, text in CAPTIONS
    ]


def test_a_probe_names_one_thing_that_is_there_and_one_that_is_not() -> None:
    truth = truth_of_captions(CAPTIONS)
    assert truth is not None
    rows = probe_rows()
    probes = make_probes(rows, truth, ways=("question", "sentence"), seed=0)
    assert probes.height == len(rows) * 3 * 2
    for probe in probes.iter_rows(named=True):
        there = truth.names(rows[probe["row"]])
        assert probe["present"] in there
        assert probe["absent"] not in there
        assert probe["absent"] in probe["false_text"]
        if probe["way"] == "sentence":
            assert probe["true_text"] == rows[probe["row"]]["chosen"]
            assert probe["present"] not in probe["false_text"]
    boat = probes.filter(row=2, kind="adversarial", way="question")
    assert boat["absent"].to_list() == ["car"], "what stands beside a cat most often"
    assert probes.equals(make_probes(rows, truth, ways=("question", "sentence"), seed=0))


def test_a_model_that_says_yes_to_everything_is_right_half_the_time() -> None:
    truth = truth_of_captions(CAPTIONS)
    assert truth is not None
    probes = make_probes(probe_rows(), truth, ways=("question",), seed=0)
    asked = answer_rows(probes, probe_rows())
    assert {(row["chosen"], row["rejected"]) for row in asked} == {("Yes", "No")}
    assert asked[0]["prompt"].startswith("Is there a")
    tokens = [1] * len(asked)
    yes = Likelihoods([-0.1] * len(asked), [-3.0] * len(asked), tokens, tokens)
    knows = Likelihoods([-0.1, -3.0] * probes.height, [-3.0, -0.1] * probes.height, tokens * 1, tokens)
    frame, found = compare_probes(probes, yes, knows, rounds=20)
    assert found["pope_random_question_before"].value == 0.5
    assert found["pope_yes_share_before"].value == 1
    assert found["pope_adversarial_question_after"].value == 1
    assert found["pope_yes_share_after"].value == 0.5
    assert found["pope_popular_question_change"].value == 0.5
    assert frame["right_after"].to_list() == [1.0] * probes.height


def test_captions_that_differ_in_one_thing_are_weighed_against_each_other() -> None:
    truth = truth_of_captions(CAPTIONS)
    assert truth is not None
    probes = make_probes(probe_rows(), truth, ways=("sentence",), seed=0)
    count = len(answer_rows(probes, probe_rows()))
    assert count == probes.height
    tokens = [1] * count
    wrong = Likelihoods([-2.0] * count, [-1.0] * count, tokens, tokens)
    tied = Likelihoods([-1.0] * count, [-1.0] * count, tokens, tokens)
    _, found = compare_probes(probes, wrong, tied, rounds=20)
    assert found["pope_random_sentence_before"].value == 0
    assert found["pope_random_sentence_after"].value == 0.5
    assert "pope_yes_share_after" not in found


def test_a_captioner_without_the_words_is_not_asked_questions() -> None:
    assert not can_answer(loaded(with_pictures=False))
    speaks = loaded(with_pictures=False)
    asked = Loaded(
        speaks.model, tiny_models.make_tokenizer(["Yes No"]), None, "x", "x", "x", "cpu", "f32"
    )  # fmt: skip
    assert can_answer(asked)
