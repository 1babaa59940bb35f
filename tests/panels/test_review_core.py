"""Review's core: the queue by place, strata, and going on after a restart."""

from __future__ import annotations

import json
import re
from pathlib import Path

import polars as pl
import pytest

import widgets
import workbench
from widgets.review.review import ReviewCore
from workbench.errors import DecisionError, UnknownNameError
from workbench.records import utc_now
from workbench.workspace import Workspace


def item(core: ReviewCore, place: int) -> dict[str, object]:
    answer = core.answer({"op": "items", "place": place})
    assert answer.content["ok"], answer.content
    told: dict[str, object] = answer.content["items"][0]
    return told | json.loads(answer.buffers[0])


def estimate_of(core: ReviewCore) -> dict[str, object]:
    core.standing()  # it is made on a thread of its own, and waited for here however long that takes
    core.stands.wait()
    told: dict[str, object] = core.standing()["estimate"]
    return told


def test_an_item_carries_all_that_is_known_of_its_sample(ws: Workspace) -> None:
    first = item(ReviewCore(ws), 0)
    assert first["captions"][0]["text"] == "a dog on a sofa"
    assert first["flags"][0]["error_type"] == "wrong_pair"
    assert first["scores"][0]["scorer"] == "similarity"
    assert first["stratum"] == "worst"


def test_it_goes_on_at_the_first_pair_nobody_has_decided(ws: Workspace) -> None:
    core = ReviewCore(ws)
    for place in (0, 1):
        ids = [item(core, place)["caption_id"]]
        core.answer({"op": "decide", "caption_ids": ids, "verdict": "ok", "key": str(place)})
    again = ReviewCore(workbench.open(ws.path, annotator="ana")).answer({"op": "open"}).content
    assert again["place"] == 2
    assert again["status"]["reviewed"] == 2


def test_next_unreviewed_comes_round_to_what_was_passed_over(ws: Workspace) -> None:
    core = ReviewCore(ws)
    for place in range(1, 6):
        ids = [item(core, place)["caption_id"]]
        core.answer({"op": "decide", "caption_ids": ids, "verdict": "skip", "key": str(place)})
    assert core.answer({"op": "unreviewed", "place": 3}).content["place"] == 0
    core.answer({"op": "decide", "caption_ids": [item(core, 0)["caption_id"]], "verdict": "ok", "key": "0"})
    assert core.answer({"op": "unreviewed", "place": 3}).content["place"] is None


def test_a_verdict_keeps_the_stratum_its_pair_was_drawn_from(ws: Workspace) -> None:
    core = ReviewCore(ws, random_share=0.5)
    for place in range(6):
        ids = [item(core, place)["caption_id"]]
        core.answer({"op": "decide", "caption_ids": ids, "verdict": "ok", "key": str(place)})
    strata = ws.verdicts["stratum"].value_counts()
    assert dict(strata.iter_rows()) == {"worst": 3, "random": 3}
    assert estimate_of(core)["left"] == 0


def test_the_estimate_rests_on_the_random_order_of_its_own_queue(ws: Workspace) -> None:
    for seed in range(1, 8):
        core = ReviewCore(ws, order="random", seed=seed)
        for place in range(5):
            ids = [item(core, place)["caption_id"]]
            core.answer({"op": "decide", "caption_ids": ids, "verdict": "ok", "key": f"{seed}-{place}"})
        assert estimate_of(core)["drawn"] == 5
        for _ in range(5):
            ws.undo()


def test_error_types_go_with_misaligned_only(ws: Workspace) -> None:
    core = ReviewCore(ws)
    ids = [item(core, 0)["caption_id"]]
    wrong = {"op": "decide", "caption_ids": ids, "verdict": "ok", "error_types": ["object"], "key": "1"}
    assert core.answer(wrong).content["ok"] is False
    assert ws.verdicts.height == 0
    core.answer(wrong | {"verdict": "misaligned", "key": "2"})
    assert ws.verdicts["error_types"].to_list() == [["object"]]


