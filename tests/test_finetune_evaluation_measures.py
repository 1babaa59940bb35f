"""What texts are held against, what is counted in them, and the ways of cheating that must not count."""

from __future__ import annotations

import math
import random
import re
from collections import Counter
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from workbench.demo.finetune.captions import STYLES, describe_noisily
from workbench.demo.finetune.scenes import make_scene
from workbench.demo.finetune.truth import check_caption
from workbench.finetune.evaluation.flagged import describe_outcome, lay_side_by_side, teaching_pairs
from workbench.finetune.evaluation.gathering import find_truth
from workbench.finetune.evaluation.measures import is_repeating, measure, measure_change, tally_text, variety
from workbench.finetune.evaluation.slices import find_slices, measure_slices, slice_pairs, unusual_rows
from workbench.finetune.evaluation.truth import Truth, truth_of_captions, truth_of_regions
from workbench.finetune.evaluation.warning import find_warnings
from workbench.finetune.rows import FLAGGED_SCHEMA, ROW_SCHEMA
from workbench.metrics import Metric
from workbench.schema import TABLES
from workbench.store import Store

ROW = {"sample_id": "s1", "start_s": None, "end_s": None, "prompt": "Describe this image."}


def regions(*things: tuple[str, str, list[str]], source: str = "boxes") -> pl.DataFrame:
    rows = [
        {"region_id": f"{sample}/{number}", "sample_id": sample, "label": label, "attributes": attributes,
         "source": source}
        for number, (sample, label, attributes) in enumerate(things)
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=dict(TABLES["regions"]))


@pytest.fixture
def truth() -> Truth:
    found = truth_of_regions(
        regions(("s1", "dog", ["red"]), ("s1", "cat", ["blue"]), ("s2", "boat", ["white"]))
    )
    assert found is not None
    return found


def test_imagined_missed_and_miscoloured_things_are_told_apart(truth: Truth) -> None:
    verdict = truth.check("A green dog and a boat on a beach.", ROW)
    assert (verdict.imagined, verdict.found, verdict.missed) == ({"boat"}, {"dog"}, {"cat"})
    assert not truth.check("A blue dog.", ROW).is_right, "blue is in the annotation, and not of the dog"
    assert truth.check("A red dog and a blue cat.", ROW).is_right


def test_what_the_annotation_never_speaks_of_is_not_counted(truth: Truth) -> None:
    assert truth.check("A dog beside a lighthouse.", ROW).imagined == frozenset()


def test_nothing_said_is_nothing_right(truth: Truth) -> None:
    assert not truth.check("On a beach.", ROW).is_right


def test_the_source_that_knows_most_samples_is_taken(truth: Truth) -> None:
    both = pl.concat([regions(("s1", "dog", [])), regions(("s1", "cat", []), ("s2", "cat", []), source="b")])
    found = truth_of_regions(both)
    assert found is not None
    assert found.names(ROW) == {"cat"}


def test_regions_outside_an_interval_do_not_count() -> None:
    frame = regions(("s1", "dog", []), ("s1", "cat", [])).with_columns(
        start_s=pl.Series([0.0, 5.0]), end_s=pl.Series([1.0, 6.0])
    )
    found = truth_of_regions(frame)
    assert found is not None
    assert found.names(ROW | {"start_s": 4.0, "end_s": 7.0}) == {"cat"}
    assert found.names(ROW) == {"cat", "dog"}


def test_verified_captions_tell_what_is_there_where_there_are_no_regions() -> None:
    found = truth_of_captions([("s1", "A red dog and a cat on a beach."), ("s2", "A boat.")])
    assert found is not None
    assert found.source == "captions"
    verdict = found.check("A green dog with a boat.", ROW)
    assert (verdict.imagined, verdict.missed) == ({"boat"}, {"cat"})
    assert truth_of_captions([("s1", "")]) is None
    assert truth_of_regions(regions()) is None


def test_counts_agree_with_those_of_the_small_world_that_knows_its_scenes() -> None:
    rng = random.Random(7)
    scenes = {f"s{number}": make_scene(f"agree/{number}") for number in range(60)}
    found = truth_of_regions(
        regions(*((name, t.noun, [t.colour]) for name, scene in scenes.items() for t in scene.things))
    )
    assert found is not None
    for name, scene in scenes.items():
        for style in STYLES:
            text = describe_noisily(scene, style, rng)
            verdict, known = found.check(text, ROW | {"sample_id": name}), check_caption(text, scene)
            assert verdict.imagined == known.imagined
            assert verdict.missed == known.missed


def test_captions_in_another_language_are_not_taken_for_silence(tmp_path: Path) -> None:
    store = Store.create(tmp_path / "ws")

    def rows(*texts: str) -> pl.DataFrame:
        told = [
            {"pair_id": str(at), "sample_id": f"s{at}", "chosen": text, "status": "accepted"}
            for at, text in enumerate(texts)
        ]
        return pl.DataFrame(told, schema=ROW_SCHEMA)

    assert find_truth(store, rows("Ein Hund läuft auf der Wiese.", "Eine Katze sitzt im Baum.")) is None
    found = find_truth(store, rows("A dog runs on the grass.", "A cat sits in a tree."))
    assert found is not None
    assert not found.check("von und zu der die das", ROW | {"sample_id": "s0"}).is_right


