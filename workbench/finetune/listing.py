"""The runs of a workspace, by name, the newest last."""

from __future__ import annotations

import contextlib
from html import escape
from pathlib import Path
from typing import NoReturn

import polars as pl

from workbench.errors import RunError, UnknownNameError
from workbench.finetune.run import Run

__all__ = ["Runs", "list_runs"]


class Runs(dict[str, Run]):
    """Runs by name, as they were when this was made; each tells of itself as it is now."""

    @property
    def frame(self) -> pl.DataFrame:
        """One row a run; `held_out` is its accuracy on held-out pairs, with `low` and `high` (95 %)."""
        return pl.DataFrame([_row(run) for run in self.values()], schema=_SCHEMA, orient="row")

    def __missing__(self, name: str) -> NoReturn:
        raise UnknownNameError("run", name, self)

    def __str__(self) -> str:
        if not self:
            return "No runs yet. Start one: ws.finetune(RunConfig())."
        shown = self.frame.drop("made_at")
        with pl.Config(tbl_rows=-1, tbl_cols=-1, tbl_hide_dataframe_shape=True, tbl_width_chars=160):
            return str(shown)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return self.frame.drop("made_at")._repr_html_() if self else f"<p>{escape(str(self))}</p>"


def list_runs(home: Path) -> Runs:
    """Return the runs below a folder; one whose card cannot be read is left out.

    Args:
        home: the folder of all runs; may not be there yet.
    """
    found = []
    for card in home.glob("[!.]*/run.json"):
        run = Run(card.parent)
        with contextlib.suppress(RunError):
            found.append((str(run.card["made_at"]), run.name, run))
    return Runs({name: run for _, name, run in sorted(found, key=lambda one: one[:2])})


_SCHEMA: dict[str, pl.DataType] = {
    "run": pl.String(),
    "state": pl.String(),
    "method": pl.String(),
    "model": pl.String(),
    "pairs": pl.Int64(),
    "step": pl.Int64(),
    "steps": pl.Int64(),
    "held_out": pl.Float64(),
    "low": pl.Float64(),
    "high": pl.Float64(),
    "seconds": pl.Float64(),
    "made_at": pl.String(),
}


def _row(run: Run) -> tuple[object, ...]:
    state, told, config, card = run.state, run.progress, run.config, run.card
    pairs, looks = card.get("pairs"), run.looks
    last = looks.row(-1, named=True) if looks.height else {}
    return (
        run.name,
        state,
        config.method,
        Path(config.model).name,
        pairs.get("train") if isinstance(pairs, dict) else None,
        told.step,
        told.steps,
        *(last.get(name) for name in ("accuracy", "low", "high")),
        told.seconds,
        card["made_at"],
    )
