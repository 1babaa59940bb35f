"""What a config leaves open is found from the pairs, or asked for."""

from __future__ import annotations

import polars as pl
import pytest

from workbench.errors import RunError
from workbench.finetune.config import RunConfig
from workbench.finetune.resolving import resolve_settings, tell_voices


def test_a_flip_rate_is_found_only_where_it_is_wanted_and_not_given() -> None:
    def never() -> float:
        raise AssertionError("nobody wanted it")

    assert resolve_settings(RunConfig(), never) == RunConfig()
    assert resolve_settings(RunConfig(method="rdpo", epsilon=0.2), never).setting("epsilon") == 0.2
    assert resolve_settings(RunConfig(method="rdpo"), lambda: 0.08).setting("epsilon") == 0.08


def test_a_flip_rate_that_nobody_knows_is_asked_for() -> None:
    with pytest.raises(RunError, match=r"no pair was answered twice.*RunConfig\(epsilon"):
        resolve_settings(RunConfig(method="rdpo"), lambda: None)


def test_a_flip_rate_of_a_coin_is_refused_like_one_that_was_typed() -> None:
    with pytest.raises(RunError, match="epsilon"):
        resolve_settings(RunConfig(method="rdpo"), lambda: 0.5)


def test_a_voice_is_for_the_caption_that_is_chosen_now_however_the_pair_was_made() -> None:
    pairs = pl.DataFrame({"pair_id": ["kept", "turned"], "chosen_id": ["a", "d"]})
    heard = pl.DataFrame(
        [
            ("kept", "ana", "as_made", "a", "b"),
            ("kept", "bob", "turned", "a", "b"),
            ("kept", "cem", "tie", "a", "b"),
            ("turned", "ana", "turned", "c", "d"),
            ("gone", "ana", "as_made", "e", "f"),
        ],
        schema=["pair_id", "annotator", "label", "chosen_id", "rejected_id"],
        orient="row",
    )
    found = tell_voices(pairs, heard, {"ana": "near"})
    assert found.rows() == [
        ("kept", "ana", True, "near"),
        ("kept", "bob", False, ""),
        ("turned", "ana", True, "near"),
    ]
    assert tell_voices(pairs, heard, {})["group"].to_list() == ["", "", ""]
