"""A run's process with a trainer that takes no model: losses that follow from what was done before, exactly.

    python fake_trainer.py FOLDER [--lock HANDLE]

What it does beside is told by files in the folder of all runs, so that a test can steer a process it has not
started itself: `pace` waits for a file `go` before each step after the first two; `fail_at`, `full_at`,
`nan_at` and `kill_at` hold a step.
"""

from __future__ import annotations

import errno
import json
import math
import os
import signal
import sys
import time
from pathlib import Path

from workbench.finetune.directory import RunFolder
from workbench.finetune.engines.base import HeldOut, Job, Step, Trained, Watch
from workbench.finetune.worker import main

STEPS_A_ROUND = 4


def train(job: Job, watch: Watch) -> Trained:
    folder = RunFolder(job.folder)
    begun, state = 0, 1.0
    if job.resume_from is not None:
        kept = json.loads((job.resume_from / "state.json").read_text())
        begun, state = kept["step"], kept["state"]
    steps = STEPS_A_ROUND * job.config.epochs
    watch.start(
        {"steps": steps, "pairs": job.rows.height, "parameters": 1, "engine": "fake", "device": "cpu"}
    )
    for step in range(begun + 1, steps + 1):
        _do_as_told(folder.path.parent, step, watch)
        state = math.sin(state + job.config.learning_rate) + 1.5
        loss = math.nan if _step_in(folder.path.parent / "nan_at") == step else state
        watch.step(_step(step, steps, loss, job.rows["pair_id"].to_list()))
        if watch.should_stop():
            _save(folder, step, state, watch)
            return Trained(step, is_whole=False, weights=None)
        if job.config.save_every and step % job.config.save_every == 0:
            _save(folder, step, state, watch)
    watch.held_out(HeldOut(step=steps, loss=state, margins=dict.fromkeys(job.rows["pair_id"], 0.5)))
    folder.weights.mkdir(parents=True)
    (folder.weights / "weights.json").write_text(json.dumps(state))
    return Trained(steps, is_whole=True, weights=folder.weights)


def _step(step: int, steps: int, loss: float, pairs: list[str]) -> Step:
    return Step(
        step=step, steps=steps, loss=loss, margin=0.1 * step, accuracy=0.75, chosen_reward=0.1,
        rejected_reward=-0.1, grad_norm=1.0, learning_rate=2e-4, tokens=100, seconds=0.01,
        chosen_logp=-10.0, rejected_logp=-11.0, pair_margins=dict.fromkeys(pairs, 0.1 * step),
    )  # fmt: skip


def _save(folder: RunFolder, step: int, state: float, watch: Watch) -> None:
    part = folder.checkpoint(step).with_suffix(".part")
    part.mkdir(parents=True)
    if _step_in(folder.path.parent / "full_at") == step:
        (part / "state.json").symlink_to("/dev/full")  # the system's own full disk
    (part / "state.json").write_text(json.dumps({"step": step, "state": state}))
    part.rename(folder.checkpoint(step))
    watch.checkpoint(step, folder.checkpoint(step))


def _do_as_told(home: Path, step: int, watch: Watch) -> None:
    if _step_in(home / "fail_at") == step:
        raise OSError(errno.EIO, "the cable was pulled")
    if _step_in(home / "kill_at") == step:
        os.kill(os.getpid(), signal.SIGKILL)
    while (home / "pace").exists() and step > 2 and not (home / "go").exists() and not watch.should_stop():
        time.sleep(0.01)  # the trainer at work, as long as the test wants


def _step_in(file: Path) -> int | None:
    return int(file.read_text()) if file.exists() else None


if __name__ == "__main__":
    sys.exit(main(train=train))
