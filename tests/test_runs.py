"""A run is a process with a folder: it stops, resumes, dies and waits its turn without losing anything."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fake_trainer import train
from started_runs import FAKE, fake_rows, flagged_items, start_fake, text_rows, until

from tests.made_tuning import Ear, flagged_of, pairs_of_text, quick_config, text_model
from workbench.errors import RunError, UnknownNameError
from workbench.finetune.config import RunConfig
from workbench.finetune.engines.base import Job
from workbench.finetune.holding import holder_of
from workbench.finetune.run import Run, start_run
from workbench.finetune.training import train as train_in_earnest

_PATIENCE_S = 300  # a bound on a hang, not a time that anything takes
SAVING = RunConfig(device="cpu", epochs=3, save_every=2)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of all runs; no process of a test outlives it, and no queue is anybody else's."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    home = tmp_path / "runs"
    home.mkdir()
    yield home
    for folder in home.glob("[!.]*/"):
        Run(folder).kill().wait(_PATIENCE_S)


def is_at(run: Run, step: int) -> Callable[[], bool]:
    return lambda: (run.progress.step or 0) >= step


def losses(run: Run) -> list[float]:
    return run.steps["loss"].to_list()


def first_step_told(run: Run) -> object:
    """The first step of the last attempt: one that began anew would tell 1."""
    events = run.events()[0]
    begun = max(number for number, event in enumerate(events) if event["kind"] == "started")
    return next(event["step"] for event in events[begun:] if event["kind"] == "step")


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> list[float]:
    """The losses of the fake trainer in one go, in this process."""
    home = tmp_path_factory.mktemp("undisturbed")
    heard = Ear()
    train(Job(SAVING, fake_rows(), flagged_items(), home / "run"), heard)
    return heard.losses


def test_a_run_is_started_at_once_and_finishes_by_itself(home: Path) -> None:
    begun = time.monotonic()
    run = start_fake(home)
    assert time.monotonic() - begun < 1.0
    assert run.is_alive
    assert run.state in ("queued", "running")
    assert run.wait(_PATIENCE_S) == "finished", run.log
    assert run.name == "dpo-1"
    assert run.steps.height == 4
    assert run.progress.engine == "fake"
    assert run.looks["accuracy"].to_list() == [1.0]
    assert (run.weights / "weights.json").exists()
    assert run.trouble is None


def test_stopped_and_resumed_it_has_the_losses_of_one_never_stopped(
    home: Path, undisturbed: list[float]
) -> None:
    (home / "pace").touch()
    run = start_fake(home, SAVING)
    until(is_at(run, 2), "two steps")
    assert run.stop().wait(_PATIENCE_S) == "stopped"
    assert run.is_resumable
    stopped_at = len(losses(run))
    assert losses(run) == undisturbed[:stopped_at]
    assert stopped_at < len(undisturbed)
    (home / "pace").unlink()
    assert run.resume().wait(_PATIENCE_S) == "finished", run.log
    assert losses(run) == undisturbed
    assert first_step_told(run) == stopped_at + 1
    assert run.progress.attempt == 2


def test_a_killed_run_is_dead_and_goes_on_from_its_checkpoint_with_equal_losses(
    home: Path, undisturbed: list[float]
) -> None:
    run = start_fake(home, SAVING, kill_at=6)
    assert run.wait(_PATIENCE_S) == "dead"
    assert len(losses(run)) == 5
    trouble = run.trouble
    assert trouble is not None
    assert "goes on from step 4" in trouble[1]
    (home / "kill_at").unlink()
    assert run.resume().wait(_PATIENCE_S) == "finished", run.log
    assert losses(run) == undisturbed
    assert first_step_told(run) == 5
    assert run.steps["step"].to_list() == list(range(1, 13))


def test_a_torn_line_and_half_a_checkpoint_do_not_hinder_the_next_attempt(
    home: Path, undisturbed: list[float]
) -> None:
    run = start_fake(home, SAVING, kill_at=6)
    run.wait(_PATIENCE_S)
    with run.folder.events.open("a") as events:
        events.write('{"kind": "step", "st')
    (run.folder.checkpoints / "step-000006.part").mkdir()
    (home / "kill_at").unlink()
    assert run.resume().wait(_PATIENCE_S) == "finished", run.log
    assert losses(run) == undisturbed


def test_the_run_lives_on_when_the_kernel_that_started_it_is_killed(home: Path) -> None:
    (home / "pace").touch()
    code = f"""
