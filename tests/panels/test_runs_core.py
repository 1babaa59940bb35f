"""The core of the run monitor: what it tells of runs from their folders alone, and what it asks of them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.panels.run_folders import Teller, ask, core_of, make_run
from widgets.runs.runs import RunCore, RunMonitor
from workbench.errors import RunError, UnknownNameError
from workbench.finetune.holding import hold
from workbench.finetune.run import Run
from workbench.workspace import Workspace

Made = tuple[Run, Teller]


@pytest.fixture
def made(ws: Workspace) -> Made:
    return make_run(ws)


@pytest.fixture
def living(made: Made) -> Iterator[Made]:
    """A run whose lock is held, as by its process."""
    handle = hold(made[0].folder.lock)
    assert handle is not None
    yield made
    os.close(handle)


def test_a_run_that_goes_is_told_with_its_curves_apart(ws: Workspace, living: Made) -> None:
    run, tell = living
    tell.tell("queued", attempt=1, behind=0).start().steps(1, 30).look(20, 0.84)
    view = ask(core_of(ws, run), "open")["view"]
    assert (view["state"], view["word"], view["step"], view["title"]) == ("running", "running", 30, "DPO")
    curves = view["curves"]
    assert curves["steps"]["step"] == list(range(1, 31))
    assert curves["steps"]["chosen_logp"][-1] == pytest.approx(-12.3)
    assert curves["steps"]["rejected_logp"][-1] == pytest.approx(-16.0)
    assert (curves["looks"]["step"], curves["looks"]["low"]) == ([20], [pytest.approx(0.78)])
    assert (view["held_out_pairs"], view["seconds_left"]) == (200, 46.0)
    assert curves["last"]["memory_bytes"] == 1.3e9


@pytest.mark.parametrize(
    ("events", "is_alive", "state"),
    [
        ([], True, "starting"),
        ([("queued", {"behind": 2})], True, "queued"),
        ([("queued", {"behind": 0})], True, "starting"),
        ([("queued", {}), ("started", {})], True, "running"),
        ([("queued", {}), ("started", {})], False, "dead"),
        ([("started", {}), ("stopped", {"step": 4})], False, "stopped"),
        ([("started", {}), ("finished", {"step": 9})], False, "finished"),
        ([("started", {}), ("failed", {"message": "Full.", "remedy": "Free."})], False, "failed"),
        ([("failed", {"message": "Full."}), ("queued", {"behind": 1})], True, "queued"),
    ],
)
def test_how_a_run_stands_follows_from_its_events_and_its_lock(
    ws: Workspace, made: Made, events: list[tuple[str, dict[str, object]]], is_alive: bool, state: str
) -> None:
    run, tell = made
    for kind, facts in events:
        tell.tell(kind, **facts)
    handle = hold(run.folder.lock) if is_alive else None
    try:
        view = ask(core_of(ws, run), "open")["view"]
    finally:
        if handle is not None:
            os.close(handle)
    assert view["state"] == state


def test_steps_done_again_after_a_resume_replace_those_told_before(ws: Workspace, made: Made) -> None:
    run, tell = made
    tell.start().steps(1, 9, loss=1.0).look(8, 0.6).start(attempt=2, from_step=4).steps(5, 6, loss=0.5)
    curves = ask(core_of(ws, run), "open")["view"]["curves"]
    assert curves["steps"]["step"] == [1, 2, 3, 4, 5, 6]
    assert curves["steps"]["loss"] == [1.0, 1.0, 1.0, 1.0, 0.5, 0.5]
    assert curves["looks"]["step"] == []


def test_the_time_gone_is_that_of_the_attempts_and_not_of_the_pause(ws: Workspace, made: Made) -> None:
    run, tell = made
    tell.start().steps(1, 9).tell("stopped", step=9)  # ten seconds
    tell.tell("note", text="slept over it")
    tell.tell("queued", attempt=2, behind=0).start(attempt=2, from_step=9).steps(10, 14).tell(
        "finished"
    )  # six
    assert ask(core_of(ws, run), "open")["view"]["seconds"] == 16


def test_nothing_new_is_a_small_answer(ws: Workspace, living: Made) -> None:
    run, tell = living
    tell.start().steps(1, 30)
    core = core_of(ws, run)
    stamp = ask(core, "open")["stamp"]
    answer = core.answer({"op": "look", "stamp": stamp})
    assert answer.buffers == []
    assert answer.content["clock"]["step"] == 30
    tell.steps(31, 31)
    assert ask(core, "look", stamp=stamp)["view"]["step"] == 31


def test_a_view_made_anew_tells_the_same(ws: Workspace, made: Made) -> None:
    run, tell = made
    tell.start().steps(1, 12).look(10, 0.7).tell(
        "alarm", step=11, name="nan", message="No number.", remedy="Less."
    )
    tell.tell("finished", step=12)
    first = core_of(ws, run)
    ask(first, "open")
    tell.tell("note", text="see the third")
    fresh = core_of(Workspace(ws.store), Run(run.folder))
    assert ask(first, "look", stamp="")["view"] == ask(fresh, "open")["view"]


def test_a_torn_last_line_waits_until_it_is_whole(ws: Workspace, living: Made) -> None:
    run, tell = living
    tell.start().steps(1, 2)
    whole = run.folder.events.read_bytes()
    run.folder.events.write_bytes(whole[:-9])
    core = core_of(ws, run)
    assert ask(core, "open")["view"]["step"] == 1
    with run.folder.events.open("ab") as file:
        file.write(whole[-9:])
    assert ask(core, "look", stamp="")["view"]["step"] == 2


def test_a_number_that_is_none_reaches_the_page_as_null(ws: Workspace, made: Made) -> None:
    run, tell = made
    tell.start().steps(1, 2).steps(3, 3, loss=float("nan"), grad_norm=None)
    told = ask(core_of(ws, run), "open")["view"]["curves"]["steps"]
    assert told["loss"][2] is None
    assert told["grad_norm"][2] is None


def test_a_failure_is_told_with_what_to_do(ws: Workspace, made: Made) -> None:
    run, tell = made
    tell.start().steps(1, 2).tell("failed", message="The disk is full.", remedy="Free some.", step=2)
    view = ask(core_of(ws, run), "open")["view"]
    assert (view["failure"]["message"], view["failure"]["remedy"]) == ("The disk is full.", "Free some.")


def test_an_alarm_raised_twice_is_told_once_as_it_was_last(ws: Workspace, made: Made) -> None:
    run, tell = made
    tell.start()
    for step, name in ((3, "chosen_falling"), (5, "nan"), (9, "chosen_falling")):
        tell.steps(step, step).tell("alarm", step=step, name=name, message="It falls.", remedy="Lower it.")
    view = ask(core_of(ws, run), "open")["view"]
    assert [(alarm["name"], alarm["step"]) for alarm in view["alarms"]] == [("nan", 5), ("chosen_falling", 9)]
    assert view["curves"]["alarms"] == [[3, "chosen_falling"], [5, "nan"], [9, "chosen_falling"]]


def test_long_curves_are_thinned_and_end_where_the_run_is(ws: Workspace, made: Made) -> None:
    run, tell = made
    tell.start(steps=5000).steps(1, 3001)
    told = ask(core_of(ws, run), "open")["view"]["curves"]["steps"]
    assert len(told["step"]) <= 400
    assert told["step"][-1] == 3001


def test_all_runs_are_in_the_table_newest_first(ws: Workspace) -> None:
    one, tell_one = make_run(ws, "dpo-1")
    other, tell_other = make_run(ws, "ipo-1", method="ipo")
    tell_one.start().steps(1, 40).look(40, 0.84).tell("finished", step=40)
    tell_other.start().steps(1, 5).tell("stopped", step=5)
    told = ask(core_of(ws, one, other), "open")
    assert [(row["name"], row["state"], row["method"]) for row in told["rows"]] == [
        ("ipo-1", "stopped", "IPO"), ("dpo-1", "finished", "DPO")
    ]  # fmt: skip
    assert told["rows"][1]["accuracy"] == 0.84
    assert told["view"]["name"] == "ipo-1"


def test_the_newest_run_is_shown_until_somebody_picks_one(ws: Workspace, made: Made) -> None:
    runs = {"dpo-1": made[0]}
    core = RunCore(ws, runs=lambda: runs)
    assert ask(core, "open")["view"]["name"] == "dpo-1"
    runs["dpo-2"] = make_run(ws, "dpo-2")[0]
    assert ask(core, "look", stamp="")["view"]["name"] == "dpo-2"
    assert ask(core, "show", name="dpo-1")["view"]["name"] == "dpo-1"
    runs["dpo-3"] = make_run(ws, "dpo-3")[0]
    assert ask(core, "look", stamp="")["view"]["name"] == "dpo-1"


def test_runs_are_laid_beside_each_other_and_unknown_ones_named(ws: Workspace) -> None:
    runs = [make_run(ws, f"dpo-{n}") for n in range(1, 7)]
    for number, (_, tell) in enumerate(runs):
        tell.start().steps(1, 3 + number).tell("finished")
    core = core_of(ws, *(run for run, _ in runs))
    told = ask(core, "compare", names=["dpo-6", "dpo-2", "dpo-1", "dpo-3", "dpo-4", "dpo-5"])
    assert list(told["beside"]) == ["dpo-2", "dpo-1", "dpo-3", "dpo-4"]
    assert told["beside"]["dpo-2"]["steps"]["step"] == [1, 2, 3, 4]
    refused = core.answer({"op": "compare", "names": ["dpo-9"]}).content
    assert refused["ok"] is False
    assert "dpo-1" in f"{refused['error']} {refused['remedy']}"


def test_a_name_that_another_run_takes_is_read_anew(ws: Workspace, made: Made, tmp_path: Path) -> None:
    run, tell = made
    tell.start().steps(1, 20).tell("finished")
    core = core_of(ws, run)
    assert ask(core, "open")["view"]["step"] == 20
    run.folder.path.rename(tmp_path / "old")
    again, tell = make_run(ws, run.name)
    tell.start().steps(1, 3)
    assert again.folder == run.folder
    assert ask(core, "look", stamp="")["view"]["step"] == 3


def test_a_workspace_without_runs_says_how_many_pairs_there_are(ws: Workspace) -> None:
    told = ask(core_of(ws), "open")
    assert (told["view"], told["rows"], told["pairs"]) == (None, [], 0)
    with pytest.raises(UnknownNameError, match="run"):
        core_of(ws)._of({"name": "dpo-1"})


def test_the_monitor_finds_the_workspace_of_a_run_by_its_folder(ws: Workspace, made: Made) -> None:
    run, _ = made
    monitor = RunMonitor(run)
    assert monitor.core.workspace.path == ws.path
    assert monitor.core.name == "dpo-1"


def test_a_run_outside_any_workspace_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="lies in no workspace"):
        RunMonitor(Run(tmp_path / "runs" / "dpo-1"))


# -- the flagged items


def test_flagged_items_are_laid_over_what_is_said_now(ws: Workspace, made: Made) -> None:
    run, tell = made
    keys = {row["text"]: row["caption_id"] for row in ws.captions.to_dicts()}
    tell.start().say(0, {keys["a dog on a sofa"]: "a dog on a red sofa", keys["a cat"]: "a cat"})
    core = core_of(ws, run)
    first = ask(core, "open")["view"]
    assert [item["outcome"] for item in first["items"]] == ["still", "unknown"]
    tell.say(9, {keys["a dog on a sofa"]: "an orange square", keys["a cat"]: "a black square"})
    told = ask(core, "look", stamp="")["view"]
    corrected, other = told["items"]
    assert (corrected["outcome"], corrected["is_model"]) == ("mended", True)
    assert corrected["before"] == [
        ["same", "a "], ["gone", "dog"], ["same", " on a red "], ["gone", "sofa"]
    ]  # fmt: skip
    assert ["new", "an orange square"] in corrected["now"]
    assert (other["outcome"], other["now"]) == ("unknown", [["same", "a "], ["new", "black square"]])
    assert told["outcomes"] == {"mended": 1, "kept": 0, "still": 0, "unknown": 1, "waiting": 0}
    assert told["looked_at"] == 9


def test_before_the_first_look_the_captions_that_were_flagged_wait(ws: Workspace, made: Made) -> None:
    run, tell = made
    tell.start()
    view = ask(core_of(ws, run), "open")["view"]
    assert [item["outcome"] for item in view["items"]] == ["waiting", "waiting"]
    assert view["items"][0]["before"][1] == ["gone", "dog"]
    assert view["looked_at"] is None
