"""The process of a run: wait for the device, train, tell how it ended.

    python -m workbench.finetune.worker FOLDER

It holds the lock of its folder from before it is started until it is gone. Asked to stop, by the file
`stop` or by SIGTERM, it saves after the step at hand. Killed, it leaves whole checkpoints to go on from.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import signal
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import polars as pl

from workbench.errors import RunError
from workbench.finetune.config import RunConfig, read_config
from workbench.finetune.directory import RunFolder
from workbench.finetune.engines.base import Job, Trained, Watch
from workbench.finetune.events import EventLog, cut_torn_line, read_events
from workbench.finetune.failures import explain_failure, is_disk_full, last_step
from workbench.finetune.holding import hold, keep_hold, sign
from workbench.finetune.progress import Progress
from workbench.finetune.queueing import Queue
from workbench.finetune.rows import fingerprint
from workbench.finetune.starting import read_card
from workbench.finetune.watching import EventWatch

__all__ = ["Train", "main", "work"]

#: What trains: `workbench.finetune.training.train`, or a test's.
Train = Callable[[Job, Watch], Trained]

# Given back when the disk is full, so that the reason can still be told.
_RESERVE: Final = "reserve"
# Beside the runs: what untuned models said of pairs, for the next run on the same ones; can be deleted.
_KEPT: Final = ".cache"
_RESERVE_BYTES: Final = 64 * 1024
_DONE, _COULD_NOT = 0, 1


def main(arguments: Sequence[str] | None = None, train: Train | None = None) -> int:
    """Run the run whose folder is named and return an exit code.

    Args:
        arguments: of the command line.
        train: what trains; the product's by default.
    """
    parser = argparse.ArgumentParser(prog="workbench.finetune.worker", description="Run one fine-tune.")
    parser.add_argument("folder", type=Path, help="of the run")
    parser.add_argument("--lock", type=int, metavar="HANDLE", help="an open file that holds its lock")
    options = parser.parse_args(arguments)
    folder = RunFolder(options.folder)
    handle = options.lock if options.lock is not None else hold(folder.lock, wait_s=1.0)
    if handle is None or not keep_hold(handle):
        print(f"{folder.path} is run by another process", file=sys.stderr)
        return _COULD_NOT
    sign(handle)
    os.set_inheritable(handle, False)  # a child that outlives the run must not keep it alive
    return work(folder, train or _product_train)


def work(folder: RunFolder, train: Train) -> int:
    """Wait for the device, train, and tell how it ended; the lock of the folder is held by the caller.

    Args:
        folder: of the run.
        train: what trains.

    Returns:
        An exit code.
    """
    config = RunConfig()
    try:
        _tidy(folder)
        card = read_card(folder)
        config = _config_of(card)
        should_stop = _hear_stops(folder)
        log = EventLog(folder.events)
        attempt = _attempt(folder)

        def tell_place(behind: int) -> None:
            log.tell("queued", {"attempt": attempt, "behind": behind})

        with Queue.of(_device(config)).turn(_queued_at(folder), tell_place, should_stop) as has_turn:
            if not has_turn:
                log.tell("stopped", {"step": last_step(folder) or 0})
                return _DONE
            _train(folder, card, train, should_stop)
    except Exception as error:  # the edge of a process: whoever looks at the run must learn why it ended
        _tell_failure(error, folder, config)
        return _COULD_NOT
    return _DONE


def _train(folder: RunFolder, card: dict[str, object], train: Train, should_stop: Callable[[], bool]) -> None:
    config, rows = _config_of(card), pl.read_parquet(folder.rows)
    if fingerprint(rows) != card["fingerprint"]:
        raise RunError(
            f"The pairs in {folder.rows} are not those the run was started with.", "Start a new run."
        )
    flagged = pl.read_parquet(folder.flagged)
    begun = last_step(folder) or 0
    watch = EventWatch(
        folder,
        config,
        should_stop,
        rows=rows,
        before=dict(flagged.select("caption_id", "text").iter_rows()),
        attempt=_attempt(folder),
        from_step=begun,
        seconds=_seconds_until(folder, begun),
    )
    kept = folder.path.parent / _KEPT
    job = Job(config, rows, flagged, folder.path, folder.last_checkpoint(), cache=kept)
    trained = train(job, watch)
    log = EventLog(folder.events)
    if not trained.is_whole:
        log.tell("stopped", {"step": trained.step})
        return
    path = os.path.relpath(trained.weights or folder.weights, folder.path)
    log.tell("finished", {"step": trained.step, "path": path, "seconds": watch.seconds})
    # There is nothing left to go on to; of a model tuned whole they are three times its size.
    shutil.rmtree(folder.checkpoints, ignore_errors=True)


def _product_train(job: Job, watch: Watch) -> Trained:
    from workbench.finetune.training import train

    if job.resume_from is None and "cloned_from" in read_card(RunFolder(job.folder)):
        _look_first(job)
    return train(job, watch)


def _look_first(job: Job) -> None:
    """Look at a clone before its model is opened: its pairs were looked at, but with other settings."""
    from workbench.finetune.preflight import preflight

    looked = preflight(job.rows, job.config)
    log = EventLog(RunFolder(job.folder).events)
    for finding in looked.as_events():
        log.tell("finding", finding)
    looked.refuse()


def _device(config: RunConfig) -> str:
    if config.device != "auto":
        return config.device
    from workbench.encoders.devices import choose_device

    return choose_device()


def _config_of(card: dict[str, object]) -> RunConfig:
    values = card.get("config")
    if not isinstance(values, dict):
        raise RunError("The card of the run holds no config.", "Start a new run.")
    return read_config(values)


def _tidy(folder: RunFolder) -> None:
    """Put right what a killed attempt left: a torn line, checkpoints half written."""
    cut_torn_line(folder.events)
    cut_torn_line(folder.margins)
    _drop_halves(folder)
    reserve = folder.path / _RESERVE
    if not reserve.exists() or reserve.stat().st_size < _RESERVE_BYTES:
        reserve.write_bytes(
            os.urandom(_RESERVE_BYTES)
        )  # random: a file system that packs zeros reserves nothing


def _drop_halves(folder: RunFolder) -> None:
    whole = set(folder.checkpoints.glob("step-??????"))
    for left in set(folder.checkpoints.glob("*")) - whole:
        shutil.rmtree(left) if left.is_dir() else left.unlink()


def _hear_stops(folder: RunFolder) -> Callable[[], bool]:
    asked: list[int] = []
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda number, _frame: asked.append(number))
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # the terminal it was started from is gone: so what
    return lambda: bool(asked) or folder.stop.exists()


def _told(folder: RunFolder) -> Progress:
    progress = Progress()
    for event in read_events(folder.events)[0]:
        progress.hear(event)
    return progress


def _attempt(folder: RunFolder) -> int:
    return _told(folder).attempt or 1


def _queued_at(folder: RunFolder) -> str:
    """When this attempt was asked for: its place in the queue, however long the process took to come up."""
    asked = [event for event in read_events(folder.events)[0] if event["kind"] == "queued"]
    return str(asked[-1]["at"])


def _seconds_until(folder: RunFolder, step: int) -> float:
    spent = 0.0
    for event in read_events(folder.events)[0]:
        if event["kind"] == "step" and event["step"] == step and isinstance(event["seconds"], float):
            spent = event["seconds"]
    return spent


def _tell_failure(error: BaseException, folder: RunFolder, config: RunConfig) -> None:
    with contextlib.suppress(OSError):  # the log may lie on the very disk that is full
        traceback.print_exception(error)
    if is_disk_full(error):
        _drop_halves(folder)
    message, remedy = explain_failure(error, folder, config)
    if is_disk_full(error):
        (folder.path / _RESERVE).unlink(missing_ok=True)
    with contextlib.suppress(OSError):  # then the log and the freed lock must do
        EventLog(folder.events).tell(
            "failed", {"message": message, "remedy": remedy, "step": last_step(folder)}
        )


if __name__ == "__main__":
    sys.exit(main())
