"""Start a run: its folder whole at once, then a process of its own that outlives whoever started it."""

from __future__ import annotations

import dataclasses
import json
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import polars as pl

import workbench
from workbench.errors import RunError
from workbench.finetune.config import EMBEDDED, RunConfig
from workbench.finetune.directory import RunFolder
from workbench.finetune.environment import describe_environment
from workbench.finetune.events import EventLog
from workbench.finetune.failures import is_disk_full
from workbench.finetune.holding import hold, sign
from workbench.finetune.rows import HELD_OUT, TRAIN, fingerprint, fit_rows
from workbench.records import utc_now

__all__ = ["WORKER", "make_folder", "name_run", "read_card", "spawn"]

#: The program that a run is; the path of its folder and `--lock HANDLE` follow. `-P`: a file beside the
#: notebook that is named as some package is not taken for it.
WORKER: Final = (sys.executable, "-P", "-m", "workbench.finetune.worker")

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._~-]{0,79}")
_HOLD_WAIT_S: Final = 1.0


def make_folder(
    home: Path,
    config: RunConfig,
    rows: pl.DataFrame,
    flagged: pl.DataFrame,
    *,
    findings: Sequence[Mapping[str, object]] = (),
    facts: Mapping[str, object] | None = None,
) -> tuple[RunFolder, int]:
    """Make the folder of a run and hold its lock; it appears whole, or not at all.

    Args:
        home: the folder of all runs.
        config: with what is found from the pairs filled in; a name is made where it has none.
        rows: `ROW_SCHEMA`.
        flagged: `FLAGGED_SCHEMA`.
        findings: of the pre-flight, for the events.
        facts: more for the card, such as whose clone it is.

    Returns:
        The folder, and the handle that holds its lock, for `spawn`.

    Raises:
        RunError: when the name is taken or cannot be one, nothing is left to train on, or the disk is full.
    """
    home.mkdir(parents=True, exist_ok=True)
    named = dataclasses.replace(_absolute(config), name=name_run(home, config))
    if fit_rows(rows, TRAIN).is_empty():
        raise RunError(
            _nothing_to_train_on(rows, config), "See ws.pairs, and ws.lint_pairs() for what is wrong."
        )
    fresh = home / f".{named.name}.{os.getpid()}.{threading.get_ident()}"
    try:
        return _fill(RunFolder(fresh), home, _card(named, rows, facts), (rows, flagged), findings)
    except OSError as error:
        if is_disk_full(error):
            raise RunError(f"The disk that holds {home} takes no more.", "Free some space.") from error
        raise RunError(f"The folder of the run {named.name!r} cannot be made: {error}.") from error
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def spawn(folder: RunFolder, handle: int, program: Sequence[str] = WORKER) -> None:
    """Start the process of a run and return at once.

    It has a session of its own: closing the notebook, interrupting a cell or killing the kernel leaves it be.

    Args:
        folder: of the run.
        handle: holds its lock; handed to the process, closed here.
        program: what to start; the folder and the handle are appended.

    Raises:
        RunError: when it cannot be started.
    """
    # Where the package is not installed but on the path, as in a checkout, the process must find it too.
    source = str(Path(workbench.__file__).resolve().parents[1])
    path = os.pathsep.join(filter(None, (source, os.environ.get("PYTHONPATH", ""))))
    try:
        with folder.log.open("ab") as log:
            process = subprocess.Popen(
                [*program, str(folder.path), "--lock", str(handle)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                pass_fds=(handle,),
                env=os.environ | {"PYTHONPATH": path, "PYTHONUNBUFFERED": "1"},
            )
        sign(handle, process.pid)  # so that it can be killed before it has come up
    except OSError as error:
        raise RunError(f"The process of the run {folder.path.name!r} cannot be started: {error}.") from error
    finally:
        os.close(handle)
    # Somebody must take note of its end, or it stays in the process table as long as this process lives.
    threading.Thread(target=process.wait, name=f"end of {folder.path.name}", daemon=True).start()


def read_card(folder: RunFolder) -> dict[str, object]:
    """Return `run.json`.

    Raises:
        RunError: when it cannot be read.
    """
    try:
        card = json.loads(folder.card.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise RunError(f"{folder.card} cannot be read: {error}.", "Remove the folder; start anew.") from error
    if not isinstance(card, dict):
        raise RunError(f"{folder.card} is not a JSON object.", "Remove the folder; start anew.")
    return card


def name_run(home: Path, config: RunConfig) -> str:
    """Return the name of a run: as asked for, or its method and the next free number.

    Raises:
        RunError: when it cannot be the name of a folder.
    """
    if config.name:
        if not _NAME.fullmatch(config.name):
            raise RunError(
                f"{config.name!r} cannot be the name of a run.",
                "Take up to 80 letters, digits, dots, hyphens and underscores, a letter or digit first.",
            )
        return config.name
    taken = [file.name.removeprefix(f"{config.method}-") for file in home.glob(f"{config.method}-*")]
    return f"{config.method}-{1 + max((int(one) for one in taken if one.isdigit()), default=0)}"


def _fill(
    fresh: RunFolder,
    home: Path,
    card: Mapping[str, object],
    frames: tuple[pl.DataFrame, pl.DataFrame],
    findings: Sequence[Mapping[str, object]],
) -> tuple[RunFolder, int]:
    fresh.path.mkdir()
    fresh.card.write_text(json.dumps(card, indent=1, ensure_ascii=False), encoding="utf-8")
    frames[0].write_parquet(fresh.rows)
    frames[1].write_parquet(fresh.flagged)
    log = EventLog(fresh.events)
    log.tell("queued", {"attempt": 1, "behind": None})
    for finding in findings:
        log.tell("finding", finding)
    # The lock is on the file and not on its name: from the instant the folder is seen, the run lives.
    handle = hold(fresh.lock, _HOLD_WAIT_S)
    assert handle is not None, "nobody else knows this folder"
    os.set_inheritable(handle, True)
    folder = RunFolder(home / str(card["name"]))
    try:
        fresh.path.rename(folder.path)
    except OSError as error:
        os.close(handle)
        if folder.path.exists():
            raise RunError(
                f"There is a run {card['name']!r} already.",
                "Give another name, or leave it out for the next number.",
            ) from error
        raise
    return folder, handle


def _card(config: RunConfig, rows: pl.DataFrame, facts: Mapping[str, object] | None) -> dict[str, object]:
    unfit = rows.filter(pl.col("unfit") != "")["unfit"].value_counts()
    return {
        "name": config.name,
        "made_at": utc_now().isoformat(timespec="microseconds"),
        "config": dataclasses.asdict(config),
        "fingerprint": fingerprint(rows),
        "pairs": {TRAIN: fit_rows(rows, TRAIN).height, HELD_OUT: fit_rows(rows, HELD_OUT).height},
        "unfit": dict(unfit.iter_rows()),
        "environment": describe_environment(),
    } | dict(facts or {})


def _absolute(config: RunConfig) -> RunConfig:
    """A folder is meant as seen from here: a run that is resumed from elsewhere must find the same."""
    folder = Path(config.model).expanduser()
    if config.model.partition(":")[0] == EMBEDDED or not folder.is_dir():
        return config
    return dataclasses.replace(config, model=str(folder.resolve()))


def _nothing_to_train_on(rows: pl.DataFrame, config: RunConfig) -> str:
    if rows.is_empty():
        return f"There is no pair with status {' or '.join(config.statuses)}."
    in_train = rows.filter(pl.col("split") == TRAIN)
    if in_train.is_empty():
        return f"All {rows.height} pairs are held out."
    reasons = in_train["unfit"].value_counts(sort=True)
    return (
        f"None of {in_train.height} pairs can be trained on: {reasons['unfit'][0]} ({reasons['count'][0]})."
    )
