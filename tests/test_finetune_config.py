"""A run's config refuses by name what would have no effect, what cannot be, and what TRL calls otherwise."""

from __future__ import annotations

import math
from typing import Any

import pytest

from workbench.errors import RunError, UnknownNameError
from workbench.finetune.config import METHOD_SETTINGS, RunConfig, clone_config, read_config
from workbench.finetune.limits import SETTING_LIMITS, TRL_NAMES
from workbench.finetune.methods import METHODS


@pytest.mark.parametrize("method", METHODS)
def test_every_method_takes_its_own_settings_and_refuses_the_others(method: str) -> None:
    own = {name: value for name, value in METHODS[method].settings.items() if value is not None}
    assert RunConfig(method=method, **own).settings == METHODS[method].settings
    for name in sorted(set(METHOD_SETTINGS) - set(METHODS[method].settings)):
        with pytest.raises(RunError, match=f"{name} would have no effect"):
            RunConfig(method=method, **{name: 0.2})


def test_a_refused_setting_says_which_methods_know_it() -> None:
    with pytest.raises(RunError, match=r"take a method that knows it \(kto\)"):
        RunConfig(desirable_weight=2.0)


def test_every_setting_of_a_method_has_limits() -> None:
    assert set(SETTING_LIMITS) == set(METHOD_SETTINGS)
    for method in METHODS.values():
        for name, value in method.settings.items():
            assert value is None or value in SETTING_LIMITS[name], (method.name, name)


@pytest.mark.parametrize(
    ("method", "name", "value"),
    [
        ("dpo", "beta", 0.0),
        ("dpo", "beta", math.nan),
        ("dpo", "sft_weight", -1.0),
        ("cdpo", "label_smoothing", 0.5),
        ("rdpo", "epsilon", 0.6),
        ("rdpo", "epsilon", -0.1),
        ("ld_dpo", "length_weight", 1.5),
        ("sparse_dpo", "outside_weight", 2.0),
        ("re_po", "start_reliability", 0.5),
        ("tr_dpo", "sync_steps", 0.0),
        ("tr_dpo", "sync_weight", 0.0),
    ],
)
def test_a_setting_out_of_its_range_is_refused_with_the_range(method: str, name: str, value: float) -> None:
    with pytest.raises(RunError, match=rf"{name}=.* cannot be.*Give a number (in|at least|above)"):
        RunConfig(method=method, **{name: value})


@pytest.mark.parametrize("name", ["lora_rank", "lora_alpha"])
def test_settings_of_adapters_have_no_effect_without_them(name: str) -> None:
    assert RunConfig(trains="full").trains == "full"
    with pytest.raises(RunError, match=f"{name} would have no effect: trains='full' has no adapters"):
        RunConfig(trains="full", **{name: 4})
    with pytest.raises(RunError, match="lora_targets would have no effect"):
        RunConfig(trains="full", lora_targets=("q_proj",))


@pytest.mark.parametrize("settings", [{"bits": 8}, {"bits": 4, "trains": "full"}])
def test_bits_that_cannot_be_had_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(RunError, match="cannot be had with trains="):
        RunConfig(**settings)


@pytest.mark.parametrize(
    "setting",
    [{"max_tokens": 1}, {"picture_px": 0}, {"warmup_share": 1.5}, {"batch_pairs": 0}, {"frames": 0}],
)
def test_numbers_that_cannot_be_are_refused(setting: dict[str, Any]) -> None:
    with pytest.raises(RunError, match=f"{next(iter(setting))}="):
        RunConfig(**setting)


@pytest.mark.parametrize("name", TRL_NAMES)
def test_a_setting_of_trl_is_answered_with_what_does_the_same(name: str) -> None:
    with pytest.raises(RunError, match=f"{name} is no setting of a run"):
        read_config({name: 1})


def test_what_does_the_same_is_there() -> None:
    known = set(RunConfig.__dataclass_fields__)
    for said in TRL_NAMES.values():
        first = said.replace(",", " ").split("=")[0].split()[0].strip(":")
        assert first in known or first == "not", said


def test_a_setting_that_nobody_knows_lists_those_there_are() -> None:
    with pytest.raises(UnknownNameError, match=r"no setting of a run 'learning_rat'.*'learning_rate'"):
        read_config({"learning_rat": 1e-4})


def test_a_clone_is_checked_like_any_other() -> None:
    config = RunConfig(method="rpo", sft_weight=2.0, name="first")
    assert clone_config(config, {"beta": 0.3}) == RunConfig(method="rpo", sft_weight=2.0, beta=0.3)
    with pytest.raises(RunError, match="sft_weight would have no effect"):
        clone_config(config, {"method": "orpo"})
