"""Disagreements and what settles them: everybody's word is kept, one verdict stands for all."""

from __future__ import annotations

import polars as pl
import pytest

from workbench.errors import DecisionError, UnknownNameError
from workbench.records import Span
from workbench.review import adjudicate, decide, describe_team, disagreements, estimate, voices_on
from workbench.review.remaining import latest_verdicts
from workbench.store import Store


@pytest.fixture
def ids(filled_store: Store) -> list[str]:
    """Five captions that two decided: alike, against each other, by type, by correction, and with a skip."""
    keys: list[str] = filled_store.read("captions")["caption_id"].to_list()[:5]
    for who in ("ana", "ben"):
        decide(filled_store, keys[0], "ok", annotator=who)
    decide(filled_store, keys[1], "ok", annotator="ana")
    decide(filled_store, keys[1], "misaligned", annotator="ben", error_types=["object"])
    decide(filled_store, keys[2], "misaligned", annotator="ana", error_types=["count"])
    decide(filled_store, keys[2], "misaligned", annotator="ben", error_types=["object"])
    decide(filled_store, keys[3], "misaligned", annotator="ana", edited_text="one dog")
    decide(filled_store, keys[3], "misaligned", annotator="ben", edited_text="two dogs")
    decide(filled_store, keys[4], "misaligned", annotator="ana")
    decide(filled_store, keys[4], "skip", annotator="ben")
    return keys


def test_captions_decided_differently_are_listed_the_gravest_first(
    filled_store: Store, ids: list[str]
) -> None:
    found = disagreements(filled_store)
    assert found["caption_id"].to_list() == ids[1:4]
    assert found["about"].to_list() == ["verdict", "error_types", "correction"]
    assert found["annotators"].to_list() == [2, 2, 2]
    assert [one["annotator"] for one in found["said"][0]] == ["ana", "ben"]
    assert found["text"].null_count() == 0


def test_agreement_and_a_skip_are_no_disagreement(filled_store: Store, ids: list[str]) -> None:
    assert not set(disagreements(filled_store)["caption_id"]) & {ids[0], ids[4]}


def test_the_adjudicated_verdict_stands_for_all_and_every_voice_is_kept(
    filled_store: Store, ids: list[str]
) -> None:
    agreed = describe_team(filled_store.journal.voices()).agreement
    adjudicate(filled_store, ids[1], "ok", annotator="cem")
    standing = filled_store.journal.frame().filter(caption_id=ids[1])
    assert standing.select("annotator", "verdict", "is_adjudicated").rows() == [("cem", "ok", True)]
    assert [(v.annotator, v.verdict) for v in voices_on(filled_store)[ids[1]]] == [
        ("ana", "ok"), ("ben", "misaligned"),
    ]  # fmt: skip
    assert describe_team(filled_store.journal.voices()).agreement == agreed


def test_a_later_word_of_one_person_does_not_overrule_what_was_settled(
    filled_store: Store, ids: list[str]
) -> None:
    adjudicate(filled_store, ids[1], "ok", annotator="cem")
    decide(filled_store, ids[1], "misaligned", annotator="dan")
    assert filled_store.journal.frame().filter(caption_id=ids[1])["verdict"].to_list() == ["ok"]
    assert estimate(filled_store).found == 2


def test_one_person_s_own_word_is_told_whatever_was_settled(filled_store: Store, ids: list[str]) -> None:
    adjudicate(filled_store, ids[1], "ok", annotator="cem")
    assert latest_verdicts(filled_store, "ben")[ids[1]].verdict == "misaligned"
    assert latest_verdicts(filled_store)[ids[1]].annotator == "cem"


def test_an_adjudication_taken_back_leaves_what_people_said(filled_store: Store, ids: list[str]) -> None:
    decide(filled_store, ids[0], "ok", annotator="cem")
    adjudicate(filled_store, ids[1], "ok", annotator="cem")
    filled_store.journal.undo("cem", desk="adjudicate")
    assert filled_store.journal.frame().filter(caption_id=ids[1]).height == 2
    assert filled_store.journal.undo("cem", desk="adjudicate") is None, "an own verdict is of another desk"


def test_what_is_settled_is_told_apart_from_what_is_open(filled_store: Store, ids: list[str]) -> None:
    adjudicate(filled_store, ids[2], "misaligned", annotator="cem", error_types=["count"])
    assert disagreements(filled_store, is_open=True)["caption_id"].to_list() == [ids[1], ids[3]]
    settled = disagreements(filled_store, is_open=False)
    assert settled.select("caption_id", "adjudicated", "adjudicator").rows() == [
        (ids[2], "misaligned", "cem")
    ]


def test_one_subject_of_disagreement_can_be_asked_for(filled_store: Store, ids: list[str]) -> None:
    assert disagreements(filled_store, about="correction")["caption_id"].to_list() == [ids[3]]
    with pytest.raises(UnknownNameError, match="tone"):
        disagreements(filled_store, about="tone")


def test_an_even_split_comes_before_a_lone_dissent(filled_store: Store) -> None:
    one, two = filled_store.read("captions")["caption_id"].to_list()[:2]
    for who in ("ana", "ben", "cem"):
        decide(filled_store, one, "ok", annotator=who)
    decide(filled_store, one, "misaligned", annotator="dan")
    decide(filled_store, two, "ok", annotator="ana")
    decide(filled_store, two, "misaligned", annotator="dan")
    assert disagreements(filled_store)["caption_id"].to_list() == [two, one]


def test_there_is_nothing_to_settle_where_one_person_decided(filled_store: Store) -> None:
    key = filled_store.read("captions")["caption_id"][0]
    decide(filled_store, key, "ok", annotator="ana")
    with pytest.raises(DecisionError, match="nothing to settle"):
        adjudicate(filled_store, key, "ok", annotator="cem")


def test_a_workspace_nobody_decided_in_has_no_disagreements(filled_store: Store) -> None:
    found = disagreements(filled_store)
    assert found.is_empty()
    assert found.schema["text"] == pl.String()


def test_a_span_behind_the_end_of_its_caption_is_refused(filled_store: Store) -> None:
    row = filled_store.read("captions").row(0, named=True)
    size = len(row["text"])
    with pytest.raises(DecisionError, match=f"ends at character {size + 1}"):
        decide(filled_store, row["caption_id"], "misaligned", annotator="ana", spans=[Span(0, size + 1)])
    decide(filled_store, row["caption_id"], "misaligned", annotator="ana", spans=[Span(0, size)])
