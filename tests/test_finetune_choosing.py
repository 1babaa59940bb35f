"""`auto` takes the fast engine where it is proven, TRL elsewhere, and says why."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.made_tuning import Ear, flagged_of, pairs_of_text, quick_config, text_model
from workbench.errors import RunError, UnknownNameError
from workbench.finetune.config import RunConfig
from workbench.finetune.engines.base import Job
from workbench.finetune.engines.choosing import choose_engine, engine_of
from workbench.finetune.training import train

transformers = pytest.importorskip("transformers", reason="the extra `torch` is not installed")

SMALL = {"hidden_size": 32, "intermediate_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2}


def job_of(config: RunConfig, folder: Path) -> Job:
    rows = pairs_of_text()
    return Job(config, rows, flagged_of(rows), folder)


def choose(config: RunConfig, folder: Path) -> tuple[str, str]:
    choice = choose_engine(job_of(config, folder))
    return choice.name, choice.why


@pytest.mark.parametrize("kind", ["LlamaConfig", "Qwen2Config"])
def test_a_proven_language_model_goes_fast(tmp_path: Path, kind: str) -> None:
    getattr(transformers, kind)(**SMALL).save_pretrained(tmp_path)
    name, why = choose(RunConfig(model=str(tmp_path)), tmp_path)
    assert (name, "the same losses" in why) == ("fast", True)


@pytest.mark.parametrize(
    ("text", "tower", "engine"),
    [
        ("LlamaConfig", "SiglipVisionConfig", "fast"),
        ("Qwen2Config", "CLIPVisionConfig", "fast"),
        ("MistralConfig", "SiglipVisionConfig", "trl"),
        ("LlamaConfig", "PixtralVisionConfig", "trl"),
    ],
)
def test_a_llava_goes_fast_on_proven_parts(tmp_path: Path, text: str, tower: str, engine: str) -> None:
    transformers.LlavaConfig(
        text_config=getattr(transformers, text)(**SMALL),
        vision_config=getattr(transformers, tower)(),
    ).save_pretrained(tmp_path)
    assert choose(RunConfig(model=str(tmp_path)), tmp_path)[0] == engine


@pytest.mark.parametrize(
    ("kind", "why"),
    [("GPT2Config", "not proven for gpt2"), ("Idefics3Config", "not proven for idefics3")],
)
def test_another_model_goes_to_trl_and_says_why(tmp_path: Path, kind: str, why: str) -> None:
    getattr(transformers, kind)().save_pretrained(tmp_path)
    name, told = choose(RunConfig(model=str(tmp_path)), tmp_path)
    assert name == "trl"
    assert why in told


def test_what_a_model_does_may_rule_the_fast_engine_out(tmp_path: Path) -> None:
    transformers.Qwen2Config(**SMALL, use_sliding_window=True, max_window_layers=0).save_pretrained(tmp_path)
    assert choose(RunConfig(model=str(tmp_path)), tmp_path)[0] == "trl"
    transformers.LlamaConfig(**SMALL, attention_dropout=0.1).save_pretrained(tmp_path)
    assert "dropout" in choose(RunConfig(model=str(tmp_path)), tmp_path)[1]
    dynamic = {"rope_type": "dynamic", "rope_theta": 1e4, "factor": 2.0}
    transformers.LlamaConfig(**SMALL, rope_parameters=dynamic).save_pretrained(tmp_path)
    assert "positions by dynamic" in choose(RunConfig(model=str(tmp_path)), tmp_path)[1]
    transformers.LlamaConfig(**SMALL).save_pretrained(tmp_path)
    for settings in ({"bits": 4}, {"method": "reward"}, {"lora_targets": ("vision_tower.layers.0.q_proj",)}):
        assert choose(RunConfig(model=str(tmp_path), **settings), tmp_path)[0] == "trl"


def test_an_engine_that_is_asked_for_is_taken_or_says_why_not(tmp_path: Path) -> None:
    transformers.GPT2Config().save_pretrained(tmp_path)
    config = RunConfig(model=str(tmp_path), engine="fast")
    assert choose(config, tmp_path) == ("fast", "asked for")
    with pytest.raises(RunError, match="The engine fast cannot do this run: it is not proven for gpt2"):
        train(job_of(config, tmp_path), Ear())
    with pytest.raises(UnknownNameError, match="quick"):
        engine_of("quick")


def test_a_model_that_is_not_there_is_said_to_be_gone(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="cannot be opened"):
        choose(RunConfig(model=str(tmp_path / "nowhere")), tmp_path)


def test_training_tells_the_engine_and_why(tmp_path: Path) -> None:
    pytest.importorskip("peft", reason="the extra `finetune` is not installed")
    ear = Ear()
    done = train(job_of(quick_config(text_model(tmp_path / "model")), tmp_path / "run"), ear)
    assert done.is_whole
    assert ear.started["engine"] == "fast"
    assert "the same losses" in str(ear.started["why"])
