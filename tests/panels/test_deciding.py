"""The desk of a view: marks that are kept, a history, and taking back to a point."""

from __future__ import annotations

import pytest

from widgets.core import Core
from workbench.workspace import Workspace


@pytest.fixture
def core(ws: Workspace) -> Core:
    return Core(ws)


def ids(ws: Workspace) -> list[str]:
    found: list[str] = ws.captions["caption_id"].to_list()
    return found


def ask(core: Core, op: str, key: str = "k", **fields: object) -> dict[str, object]:
    return core.answer({"op": op, "key": key} | fields).content


def misaligned(core: Core, caption: str, key: str, **fields: object) -> dict[str, object]:
    return ask(core, "decide", key, caption_ids=[caption], verdict="misaligned", **fields)


def standing(ws: Workspace, caption: str) -> dict[str, object]:
    return ws.verdicts.filter(caption_id=caption).row(0, named=True)


def test_marks_are_stored_with_the_verdict_and_told_back(ws: Workspace, core: Core) -> None:
    one = ids(ws)[0]
    said = misaligned(
        core, one, "1", spans=[[2, 5]], interval=[0.5, 2.0], severity=2, note=" the dog is red ",
        error_types=["object"],
    )  # fmt: skip
    row = standing(ws, one)
    assert (row["spans"], row["start_s"], row["end_s"], row["severity"]) == ([[2, 5]], 0.5, 2.0, 2)
    assert row["note"] == "the dog is red"
    told = said["verdicts"][one]
    assert (told["spans"], told["interval"], told["severity"]) == ([[2, 5]], [0.5, 2.0], 2)


def test_marks_stay_when_another_error_is_named_and_go_when_they_are_said_empty(
    ws: Workspace, core: Core
) -> None:
    one = ids(ws)[0]
    misaligned(core, one, "1", spans=[[2, 5]], interval=[0.5, 2.0], severity=2, note="why")
    misaligned(core, one, "2", error_types=["count"])
    assert standing(ws, one)["spans"] == [[2, 5]]
    misaligned(core, one, "3", spans=[], interval=None, severity=None, note="")
    row = standing(ws, one)
    assert (row["spans"], row["start_s"], row["severity"], row["note"]) == ([], None, None, "")


def test_a_corrected_interval_and_an_offset_are_stored(ws: Workspace, core: Core) -> None:
    one = ids(ws)[0]
    misaligned(core, one, "1", edited_interval=[1, 2.5], offset_s=-0.2)
    row = standing(ws, one)
    assert (row["edited_start_s"], row["edited_end_s"], row["offset_s"]) == (1.0, 2.5, -0.2)


@pytest.mark.parametrize(
    "fields",
    [{"spans": [[5, 2]]}, {"spans": [[1]]}, {"spans": 3}, {"spans": [[0, 999]]}, {"interval": [2, 1]},
     {"interval": "x"}, {"severity": 4}, {"severity": True}, {"offset_s": "late"}],
)  # fmt: skip
def test_marks_that_cannot_be_are_refused_and_nothing_is_stored(
    ws: Workspace, core: Core, fields: dict[str, object]
) -> None:
    said = misaligned(core, ids(ws)[0], "1", **fields)
    assert said["ok"] is False
    assert said["remedy"]
    assert ws.verdicts.height == 0


def test_a_fine_caption_carries_no_marks_but_may_have_a_note(ws: Workspace, core: Core) -> None:
    one = ids(ws)[0]
    said = ask(core, "decide", "1", caption_ids=[one], verdict="ok", spans=[[0, 3]])
    assert "cannot carry spans" in str(said["error"])
    ask(core, "decide", "2", caption_ids=[one], verdict="ok", note="checked twice")
    assert standing(ws, one)["note"] == "checked twice"


def test_marks_are_of_one_caption(ws: Workspace, core: Core) -> None:
    said = ask(core, "decide", "1", caption_ids=ids(ws)[:2], verdict="misaligned", spans=[[0, 1]])
    assert "One marked span cannot be of 2 captions" in str(said["error"])


def test_the_history_lists_the_last_first_and_a_batch_once(ws: Workspace, core: Core) -> None:
    one, two, three, *_ = ids(ws)
    ask(core, "decide", "1", caption_ids=[one], verdict="ok")
    ask(core, "decide", "2", caption_ids=[two, three], verdict="misaligned")
    ask(core, "decide", "3", caption_ids=[one], verdict="skip")
    ask(core, "undo", "4")
    entries = ask(core, "history")["history"]
    said = [(entry["verdict"], entry["count"], entry["stands"]) for entry in entries]
    assert said == [("skip", 1, False), ("misaligned", 2, True), ("ok", 1, True)]
    assert entries[1]["name"] == "p2.png" or entries[1]["name"] == "p1.png"


def test_taking_back_to_a_point_takes_back_all_that_came_after_it(ws: Workspace, core: Core) -> None:
    for number, caption in enumerate(ids(ws)[:4]):
        ask(core, "decide", str(number), caption_ids=[caption], verdict="ok")
    second = ask(core, "history")["history"][2]
    said = ask(core, "undo_to", "back", seq=second["seq"])
    assert [turned["caption_id"] for turned in said["turned"]] == ids(ws)[3:0:-1]
    assert ws.verdicts["caption_id"].to_list() == ids(ws)[:1]
    assert len(ask(Core(ws), "history")["history"]) == 4, "a new view sees what can be made again"
    for number in range(3):
        ask(core, "redo", f"again {number}")
    assert ws.verdicts.height == 4


def test_taking_back_to_a_point_sent_twice_takes_back_nothing_more(ws: Workspace, core: Core) -> None:
    for number, caption in enumerate(ids(ws)[:4]):
        ask(core, "decide", str(number), caption_ids=[caption], verdict="ok")
    second = ask(core, "history")["history"][1]
    for _ in range(2):
        assert len(ask(core, "undo_to", "back", seq=second["seq"])["turned"]) == 2
    assert ws.verdicts.height == 2


def test_only_own_decisions_that_stand_can_be_taken_back_to(ws: Workspace, core: Core) -> None:
    ask(Core(ws, annotator="ben"), "decide", "1", caption_ids=ids(ws)[:1], verdict="ok")
    [other] = ask(Core(ws, annotator="ben"), "history")["history"]
    assert "does not stand" in str(ask(core, "undo_to", "2", seq=other["seq"])["error"])
    assert ws.verdicts.height == 1


def test_a_second_opinion_is_told_of_its_own_decisions_alone(ws: Workspace) -> None:
    one, two, *_ = ids(ws)
    ws.decide(one, "misaligned", annotator="ben")
    ws.decide(two, "misaligned", annotator="ben")
    core = Core(ws, second_opinion=True)
    ask(core, "decide", "1", caption_ids=[two], verdict="ok")
    told = core.verdicts_on([one, two])
    assert told[one] is None
    assert told[two]["annotator"] == "ana"
    assert Core(ws).verdicts_on([one])[one]["annotator"] == "ben"
