"""What TRL does without a word, and the pre-flight that says it: which row, which column, what to do."""

from __future__ import annotations

import copy
import warnings
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.made_plans import PROMPT, clean_rows, config_for, planted, text_folder
from tests.made_tuning import Ear
from workbench.errors import RunError, UnknownNameError
from workbench.finetune.config import RunConfig, read_config
from workbench.finetune.engines.base import Job
from workbench.finetune.preflight import Preflight, preflight
from workbench.finetune.rows import FLAGGED_SCHEMA
from workbench.finetune.training import train

pytest.importorskip("trl", reason="the extra `finetune` is not installed")

NO_END = (
    "{% for message in messages %}{{ '<s> ' + message['role'] + ' ' + message['content'] + ' ' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<s> assistant ' }}{% endif %}"
)
TWO_ENDS = NO_END.replace("+ ' ' }}{% endfor %}", "+ ' </s> </s>' }}{% endfor %}")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return text_folder(tmp_path_factory.mktemp("model") / "text", template="")


def trainer(folder: Path, rows: pl.DataFrame, home: Path, **settings: Any) -> Any:
    """Make TRL's trainer as its users do, on plain text."""
    import datasets
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from trl import DPOConfig, DPOTrainer

    model = AutoModelForCausalLM.from_pretrained(folder)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    is_chat = bool(tokenizer.chat_template)
    kept = [name for name in ("prompt", "chosen", "rejected", "weight", "videos") if name in rows.columns]
    told = [_messages(row) if is_chat else row for row in rows.select(kept).to_dicts()]
    extra = {"eval_dataset": datasets.Dataset.from_list(told)} if settings.get("eval_strategy") else {}
    plain: dict[str, Any] = {
        "output_dir": str(home), "bf16": False, "use_cpu": True, "gradient_checkpointing": False,
        "report_to": "none", "logging_steps": 1, "save_strategy": "no", "disable_tqdm": True,
        "per_device_train_batch_size": 4, "learning_rate": 1e-2, "max_steps": 2,
    }  # fmt: skip
    return DPOTrainer(
        model,
        ref_model=copy.deepcopy(model),
        args=DPOConfig(**plain | settings),
        train_dataset=datasets.Dataset.from_list(told),
        processing_class=tokenizer,
        **extra,
    )


def _messages(row: dict[str, Any]) -> dict[str, Any]:
    said = {name: [{"role": "assistant", "content": row[name]}] for name in ("chosen", "rejected")}
    return row | said | {"prompt": [{"role": "user", "content": row["prompt"]}]}


def losses(made: Any) -> list[float]:
    made.train()
    return [entry["loss"] for entry in made.state.log_history if "loss" in entry]


def places(looked: Preflight, rule: str) -> list[tuple[int, str]]:
    """Return (row, column) of what a rule found."""
    return list(looked.where().filter(pl.col("rule") == rule).select("row", "column").iter_rows())


def test_a_weight_column_that_trl_ignores_is_told(folder: Path, tmp_path: Path) -> None:
    rows = planted(clean_rows(8, held_out=0), {2: {"weight": 0.0}, 5: {"weight": 3.0}})
    weighed = losses(trainer(folder, rows, tmp_path))
    assert weighed == losses(trainer(folder, rows.drop("weight"), tmp_path))
    found = preflight(rows, config_for(folder))
    assert places(found, "weights_unused") == [(2, "weight"), (5, "weight")]
    assert places(preflight(rows, config_for(folder, weigh_by="weight")), "weights_missing") == [
        (number, "weight") for number in (0, 1, 3, 4, 6, 7)
    ], "now it is those without one that are told"


def test_label_smoothing_that_trl_ignores_is_refused(folder: Path, tmp_path: Path) -> None:
    rows = clean_rows(8, held_out=0)
    smoothed = losses(trainer(folder, rows, tmp_path, loss_type="sigmoid", label_smoothing=0.3))
    assert smoothed == losses(trainer(folder, rows, tmp_path, loss_type="sigmoid"))
    with pytest.raises(RunError, match=r"label_smoothing would have no effect.*take a method .* \(cdpo\)"):
        RunConfig(method="dpo", label_smoothing=0.3)


