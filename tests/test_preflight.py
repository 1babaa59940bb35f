"""The pre-flight by rows and settings: what it finds and where, how it refuses, that good rows pass."""

from __future__ import annotations

import copy
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.made_plans import clean_rows, config_for, paint, picture_folder, planted, text_folder
from workbench.errors import RunError, UnknownNameError
from workbench.finetune.preflight import RULES, Preflight, preflight
from workbench.finetune.rows import ROW_SCHEMA, UNFIT
from workbench.payloads import JUDGEMENT_COLUMNS

pytest.importorskip("transformers", reason="needs the extra torch")

NO_PLACE = "{% for message in messages %}{{ message['role'] + ' ' }}{% endfor %}{{ ' </s>' }}"


@pytest.fixture(scope="module")
def text(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return text_folder(tmp_path_factory.mktemp("models") / "text")


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return picture_folder(tmp_path_factory.mktemp("models") / "pictures")


@pytest.fixture(scope="module")
def painted(tmp_path_factory: pytest.TempPathFactory) -> pl.DataFrame:
    return paint(clean_rows(), tmp_path_factory.mktemp("painted"))


def places(looked: Preflight, rule: str) -> list[tuple[int, str]]:
    return list(looked.where().filter(pl.col("rule") == rule).select("row", "column").iter_rows())


def found(looked: Preflight) -> set[str]:
    return set(looked.findings["rule"])


@pytest.mark.parametrize("kind", ["text", "pictures"])
def test_good_rows_pass_but_for_the_few_that_are_held_out(
    kind: str, text: Path, pictures: Path, painted: pl.DataFrame
) -> None:
    rows, folder = (clean_rows(), text) if kind == "text" else (painted, pictures)
    looked = preflight(rows, config_for(folder))
    assert found(looked) == {"few_held_out"}, str(looked)
    looked.refuse()


def test_enough_held_out_pairs_leave_nothing_to_say(text: Path) -> None:
    looked = preflight(clean_rows(420, held_out=210), config_for(text))
    assert looked.findings.filter(pl.col("severity") == "error").is_empty(), str(looked)
    assert "few_held_out" not in found(looked)


def test_the_table_says_row_column_text_and_remedy(text: Path) -> None:
    rows = planted(clean_rows(), {number: {"chosen": ""} for number in (3, 7, 9, 11, 12)})
    looked = preflight(rows, config_for(text))
    told = str(looked)
    assert told.startswith("Pre-flight of DPO on ")
    assert "✗ error   empty_text" in told
    assert "5 of 24 pairs (21 %) have nothing as chosen. [row 3, 7, 9 and 2 more, chosen: '']" in told
    assert "→ Write the text, or leave the pair out." in told
    assert "<td>empty_text</td>" in looked._repr_html_()
    event = looked.as_events()[0]
    assert (event["rule"], event["column"], event["pairs"]) == ("empty_text", "chosen", 5)
    assert looked.rows_of("empty_text") == ["p3", "p7", "p9", "p11", "p12"]


def test_html_shows_texts_as_texts(text: Path) -> None:
    rows = planted(clean_rows(), {3: {"chosen": "<b>x</b>", "rejected": "<b>x</b>"}})
    assert "<b>x" not in preflight(rows, config_for(text))._repr_html_()


def test_a_refusal_names_the_first_error_and_counts_the_rest(text: Path) -> None:
    rows = planted(
        clean_rows(),
        {3: {"chosen": "", "chosen_spans": []}, 4: {"chosen": "a red cat", "rejected": "a red cat"}},
    )
    with pytest.raises(RunError, match=r"\(empty_text\).*\[row 3, chosen: ''\] There is 1 more error"):
        preflight(rows, config_for(text)).refuse()


@pytest.mark.parametrize("column", list(ROW_SCHEMA))
def test_a_missing_column_is_named_and_nothing_else_looked_at(text: Path, column: str) -> None:
    looked = preflight(clean_rows().drop(column), config_for(text))
    assert looked.findings.select("rule", "column").rows() == [("column_missing", column)]
    assert looked.has_errors


@pytest.mark.parametrize("column", ["pair_id", "prompt", "chosen", "rejected", "split", "unfit"])
def test_a_value_that_is_null_is_told_by_row_and_column(text: Path, column: str) -> None:
    looked = preflight(planted(clean_rows(), {5: {column: None}}), config_for(text))
    assert looked.findings.select("rule", "column").rows() == [("value_missing", column)]
    assert "(null)" in str(looked)
    assert "row 5." in str(looked)
    if column != "pair_id":
        assert places(looked, "value_missing") == [(5, column)]


def test_a_list_of_messages_where_a_text_is_read_is_named(text: Path) -> None:
    rows = clean_rows().with_columns(chosen=pl.concat_list("chosen"))
    looked = preflight(rows, config_for(text))
    assert looked.findings.select("rule", "column").rows() == [("wrong_type", "chosen")]
    assert "holds List(String), where String is read" in str(looked)


@pytest.mark.parametrize(
    ("why", "column"),
    [("one_caption", "chosen"), ("two_samples", "rejected"), ("no_media", "paths"), ("sound", "media")],
)
def test_pairs_that_are_left_out_are_told_with_the_reason(text: Path, why: str, column: str) -> None:
    looked = preflight(planted(clean_rows(), {2: {"unfit": UNFIT[why]}}), config_for(text))
    assert places(looked, "left_out") == [(2, column)]
    assert f"1 of 24 pairs (4 %) are left out: {UNFIT[why]}" in str(looked)


def test_nothing_to_train_on_is_an_error(text: Path) -> None:
    looked = preflight(clean_rows().with_columns(split=pl.lit("held_out")), config_for(text))
    assert "nothing_to_train" in found(looked)
    assert looked.has_errors
    assert "nothing_to_train" in found(preflight(clean_rows().clear(), config_for(text)))


def test_a_split_that_nobody_knows_and_an_id_that_is_there_twice_are_told(text: Path) -> None:
    looked = preflight(
        planted(clean_rows(), {2: {"split": "validation"}, 4: {"pair_id": "p5"}}), config_for(text)
    )
    assert places(looked, "unknown_split") == [(2, "split")]
    assert set(places(looked, "pair_twice")) == {(4, "pair_id"), (5, "pair_id")}


def test_a_model_without_its_tokenizer_is_an_error_that_says_which_file(text: Path, tmp_path: Path) -> None:
    bare = tmp_path / "bare"
    shutil.copytree(text, bare)
    for file in bare.glob("token*"):
        file.unlink()
    looked = preflight(clean_rows(), config_for(bare))
    assert "model_unreadable" in found(looked)
    assert "tokenizer.json" in str(looked)
    assert "the model to be tuned was not named" in str(looked), "rules of tokens say why they did not look"
    assert "has no config.json" in str(preflight(clean_rows(), config_for(tmp_path)))


def test_an_embedded_model_that_does_not_exist_is_refused_by_name() -> None:
    with pytest.raises(UnknownNameError, match="no embedded model 'embedded:third'"):
        preflight(clean_rows(), config_for(Path("embedded:third")))


def test_a_device_that_is_not_there_is_an_error(text: Path) -> None:
    import torch

    if not torch.cuda.is_available():
        looked = preflight(clean_rows(), config_for(text, device="cuda"))
        assert ("device_missing", "device") in looked.findings.select("rule", "column").rows()
    looked = preflight(clean_rows(), config_for(text, bits=4))
    assert ("device_missing", "bits") in looked.findings.select("rule", "column").rows()


def test_a_run_that_needs_more_memory_than_there_is_is_refused_before_weights_are_read(
    text: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from workbench.finetune.preflight import machine

    monkeypatch.setattr(machine, "free_bytes", lambda device: 10_000)
    looked = preflight(clean_rows(), config_for(text))
    assert ("memory_short", "batch_pairs") in looked.findings.select("rule", "column").rows()
    assert "10 kB are free on 'cpu'" in str(looked)
    monkeypatch.setattr(machine, "free_bytes", lambda device: None)
    assert "the system does not say how much memory is free" in str(preflight(clean_rows(), config_for(text)))


@pytest.mark.parametrize(
    ("method", "change", "column"),
    [
        ("odpo", {"strength": None}, "strength"),
        ("re_po", {"for_chosen": [], "for_rejected": []}, "for_chosen"),
        ("sparse_dpo", {"chosen_spans": [], "rejected_spans": []}, "rejected_spans"),
        ("mdpo", {"media": ""}, "media"),
    ],
)
def test_a_method_that_is_not_fed_is_refused(text: Path, method: str, change: Any, column: str) -> None:
    rows = planted(clean_rows(6, held_out=1), dict.fromkeys(range(6), change))
    looked = preflight(rows, config_for(text, method=method))
    assert places(looked, "method_unfed") == [(number, column) for number in range(5)]
    if method != "mdpo":
        assert "method_unfed" not in found(preflight(clean_rows(), config_for(text, method=method)))


def test_weights_that_are_all_alike_have_no_effect_and_are_refused(text: Path) -> None:
    rows = clean_rows(6, held_out=1).with_columns(weight=pl.lit(1.0))
    looked = preflight(rows, config_for(text, weigh_by="weight"))
    assert places(looked, "weights_alike") == [(number, "weight") for number in range(5)]
    assert looked.has_errors
    assert "weights_unused" not in found(preflight(rows, config_for(text)))


def test_pairs_that_leave_a_method_hungry_are_told(text: Path) -> None:
    rows = planted(clean_rows(6, held_out=1), {2: {"strength": None}})
    assert places(preflight(rows, config_for(text, method="odpo")), "method_underfed") == [(2, "strength")]


@pytest.mark.parametrize(
    "setting", [{"evaluate_every": 6}, {"save_every": 6}, {"method": "tr_dpo", "sync_steps": 6.0}]
)
def test_what_comes_after_the_last_step_has_no_effect_and_is_told(
    text: Path, setting: dict[str, Any]
) -> None:
    looked = preflight(clean_rows(26), config_for(text, **setting))
    assert list(setting)[-1] in looked.findings.filter(pl.col("rule") == "never_reached")["column"].to_list()
    assert "has no effect: the run has 5 steps" in str(looked)
    assert "never_reached" not in found(preflight(clean_rows(26), config_for(text, **setting, epochs=2)))


def test_settings_of_pictures_without_pictures_are_told(text: Path) -> None:
    looked = preflight(clean_rows(), config_for(text, frames=8, picture_px=64))
    assert looked.findings.filter(pl.col("rule") == "pictures_unused")["column"].to_list() == [
        "frames", "picture_px",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("settings", "is_told"),
    [
        ({"learning_rate": 5e-4}, False),
        ({"learning_rate": 6e-4}, True),
        ({"learning_rate": 1e-4, "trains": "full"}, False),
        ({"learning_rate": 2e-4, "trains": "full"}, True),
    ],
)
def test_a_learning_rate_is_held_against_what_is_trained(
    text: Path, settings: dict[str, Any], is_told: bool
) -> None:
    assert ("learning_rate_high" in found(preflight(clean_rows(), config_for(text, **settings)))) is is_told


def test_a_run_of_one_step_is_told(text: Path) -> None:
    assert "single_step" in found(preflight(clean_rows(), config_for(text, batch_pairs=64)))
    assert "single_step" in found(preflight(clean_rows(), config_for(text, max_steps=1)))
    assert "single_step" not in found(preflight(clean_rows(), config_for(text, batch_pairs=64, epochs=2)))


def test_one_voice_and_one_side_are_told(text: Path) -> None:
    rows = clean_rows(60, held_out=6)
    looked = preflight(rows.with_columns(annotator=pl.lit("ana")), config_for(text))
    assert "ana made 60 of 60 pairs (100 %): the model learns one person's taste" in str(looked)
    told = [
        dict.fromkeys(JUDGEMENT_COLUMNS)
        | {
            "pair_id": row["pair_id"], "annotator": "ana", "answer": "prefer", "winner": row["chosen_id"],
            "left": row["chosen_id"], "criterion": "faithfulness", "occasion": 1,
            "at_utc": datetime(2026, 1, 1, tzinfo=UTC),
        }
        for row in rows.iter_rows(named=True)
    ]  # fmt: skip
    judgements = pl.DataFrame(told, schema=JUDGEMENT_COLUMNS)
    looked = preflight(rows, config_for(text), judgements=judgements)
    assert "ana prefers the left side in 60 of 60 judgements" in str(looked)
    assert ("position_bias", "annotator") in looked.findings.select("rule", "column").rows()


def test_chosen_that_is_nearly_always_longer_is_told(text: Path) -> None:
    rows = clean_rows(40)
    longer = rows.with_columns(chosen=pl.col("chosen") + " near a wall")
    looked = preflight(longer, config_for(text))
    assert "length_bias" in found(looked)
    assert looked.rows_of("length_bias") == rows["pair_id"].to_list()


def test_a_limit_that_no_pair_fits_into_is_an_error(text: Path) -> None:
    looked = preflight(clean_rows(), config_for(text, max_tokens=6))
    assert ("nothing_fits", "max_tokens") in looked.findings.select("rule", "column").rows()
    assert looked.has_errors


def test_rules_have_unlike_names_and_say_what_to_do() -> None:
    assert len(RULES) >= 45
    assert all(rule.remedy.endswith((".", "?")) and rule.looks_for for rule in RULES.values())


def test_rows_are_left_as_they_were(text: Path) -> None:
    rows = clean_rows()
    before = copy.deepcopy(rows)
    preflight(rows, config_for(text))
    assert rows.equals(before)
