"""A run, as people hold it: a view on its folder, which can be opened again from anywhere at any time."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import polars as pl

from workbench.errors import RunError
from workbench.finetune.config import RunConfig, clone_config, read_config
from workbench.finetune.curves import LOOK_COLUMNS, STEP_COLUMNS, counting, frame_margins, frame_told
from workbench.finetune.directory import RunFolder
from workbench.finetune.events import EventLog, cut_torn_line, read_events
from workbench.finetune.failures import last_step
from workbench.finetune.holding import hold, holder_of, is_held
from workbench.finetune.methods import METHODS
from workbench.finetune.progress import RESUMABLE, Progress
from workbench.finetune.starting import WORKER, make_folder, read_card, spawn

if TYPE_CHECKING:
    from typing import Self

    from workbench.finetune.evaluation.result import Evaluation

__all__ = ["Run", "start_run"]

_PAUSE_S: Final = 0.05
_HOLD_WAIT_S: Final = 1.0
_END_WAIT_S: Final = 20.0
#: What the rows of a run were made with; a clone takes the rows as they are.
_OF_THE_ROWS: Final = ("prompt", "statuses")


class Run:
    """One fine-tune: its config, curves, weights and evaluation.

    Args:
        folder: of the run, or its path.
        program: what `resume` and `clone` start; the product's worker by default.
    """

    def __init__(self, folder: RunFolder | Path, program: Sequence[str] = WORKER) -> None:
        self.folder = folder if isinstance(folder, RunFolder) else RunFolder(Path(folder))
        self._program = tuple(program)
        self._guard = threading.Lock()
        self._progress, self._read, self._file = Progress(), 0, 0

    def __repr__(self) -> str:
        told = self.progress
        parts = [self.name, self.state]
        if told.step is not None and told.steps:
            parts.append(f"step {told.step} of {told.steps}")
        if told.seconds_left is not None and self.state == "running":
            parts.append(f"about {told.seconds_left:.0f} s left")
        if told.behind and self.state == "queued":
            parts.append(f"{told.behind} before it")
        return f"Run({', '.join(parts)})"

    @property
    def name(self) -> str:
        """Unique in its workspace."""
        return self.folder.path.name

    @property
    def card(self) -> dict[str, object]:
        """What it was started with: `config`, `fingerprint` of the data, `pairs`, `environment`."""
        return read_card(self.folder)

    @property
    def config(self) -> RunConfig:
        """Its config, with what was found from the pairs filled in."""
        values = self.card["config"]
        assert isinstance(values, dict)
        return read_config(values)

    @property
    def rows(self) -> pl.DataFrame:
        """The pairs it trains on and holds out; `workbench.finetune.rows.ROW_SCHEMA`."""
        return pl.read_parquet(self.folder.rows)

    @property
    def flagged(self) -> pl.DataFrame:
        """The items that were flagged; `workbench.finetune.rows.FLAGGED_SCHEMA`."""
        return pl.read_parquet(self.folder.flagged)

    @property
    def log(self) -> str:
        """What its process printed."""
        try:
            return self.folder.log.read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            return ""

    @property
    def weights(self) -> Path:
        """The folder of the tuned weights.

        Raises:
            RunError: when it is not finished.
        """
        if self.state != "finished":
            raise RunError(
                f"The run {self.name!r} is {self.state}: it has no weights.", "Wait for its end: run.wait()."
            )
        return self.folder.weights

    @property
    def is_alive(self) -> bool:
        """Whether its process lives, by the lock that dies with it."""
        return is_held(self.folder.lock)

    @property
    def progress(self) -> Progress:
        """How far it is; a living object of what was told so far."""
        with self._guard:
            self._catch_up()
            return self._progress

    @property
    def state(self) -> str:
        """`queued`, `running`, `stopped`, `finished`, `failed`, or `dead`: ended without a word."""
        is_alive = self.is_alive  # before what it told last: it tells its end, then dies
        return self.progress.state(is_alive=is_alive)

    @property
    def is_resumable(self) -> bool:
        """Whether `resume` can go on with it."""
        return self.state in RESUMABLE

    @property
    def trouble(self) -> tuple[str, str] | None:
        """What went wrong and what to do next; None for a run that is well."""
        match self.state:
            case "failed":
                return self.progress.message, self.progress.remedy
            case "dead":
                told, kept = self.progress.step, last_step(self.folder)
                where = f"after step {told}" if told else "before its first step"
                rest = f"goes on from step {kept}" if kept else "begins anew"
                return (
                    f"Its process ended without a word {where}: it was killed (out of memory?) or the "
                    "machine went down.",
                    f"run.resume() {rest}; run.log tells what it printed.",
                )
        return None

    def events(self, start: int = 0) -> tuple[list[dict[str, object]], int]:
        """Return what was told from a byte on, and the byte to go on from; see `finetune.events`."""
        return read_events(self.folder.events, start)

    def stop(self) -> Self:
        """Ask it to save after the step at hand and end; returns at once, and when it has ended."""
        if self.is_alive:
            self.folder.stop.touch()
        return self

    def kill(self) -> Self:
        """End its process at once. Only what its last checkpoint holds is kept."""
        process = holder_of(self.folder.lock)
        if process is not None and process != os.getpid():  # it has a session, and so a group, of its own
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process, signal.SIGKILL)
        return self

    def wait(self, timeout_s: float | None = None) -> str:
        """Wait until its process is gone, and its memory with it; interrupting this does not end the run.

        Args:
            timeout_s: how long at most; None for as long as it takes.

        Returns:
            Its state then.
        """
        until = time.monotonic() + timeout_s if timeout_s is not None else None
        while self.is_alive and (until is None or time.monotonic() < until):
            time.sleep(_PAUSE_S)
        return self.state

    def resume(self) -> Self:
        """Go on from the last checkpoint, or begin anew where there is none; returns at once.

        Raises:
            RunError: when it lives, or is finished.
        """
        if self.state == "finished":
            raise RunError(
                f"The run {self.name!r} is finished.", "Clone it with more: run.clone({'epochs': 2})."
            )
        # Once it has told its end its process is as good as gone, but freeing a model takes a moment.
        handle = hold(self.folder.lock, wait_s=_END_WAIT_S if self.progress.ended else _HOLD_WAIT_S)
        if handle is None:
            raise RunError(
                f"The run {self.name!r} is {self.state}: its process lives.", "Stop it first: run.stop()."
            )
        with contextlib.ExitStack() as left:
            left.callback(os.close, handle)
            self.folder.stop.unlink(missing_ok=True)
            cut_torn_line(self.folder.events)
            attempt = self.progress.attempt + 1
            EventLog(self.folder.events).tell("queued", {"attempt": attempt, "behind": None})
            os.set_inheritable(handle, True)
            left.pop_all()
        spawn(self.folder, handle, self._program)
        return self

    def clone(self, changes: Mapping[str, object] | None = None) -> Run:
        """Start another run on the same pairs with some settings changed; returns at once.

        Args:
            changes: settings by name, `name` among them. Settings of the method that another method does not
                know are left behind.

        Raises:
            UnknownNameError: for a setting that does not exist.
            RunError: for one that the pairs were chosen by: those of a clone are the same.
        """
        asked = dict(changes or {})
        if fixed := [name for name in _OF_THE_ROWS if name in asked]:
            raise RunError(
                f"{' and '.join(fixed)} would have no effect: a clone has the pairs of {self.name!r}.",
                "Start a new run: ws.finetune(config).",
            )
        config = clone_config(_as_known_by(self.config, asked), asked)
        return start_run(
            self.folder.path.parent,
            config,
            self.rows,
            self.flagged,
            facts={"cloned_from": self.name},
            program=self._program,
        )

    @property
    def evaluation(self) -> Evaluation:
        """What `ws.evaluate(run)` found and kept; see `workbench.finetune.evaluation.result`."""
        from workbench.finetune.evaluation.result import read_evaluation

        return read_evaluation(self.folder)

    def export(self, path: Path | str) -> Path:
        """Copy the tuned weights to a folder; see `workbench.finetune.evaluation.exporting`."""
        from workbench.finetune.evaluation.exporting import export_weights

        return export_weights(self, path)

    def note(self, text: str) -> Self:
        """Keep a note with the run."""
        EventLog(self.folder.events).tell("note", {"text": text})
        return self

    @property
    def notes(self) -> list[str]:
        """The notes that were kept with it, oldest first."""
        return [str(event["text"]) for event in self._told("note")]

    @property
    def steps(self) -> pl.DataFrame:
        """A row a step, as the event `step` tells it; of a step that was done again, the last."""
        return frame_told(self._told("step"), STEP_COLUMNS)

    @property
    def looks(self) -> pl.DataFrame:
        """A row a look at the held-out pairs, as the event `held_out` tells it, without `by_group`."""
        return frame_told(self._told("held_out"), LOOK_COLUMNS)

    @property
    def alarms(self) -> list[dict[str, object]]:
        """What went wrong while it ran: `step`, `name`, `message`, `remedy`."""
        return self._told("alarm")

    @property
    def findings(self) -> list[dict[str, object]]:
        """What the pre-flight found, each once: `rule`, `severity`, `message`, `remedy`."""
        told = {(str(one["rule"]), str(one["message"])): one for one in self._told("finding")}
        return list(told.values())

    @property
    def samples(self) -> list[dict[str, object]]:
        """What it said of flagged items at each look: `step`, `items`."""
        return self._told("samples")

    @property
    def margins(self) -> pl.DataFrame:
        """The margin of each pair when it was seen last: `pair_id`, `split`, `step`, `margin`, lowest first.

        The pairs that the model fights come first: look at these for labels that are the wrong way round.
        """
        return frame_margins(read_events(self.folder.margins)[0])

    def _told(self, kind: str) -> list[dict[str, object]]:
        return counting(self.events()[0], kind)

    def _catch_up(self) -> None:
        with contextlib.suppress(FileNotFoundError):
            file = self.folder.events.stat().st_ino
            if file != self._file:  # another run has taken its name
                self._progress, self._read, self._file = Progress(), 0, file
        events, self._read = self.events(self._read)
        for event in events:
            self._progress.hear(event)


def start_run(
    home: Path,
    config: RunConfig,
    rows: pl.DataFrame,
    flagged: pl.DataFrame,
    *,
    findings: Sequence[Mapping[str, object]] = (),
    facts: Mapping[str, object] | None = None,
    program: Sequence[str] = WORKER,
) -> Run:
    """Start a run in a process of its own and return at once; see `finetune.starting`."""
    folder, handle = make_folder(home, config, rows, flagged, findings=findings, facts=facts)
    spawn(folder, handle, program)
    return Run(folder, program)


def _as_known_by(config: RunConfig, changes: Mapping[str, object]) -> RunConfig:
    """The config without settings that the method it changes to does not know."""
    method = METHODS.get(str(changes.get("method", config.method)))
    if method is None:
        return config  # its name is refused where configs are made
    values = json.loads(config.as_json())
    idle = set(METHODS[config.method].settings) - set(method.settings)
    return read_config(values | dict.fromkeys(idle))