def test_a_flip_rate_past_one_half_that_trl_only_warns_of_is_refused(folder: Path, tmp_path: Path) -> None:
    rows = clean_rows(8, held_out=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert len(losses(trainer(folder, rows, tmp_path, loss_type="robust", label_smoothing=0.6))) == 2
    with pytest.raises(RunError, match=r"epsilon=0.6 cannot be.*Give a number in \[0, 0.5\)"):
        RunConfig(method="rdpo", epsilon=0.6)


def test_a_loss_that_trl_refuses_at_the_first_step_is_refused_by_name() -> None:
    from trl import DPOConfig

    assert DPOConfig(loss_type="simpo_", bf16=False, use_cpu=True), "it takes any name until it is used"
    with pytest.raises(UnknownNameError, match=r"no method 'simpo_'\. Did you mean 'simpo'"):
        RunConfig(method="simpo_")


@pytest.mark.parametrize("name", ["padding_free", "rpo_alpha", "max_prompt_length", "reference_free"])
def test_settings_that_trl_dropped_or_falls_back_from_are_refused_with_what_there_is(name: str) -> None:
    with pytest.raises(RunError, match=f"{name} is no setting of a run. What TRL calls so is here: "):
        read_config({name: True})


def test_rows_that_trl_drops_are_told(folder: Path, tmp_path: Path) -> None:
    long = PROMPT + " wall" * 40
    rows = planted(clean_rows(16, held_out=0), {number: {"prompt": long} for number in range(8)})
    made = trainer(folder, rows, tmp_path, max_length=24)
    assert len(made.train_dataset) == 8, "half of the rows are gone and nothing was raised"
    found = preflight(rows, config_for(folder, max_tokens=24))
    assert places(found, "too_long") == [(number, "prompt, chosen, rejected") for number in range(8)]
    assert places(found, "answer_cut_away") == [(number, "prompt") for number in range(8)]


def test_answers_that_trl_cuts_and_pairs_that_are_equal_after_it_are_told(
    folder: Path, tmp_path: Path
) -> None:
    same = "a red cat under a blue table" + " and a wall" * 6
    rows = planted(clean_rows(8, held_out=0), {3: {"chosen": same + " here", "rejected": same + " tree"}})
    made = trainer(folder, rows[3:4], tmp_path, max_length=16, max_steps=3)
    assert losses(made) == pytest.approx([0.693147] * 3, abs=1e-5), "it trains for ever and learns nothing"
    found = preflight(rows, config_for(folder, max_tokens=16))
    assert places(found, "too_long") == [(3, "prompt, chosen, rejected")]
    assert places(found, "equal_after_truncation") == [(3, "chosen, rejected")]
    assert "15 tokens too many" in str(found)


@pytest.mark.parametrize(
    ("fault", "rule", "column"),
    [
        ({"chosen": "a red cat", "rejected": "a red cat"}, "identical", "chosen, rejected"),
        (
            {"chosen": "a red cat", "rejected": "a  red cat"},
            "identical_after_normalising",
            "chosen, rejected",
        ),
        ({"chosen": ""}, "empty_text", "chosen"),
        ({"rejected": " "}, "empty_text", "rejected"),
        ({"chosen": "a red </s> cat"}, "special_token_in_text", "chosen, rejected"),
        ({"chosen": "a zeppelin"}, "unknown_words", "chosen, rejected"),
    ],
)
def test_pairs_that_trl_trains_on_though_they_teach_nothing_are_told(
    folder: Path, tmp_path: Path, fault: dict[str, str], rule: str, column: str
) -> None:
    rows = planted(clean_rows(8, held_out=0), {4: fault})
    assert len(losses(trainer(folder, rows, tmp_path))) == 2, "TRL takes it"
    found = preflight(rows, config_for(folder))
    assert places(found, rule) == [(4, column)]
    if rule != "unknown_words":
        with pytest.raises(RunError, match=rf"refuses \({rule}\).*\[row 4, {column}"):
            found.refuse()


def test_pairs_that_contradict_each_other_are_told(folder: Path, tmp_path: Path) -> None:
    one = {"sample_id": "s1", "chosen": "a red cat", "rejected": "a blue cat"}
    turned = {"sample_id": "s1", "chosen": "a blue cat", "rejected": "a red cat"}
    rows = planted(clean_rows(8, held_out=0), {1: one, 6: turned})
    assert len(losses(trainer(folder, rows, tmp_path))) == 2
    found = preflight(rows, config_for(folder))
    assert places(found, "contradictory") == [(1, "chosen, rejected"), (6, "chosen, rejected")]


def test_a_held_out_pair_that_was_trained_on_is_refused(folder: Path, tmp_path: Path) -> None:
    rows = clean_rows(8, held_out=2)
    rows = planted(rows, {6: {name: rows[0][name][0] for name in ("chosen", "rejected", "sample_id")}})
    made = trainer(folder, rows, tmp_path, eval_strategy="steps", eval_steps=2)
    made.train()
    assert made.evaluate()["eval_loss"] > 0, "the same rows are trained on and looked at"
    found = preflight(rows, config_for(folder))
    assert places(found, "same_pair_in_both_splits") == [(0, "chosen, rejected"), (6, "chosen, rejected")]
    assert places(found, "same_sample_in_both_splits") == [(0, "sample_id"), (6, "sample_id")]
    assert found.has_errors
    elsewhere = planted(rows, {6: {"sample_id": "s6", "prompt": "What is here ?"}})
    assert not preflight(elsewhere, config_for(folder)).has_errors, "the same words may answer something else"


@pytest.mark.parametrize(("template", "count"), [(NO_END, 0), (TWO_ENDS, 2)])
def test_an_end_mark_that_the_template_forgets_or_doubles_is_told(
    tmp_path: Path, template: str, count: int
) -> None:
    folder = text_folder(tmp_path / "model", template=template)
    rows = clean_rows(4, held_out=0)
    made = trainer(folder, rows, tmp_path / "home")
    ends = [row["chosen_ids"].count(made.processing_class.eos_token_id) for row in made.train_dataset]
    assert ends == [count] * 4, "TRL trains on it as it is"
    found = preflight(rows, config_for(folder))
    assert places(found, "end_mark") == [(number, "chosen, rejected") for number in range(4)]


def test_a_prompt_whose_last_token_joins_the_answer_is_told(tmp_path: Path) -> None:
    folder = _joining(tmp_path / "model")
    rows = planted(clean_rows(4, held_out=0), {2: {"prompt": PROMPT + " "}})
    assert len(losses(trainer(folder, rows, tmp_path / "home"))) == 2, "it warns once, of no row"
    assert places(preflight(rows, config_for(folder)), "prompt_not_a_prefix") == [(2, "prompt")]


def _joining(folder: Path) -> Path:
    """Write a model whose tokens take the space before a word along, as most do."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    from tests.tiny_models import make_language_model

    core = Tokenizer(models.BPE())
    core.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    core.decoder = decoders.ByteLevel()
    rows = clean_rows(60)
    special = ["<pad>", "</s>"]
    learner = trainers.BpeTrainer(
        vocab_size=400, special_tokens=special, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )  # fmt: skip
    core.train_from_iterator([PROMPT + " " + text for text in rows["chosen"]], learner)
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=core, pad_token="<pad>", eos_token="</s>")
    make_language_model(tokenizer).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def test_media_that_trl_leaves_out_of_the_batch_are_told(folder: Path, tmp_path: Path) -> None:
    rows = clean_rows(4, held_out=0)
    with_video = rows.with_columns(videos=pl.Series([["clip.mp4"]] * 4))
    assert losses(trainer(folder, with_video, tmp_path)) == losses(trainer(folder, rows, tmp_path))
    seen = planted(rows, {1: {"media": "video", "paths": ["clip.mp4"], "duration_s": 2.0}})
    assert places(preflight(seen, config_for(folder)), "no_place_for_pictures") == [(1, "media")]
    heard = planted(
        rows, {1: {"media": "audio", "unfit": "it is sound, and models of pictures take pictures"}}
    )
    assert places(preflight(heard, config_for(folder)), "left_out") == [(1, "media")]


def test_a_rate_that_destroys_a_model_is_told(folder: Path, tmp_path: Path) -> None:
    assert len(losses(trainer(folder, clean_rows(8), tmp_path, learning_rate=10.0))) == 2
    found = preflight(clean_rows(8), config_for(folder, learning_rate=1e-3))
    assert found.findings.filter(pl.col("rule") == "learning_rate_high")["column"].to_list() == [
        "learning_rate"
    ]


@pytest.mark.parametrize(
    ("change", "said", "rule", "column"),
    [
        (lambda rows: rows.drop("rejected"), "rejected", "column_missing", "rejected"),
        (
            lambda rows: planted(rows, {1: {"chosen": None}}),
            "NoneType|none",
            "value_missing",
            "chosen",
        ),
    ],
)
def test_rows_that_trl_fails_on_in_other_words_are_told_by_row_and_column(
    folder: Path, tmp_path: Path, change: Any, said: str, rule: str, column: str
) -> None:
    rows = change(clean_rows(4, held_out=0))
    with pytest.raises((KeyError, AttributeError, TypeError, ValueError), match=said):
        trainer(folder, rows, tmp_path).train()
    found = preflight(rows, config_for(folder))
    assert found.findings.select("rule", "column").rows() == [(rule, column)]
    if rule == "value_missing":
        assert places(found, rule) == [(1, "chosen")]


def test_a_tie_counts_a_half_where_trl_counts_it_as_wrong(folder: Path, tmp_path: Path) -> None:
    rows = clean_rows(8, held_out=0)
    made = trainer(folder, rows, tmp_path, max_steps=1)
    made.train()
    assert made.state.log_history[0]["rewards/accuracies"] == 0.0, "before anything is learned"
    ear = Ear()
    train(
        Job(config_for(folder, max_steps=1), rows, pl.DataFrame(schema=FLAGGED_SCHEMA), tmp_path / "run"), ear
    )
    assert ear.steps[0].accuracy == 0.5


def test_a_copy_of_the_untuned_adapter_that_trl_saves_beside_is_left_out(
    folder: Path, tmp_path: Path
) -> None:
    import datasets
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from trl import DPOConfig, DPOTrainer

    rows = clean_rows(8, held_out=0)
    texts = rows.select("prompt", "chosen", "rejected").to_dicts()
    adapted = get_peft_model(
        AutoModelForCausalLM.from_pretrained(folder), LoraConfig(target_modules=["q_proj"])
    )
    made = DPOTrainer(
        adapted,
        args=DPOConfig(str(tmp_path), bf16=False, use_cpu=True, gradient_checkpointing=False),
        train_dataset=datasets.Dataset.from_list(texts),
        processing_class=AutoTokenizer.from_pretrained(folder),
    )
    made.save_model(str(tmp_path / "theirs"))
    assert (tmp_path / "theirs" / "ref").is_dir(), "a second adapter that nobody asked for"
    job = Job(
        config_for(folder, engine="trl", max_steps=1), rows, pl.DataFrame(schema=FLAGGED_SCHEMA), tmp_path
    )
    weights = train(job, Ear()).weights
    assert weights is not None
    assert (weights / "adapter_model.safetensors").is_file()
    assert not [one for one in weights.iterdir() if one.is_dir()]