def test_a_caption_is_found_in_the_queue_and_the_strip_says_what_comes(ws: Workspace) -> None:
    core = ReviewCore(ws)
    third = item(core, 2)["caption_id"]
    assert core.answer({"op": "find", "caption_id": third}).content["place"] == 2
    strip = json.loads(core.answer({"op": "strip", "place": 2}).buffers[0])
    assert strip[0]["caption_id"] == third
    assert len(strip) == 4


def test_a_stretch_of_pairs_comes_in_one_answer_and_ends_with_the_queue(ws: Workspace) -> None:
    core = ReviewCore(ws)
    one_by_one = [item(core, place) for place in range(6)]
    answer = core.answer({"op": "items", "place": 1, "count": 8})
    told = [one | json.loads(data) for one, data in zip(answer.content["items"], answer.buffers, strict=True)]
    assert told == one_by_one[1:]


def test_a_place_behind_the_end_is_refused_in_words(ws: Workspace) -> None:
    answer = ReviewCore(ws).answer({"op": "items", "place": 99}).content
    assert answer["ok"] is False
    assert "no pair at place 99" in str(answer["error"])


def test_an_empty_workspace_opens(tmp_path: Path) -> None:
    answer = ReviewCore(workbench.create(tmp_path / "new")).answer({"op": "open"}).content
    assert (answer["ok"], answer["length"], answer["place"]) == (True, 0, None)


def add_attribute_scores(ws: Workspace, *, reason: str | None = None) -> None:
    """Score every caption for `attribute`, "a green square" lowest with its colour as the span."""
    pairs = ws.captions.join(ws.samples, on="sample_id").sort("path")
    is_green = pl.col("text") == "a green square"
    rows = pairs.select(
        "caption_id", "caption_hash", "content_hash", scorer=pl.lit("claims"), error_type=pl.lit("attribute"),
        value=pl.when(pl.lit(reason is None)).then(pl.when(is_green).then(0.0).otherwise(1.0)),
        percentile=pl.when(pl.lit(reason is None)).then(pl.when(is_green).then(0.0).otherwise(0.6)),
        start_char=pl.when(is_green).then(2).cast(pl.Int32),
        end_char=pl.when(is_green).then(7).cast(pl.Int32),
        evidence=pl.lit("It is of another colour."), reason=pl.lit(reason), encoder_key=pl.lit("by hand"),
        scored_at=pl.lit(utc_now()),
    )  # fmt: skip
    ws.store.append("scores", rows)


def first_text(core: ReviewCore) -> str:
    told = item(core, 0)
    [text] = [c["text"] for c in told["captions"] if c["caption_id"] == told["caption_id"]]
    return str(text)


def test_one_error_type_orders_the_queue_and_its_span_reaches_the_page(ws: Workspace) -> None:
    add_attribute_scores(ws)
    core = ReviewCore(ws, error_type="attribute")
    assert first_text(core) == "a green square"
    [score] = [row for row in item(core, 0)["scores"] if row["error_type"] == "attribute"]
    assert (score["start_char"], score["end_char"]) == (2, 7)
    assert first_text(ReviewCore(ws)) == "a dog on a sofa"


def test_the_page_is_told_which_types_have_scores_and_how_many(ws: Workspace) -> None:
    add_attribute_scores(ws)
    opened = ReviewCore(ws).answer({"op": "open"}).content
    assert opened["scored_types"] == [
        {"error_type": "wrong_pair", "count": 6},
        {"error_type": "attribute", "count": 6},
    ]
    assert (opened["error_type"], opened["lack"]) == (None, None)


def test_another_order_keeps_decisions_and_the_random_draw(ws: Workspace) -> None:
    add_attribute_scores(ws)
    core = ReviewCore(ws, random_share=0.5)
    drawn = [entry.caption_id for entry in core.queue.items(0, 6) if entry.stratum == "random"]
    ids = [item(core, 0)["caption_id"]]
    core.answer({"op": "decide", "caption_ids": ids, "verdict": "misaligned", "key": "1"})
    opened = core.answer({"op": "reorder", "order": "worst", "error_type": "attribute"}).content
    assert opened["status"]["reviewed"] == 1
    assert item(core, int(opened["place"]))["caption_id"] not in ids
    again = [entry.caption_id for entry in core.queue.items(0, 6) if entry.stratum == "random"]
    assert again[0] == drawn[0]
    assert core.answer({"op": "reorder", "order": "random", "error_type": None}).content["order"] == "random"
    assert {entry.stratum for entry in core.queue.items(0, 6)} == {"random"}


