"""Second opinion, adjudication and scopes: which captions a review goes through, and what it is told."""

from __future__ import annotations

import json

import polars as pl
import pytest

from tests.panels.test_review_core import ids_of, item, opened
from widgets.linking import Scoped
from widgets.review.review import ReviewCore
from workbench.workspace import Workspace

DISPUTED = ("a red square", "a cat")


@pytest.fixture
def disputed(ws: Workspace) -> Workspace:
    """Ana and ben differ on two captions, on one of them only by error type; they agree on a third."""
    [one], [two], [three] = (ids_of(ws, text) for text in (*DISPUTED, "a blue square"))
    for who, verdict in (("ana", "ok"), ("ben", "misaligned")):
        ws.decide(one, verdict, annotator=who)
        ws.decide(two, "misaligned", annotator=who, error_types=["object" if who == "ana" else "count"])
        ws.decide(three, "ok", annotator=who)
    return ws


def say(core: ReviewCore, caption: str, verdict: str, key: str) -> dict[str, object]:
    return core.answer({"op": "decide", "caption_ids": [caption], "verdict": verdict, "key": key}).content


def test_adjudication_goes_through_disagreements_the_gravest_first_and_shows_who_said_what(
    disputed: Workspace,
) -> None:
    core = ReviewCore(disputed, annotator="cem", adjudicate=True)
    told = opened(core)
    assert (told["length"], told["place"], told["picked"]["why"]) == (2, 0, "disagreements")
    first = item(core, 0)
    assert [first["caption_id"]] == ids_of(disputed, "a red square")
    assert [(one["annotator"], one["verdict"]) for one in first["voices"]] == [
        ("ana", "ok"), ("ben", "misaligned"),
    ]  # fmt: skip
    assert first["verdicts"][first["caption_id"]] is None, "nobody has settled it yet"


def test_what_is_adjudicated_stands_and_is_done_and_undo_is_of_this_desk_alone(disputed: Workspace) -> None:
    core = ReviewCore(disputed, annotator="cem", adjudicate=True)
    [one] = ids_of(disputed, "a red square")
    disputed.decide(ids_of(disputed, "a cat")[0], "ok", annotator="cem")
    said = say(core, one, "ok", "1")
    assert (said["status"]["reviewed"], said["status"]["total"]) == (1, 2)
    assert disputed.verdicts.filter(caption_id=one)["annotator"].to_list() == ["cem"]
    assert core.answer({"op": "unreviewed", "place": 0}).content["place"] == 1
    assert [entry["caption_id"] for entry in core.answer({"op": "history"}).content["history"]] == [one]
    core.answer({"op": "undo", "key": "2"})
    assert core.answer({"op": "undo", "key": "3"}).content["turned"] == []
    assert disputed.verdicts.filter(caption_id=one).height == 2


def test_an_ordinary_review_is_not_told_who_said_what(disputed: Workspace) -> None:
    core = ReviewCore(disputed)
    place = core.queue.place_of(ids_of(disputed, "a red square")[0])
    assert place is not None
    assert item(core, place)["voices"] == []


def test_adjudication_without_disagreements_is_empty(ws: Workspace) -> None:
    told = opened(ReviewCore(ws, adjudicate=True))
    assert (told["length"], told["is_adjudicating"]) == (0, True)


def test_a_second_opinion_is_told_of_no_verdict_of_others(disputed: Workspace) -> None:
    core = ReviewCore(disputed, annotator="cem", second_opinion=True)
    told = opened(core)
    assert (told["place"], told["length"], told["status"]["reviewed"]) == (0, 6, 0)
    for place in range(6):
        seen = item(core, place)
        assert seen["verdicts"] == dict.fromkeys(seen["verdicts"])
    strip = json.loads(core.answer({"op": "strip", "place": 0}).buffers[0])
    assert {entry["verdict"] for entry in strip} == {None}


def test_a_second_opinion_draws_first_what_others_decided_in_the_order_of_the_queue(
    disputed: Workspace,
) -> None:
    plain = [entry.caption_id for entry in ReviewCore(disputed).queue.items(0, 6)]
    by_others = set(disputed.verdicts["caption_id"])
    core = ReviewCore(disputed, annotator="cem", second_opinion=True)
    drawn = [entry.caption_id for entry in core.queue.items(0, 6)]
    assert drawn == sorted(plain, key=lambda key: key not in by_others)
    assert drawn != plain
    say(core, drawn[0], "ok", "1")
    assert opened(core)["place"] == 1


def test_a_second_opinion_can_be_on_picked_captions_alone(disputed: Workspace) -> None:
    decided = disputed.verdicts["caption_id"].unique().to_list()
    core = ReviewCore(disputed, annotator="cem", second_opinion=True, only=decided)
    assert opened(core)["length"] == 3
    say(core, str(item(core, 0)["caption_id"]), "ok", "1")
    assert opened(core)["place"] == 1


def test_a_scope_narrows_the_review_by_sample_or_caption_and_is_lifted(ws: Workspace) -> None:
    core = ReviewCore(ws)
    assert isinstance(core, Scoped)
    cat = ws.captions.filter(text="a cat")
    before = opened(core)["status"]["tables"]
    core.take_scope(cat["sample_id"], "1 point in a lasso")
    told = opened(core)
    assert (told["length"], told["scope"]) == (1, {"count": 1, "why": "1 point in a lasso"})
    assert told["status"]["tables"] != before, "by which the page starts anew"
    core.take_scope(pl.Series("caption_id", ids_of(ws, *DISPUTED)), "a brush")
    assert opened(core)["length"] == 2
    say(core, str(item(core, 0)["caption_id"]), "ok", "1")
    assert ws.verdicts["stratum"].to_list() == ["picked"]
    core.take_scope(None, "")
    assert (opened(core)["length"], opened(core)["scope"]) == (6, None)


def test_a_scope_with_nothing_of_the_queue_is_empty_and_says_so(ws: Workspace) -> None:
    core = ReviewCore(ws, only=ids_of(ws, "a cat"))
    core.take_scope(pl.Series("caption_id", ids_of(ws, "a red square")), "a brush")
    told = opened(core)
    assert (told["length"], told["place"], told["scope"]["why"]) == (0, None, "a brush")
