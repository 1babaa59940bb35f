"""Flagged items before and now: what is marked, what counts as mended, with and without an evaluation."""

from __future__ import annotations

from dataclasses import asdict

import polars as pl
import pytest

from tests.panels.run_folders import evaluation_of, seen_item
from tests.started_runs import text_rows
from widgets.runs.evaluated import evaluated_items, evaluation_told, rates_told
from widgets.runs.items import compare_items, left_of, outcome_of
from widgets.runs.thinning import thin
from workbench.metrics import Metric


@pytest.mark.parametrize(
    ("text", "correction", "now", "outcome"),
    [
        ("a red car and a bus", "a red car", "a red car at night", "mended"),
        ("a red car and a bus", "a red car", "there is A BUS", "still"),
        ("a red ball", "a blue ball", "a blue ball and a red hat", "still"),
        ("a red ball by a red box", "a blue ball by a red box", "a red box", "mended"),
        ("a dog", "a dog and a cat", "a cat sleeps", "mended"),
        ("a dog", "a dog and a cat", "a dog", "still"),
        ("a dog left of a cat", "a cat left of a dog", "a dog", "unknown"),
        ("a dog", "", "a dog", "unknown"),
        ("a red ball on wet sand", "a blue ball on wet sand", "a", "unknown"),
        ("a red ball on wet sand", "a blue ball on wet sand", "mountains in in in small", "unknown"),
        ("a busy street and a bus", "a busy street", "a busy street", "mended"),
    ],
)
def test_an_item_is_mended_when_no_word_taken_out_is_said(
    text: str, correction: str, now: str, outcome: str
) -> None:
    assert outcome_of(text, correction, now) == outcome


def item(text: str, correction: str, now: str | None, before: str | None = None) -> dict[str, object]:
    row = {
        "caption_id": "c1", "sample_id": "s1", "media": "image", "pair_id": "p1", "error_types": ["object"],
        "text": text, "edited_text": correction,
    }  # fmt: skip
    texts = {} if before is None else {0: {"c1": before}}
    texts |= {} if now is None else {9: {"c1": now}}
    return asdict(compare_items([row], texts)[0])


def test_what_is_wrong_is_struck_in_both_and_what_is_new_is_marked() -> None:
    told = item("a red car and a bus at night", "a red car at night", "a bus and a blue car at night")
    assert told["before"] == [("same", "a red car and a "), ("gone", "bus"), ("same", " at night")]
    assert ("gone", "bus") in told["now"]
    assert "".join(text for _, text in told["now"]) == "a bus and a blue car at night"
    assert any(kind == "new" and "blue" in text for kind, text in told["now"])


def test_without_a_correction_what_changed_is_marked() -> None:
    told = item("a cat", "", "a dog")
    assert (told["before"], told["now"]) == (
        [("same", "a "), ("gone", "cat")], [("same", "a "), ("new", "dog")]
    )  # fmt: skip


def test_what_the_model_said_before_training_is_the_text_before() -> None:
    told = item("a red ball", "a blue ball", "a blue ball", before="one red ball lies there")
    assert (told["is_model"], told["outcome"]) == (True, "mended")
    assert ("gone", "red") in told["before"]


def test_texts_with_signs_of_a_pattern_are_found_as_they_are() -> None:
    told = item("a sign (stop)", "a sign", "the sign says stop.")
    assert ("gone", "stop") in told["before"]
    assert told["outcome"] == "still"


def test_items_that_the_model_was_not_asked_about_are_left_out() -> None:
    rows = [
        {"caption_id": key, "sample_id": key, "media": "image", "pair_id": "", "error_types": [],
         "text": "a cat", "edited_text": ""}
        for key in ("c1", "c2")
    ]  # fmt: skip
    assert len(compare_items(rows, {})) == 2
    assert [one.told["caption_id"] for one in compare_items(rows, {4: {"c2": "a dog"}})] == ["c2"]


def test_an_evaluation_that_knows_what_is_there_decides() -> None:
    seen = [
        seen_item("c1", "a dog and a bus", "a dog", "mended", wrong=(["bus"], [])),
        seen_item("c2", "a dog and a bus", "a dog", "cut short", wrong=(["bus"], []), missed=["cat"]),
        seen_item("c3", "a red dog", "a bus", "still wrong", wrong=(["red dog"], ["bus"])),
        seen_item("c4", "a dog", "a dog", "kept"),
        seen_item("c5", "a dog", "a cat", "changed"),
    ]
    items = evaluated_items(evaluation_of(seen), text_rows([("say", "a dog", "a dog and a bus")]))
    assert [one.outcome for one in items] == ["mended", "still", "still", "kept", "unknown"]
    assert left_of(items) == ["c2", "c3"]
    assert items[1].told["missed"] == ["cat"]
    assert ("gone", "red dog") in items[2].before
    assert ("gone", "bus") in items[2].now
    assert items[4].told["said"] is None


def test_an_item_leads_to_the_pairs_that_taught_its_change() -> None:
    seen = [seen_item("c1", "a dog and a bus", "a dog", "mended", taught=["p0", "p9"])]
    items = evaluated_items(evaluation_of(seen), text_rows([("say", "a dog", "a dog and a bus")]))
    assert items[0].told["taught"] == [[["same", "a dog "], ["gone", "and a bus"]]]


def test_the_numbers_before_and_after_are_told_as_they_are_read() -> None:
    metrics = {
        "chair_i_greedy_before": Metric(0.184, 90, "share of things named", 0.17, 0.2),
        "chair_i_greedy_after": Metric(0.101, 90, "share of things named", 0.09, 0.11),
        "chair_i_greedy_change": Metric(-0.083, 90, "share of things named", -0.1, -0.06),
    }
    made = evaluation_of([seen_item("c1", "a bus", "a dog", "mended")], metrics)
    told = evaluation_told(made)
    assert told["blind"] == 1
    line = told["lines"][0]
    assert line["title"].startswith("named and not there")
    assert (line["before"], line["after"], line["verdict"]) == ("18.4 %", "10.1 %", "better")
    assert line["change"] == "-8.3 (-10.0 to -6.0)"
    rates = rates_told(made)
    assert rates["hallucinated"]["after"] == {"value": 0.101, "low": 0.09, "high": 0.11}
    assert rates["named"] == {"before": None, "after": None}


def test_curves_are_thinned_by_means_and_end_at_the_last_step() -> None:
    steps = list(range(1, 1001))
    told = thin(steps, {"loss": [float(step) for step in steps]}, 100)
    assert len(told["step"]) <= 100
    assert told["step"][-1] == told["loss"][-1] == 1000
    assert told["loss"] == told["step"]
    assert thin([], {"loss": []}, 100) == {"step": [], "loss": []}
    assert thin([1, 2], {"loss": [None, float("nan")]}, 100)["loss"] == [None, None]
    assert isinstance(pl.DataFrame(told), pl.DataFrame)