def test_a_type_without_scores_names_the_line_to_run(ws: Workspace) -> None:
    opened = ReviewCore(ws, error_type="wrong_pair").answer({"op": "open"}).content
    assert opened["lack"] is None
    opened = ReviewCore(ws, error_type="other").answer({"op": "open"}).content
    [(kind, code)] = opened["lack"].items()
    assert kind == "code"
    assert re.fullmatch(r'ws\.score\("\w+"\)', code)
    assert "questions" not in code, "a large model only when nothing cheaper looks for it"
    assert opened["length"] == 6


def test_a_type_whose_scores_are_all_undefined_says_why(ws: Workspace) -> None:
    add_attribute_scores(ws, reason="no parser for this language.")
    opened = ReviewCore(ws, error_type="attribute").answer({"op": "open"}).content
    assert opened["lack"] == {"reason": "no parser for this language"}
    assert {"error_type": "attribute", "count": 6} not in opened["scored_types"]


def test_an_unknown_error_type_lists_those_there_are_and_leaves_the_queue_alone(ws: Workspace) -> None:
    with pytest.raises(UnknownNameError, match="colour"):
        widgets.Review(ws, error_type="colour")
    core = ReviewCore(ws)
    answer = core.answer({"op": "reorder", "order": "worst", "error_type": "colour"}).content
    assert (answer["ok"], core.error_type, len(core.queue)) == (False, None, 6)


def ids_of(ws: Workspace, *texts: str) -> list[str]:
    return ws.captions.filter(pl.col("text").is_in(texts))["caption_id"].to_list()


def opened(core: ReviewCore) -> dict[str, object]:
    answer = core.answer({"op": "open"}).content
    assert answer["ok"], answer
    return answer


def test_a_review_of_picked_captions_shows_them_alone_though_they_were_decided(ws: Workspace) -> None:
    picked = ids_of(ws, "a red square", "a cat")
    for key in picked:
        ws.decide(key, "misaligned")
    core = ReviewCore(ws, only=picked)
    told = opened(core)
    assert (told["length"], told["place"], told["picked"]) == (2, 0, {"count": 2, "why": "picked"})
    assert [item(core, place)["caption_id"] for place in (0, 1)] == ids_of(ws, "a cat") + ids_of(
        ws, "a red square"
    )
    core.answer({"op": "decide", "caption_ids": ids_of(ws, "a cat"), "verdict": "ok", "key": "1"})
    assert core.answer({"op": "unreviewed", "place": 1}).content["place"] == 1
    core.answer({"op": "undo", "key": "2"})
    assert core.answer({"op": "unreviewed", "place": 0}).content["place"] == 0
    assert set(ws.verdicts["stratum"]) == {"picked"}


def test_picked_captions_are_handed_over_to_an_open_review_and_let_go(ws: Workspace) -> None:
    core = ReviewCore(ws)
    before = opened(core)
    core.take_captions(ids_of(ws, "a cat"), "dpo-3")
    told = opened(core)
    assert (told["length"], told["picked"]) == (1, {"count": 1, "why": "dpo-3"})
    assert told["status"]["tables"] != before["status"]["tables"]  # by which the page starts anew
    whole = core.answer({"op": "whole"}).content
    assert (whole["length"], whole["picked"]) == (before["length"], None)


def test_captions_that_are_not_there_cannot_be_picked(ws: Workspace) -> None:
    core = ReviewCore(ws)
    with pytest.raises(DecisionError, match="None of the 1 captions asked for"):
        core.take_captions(["c-none"], "dpo-3")
    assert opened(core)["length"] == 6