def tallies(truth: Truth, *texts: str) -> list[Any]:
    return [tally_text(text, is_whole=True, verdict=truth.check(text, ROW)) for text in texts]


def test_rates_are_sums_over_sums(truth: Truth) -> None:
    told = tallies(truth, "A red dog, a blue cat and a boat.", "A boat.")
    values = {
        name: measure(name, told, ["a", "b"], rounds=50, seed=0).value
        for name in ("chair_i", "chair_s", "recall")
    }
    assert values == pytest.approx({"chair_i": 2 / 4, "chair_s": 1.0, "recall": 2 / 4})


def test_texts_without_a_word_count_in_no_rate_and_leave_a_mark(truth: Truth) -> None:
    empty = [tally_text("", is_whole=True, verdict=truth.check("", ROW))]
    assert math.isnan(measure("chair_i", empty, ["a"], rounds=50, seed=0).value)
    assert measure("recall", empty, ["a"], rounds=50, seed=0).value == 0
    assert measure("empty", empty, ["a"], rounds=50, seed=0).value == 1


def test_the_interval_of_a_change_is_of_the_same_samples(truth: Truth) -> None:
    before = tallies(truth, *(["A red dog and a boat."] * 20 + ["A red dog."] * 20))
    after = tallies(truth, *(["A red dog."] * 40))
    samples = [str(number) for number in range(40)]
    change = measure_change("chair_s", before, after, samples, rounds=300, seed=0)
    assert change.value == -0.5
    assert -0.7 < change.low < -0.5 < change.high < -0.3
    same = measure_change("chair_s", before, before, samples, rounds=300, seed=0)
    assert (same.low, same.high) == (0, 0), "nothing changed in any draw"


