"""The core of the board: rows, scopes, selection, lint beside it, the split; every command is answered."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

import widgets
import workbench
from tests.panels.board_pairs import fill, make_pair
from tests.panels.conftest import make_workspace
from widgets.board.board import BoardCore
from widgets.board.rows import PairScope
from workbench.errors import PairError, UnknownNameError
from workbench.pairs import add_pairs
from workbench.preferences.collage import Collage
from workbench.workspace import Workspace


@pytest.fixture
def filled(ws: Workspace) -> Workspace:
    fill(ws)
    return ws


@pytest.fixture
def core(filled: Workspace) -> BoardCore:
    return BoardCore(filled, lint=False)


@pytest.fixture(scope="module")
def still(tmp_path_factory: pytest.TempPathFactory) -> BoardCore:
    """A board that tests only look at."""
    space = make_workspace(tmp_path_factory.mktemp("still"))
    fill(space)
    return BoardCore(space, lint=False)


@pytest.fixture
def checked(filled: Workspace) -> BoardCore:
    """A board whose pairs have been checked."""
    made = BoardCore(filled)
    made.checks.wait(60)
    made.answer({"op": "open"})
    return made


def view(core: BoardCore, **fields: object) -> dict[str, object]:
    answer = core.answer({"op": "view", **fields}).content
    assert answer["ok"], answer
    return answer


def page(core: BoardCore, start: int = 0, stop: int = 60) -> list[dict[str, object]]:
    answer = core.answer({"op": "page", "start": start, "stop": stop, "version": core.version})
    assert answer.content["ok"], answer.content
    rows: list[dict[str, object]] = json.loads(answer.buffers[0])
    return rows


def texts(core: BoardCore, **fields: object) -> list[object]:
    view(core, **fields)
    return [row["chosen_text"] for row in page(core)]


def test_a_row_says_what_differs_how_it_stands_and_who_said_so(core: BoardCore) -> None:
    row = next(row for row in page(core) if row["chosen_text"] == "a red square")
    assert (row["chosen_spans"], row["rejected_spans"]) == ([[6, 12]], [[6, 12]])
    assert (row["origin"], row["builder"], row["status"]) == ("built", "replace_attribute", "accepted")
    assert (row["voices_chosen"], row["voices"], row["agreement"], row["strength"]) == (3, 3, 1.0, 2)
    assert row["weight"] > 0.5
    assert row["media"] == "image"


def test_a_correction_in_review_is_on_the_board_at_once_and_goes_with_its_undo(filled: Workspace) -> None:
    core = BoardCore(filled, lint=False)
    assert texts(core, text="origin:edit") == ["an orange square"]
    filled.undo()
    assert core.answer({"op": "status"}).content["status"]["is_changed"] is True
    assert texts(core, text="origin:edit") == []


def test_what_did_not_change_is_not_worked_out_again(filled: Workspace, core: BoardCore) -> None:
    rows = core.rows
    for text in ("circle", "origin:edit", ""):
        view(core, text=text)
    assert core.rows is rows
    caption = filled.captions["caption_id"][3]
    filled.decide(caption, "misaligned", edited_text="another square")
    assert view(core)["total"] == 9
    filled.undo()
    assert view(core)["total"] == 8
    filled.split_pairs(0.3, 1)
    assert core.standing()["is_changed"] is True
    assert view(core, text="NOT split:unsplit")["count"] == 8


def test_a_pair_that_people_turned_shows_the_caption_they_preferred_first(core: BoardCore) -> None:
    row = next(row for row in page(core) if row["is_turned"])
    assert (row["chosen_text"], row["rejected_text"]) == ("a blue circle", "a blue square")
    assert (row["voices_chosen"], row["voices_rejected"], row["agreement"]) == (2, 1, pytest.approx(1 / 3))


def test_words_that_nobody_marked_are_marked_on_the_page(ws: Workspace) -> None:
    sample = ws.samples["sample_id"][0]
    pair = make_pair(sample, "a red kite", "a blue kite")
    add_pairs(ws.store, [pair])
    bare = ws.store.read("pairs").with_columns(
        chosen_spans=pl.lit([], pl.List(pl.List(pl.Int64))), rejected_spans=None
    )
    ws.store.replace("pairs", bare)
    assert page(BoardCore(ws))[0]["chosen_spans"] == [[2, 5]]


def test_a_page_holds_the_stretch_of_long_texts_that_differs_and_the_large_view_all(ws: Workspace) -> None:
    before = "so they said, " * 700
    pair = make_pair(ws.samples["sample_id"][0], f"{before}a red kite", f"{before}a blue kite")
    add_pairs(ws.store, [pair])
    core = BoardCore(ws, lint=False)
    row = page(core)[0]
    text, (start, end) = str(row["chosen_text"]), row["chosen_spans"][0]
    assert len(text) < 300
    assert text.startswith("…")
    assert text[start:end] == "red"
    assert str(row["rejected_text"])[: start - 1] == text[: start - 1]
    told = json.loads(core.answer({"op": "pair", "pair_id": pair.pair_id}).buffers[0])["pair"]
    assert told["chosen_text"] == f"{before}a red kite"


def test_a_correction_made_in_another_view_tells_the_board(
    filled: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    board, review = widgets.PairBoard(filled, lint=False), widgets.Review(filled)
    told: list[object] = []
    monkeypatch.setattr(board, "send", lambda content, buffers=None: told.append(content))
    monkeypatch.setattr(review, "send", lambda content, buffers=None: None)
    ids = filled.captions["caption_id"][:1].to_list()
    fields = {"caption_ids": ids, "verdict": "misaligned", "edited_text": "a tilted square", "key": "k"}
    review._handle_custom_msg({"id": "d", "op": "decide", **fields}, [])
    assert told == [{"event": "changed"}]
    assert board.core.standing()["is_changed"] is True


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 8),
        ("circle", 3),
        ("origin:edit OR origin:candidate", 2),
        ("status:disputed", 1),
        ("builder:replace*", 4),
        ("margin<0", 1),
        ("is:judged weight>0", 3),
        ("voices>=3", 2),
        ("NOT is:judged", 5),
        ("is:unjudged", 5),
        ("is:across", 1),
        ("is:turned", 1),
        ("split:unsplit", 8),
        ("media:image", 7),
        ("path:p2*", 1),
        ("length>2", 1),
        ("chosen:cat", 1),
        ('"a mat"', 1),
    ],
)
def test_the_filter_line_speaks_of_pairs(still: BoardCore, text: str, count: int) -> None:
    answer = view(still, text=text)
    assert answer["count"] == count
    if answer["code"]:
        shown = eval(str(answer["code"]), {"board": still, "pl": pl})  # noqa: S307 the code shown is under test
        assert shown["pair_id"].sort().to_list() == still.shown_rows()["pair_id"].sort().to_list()


def test_a_field_that_does_not_exist_names_those_of_pairs(core: BoardCore) -> None:
    answer = core.answer({"op": "view", "text": "orign:edit"}).content
    assert (answer["ok"], answer["position"]) == (False, 0)
    assert "Did you mean origin?" in str(answer["remedy"])
    answer = core.answer({"op": "view", "text": "origin:edits"}).content
    assert "Did you mean edit?" in str(answer["remedy"])
    answer = core.answer({"op": "view", "text": "lint:identicle"}).content
    assert "Did you mean identical?" in str(answer["remedy"])
    assert len(page(core)) == 8, "the table stays as it was"


def test_the_brush_narrows_by_the_measure_it_is_over(core: BoardCore) -> None:
    answer = view(core, measure="margin", low=0.15, high=None)
    assert texts(core, measure="margin", low=0.15) == ["a blue circle", "a green square"]
    assert 'pl.col("margin") >= 0.15' in str(answer["code"])
    facets = answer["facets"]
    assert sum(facets["histogram"]["shown"]) == 4, "a brush does not narrow its own histogram"
    assert facets["status"] == {"accepted": 1, "disputed": 1}


def test_a_measure_without_values_is_not_offered(ws: Workspace) -> None:
    add_pairs(ws.store, [make_pair(ws.samples["sample_id"][0], "a red kite", "a blue kite")])
    answer = view(BoardCore(ws))
    assert list(answer["measures"]) == ["length_difference"]
    assert answer["scope"]["measure"] == "length_difference"


def test_each_bar_counts_what_the_others_let_through(core: BoardCore) -> None:
    facets = view(core, picks={"origin": ["built"]})["facets"]
    assert facets["origin"] == {"built": 4, "edit": 1, "candidate": 1, "across": 1, "imported": 1}
    assert sum(facets["status"].values()) == 4
    assert facets["builder"] == {"replace_attribute": 4}


def test_sorts_and_facets_that_do_not_exist_are_named(core: BoardCore) -> None:
    assert "findings" in str(core.answer({"op": "view", "sort": "best"}).content)
    with pytest.raises(UnknownNameError, match="status"):
        core._arrange(PairScope(picks={"colour": ("red",)}))


def test_the_orders_are_what_they_say(core: BoardCore) -> None:
    view(core, sort="close")
    assert [row["margin"] for row in page(core)][:3] == pytest.approx([0.1, 0.3, 0.4])
    view(core, sort="longer")
    assert page(core)[0]["chosen_text"] == "a cat on a mat"
    view(core, sort="unsure")
    weights = [row["weight"] for row in page(core)]
    assert weights[:3] == sorted(weights[:3])
    assert weights[3:] == [None] * 5
    first, again, other = (texts(core, sort="random", seed=seed) for seed in (1, 1, 2))
    assert first == again != other


def test_lint_finds_the_planted_faults_and_its_rows_are_one_filter_away(checked: BoardCore) -> None:
    told = checked.answer({"op": "status"}).content["status"]["checks"]
    assert (told["is_running"], told["failure"]) == (False, None)
    found = {finding["rule"]: finding for finding in told["last"]["findings"]}
    rule = next(name for name, f in found.items() if f["severity"] == "error" and f["count"] == 1)
    assert texts(checked, picks={"lint": [rule]}) == ["two grey squares"]
    assert page(checked)[0]["lint"][0] == rule
    assert view(checked, text=f"lint:{rule}", picks={})["count"] == 1
    detail = json.loads(checked.answer({"op": "pair", "pair_id": page(checked)[0]["pair_id"]}).buffers[0])
    assert rule in [finding["rule"] for finding in detail["findings"]]
    assert all(finding["remedy"] for finding in told["last"]["findings"])


def test_findings_of_the_whole_set_do_not_order_the_rows(checked: BoardCore) -> None:
    rows = page(checked)
    assert rows[0]["own_findings"] >= rows[-1]["own_findings"]
    wide = {name for row in rows for name in row["lint"][row["own_findings"] :]}
    counts = {name: sum(name in row["lint"] for row in rows) for name in wide}
    assert all(count > 5 for count in counts.values())


def test_lint_is_old_once_the_pairs_have_changed(checked: BoardCore, filled: Workspace) -> None:
    assert checked.standing()["checks"]["last"]["is_old"] is False
    add_pairs(filled.store, [make_pair(filled.samples["sample_id"][0], "a red kite", "a blue kite")])
    assert checked.standing()["checks"]["last"]["is_old"] is True
    assert checked.answer({"op": "check"}).content["is_started"] is True
    checked.checks.wait(60)
    view(checked)
    assert checked.standing()["checks"]["last"]["is_old"] is False


def test_a_second_check_waits_for_the_first_and_commands_are_answered_meanwhile(
    filled: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_end, lint = threading.Event(), Workspace.lint_pairs

    def slow(space: Workspace, **_told: object) -> object:
        may_end.wait(30)
        return lint(space)

    monkeypatch.setattr(Workspace, "lint_pairs", slow)
    core = BoardCore(filled)
    try:
        assert core.answer({"op": "check"}).content["is_started"] is False
        assert core.standing()["checks"]["is_running"] is True
        assert len(page(core)) == 8
    finally:
        may_end.set()
    core.checks.wait(60)
    assert core.checks.rounds == 1


@pytest.mark.parametrize("error", [PairError("No tokenizer.", "Name one."), ValueError("odd")])
def test_checks_that_fail_say_so(
    filled: Workspace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], error: Exception
) -> None:
    def fail(_space: Workspace, **_told: object) -> None:
        raise error

    monkeypatch.setattr(Workspace, "lint_pairs", fail)
    core = BoardCore(filled)
    core.checks.wait(60)
    failure = core.standing()["checks"]["failure"]
    assert str(error.args[0]) in failure["message"] or "No tokenizer" in failure["message"]
    assert failure["remedy"]
    assert ("ValueError" in capsys.readouterr().err) == isinstance(error, ValueError)


def test_a_split_is_locked_and_another_seed_is_refused_unless_it_is_drawn_anew(core: BoardCore) -> None:
    def split(**fields: object) -> dict[str, object]:
        assert core.answer({"op": "split", **fields}).content["ok"]
        core.splitting.wait(60)
        view(core)
        told: dict[str, object] = core.standing()["split"]
        return told

    told = split(held_out_share=0.3, seed=7)
    assert told["failure"] is None
    assert told["lock"] == {"seed": 7, "held_out_share": 0.3}
    assert told["counts"]["held_out"] >= 1
    assert "locked with seed 7" in str(told["summary"])
    refused = split(held_out_share=0.3, seed=8)
    assert "locked with seed 7" in refused["failure"]["message"]
    assert refused["lock"] == told["lock"]
    assert split(held_out_share=0.3, seed=8, reset=True)["lock"] == {"seed": 8, "held_out_share": 0.3}
    assert view(core, text="split:held_out")["count"] == core.standing()["split"]["counts"]["held_out"]


def test_a_split_without_a_seed_is_refused(core: BoardCore) -> None:
    answer = core.answer({"op": "split", "held_out_share": 0.2}).content
    assert answer["ok"] is False
    assert "whole number as seed" in str(answer["error"])


def test_selecting_all_means_all_that_match(core: BoardCore) -> None:
    view(core, text="origin:built")
    assert core.answer({"op": "select", "how": "all"}).content["selected"] == 4
    first = page(core)[0]["pair_id"]
    core.answer({"op": "select", "how": "toggle", "pair_id": first})
    assert [row["is_selected"] for row in page(core)] == [False, True, True, True]
    assert core.answer({"op": "select", "how": "range", "start": 0, "stop": 1}).content["selected"] == 4
    assert core.selected_rows().height == 4
    assert core.answer({"op": "select", "how": "only", "pair_id": first}).content["selected"] == 1
    assert core.answer({"op": "select", "how": "none"}).content["selected"] == 0
    assert core.answer({"op": "select", "how": "some"}).content["ok"] is False


def test_a_pair_opens_with_every_judgement_on_it(core: BoardCore) -> None:
    pair = next(row for row in page(core) if row["is_turned"])
    told = json.loads(core.answer({"op": "pair", "pair_id": pair["pair_id"]}).buffers[0])
    assert sorted(judged["annotator"] for judged in told["judgements"]) == ["ana", "ben", "cem"]
    across = next(row for row in page(core) if row["origin"] == "across")
    told = json.loads(core.answer({"op": "pair", "pair_id": across["pair_id"]}).buffers[0])
    assert [(other["path"], other["is_asked"]) for other in told["others"]] == [("p1.png", False)]


def test_a_collage_opens_with_all_its_pictures_and_the_one_asked_about(ws: Workspace) -> None:
    ids = ws.samples.sort("path")["sample_id"].to_list()
    pair = make_pair(ids[0], "a red square", "a blue square", origin="collage", builder="")
    add_pairs(ws.store, [replace(pair, detail=Collage((ids[2], ids[0]), asked=1).detail)])
    core = BoardCore(ws, lint=False)
    told = json.loads(core.answer({"op": "pair", "pair_id": pair.pair_id}).buffers[0])
    assert [(other["path"], other["is_asked"]) for other in told["others"]] == [
        ("p2.png", False),
        ("p0.png", True),
    ]


@pytest.mark.parametrize(
    "message", [{"op": "page"}, {"op": "pair", "pair_id": "p1"}, {"op": "no such"}, {}, {"op": "select"}]
)
def test_every_message_is_answered(core: BoardCore, message: dict[str, object]) -> None:
    answer = core.answer(message).content
    assert answer["ok"] is False
    assert answer["error"]


def test_a_page_of_an_older_arrangement_is_refused(core: BoardCore) -> None:
    old = core.version
    view(core, text="circle")
    assert core.answer({"op": "page", "start": 0, "stop": 6, "version": old}).content["is_outdated"] is True


def test_an_empty_workspace_opens_and_is_not_checked(tmp_path: Path) -> None:
    core = BoardCore(workbench.create(tmp_path / "new"))
    answer = core.answer({"op": "open"}).content
    assert (answer["ok"], answer["total"], answer["captions"]) == (True, 0, 0)
    assert answer["facets"]["histogram"] is None
    assert core.checks.rounds == 0
    assert core.checks.is_running is False


def test_the_board_is_a_view_of_the_package(filled: Workspace) -> None:
    board = widgets.PairBoard(filled, filter="origin:edit", sort="newest")
    assert board.shown["chosen_text"].to_list() == ["an orange square"]
    assert board.rows.height == 8
    assert board.selected.height == 0
    assert not [name for name, trait in board.traits(sync=True).items() if "row" in name or "pair" in name]
    with pytest.raises(AttributeError, match="PairBoard"):
        _ = widgets.Bord
