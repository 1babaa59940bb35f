"""Agreement in a workspace: by caption and never by side, with the reason for what is undefined."""

from __future__ import annotations

import polars as pl
import pytest

from tests.made_stores import fill
from workbench.pairs import add_pairs, judge
from workbench.pairs.agreement import agreement, pair_reliability
from workbench.preferences.pair import Pair, variant_id
from workbench.store import Store

COUNT = 12


@pytest.fixture
def pairs(store: Store) -> list[Pair]:
    """A workspace with a built pair of each of twelve captions."""
    fill(store, COUNT)
    made = [
        Pair(
            row["sample_id"], row["caption_id"], variant_id(row["sample_id"], "wrong", "built"), row["text"],
            "wrong", "built", builder="replace_count",
        )
        for row in store.read("captions").iter_rows(named=True)
    ]  # fmt: skip
    add_pairs(store, made)
    return made


def say(store: Store, pair: Pair, annotator: str, answer: str = "chosen", **more: int) -> None:
    winner = {"chosen": pair.chosen_id, "rejected": pair.rejected_id}.get(answer, "")
    judge(store, pair.pair_id, "prefer" if winner else answer, annotator=annotator, winner=winner, **more)


def measure(store: Store, what: str, name: str) -> dict[str, object]:
    found = agreement(store).measures.filter(pl.col("what") == what, pl.col("name") == name)
    return found.row(0, named=True)


def test_nothing_judged_is_said_and_is_no_number(store: Store, pairs: list[Pair]) -> None:
    found = pair_reliability(store)
    assert found.height == COUNT
    assert found["voices"].to_list() == [0] * COUNT
    assert found["weight"].is_null().all()
    assert set(found["reason"]) == {"nobody judged it"}
    assert measure(store, "answer", "Krippendorff alpha")["reason"] == "nothing was answered by two people"
    assert "Undefined, because nothing was answered by two people: agreement on answer" in str(
        agreement(store)
    )


def test_people_who_say_the_same_agree_fully_and_are_believed(store: Store, pairs: list[Pair]) -> None:
    for place, pair in enumerate(pairs):
        for annotator in ("ana", "ben"):
            say(store, pair, annotator, "chosen" if place % 3 else "rejected")
    found = pair_reliability(store)
    assert found["agreement"].to_list() == [1.0] * COUNT
    assert found["weight"].min() > 0.9
    assert found["reason"].to_list() == [""] * COUNT
    assert measure(store, "answer", "Krippendorff alpha")["value"] == 1.0


def test_planted_disagreement_is_found(store: Store, pairs: list[Pair]) -> None:
    """A known fault of others: answers compared by their keys, so that everybody agreed."""
    for place, pair in enumerate(pairs):
        say(store, pair, "ana")
        say(store, pair, "ben", "chosen" if place % 2 else "rejected")
    row = measure(store, "answer", "share of equal answers")
    assert (row["value"], row["units"], row["voices"]) == (0.5, COUNT, 2 * COUNT)
    assert measure(store, "answer", "Krippendorff alpha")["value"] < 0.3  # type: ignore[operator]
    assert sorted(pair_reliability(store)["agreement"].to_list()) == [0.0] * 6 + [1.0] * 6


def test_the_weight_is_of_the_order_in_which_the_pair_stands(store: Store, pairs: list[Pair]) -> None:
    for annotator in ("ana", "ben", "cem"):
        say(store, pairs[0], annotator, "rejected")
        for pair in pairs[1:]:
            say(store, pair, annotator)
    weight = dict(pair_reliability(store).select("pair_id", "weight").iter_rows())
    assert weight[pairs[0].pair_id] > 0.9


def test_one_voice_has_a_weight_and_no_agreement(store: Store, pairs: list[Pair]) -> None:
    say(store, pairs[0], "ana")
    row = pair_reliability(store).filter(pl.col("pair_id") == pairs[0].pair_id).row(0, named=True)
    assert (row["voices"], row["agreement"]) == (1, None)
    assert 0.5 < row["weight"] < 1
    assert row["reason"] == "one voice; agreement needs two"


def test_skips_and_hidden_repeats_are_no_voices(store: Store, pairs: list[Pair]) -> None:
    say(store, pairs[0], "ana", "skip")
    say(store, pairs[0], "ana", occasion=2)
    assert pair_reliability(store)["voices"].sum() == 0