def test_one_sample_many_times_is_no_more_sure_than_once(truth: Truth) -> None:
    told = tallies(truth, *(["A boat."] * 30 + ["A red dog."] * 30))
    alone = measure("chair_s", told, [str(number) for number in range(60)], rounds=300, seed=0)
    few = measure("chair_s", told, [str(number // 10) for number in range(60)], rounds=300, seed=0)
    assert few.high - few.low > 2 * (alone.high - alone.low)


@pytest.mark.parametrize(
    ("text", "repeats"),
    [
        ("a blue tree and a blue tree", True),
        ("a white white car", True),
        ("a dog chases another dog", False),
        ("a red car and a blue car", False),
        ("", False),
    ],
)
def test_repetition_hides_from_rates_over_nouns_and_not_from_this(text: str, *, repeats: bool) -> None:
    assert is_repeating(text) is repeats


def test_variety_falls_when_every_text_is_the_same() -> None:
    assert variety(["A dog.", "a cat"])["distinct_texts"] == 1
    assert variety(["A dog."] * 4) == {"distinct_texts": 0.25, "distinct_2": 0.25}
    assert math.isnan(variety([])["distinct_texts"])


@pytest.mark.parametrize(
    ("before", "after", "outcome"),
    [
        ("A red dog and a boat.", "A red dog and a blue cat.", "mended"),
        ("A red dog, a blue cat and a boat.", "A red dog.", "cut short"),
        ("A red dog and a boat.", "On a beach.", "says nothing"),
        ("A red dog and a boat.", "", "says nothing"),
        ("A red dog.", "A red dog and a boat.", "broken"),
        ("A red dog.", "A red dog and a blue cat.", "kept"),
        ("A blue dog and a boat.", "A boat and a cat.", "better"),
        ("A boat.", "A blue dog and a boat.", "worse"),
    ],
)
def test_saying_less_is_not_called_mending(truth: Truth, before: str, after: str, outcome: str) -> None:
    told = describe_outcome(before, after, truth.check(before, ROW), truth.check(after, ROW))
    assert told["outcome"] == outcome


def test_a_flagged_item_tells_whether_the_run_could_know_it_by_heart(truth: Truth) -> None:
    rows = pl.DataFrame(
        [
            {"pair_id": "p1", "split": "train", "unfit": "", "chosen": "A red dog.", "rejected": "A boat."},
            {
                "pair_id": "p2",
                "split": "held_out",
                "unfit": "",
                "chosen": "A dog.",
                "rejected": "A dog, a boat.",
            },
        ],
        schema=ROW_SCHEMA,
    )
    flagged = pl.DataFrame(
        [ROW | {"caption_id": name, "pair_id": pair} for name, pair in (("c1", "p1"), ("c2", "p2"))],
        schema=FLAGGED_SCHEMA,
    )
    seen = lay_side_by_side(flagged, ["A boat."] * 2, ["A red dog.", "A boat."], rows, truth)
    assert seen["trained"].to_list() == [True, False]
    assert seen["split"].to_list() == ["train", "held_out"]
    assert seen["taught_by"].to_list() == [["p1"], []], "held-out pairs teach nothing"
    assert seen["outcome"].to_list() == ["mended", "still wrong"]
    nobody_knows = lay_side_by_side(flagged, ["a", "b"], ["a", "c"], rows, None)
    assert nobody_knows["outcome"].to_list() == ["same", "changed"]


def test_pairs_that_teach_a_change_are_those_that_drop_or_bring_the_same_words() -> None:
    lessons = {
        "boats": (Counter(["boat"]), Counter[str]()),
        "much": (Counter(["boat", "car", "tree", "house"]), Counter(["dog"])),
        "other": (Counter(["lamp"]), Counter[str]()),
    }
    assert teaching_pairs("a dog and a boat", "a dog", "", lessons) == ["boats", "much"]
    assert teaching_pairs("a dog and a boat", "a dog", "other", lessons)[0] == "other", "its own comes first"
    assert teaching_pairs("a dog", "a dog", "other", lessons) == []


def test_unusual_combinations_are_of_known_things_that_never_met() -> None:
    known = truth_of_regions(
        regions(
            ("t1", "dog", []), ("t1", "cat", []), ("t2", "boat", []), ("t2", "cat", []),
            ("new", "dog", []), ("new", "boat", []), ("old", "dog", []), ("old", "cat", []),
            ("strange", "dog", []), ("strange", "lamp", []),
        )
    )  # fmt: skip
    assert known is not None
    trained = [ROW | {"sample_id": name, "chosen": ""} for name in ("t1", "t2")]
    asked = [ROW | {"sample_id": name, "chosen": ""} for name in ("new", "old", "strange")]
    assert unusual_rows(asked, trained, known) == [0]
    places = [
        trained[0] | {"chosen": "A dog and a cat on a beach."},
        trained[1] | {"chosen": "A boat in a street."},
    ]
    assert unusual_rows([asked[1] | {"chosen": "A dog in a street."}], places, known) == [0]


def test_slices_are_large_enough_and_the_worst_comes_first() -> None:
    known = truth_of_regions(
        regions(*((f"s{number}", "dog" if number < 12 else "cat", []) for number in range(30)))
    )
    assert known is not None
    rows = [ROW | {"sample_id": f"s{number}", "chosen": ""} for number in range(30)]
    parts = find_slices(rows, [], known)
    assert {name: len(part) for name, part in parts.items()} == {"with dog": 12, "with cat": 18}
    told = [tally_text("A dog.", is_whole=True, verdict=known.check("A dog.", row)) for row in rows]
    frame = measure_slices(parts, told, told, [str(row["sample_id"]) for row in rows], rounds=20, seed=0)
    assert frame["slice"][0] == "with cat"
    assert frame.filter(measure="chair_i", when="after")["value"].to_list() == [1, 0]


def test_the_group_whose_preferences_are_not_met_stands_first() -> None:
    pairs = pl.DataFrame(
        {
            "pair_id": [str(number) for number in range(40)],
            "margin": [1.0] * 20 + [1.0] * 8 + [-1.0] * 12,
            "group": ["near"] * 20 + ["far"] * 20,
            "error_type": ["object"] * 35 + ["order"] * 5,
            "origin": ["edit"] * 40,
        }
    )
    told = slice_pairs(pairs)
    assert told["slice"].to_list() == ["group far", "group near", "error type object", "origin edit"]
    assert told["value"].to_list() == [0.4, 1.0, 28 / 35, 28 / 40]
    assert slice_pairs(pairs.head(0)).is_empty()


def metrics(**values: float) -> dict[str, Metric]:
    return {name: Metric(value, 9, "share", value, value) for name, value in values.items()}


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"words_greedy_before": 20, "words_greedy_after": 10}, "50 % shorter"),
        ({"recall_sampled_change": -0.03}, r"Recall \(sampled\) fell by 3.0 points"),
        ({"repetition_greedy_change": 0.04}, "repeat themselves"),
        ({"unended_greedy_change": 0.5}, "come to no end"),
        ({"perplexity_chosen_before": 4, "perplexity_chosen_after": 209}, "Perplexity"),
        ({"reward_accuracy": 0.5}, "holds one half"),
    ],
)
def test_a_gain_that_comes_of_something_else_is_warned_of(told: dict[str, float], said: str) -> None:
    [warning] = find_warnings(metrics(**told))
    assert re.search(said, warning)


def test_a_plain_gain_is_not_warned_of() -> None:
    assert not find_warnings(
        metrics(
            words_greedy_before=12, words_greedy_after=11.5, recall_greedy_change=-0.01,
            repetition_greedy_change=0.01, perplexity_chosen_before=4, perplexity_chosen_after=3,
            reward_accuracy=0.9,
        )
    )  # fmt: skip