import sys, time
sys.path.insert(0, {str(Path(__file__).parent)!r})
from pathlib import Path
from started_runs import start_fake
print(start_fake(Path({str(home)!r})).folder.path, flush=True)
time.sleep(600)
"""
    kernel = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert kernel.stdout is not None
    path = Path(kernel.stdout.readline().strip())
    kernel.send_signal(signal.SIGKILL)
    kernel.wait()
    run = Run(path, FAKE)  # as another kernel opens it
    until(is_at(run, 2), "two steps")
    assert run.is_alive
    (home / "go").touch()
    assert run.wait(_PATIENCE_S) == "finished"


def test_its_process_and_so_its_memory_is_gone_when_the_wait_is_over(home: Path) -> None:
    (home / "pace").touch()
    run = start_fake(home)
    until(is_at(run, 2), "two steps")
    process = holder_of(run.folder.lock)
    assert process is not None
    run.stop().wait(_PATIENCE_S)
    until(lambda: not Path(f"/proc/{process}").exists(), "the process is gone")
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)


def test_two_runs_on_one_device_go_one_after_the_other(home: Path) -> None:
    (home / "pace").touch()
    first = start_fake(home)
    until(is_at(first, 2), "the first is at work")
    second = start_fake(home)
    until(lambda: second.progress.behind == 1, "the second knows its place")
    assert second.state == "queued"
    assert second.steps.is_empty()
    (home / "go").touch()
    assert first.wait(_PATIENCE_S) == "finished"
    assert second.wait(_PATIENCE_S) == "finished"
    assert [run.name for run in (first, second)] == ["dpo-1", "dpo-2"]
    assert second.steps["at"].min() > first.steps["at"].max()


def test_a_run_that_waits_can_be_stopped_and_a_killed_one_lets_the_next_on(home: Path) -> None:
    (home / "pace").touch()
    first = start_fake(home)
    until(is_at(first, 2), "the first is at work")
    second, third = start_fake(home), start_fake(home)
    until(lambda: third.progress.behind == 2, "the third knows its place")
    assert second.stop().wait(_PATIENCE_S) == "stopped"
    first.kill()
    (home / "go").touch()
    assert third.wait(_PATIENCE_S) == "finished", third.log
    assert first.state == "dead"


def test_a_full_disk_ends_with_a_clear_error_and_the_last_good_checkpoint(
    home: Path, undisturbed: list[float]
) -> None:
    run = start_fake(home, SAVING, full_at=6)
    assert run.wait(_PATIENCE_S) == "failed"
    trouble = run.trouble
    assert trouble is not None
    assert "takes no more" in trouble[0]
    assert "checkpoint of step 4 is whole" in trouble[1]
    assert sorted(file.name for file in run.folder.checkpoints.iterdir()) == ["step-000002", "step-000004"]
    (home / "full_at").unlink()
    assert run.resume().wait(_PATIENCE_S) == "finished", run.log
    assert losses(run) == undisturbed


def test_any_other_failure_is_told_with_its_trace_in_the_log(home: Path) -> None:
    run = start_fake(home, fail_at=2)
    assert run.wait(_PATIENCE_S) == "failed"
    assert run.trouble is not None
    assert "the cable was pulled" in run.trouble[0]
    assert "Traceback" in run.log
    assert run.progress.step == 1


def test_a_loss_that_is_no_number_ends_the_run_with_an_alarm(home: Path) -> None:
    run = start_fake(home, nan_at=3)
    assert run.wait(_PATIENCE_S) == "failed"
    assert [alarm["name"] for alarm in run.alarms] == ["nan"]
    assert run.steps["loss"][-1] is None
    assert run.trouble is not None
    assert "Lower the learning rate" in run.trouble[1]


def test_resume_is_refused_while_it_lives_and_once_it_is_finished(home: Path) -> None:
    (home / "pace").touch()
    run = start_fake(home)
    with pytest.raises(RunError, match="its process lives"):
        run.resume()
    (home / "go").touch()
    run.wait(_PATIENCE_S)
    with pytest.raises(RunError, match="is finished"):
        run.resume()


def test_a_clone_takes_the_same_pairs_and_another_setting(home: Path) -> None:
    run = start_fake(home, RunConfig(device="cpu", beta=0.2, method="rdpo", epsilon=0.1))
    other = run.clone({"method": "ipo", "epochs": 2, "name": "longer"})
    assert other.name == "longer"
    assert (other.config.beta, other.config.epsilon) == (0.2, None)
    assert other.card["fingerprint"] == run.card["fingerprint"]
    assert other.card["cloned_from"] == run.name
    assert other.wait(_PATIENCE_S) == "finished", other.log
    assert other.steps.height == 8


def test_a_clone_refuses_what_would_change_nothing_and_what_is_not_known(home: Path) -> None:
    run = start_fake(home)
    with pytest.raises(RunError, match="prompt would have no effect"):
        run.clone({"prompt": "Describe it."})
    with pytest.raises(UnknownNameError, match="learning_rate"):
        run.clone({"learningrate": 1e-3})


def test_notes_margins_and_environment_are_kept_with_the_run(home: Path) -> None:
    run = start_fake(home).note("the first try")
    run.wait(_PATIENCE_S)
    assert run.notes == ["the first try"]
    assert run.margins.rows()[0] == ("p0", "held_out", 4, 0.5)
    environment = run.card["environment"]
    assert isinstance(environment, dict)
    assert "torch" in environment["versions"]
    assert run.card["pairs"] == {"train": 2, "held_out": 0}


def test_a_taken_or_impossible_name_and_nothing_to_train_on_are_refused(home: Path) -> None:
    start_fake(home, RunConfig(device="cpu", name="mine"))
    with pytest.raises(RunError, match="There is a run 'mine' already"):
        start_fake(home, RunConfig(device="cpu", name="mine"))
    with pytest.raises(RunError, match="cannot be the name"):
        start_fake(home, RunConfig(device="cpu", name="../mine"))
    held_out = text_rows([("q", "a", "b")], held_out=1)
    with pytest.raises(RunError, match="All 1 pairs are held out"):
        start_run(home, RunConfig(), held_out, flagged_items(), program=FAKE)


def test_other_pairs_in_its_folder_are_noticed(home: Path) -> None:
    run = start_fake(home, SAVING, kill_at=3)
    run.wait(_PATIENCE_S)
    text_rows([("q", "a", "b")]).write_parquet(run.folder.rows)
    assert run.resume().wait(_PATIENCE_S) == "failed"
    assert run.trouble is not None
    assert "not those the run was started with" in run.trouble[0]


def test_in_earnest_a_model_stopped_killed_and_resumed_has_the_losses_of_one_left_alone(
    home: Path, tmp_path: Path
) -> None:
    """No fake: the worker of the product, its engine and a language model of one layer."""
    config = quick_config(text_model(tmp_path / "model"), save_every=2, epochs=100, shown_items=0)
    rows = pairs_of_text()
    alone = Ear()
    (tmp_path / "alone").mkdir()
    train_in_earnest(Job(config, rows, flagged_of(rows), tmp_path / "alone"), alone)
    run = start_run(home, config, rows, flagged_of(rows))
    until(is_at(run, 3), "three steps")
    assert run.stop().wait(_PATIENCE_S) == "stopped", run.log
    stopped_at = run.steps.height
    assert stopped_at < len(alone.losses)
    run.resume()
    until(is_at(run, stopped_at + 3), "three more")
    assert run.kill().wait(_PATIENCE_S) == "dead", run.log
    assert run.resume().wait(_PATIENCE_S) == "finished", run.log
    assert losses(run) == alone.losses
    assert int(str(first_step_told(run))) > stopped_at
    assert run.progress.attempt == 3
    assert (run.weights / "adapter_config.json").exists()
    assert not run.folder.checkpoints.exists()


def test_a_run_that_has_not_come_up_yet_can_be_killed(home: Path) -> None:
    run = start_fake(home)
    assert run.kill().wait(_PATIENCE_S) == "dead"
    assert run.steps.is_empty()
