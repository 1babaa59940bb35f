"""What the run monitor asks of runs: stop, resume, note, clone, review, before and after."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

import widgets
from tests.panels.run_folders import Teller, ask, core_of, evaluation_of, make_run, seen_item
from tests.started_runs import FAKE, start_fake
from widgets.runs.runs import RunCore, RunMonitor
from workbench.errors import RunError
from workbench.finetune.evaluation.result import Evaluation, keep_evaluation
from workbench.finetune.evaluation.settings import EvaluationSettings
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


def test_a_run_that_was_asked_to_stop_is_stopping_until_it_says_so(ws: Workspace, living: Made) -> None:
    run, tell = living
    tell.start().steps(1, 3)
    core = core_of(ws, run)
    assert ask(core, "stop", name=run.name)["view"]["state"] == "stopping"
    assert run.folder.stop.exists()
    tell.tell("checkpoint", step=4, path="checkpoints/step-000004").tell("stopped", step=4)
    view = ask(core, "look", stamp="")["view"]
    assert (view["state"], view["checkpoint"]["step"]) == ("stopped", 4)


def test_a_note_is_kept_with_the_run(ws: Workspace, made: Made) -> None:
    run, tell = made
    tell.start()
    core = core_of(ws, run)
    assert ask(core, "note", text=" try a lower rate ")["view"]["notes"][0]["text"] == "try a lower rate"
    assert run.notes == ["try a lower rate"]
    assert core.answer({"op": "note", "text": " "}).content["ok"] is False


def test_a_living_run_cannot_be_resumed_and_the_page_hears_why(ws: Workspace, living: Made) -> None:
    run, tell = living
    tell.start()
    refused = core_of(ws, run).answer({"op": "resume"}).content
    assert (refused["ok"], refused["remedy"]) == (False, "Stop it first: run.stop().")


def test_what_is_wrong_still_goes_to_the_review_that_is_open(ws: Workspace, made: Made) -> None:
    run, tell = made
    keys = {row["text"]: row["caption_id"] for row in ws.captions.to_dicts()}
    tell.start().say(9, {keys["a dog on a sofa"]: "a dog sleeps", keys["a cat"]: "a black square"})
    tell.tell("finished", step=9)
    monitor = RunMonitor(run)
    monitor.core._runs = lambda: {run.name: run}
    told = ask(monitor.core, "review")
    assert (told["caption_ids"], told["is_taken"]) == ([keys["a dog on a sofa"]], False)
    assert monitor.left == told["caption_ids"]
    review = widgets.Review(ws)
    assert ask(monitor.core, "review")["is_taken"] is True
    assert len(review.core.queue) == 1
    assert review.core.items({"place": 0}).content["items"][0]["caption_id"] == monitor.left[0]


def test_with_nothing_left_there_is_nothing_to_review(ws: Workspace, made: Made) -> None:
    run, tell = made
    tell.start()
    refused = core_of(ws, run).answer({"op": "review"}).content
    assert (refused["ok"], refused["error"]) == (False, "Nothing is left that is wrong still.")


def test_the_form_of_a_clone_offers_every_setting_but_those_the_pairs_were_made_with(
    ws: Workspace, made: Made
) -> None:
    told = ask(core_of(ws, made[0]), "settings")
    names = [setting["name"] for setting in told["settings"]]
    assert names[:4] == ["method", "learning_rate", "epochs", "batch_pairs"]
    assert not {"name", "prompt", "statuses", "beta"} & set(names)
    assert {"learning_rate", "seed"} < {s["name"] for s in told["settings"] if s["kind"] == "number"}
    assert told["methods"]["dpo"]["settings"]["beta"] == 0.1


def test_a_clone_starts_with_what_was_changed_and_is_shown_beside_its_model(
    ws: Workspace,
) -> None:
    run = start_fake(ws.path / "runs")
    run.wait(30)
    core = RunCore(
        ws, runs=lambda: {one.name: Run(one, FAKE) for one in sorted((ws.path / "runs").glob("dpo-*"))}
    )
    refused = core.answer({"op": "clone", "name": "dpo-1", "changes": {"beta": -1, "method": "dpo"}}).content
    assert refused["ok"] is False
    told = ask(core, "clone", name="dpo-1", changes={"learning_rate": 1e-4, "epochs": 2})
    made = Run(ws.path / "runs" / "dpo-2")
    made.wait(30)
    assert (told["view"]["name"], list(told["beside"])) == ("dpo-2", ["dpo-1"])
    assert (made.config.learning_rate, made.config.epochs) == (1e-4, 2)


def test_a_stopped_run_is_resumed_to_its_end(ws: Workspace) -> None:
    home = ws.path / "runs"
    home.mkdir()
    (home / "pace").touch()
    run = start_fake(home)
    core = core_of(ws, run)
    ask(core, "stop")
    assert run.wait(30) == "stopped"
    (home / "go").touch()
    assert ask(core, "resume")["view"]["state"] in ("queued", "starting", "running", "finished")
    assert run.wait(30) == "finished"
    view = ask(core, "look", stamp="")["view"]
    assert (view["state"], view["step"]) == ("finished", 4)


# -- before and after


class Evaluating(Workspace):
    """A workspace that evaluates by hand: the item is mended, or it fails."""

    is_failing = False

    def evaluate(self, run: Run | str, settings: EvaluationSettings | None = None) -> Evaluation:
        if self.is_failing:
            raise RunError("The pictures are gone.", "Put them back.")
        key = str(self.captions["caption_id"][0])
        seen = [seen_item(key, "a dog on a sofa", "an orange square", "mended", wrong=(["dog"], []))]
        seen[0]["sample_id"] = self.captions["sample_id"][0]
        name = run if isinstance(run, str) else run.name
        return keep_evaluation(evaluation_of(seen, folder=self.runs[name].folder))


def test_before_and_after_are_asked_beside_the_cells_and_shown(ws: Workspace, made: Made) -> None:
    made[1].start().steps(1, 4).tell("finished", step=4)
    core = RunCore(Evaluating(ws.store, "ana"))
    assert ask(core, "open")["view"]["evaluation"] is None
    ask(core, "evaluate")
    core._evaluating.wait(60)
    told = ask(core, "look", stamp="")
    assert told["evaluating"]["failure"] is None
    assert told["view"]["evaluation"]["blind"] == 1
    assert told["view"]["evaluation"]["warnings"] == ["Recall fell."]
    assert told["view"]["outcomes"]["mended"] == 1
    assert ["gone", "dog"] in told["view"]["items"][0]["before"]
    assert told["rows"][0]["rates"]["hallucinated"] == {"before": None, "after": None}
    assert "1 items wait to be judged blind" in ask(core, "judge")["told"]
    assert ws.pairs["origin"].to_list() == ["on_policy"]


def test_an_evaluation_that_fails_says_why(ws: Workspace, made: Made) -> None:
    made[1].start().steps(1, 4).tell("finished", step=4)
    space = Evaluating(ws.store, "ana")
    space.is_failing = True
    core = RunCore(space)
    ask(core, "evaluate")
    core._evaluating.wait(60)
    failure = ask(core, "look", stamp="")["evaluating"]["failure"]
    assert failure == {"message": "The pictures are gone.", "remedy": "Put them back."}


def test_without_an_evaluation_nothing_is_judged_blind(ws: Workspace, made: Made) -> None:
    made[1].start().steps(1, 4).tell("finished", step=4)
    refused = RunCore(ws).answer({"op": "judge"}).content
    assert (refused["ok"], refused["remedy"]) == (False, "Do it: ws.evaluate(run).")
