"""The judge's core: what the page is told, and what it never is; answers, undo and the quiz."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

import widgets
import workbench
from widgets.pairs.judge import JudgeCore
from workbench.errors import UnknownNameError
from workbench.pairs import Rubric, add_pairs
from workbench.preferences.pair import Pair, variant_id
from workbench.records import Judgement
from workbench.workspace import Workspace

#: What must not reach the page before the answer.
BLIND = ("chosen", "rejected", "origin", "builder", "status", "margin", "truth", "winner", "call", "known")


def add_variants(ws: Workspace, words: str, origin: str, **fields: object) -> list[Pair]:
    """Add a pair for every caption: itself, and itself with words behind it."""
    made = []
    for row in ws.captions.iter_rows(named=True):
        text = row["text"] + words
        made.append(
            Pair(
                row["sample_id"], row["caption_id"], variant_id(row["sample_id"], text, origin),
                row["text"], text, origin, **fields,
            )
        )  # fmt: skip
    add_pairs(ws.store, made)
    return made


@pytest.fixture
def pairs(ws: Workspace) -> list[Pair]:
    """One open pair of every photo but the last, in which a word differs."""
    return add_variants(ws, " here", "candidate", is_ordered=False)


def built(ws: Workspace) -> list[Pair]:
    return add_variants(ws, " and a hat", "built", builder="add", error_type="object")


def core_of(ws: Workspace, **options: object) -> JudgeCore:
    return JudgeCore(ws, **({"repeat_share": 0.0} | options))


def item(core: JudgeCore, place: int) -> dict[str, object]:
    answer = core.answer({"op": "item", "place": place})
    assert answer.content["ok"], answer.content
    told: dict[str, object] = json.loads(answer.buffers[0])
    return told


def judge(core: JudgeCore, place: int, side: str = "left", **fields: object) -> dict[str, object]:
    """Answer as the page does: by the caption that is shown on a side."""
    shown = item(core, place)
    message: dict[str, object] = {
        "op": "judge", "pair_id": shown["pair_id"], "occasion": shown["occasion"], "ask": shown["ask"],
        "left": shown["left"]["caption_id"], "right": shown["right"]["caption_id"],
        "answer": "prefer", "picked": shown[side]["caption_id"], "strength": 2, "reasons": [], "note": "",
        "seconds": 1.5, "key": f"k{place}",
    }  # fmt: skip
    return core.answer(message | fields).content


def test_the_page_is_shown_two_captions_and_where_they_differ(ws: Workspace, pairs: list[Pair]) -> None:
    shown = item(core_of(ws), 0)
    texts = {shown["left"]["text"], shown["right"]["text"]}
    assert any(texts == {pair.chosen_text, pair.rejected_text} for pair in pairs)
    for side in ("left", "right"):
        text, spans = shown[side]["text"], shown[side]["spans"]
        assert [text[start:end] for start, end in spans] == (["here"] if text.endswith("here") else [])
    assert list(shown["samples"]) == [shown["left"]["sample_id"]]
    assert shown["answer"] is None


def test_the_page_never_learns_which_caption_was_proposed(ws: Workspace) -> None:
    built(ws)
    core = core_of(ws, route="all", quiz=2)
    told = json.dumps(core.answer({"op": "open"}).content["rubric"]) + "".join(
        json.dumps({k: v for k, v in item(core, place).items() if k != "samples"}) for place in range(6)
    )
    assert not [word for word in BLIND if f'"{word}' in told]
    asked = core.commands()
    assert {"sample", "decide"}.isdisjoint(asked), "these would tell scores, flags and other captions"


def test_an_answer_is_stored_by_the_captions_id_with_the_side_it_was_shown_on(
    ws: Workspace, pairs: list[Pair]
) -> None:
    core = core_of(ws)
    shown = item(core, 0)
    told = judge(core, 0, "right", reasons=["clumsy"], note="odd")
    assert told["ok"], told
    [made] = ws.store.journal.judgements()
    assert replace(made, at_utc=None) == Judgement(
        str(shown["pair_id"]), "prefer", "ana", winner=shown["right"]["caption_id"],
        left=shown["left"]["caption_id"], strength=2, reasons=("clumsy",), note="odd", seconds=1.5,
    )  # fmt: skip
    assert told["answer"]["picked"] == shown["right"]["caption_id"]
    assert told["status"]["last"]["verdict"] == "B is better, clearly"
    assert core.answer({"op": "unjudged", "place": 0}).content["place"] == 1


def test_a_page_that_shows_other_sides_is_refused(ws: Workspace, pairs: list[Pair]) -> None:
    core = core_of(ws)
    shown = item(core, 0)
    swapped = judge(core, 0, left=shown["right"]["caption_id"], right=shown["left"]["caption_id"])
    assert (swapped["ok"], "other sides" in str(swapped["error"])) == (False, True)
    assert judge(core, 0, ask="worse")["ok"] is False
    assert judge(core, 0, picked="c0")["ok"] is False
    assert judge(core, 0, pair_id="p0")["ok"] is False
    assert ws.judgements.is_empty()


def test_the_same_request_twice_is_one_judgement(ws: Workspace, pairs: list[Pair]) -> None:
    core = core_of(ws)
    judge(core, 0)
    assert judge(core, 0)["ok"] is True
    assert len(ws.store.journal.events()) == 1


def test_undo_at_this_desk_goes_back_to_the_pair_and_leaves_verdicts_alone(
    ws: Workspace, pairs: list[Pair]
) -> None:
    core = core_of(ws)
    ws.decide(ws.captions["caption_id"][0], "ok")
    for place in (0, 1):
        judge(core, place)
    undone = core.answer({"op": "undo", "key": "u1"}).content
    assert (undone["turned"]["place"], undone["status"]["decisions"]) == (1, 1)
    assert undone["answer"] is None
    redone = core.answer({"op": "redo", "key": "r1"}).content
    assert redone["answer"]["answer"] == "prefer"
    for key in ("u2", "u3"):
        core.answer({"op": "undo", "key": key})
    assert core.answer({"op": "undo", "key": "u4"}).content["turned"] is None
    assert ws.verdicts.height == 1


def test_a_new_kernel_goes_on_where_it_was_with_the_same_sides(ws: Workspace, pairs: list[Pair]) -> None:
    core = core_of(ws)
    before = [item(core, place) for place in range(6)]
    for place in range(3):
        judge(core, place, "right")
    again = core_of(workbench.open(ws.path, annotator="ana"))
    opened = again.answer({"op": "open"}).content
    assert (opened["place"], opened["length"]) == (3, 6)
    for place in range(6):
        assert item(again, place)["left"] == before[place]["left"]
    assert item(again, 2)["answer"]["picked"] == before[2]["right"]["caption_id"]


def test_the_worse_of_two_samples_is_named_and_the_other_one_wins(ws: Workspace) -> None:
    good, bad = ws.captions.head(2).to_dicts()
    across = Pair(
        good["sample_id"], good["caption_id"], bad["caption_id"], good["text"], bad["text"], "across",
        rejected_sample_id=bad["sample_id"],
    )  # fmt: skip
    add_pairs(ws.store, [across])
    core = core_of(ws, route="all")
    shown = item(core, 0)
    assert (shown["ask"], len(shown["samples"])) == ("worse", 2)
    told = judge(core, 0, "left")
    [made] = ws.store.journal.judgements()
    assert made.winner == shown["right"]["caption_id"]
    assert told["answer"]["picked"] == shown["left"]["caption_id"]


def test_a_quiz_tells_the_truth_only_after_the_answer(ws: Workspace) -> None:
    known = {pair.pair_id: pair.chosen_id for pair in built(ws)}
    core = core_of(ws, quiz=3)
    right = 0
    for place in range(3):
        shown = item(core, place)
        assert shown["is_quiz"] is True
        told = judge(core, place)
        is_right = known[str(shown["pair_id"])] == shown["left"]["caption_id"]
        right += is_right
        assert told["truth"]["is_as_known"] is is_right
        assert told["truth"]["side"] == ("A" if is_right else "B")
    assert core.standing()["quiz"]["same"] == right
    answered = core.answer({"op": "open"}).content["status"]
    assert answered["quiz"]["count"] == 3


def test_clear_proposals_can_be_asked_about_from_the_page(ws: Workspace) -> None:
    built(ws)
    core = core_of(ws, audit_share=0.0)
    opened = core.answer({"op": "open"}).content
    assert (opened["length"], opened["pairs"], opened["calls"]) == (0, 6, {"clear": 6})
    assert core.answer({"op": "reroute", "route": "all"}).content["length"] == 6
    assert core.answer({"op": "reroute", "route": "some"}).content["ok"] is False
    assert len(core.queue) == 6


def test_a_rubrics_requirements_hold_in_the_kernel_too(ws: Workspace, pairs: list[Pair]) -> None:
    core = core_of(
        ws, rubric=Rubric("style", "Which reads better?", reasons=("clumsy",), requires=("reason",))
    )
    assert "requires a reason" in str(judge(core, 0)["error"])
    assert judge(core, 0, reasons=["clumsy"])["ok"] is True
    assert core.answer({"op": "open"}).content["rubric"]["better"] == "Which reads better?"


def test_a_judgement_on_another_criterion_is_taken_back_without_a_place(
    ws: Workspace, pairs: list[Pair]
) -> None:
    judge(core_of(ws, rubric="tone"), 0)
    undone = core_of(ws).answer({"op": "undo", "key": "u"}).content
    assert undone["turned"]["place"] is None
    assert ws.judgements.is_empty()


def test_an_empty_workspace_opens(tmp_path: Path) -> None:
    opened = core_of(workbench.create(tmp_path / "new")).answer({"op": "open"}).content
    assert (opened["ok"], opened["length"], opened["pairs"], opened["place"]) == (True, 0, 0, None)


def test_unknown_names_are_refused_before_anything_is_shown(ws: Workspace) -> None:
    with pytest.raises(UnknownNameError, match="sometimes"):
        widgets.PairJudge(ws, marks="sometimes")
    with pytest.raises(UnknownNameError, match="diagonal"):
        widgets.PairJudge(ws, layout="diagonal")


def test_no_rows_are_held_in_the_saved_state(ws: Workspace, pairs: list[Pair]) -> None:
    panel = widgets.PairJudge(ws)
    state = {key: value for key, value in panel.get_state().items() if key not in ("_esm", "_css", "layout")}
    assert len(json.dumps(state, default=str)) < 2_000
    assert len(panel._esm) + len(panel._css) < 100_000


def test_other_views_of_the_workspace_follow_an_answer(
    ws: Workspace, pairs: list[Pair], monkeypatch: pytest.MonkeyPatch
) -> None:
    panel, other = widgets.PairJudge(ws), widgets.Review(ws)
    told: list[object] = []
    monkeypatch.setattr(other, "send", told.append)
    judge(panel.core, 0)
    assert told == [{"event": "changed"}]
