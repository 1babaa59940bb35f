"""Corrections through Review's core: compared, stored with the verdict, taken back with it."""

from __future__ import annotations

import pytest

from tests.panels.test_review_core import item
from widgets.review.review import ReviewCore
from workbench.pairs import add_pairs
from workbench.preferences.pair import Pair, variant_id
from workbench.workspace import Workspace

WRONG = "a dog on a sofa"


@pytest.fixture
def core(ws: Workspace) -> ReviewCore:
    return ReviewCore(ws, encoder="fake")


def first(core: ReviewCore) -> str:
    return str(item(core, 0)["caption_id"])


def decide(core: ReviewCore, key: str, **fields: object) -> dict[str, object]:
    asked = {"op": "decide", "caption_ids": [first(core)], "verdict": "misaligned", "key": key}
    return core.answer(asked | fields).content


def test_a_draft_is_compared_word_by_word_and_measured(core: ReviewCore) -> None:
    said = core.answer({"op": "draft", "caption_id": first(core), "text": " a cat on a sofa "}).content
    assert said["runs"] == [
        ["same", "a "], ["gone", "dog"], ["same", " "], ["new", "cat"], ["same", " on a sofa"],
    ]  # fmt: skip
    assert (said["is_same"], said["is_deletion"], said["has_words"]) == (False, False, True)
    assert said["length"] == {"tokens": 5, "limit": 32, "over": None}


def test_a_draft_that_only_takes_words_out_says_so(core: ReviewCore) -> None:
    said = core.answer({"op": "draft", "caption_id": first(core), "text": "a sofa"}).content
    assert said["is_deletion"] is True
    said = core.answer({"op": "draft", "caption_id": first(core), "text": WRONG}).content
    assert (said["is_same"], said["is_deletion"], said["has_words"]) == (True, False, False)


def test_without_a_tokenizer_the_draft_says_why_there_is_no_count(ws: Workspace) -> None:
    core = ReviewCore(ws, encoder="clip:some/hub-id")
    said = core.answer({"op": "draft", "caption_id": first(core), "text": "a cat"}).content
    assert said["ok"] is True
    assert "clip:<folder>" in str(said["length"])


def test_a_draft_of_no_caption_is_refused(core: ReviewCore) -> None:
    assert core.answer({"op": "draft", "caption_id": "c0", "text": "a"}).content["ok"] is False


def test_a_correction_is_stored_with_its_verdict_and_told_back(ws: Workspace, core: ReviewCore) -> None:
    said = decide(core, "1", error_types=["object"], edited_text="a cat on a sofa", is_complete=True)
    stored = ws.verdicts.row(0, named=True)
    assert (stored["edited_text"], stored["is_complete"]) == ("a cat on a sofa", True)
    assert stored["stratum"] == "worst"
    told = said["verdicts"][first(core)]
    assert (told["edited_text"], told["is_complete"]) == ("a cat on a sofa", True)
    assert said["status"]["last"]["is_corrected"] is True
    assert ws.pairs.select("chosen_text", "rejected_text", "completeness").row(0) == (
        "a cat on a sofa", WRONG, "full",
    )  # fmt: skip


def test_one_undo_takes_a_correction_back_and_the_one_before_it_stands_again(
    ws: Workspace, core: ReviewCore
) -> None:
    decide(core, "1", edited_text="a cat on a sofa", is_complete=True)
    decide(core, "2", edited_text="a sofa", is_complete=False)
    assert ws.pairs["completeness"].to_list() == ["deletes_only"]
    back = core.answer({"op": "undo", "key": "3"}).content
    assert back["turned"][0]["is_corrected"] is True
    assert ws.verdicts["edited_text"].to_list() == ["a cat on a sofa"]
    core.answer({"op": "undo", "key": "4"})
    assert ws.pairs.is_empty()
    core.answer({"op": "redo", "key": "5"})
    assert ws.pairs["chosen_text"].to_list() == ["a cat on a sofa"]


def test_a_correction_sent_again_is_stored_once(ws: Workspace, core: ReviewCore) -> None:
    for _ in range(2):
        assert decide(core, "1", edited_text="a cat on a sofa", is_complete=None)["ok"]
    assert len(ws.store.journal.events()) == 1
    assert ws.verdicts["is_complete"].to_list() == [None]


def test_one_correction_is_of_one_caption(ws: Workspace, core: ReviewCore) -> None:
    ids = ws.captions["caption_id"].head(2).to_list()
    said = decide(core, "1", caption_ids=ids, edited_text="a cat on a sofa")
    assert said["ok"] is False
    assert "one by one" in str(said["remedy"])
    assert ws.verdicts.is_empty()


def test_a_correction_that_says_the_same_is_refused_in_words(core: ReviewCore) -> None:
    said = decide(core, "1", edited_text=f" {WRONG} ")
    assert said["ok"] is False
    assert "says what the caption says already" in str(said["error"])


def test_another_error_named_elsewhere_keeps_the_correction_and_fine_drops_it(
    ws: Workspace, core: ReviewCore
) -> None:
    decide(core, "1", edited_text="a cat on a sofa", is_complete=True)
    decide(core, "2", caption_ids=ws.captions["caption_id"].to_list(), error_types=["object"])
    rows = ws.verdicts.filter(error_types=["object"])
    assert rows["edited_text"].drop_nulls().to_list() == ["a cat on a sofa"]
    assert rows["is_complete"].drop_nulls().to_list() == [True]
    decide(core, "3", edited_text="")
    assert ws.pairs.is_empty()
    core.answer({"op": "undo", "key": "4"})
    decide(core, "5", verdict="ok")
    assert ws.pairs.is_empty()


def propose(ws: Workspace, caption_id: str, chosen: str, rejected: str, **fields: object) -> None:
    sample = str(ws.captions.filter(caption_id=caption_id)["sample_id"][0])
    ids = [variant_id(sample, text, "candidate") for text in (chosen, rejected)]
    given = {"origin": "candidate", "source": "blip", "margin": 0.1} | fields
    add_pairs(ws.store, [Pair(sample, *ids, chosen, rejected, **given)])


def test_what_a_model_proposes_for_the_sample_is_told_and_stays_a_proposal(
    ws: Workspace, core: ReviewCore
) -> None:
    assert item(core, 0)["proposal"] is None
    propose(ws, first(core), "an orange square", "a square")
    propose(ws, first(core), "an orange field", "a field", margin=0.4)
    propose(ws, first(core), WRONG, "a dog", margin=0.9)  # the caption itself is no proposal
    propose(
        ws, first(core), "orange", "a colour", margin=0.8, is_ordered=False
    )  # nothing says which is better
    assert item(core, 0)["proposal"] == {"text": "an orange field", "source": "blip"}
    propose(
        ws, first(core), "a square, all orange", "squares", origin="on_policy", source="mine", margin=None
    )
    assert item(core, 0)["proposal"] == {"text": "a square, all orange", "source": "mine"}
    assert item(core, 1)["proposal"] is None
    assert set(ws.pairs["status"]) == {"proposed", "open"}
    assert ws.verdicts.is_empty()
