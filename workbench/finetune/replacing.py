"""Make way for a run whose cell is run again: the run it started before ends, and its memory comes back.

Who changes a setting and runs the cell once more means the new run in place of the old one, not behind it in
the queue. A run is asked to stop, saves, and is listed still; nothing of it is lost.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from workbench.errors import RunError
from workbench.finetune.run import Run

__all__ = ["Cell", "current_cell", "make_way"]

_STOP_WAIT_S: Final = 120.0  # a step of a large model on a processor takes its time
_KILL_WAIT_S: Final = 30.0


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a notebook as it is being run.

    Attributes:
        cell: its id, which it keeps.
        execution: the id of this execution: runs that one execution starts side by side stay side by side.
    """

    cell: str
    execution: str

    def as_facts(self) -> dict[str, object]:
        """Return it for the card of a run."""
        return {"cell": asdict(self)}


def current_cell() -> Cell | None:
    """Return the cell that is being run; None outside a notebook, or where the front end does not tell it."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    asked = getattr(getattr(shell, "kernel", None), "get_parent", None)
    request = asked("shell") if callable(asked) else None
    if not isinstance(request, dict):
        return None
    cell = (request.get("metadata") or {}).get("cellId")
    execution = (request.get("header") or {}).get("msg_id")
    return Cell(str(cell), str(execution)) if cell and execution else None


def make_way(home: Path, name: str, cell: Cell | None) -> list[str]:
    """End the runs that a new one takes the place of, and free its name; returns once their memory is back.

    Args:
        home: the folder of all runs.
        name: that the new run asks for; "" when it will get one of its own.
        cell: that starts it, where that is known.

    Returns:
        A line for each run that was ended or set aside.

    Raises:
        RunError: when a run can be neither stopped nor killed.
    """
    told = []
    named = home / name if name else None
    for run in _started_by(home, cell) if cell else []:
        if run.folder.path != named:
            told.append(_end(run))
    if named is not None and named.is_dir():
        run = Run(named)
        if run.is_alive:
            told.append(_end(run))
        aside = next(home / f"{name}~{n}" for n in range(1, 10_000) if not (home / f"{name}~{n}").exists())
        named.rename(aside)
        told.append(f"The former run {name!r} ({Run(aside).state}) is kept as {aside.name!r}.")
    return told


def _started_by(home: Path, cell: Cell) -> Iterable[Run]:
    for folder in sorted(home.glob("[!.]*/")):
        run = Run(folder)
        origin = run.card.get("cell") if run.is_alive else None
        if not isinstance(origin, dict) or origin["cell"] != cell.cell:
            continue
        if origin["execution"] != cell.execution:
            yield run


def _end(run: Run) -> str:
    run.stop().wait(_STOP_WAIT_S)
    if run.is_alive:
        run.kill().wait(_KILL_WAIT_S)
    if run.is_alive:
        raise RunError(
            f"The run {run.name!r} does not end.", "End its process yourself; run.log may tell why."
        )
    return f"{run.name!r} was {run.state} to make way."
