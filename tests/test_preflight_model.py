"""The pre-flight of a loaded model: lengths, ends, memory, and a first step that leaves no trace."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.made_plans import clean_rows, config_for, paint, picture_folder, planted, text_folder
from tests.made_tuning import Ear
from workbench.errors import RunError
from workbench.finetune.config import RunConfig
from workbench.finetune.engines.base import Job
from workbench.finetune.preflight import MODEL_RULES, Preflight, preflight_model
from workbench.finetune.rows import FLAGGED_SCHEMA, fit_rows

torch = pytest.importorskip("torch", reason="needs the extra torch")
pytest.importorskip("peft", reason="the extra `finetune` is not installed")

NO_END = (
    "{% for message in messages %}{{ '<s> ' + message['role'] + ' ' + message['content'] + ' ' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<s> assistant ' }}{% endif %}"
)


@pytest.fixture(scope="module")
def text(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return text_folder(tmp_path_factory.mktemp("models") / "text")


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return picture_folder(tmp_path_factory.mktemp("models") / "pictures")


def opened(config: RunConfig) -> Any:
    from workbench.finetune.models import load_model, prepare_training

    return prepare_training(load_model(config), config)


def look(rows: pl.DataFrame, config: RunConfig, loaded: Any = None, **more: Any) -> Preflight:
    from workbench.finetune.examples import make_examples

    loaded = loaded or opened(config)
    train = fit_rows(rows, "train")
    return preflight_model(loaded, train, make_examples(train, loaded, config), config, **more)


def places(looked: Preflight, rule: str) -> list[tuple[int, str]]:
    return list(looked.where().filter(pl.col("rule") == rule).select("row", "column").iter_rows())


def rules(looked: Preflight) -> list[str]:
    return looked.findings["rule"].to_list()


@pytest.mark.parametrize("trains", ["lora", "full"])
@pytest.mark.parametrize("kind", ["text", "pictures"])
def test_a_good_model_passes_with_a_note_of_its_longest_step(
    kind: str, trains: str, text: Path, pictures: Path, tmp_path: Path
) -> None:
    rows = clean_rows() if kind == "text" else paint(clean_rows(), tmp_path)
    looked = look(rows, config_for(text if kind == "text" else pictures, trains=trains))
    assert rules(looked) == ["longest_step"], str(looked)
    assert "loss 0.6931" in str(looked)
    looked.refuse()


def test_the_step_leaves_no_gradient_moves_no_weight_and_draws_no_chance(text: Path) -> None:
    config = config_for(text, trains="full")
    loaded = opened(config)
    before = {name: value.clone() for name, value in loaded.model.state_dict().items()}
    torch.manual_seed(3)
    wanted = torch.rand(3)
    torch.manual_seed(3)
    look(clean_rows(), config, loaded)
    assert torch.equal(torch.rand(3), wanted)
    assert all(torch.equal(before[name], value) for name, value in loaded.model.state_dict().items())
    assert all(one.grad is None for one in loaded.model.parameters())


@pytest.mark.parametrize("engine", ["fast", "trl"])
def test_engines_look_before_the_first_step_and_losses_are_as_without(
    engine: str, text: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from workbench.finetune.preflight import model

    pytest.importorskip("trl", reason="the extra `finetune` is not installed")
    found = _trained(engine, text, tmp_path / "looked")
    assert [one["rule"] for one in found.started["findings"]] == ["longest_step"]
    monkeypatch.setattr(model, "MODEL_RULES", {})
    assert found.losses == _trained(engine, text, tmp_path / "not").losses


def _trained(engine: str, folder: Path, home: Path) -> Ear:
    from workbench.finetune.training import train

    ear = Ear()
    config = config_for(folder, engine=engine, max_steps=3)
    train(Job(config, clean_rows(), pl.DataFrame(schema=FLAGGED_SCHEMA), home), ear)
    return ear


def test_an_engine_refuses_to_go_on_with_errors_and_tells_what_they_are(text: Path, tmp_path: Path) -> None:
    from workbench.finetune.training import train

    rows = planted(clean_rows(), {2: {"chosen": "a zeppelin", "rejected": "a dirigible"}})
    ear = Ear()
    with pytest.raises(
        RunError, match=r"refuses \(equal_tokens\).*\[row 2, chosen, rejected: 'a zeppelin'\]"
    ):
        train(Job(config_for(text, engine="fast"), rows, pl.DataFrame(schema=FLAGGED_SCHEMA), tmp_path), ear)
    assert "equal_tokens" in [one["rule"] for one in ear.started["findings"]]
    assert not ear.steps


@pytest.mark.parametrize("kind", ["text", "pictures"])
def test_the_padded_step_is_as_steep_as_the_fast_engine_s(
    kind: str, text: Path, pictures: Path, tmp_path: Path
) -> None:
    from workbench.finetune.training import train

    rows = clean_rows() if kind == "text" else paint(clean_rows(), tmp_path / "pictures")
    config = config_for(text if kind == "text" else pictures, engine="fast", max_steps=1)
    ear = Ear()
    train(Job(config, rows, pl.DataFrame(schema=FLAGGED_SCHEMA), tmp_path / "run"), ear)
    [ours] = [one["message"] for one in ear.started["findings"]]
    padded = look(rows, config).findings["message"][0]
    assert padded.partition("loss")[2] == ours.partition("loss")[2]


def test_pairs_that_are_too_long_are_told_by_row(text: Path) -> None:
    rows = planted(clean_rows(), {4: {"prompt": "wall " * 30}})
    assert places(look(rows, config_for(text, max_tokens=25)), "left_out_by_length") == [
        (4, "prompt, chosen, rejected")
    ]
    looked = look(rows, config_for(text, max_tokens=4))
    assert "none_fits" in rules(looked)
    assert "no pair fits into the model's limit" in str(looked)


def test_end_marks_are_counted_in_the_last_tokens(tmp_path: Path) -> None:
    folder = text_folder(tmp_path / "model", template=NO_END)
    looked = look(clean_rows(3, held_out=0), config_for(folder))
    assert places(looked, "end_of_answer") == [(n, side) for side in ("chosen", "rejected") for n in range(3)]
    assert "the last tokens are '" in str(looked)


def test_a_model_of_which_nothing_learns_is_an_error(text: Path) -> None:
    config = config_for(text)
    loaded = opened(config)
    loaded.model.requires_grad_(False)
    looked = look(clean_rows(), config, loaded)
    assert rules(looked) == ["nothing_trained"]
    assert looked.has_errors


def test_without_memory_enough_the_step_is_not_tried(text: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from workbench.finetune.preflight import trial

    monkeypatch.setattr(trial, "free_bytes", lambda device: 1_000)
    looked = look(clean_rows(), config_for(text), take_step=_must_not)
    assert rules(looked) == ["memory_short"]
    assert "1 kB are free" in str(looked)
    assert "there is not memory enough to try" in str(looked)


def _must_not(numbers: Any) -> float:
    raise AssertionError("it was tried")


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ValueError("Image features and image tokens do not match"), "Image features and image tokens"),
        (torch.OutOfMemoryError("CUDA out of memory. Tried 9 GiB"), "out of memory: CUDA out of memory"),
        (MemoryError(), "out of memory: MemoryError"),
    ],
)
def test_a_step_that_fails_is_told_with_its_pairs(text: Path, error: Exception, said: str) -> None:
    def fail(numbers: Any) -> float:
        raise error

    looked = look(clean_rows(), config_for(text), take_step=fail)
    assert rules(looked) == ["step_fails"]
    assert said in str(looked)
    assert len(looked.rows_of("step_fails")) == 4, "those of the longest batch"


def test_the_longest_batch_is_one_of_those_that_the_run_will_take(text: Path) -> None:
    from workbench.finetune.order import plan_batches

    rows = planted(clean_rows(), {9: {"prompt": "wall " * 20}})
    config = config_for(text, seed=7)
    tried: list[list[int]] = []
    look(rows, config, take_step=lambda numbers: tried.append(list(numbers)) or 0.0)
    assert tried[0] in plan_batches(fit_rows(rows, "train")["sample_id"].to_list(), config)
    assert 9 in tried[0]


def test_pictures_are_tried_by_the_number_of_their_tokens(pictures: Path, tmp_path: Path) -> None:
    rows = paint(clean_rows(8, held_out=0), tmp_path)
    rows = planted(rows, {5: {"media": "", "paths": []}})
    tried: list[list[int]] = []

    def take(numbers: Any) -> float:
        tried.append(list(numbers))
        if len(numbers) == 1:
            raise ValueError("tokens: 16, features: 20")
        return 0.0

    looked = look(rows, config_for(pictures), take_step=take)
    assert tried == [[0]], "one of the only size, none of the pair without a picture"
    assert places(looked, "step_fails") == [(0, "paths")]


def test_a_loss_that_is_no_number_is_an_error(text: Path) -> None:
    config = config_for(text)
    loaded = opened(config)
    with torch.no_grad():
        next(one for one in loaded.model.parameters() if not one.requires_grad).fill_(float("nan"))
    looked = look(clean_rows(), config, loaded)
    assert rules(looked) == ["loss_not_a_number", "longest_step"]
    assert "loss nan" in str(looked)


def test_a_gradient_of_nothing_is_an_error(text: Path) -> None:
    looked = look(clean_rows(), config_for(text), take_step=lambda numbers: 0.693147)
    assert rules(looked)[0] == "gradient_zero"
    assert looked.has_errors


def test_the_estimate_is_a_bound_from_below_that_is_not_far(tmp_path: Path) -> None:
    from transformers import LlamaConfig, LlamaForCausalLM

    from workbench.finetune.examples import make_examples
    from workbench.finetune.preflight.trial import Trial, take_padded_step

    folder = text_folder(tmp_path / "model")
    config = config_for(folder, batch_pairs=16)
    loaded = opened(config)
    own = LlamaConfig.from_pretrained(
        folder, hidden_size=128, intermediate_size=344, num_hidden_layers=4, num_attention_heads=4,
        num_key_value_heads=4,
    )  # fmt: skip
    loaded = replace(loaded, model=LlamaForCausalLM(own))
    rows = fit_rows(clean_rows(40), "train")
    trial = Trial(loaded, rows, make_examples(rows, loaded, config), config)
    kept = _kept_bytes(loaded.model, lambda: take_padded_step(trial, trial.longest))
    mine = [trial.examples[number] for number in trial.longest]
    padded = 2 * len(mine) * max(one.longest for one in mine)
    prompts = sum(map(len, {one.prompt_ids for one in mine}))
    counted = prompts + sum(len(one.chosen_ids) + len(one.rejected_ids) for one in mine)
    by_token = (kept / padded) / (trial.estimate.activations / counted)
    assert 1 <= by_token < 1.5, by_token


def _kept_bytes(model: Any, take: Any) -> int:
    """Return the bytes that are kept for the way back, weights not counted."""
    own = {one.untyped_storage().data_ptr() for one in model.parameters()}
    kept: dict[int, tuple[int, Any]] = {}

    def keep(tensor: Any) -> Any:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in own:
            kept[storage.data_ptr()] = (storage.nbytes(), tensor)
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        take()
    return sum(size for size, _ in kept.values())


def test_weights_are_counted_without_reading_them(text: Path, tmp_path: Path) -> None:
    from transformers import AutoModelForCausalLM

    from workbench.finetune.preflight.memory import count_weights

    model = AutoModelForCausalLM.from_pretrained(text)
    assert count_weights(text) == sum(one.numel() for one in model.parameters())
    assert count_weights(tmp_path) is None


def test_a_processor_says_how_much_memory_is_free() -> None:
    from workbench.finetune.preflight.memory import free_bytes

    free = free_bytes("cpu")
    assert free is None or 1e6 < free < 1e14


def test_rules_say_what_to_do() -> None:
    assert all(rule.remedy.endswith(".") and rule.looks_for for rule in MODEL_RULES.values())


def test_what_is_found_in_the_loaded_model_stands_in_the_run_s_events(tmp_path: Path) -> None:
    from workbench.finetune.directory import RunFolder
    from workbench.finetune.events import read_events
    from workbench.finetune.watching import EventWatch

    folder = RunFolder(tmp_path)
    note = {"rule": "longest_step", "severity": "note", "message": "took 1 s", "remedy": "none"}
    EventWatch(folder, RunConfig(), lambda: False).start({"steps": 3, "findings": [note]})
    began, found = read_events(folder.events)[0]
    assert (began["kind"], began["steps"], "findings" in began) == ("started", 3, False)
    assert (found["kind"], found["rule"], found["message"]) == ("finding", "longest_step", "took 1 s")
