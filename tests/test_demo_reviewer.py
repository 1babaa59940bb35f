"""The scripted reviewer corrects as people do: mostly whole, now and then by taking a word out."""

from __future__ import annotations

import polars as pl
import pytest

from tests.made_stores import fill
from workbench.demo.reviewer import REVIEWER, correct_caption, replay_reviewer
from workbench.pairs import standing_pairs
from workbench.store import Store


def wrong(error_type: str, text: str, true_text: str, word: str) -> dict[str, object]:
    start = text.index(word)
    return {
        "error_type": error_type, "text": text, "true_text": true_text,
        "start_char": start, "end_char": start + len(word), "is_wrong": True,
    }  # fmt: skip


COLOUR = wrong("attribute", "There is an orange tent.", "There is a blue tent.", "orange")


def all_corrections(row: dict[str, object]) -> set[tuple[str, bool | None]]:
    made = [correct_caption(row | {"caption_id": f"c{n}"}) for n in range(200)]
    return {(one.text, one.is_complete) for one in made}


def test_a_wrong_colour_is_corrected_or_only_taken_out() -> None:
    assert all_corrections(COLOUR) == {
        ("There is a blue tent.", True), ("There is a blue tent.", None),
        ("There is a tent.", False), ("", None),
    }  # fmt: skip


def test_taking_a_word_out_mends_the_article() -> None:
    row = wrong("attribute", "A red apple falls.", "A green apple falls.", "red")
    assert ("An apple falls.", False) in all_corrections(row)


@pytest.mark.parametrize(
    ("text", "word"),
    [("Grey dog standing.", "Grey"), ("Under a cloudy sky.", "a cloudy sky"), ("It is red.", "red")],
)
def test_what_would_leave_no_sentence_is_not_taken_out(text: str, word: str) -> None:
    row = wrong("attribute", text, "Something true.", word)
    assert {said for said, _ in all_corrections(row)} == {"Something true.", ""}


def test_another_pictures_caption_is_rejected_and_not_rewritten() -> None:
    assert all_corrections(COLOUR | {"error_type": "wrong_pair"}) == {("", None)}
    assert all_corrections(COLOUR | {"true_text": COLOUR["text"]}) == {("", None)}


def test_corrections_come_with_the_verdicts_and_a_replay_makes_none_twice(tmp_path) -> None:
    store = Store.create(tmp_path / "ws")
    ids = fill(store, 60)
    rows = [
        COLOUR
        | {
            "caption_id": key,
            "true_text": f"There is a tent, {n}.",
            "error_type": "attribute" if n % 4 == 0 else "count",
        }
        for n, key in enumerate(ids)
    ]
    truth = pl.DataFrame(rows)
    assert replay_reviewer(store, truth, decisions=50) == 50
    pairs = standing_pairs(store)
    assert 30 <= pairs.height < 50
    assert set(pairs["completeness"]) == {"full", "unknown", "partial"}
    assert set(pairs["annotator"]) == {REVIEWER}
    assert replay_reviewer(store, truth, decisions=50) == 0
    assert len(store.journal.events()) == 50
