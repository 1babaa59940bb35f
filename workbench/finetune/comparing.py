"""Runs side by side: what they were asked to do differently, how they went, their curves on one plot."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

from workbench.errors import RunError
from workbench.finetune.listing import Runs
from workbench.finetune.run import Run
from workbench.plots import require_holoviews

if TYPE_CHECKING:
    import holoviews as hv

__all__ = ["CURVES", "Comparison", "compare_runs"]

#: Curve -> its title, and the event that tells it.
CURVES: Final = {
    "loss": ("Loss", "step"),
    "margin": ("Margin of chosen over rejected", "step"),
    "chosen_logp": ("Log-probability of chosen (nats)", "step"),
    "rejected_logp": ("Log-probability of rejected (nats)", "step"),
    "grad_norm": ("Gradient norm", "step"),
    "held_out_loss": ("Loss on held-out pairs", "held_out"),
    "held_out_accuracy": ("Accuracy on held-out pairs", "held_out"),
}
_LAST_STEPS: Final = 10
_SMOOTHED_SHARE: Final = 0.05
_NOT_SETTINGS: Final = ("name",)


@dataclass(frozen=True)
class Comparison:
    """Runs side by side.

    Attributes:
        results: a row a run: `run`, `state`, `engine`, `pairs`, `steps` done, `loss` and `margin` (means over
            its last ten steps), `held_out` accuracy with `low` and `high` (95 %), `seconds`, `same_pairs`
            (as the first run's, held-out ones included: without this their accuracies are of other pairs).
        settings: a row a setting that differs, a column a run, in words.
        curves: `run`, `curve` (a name of `CURVES`), `step`, `value`.
    """

    results: pl.DataFrame
    settings: pl.DataFrame
    curves: pl.DataFrame

    def figure(
        self, names: Sequence[str] = ("loss", "margin", "chosen_logp", "held_out_accuracy")
    ) -> hv.Layout:
        """Draw one plot a curve with a line a run; curves of steps are smoothed by a running mean.

        Args:
            names: of `CURVES`.

        Raises:
            MissingExtraError: without HoloViews.
        """
        holoviews = require_holoviews("A figure of runs")
        plots = [self._plot(holoviews, name) for name in names if self._has(name)]
        if not plots:
            raise RunError("None of these runs has told of a step yet.", "Wait for the first: run.wait(10).")
        return holoviews.Layout(plots).cols(2)

    def __str__(self) -> str:
        with pl.Config(tbl_rows=-1, tbl_cols=-1, tbl_hide_dataframe_shape=True, tbl_width_chars=160):
            differs = f"\n{self.settings}" if self.settings.height else "\nTheir settings are the same."
            caution = "" if self.results["same_pairs"].all() else f"\n{_CAUTION}"
            return f"{self.results}{differs}{caution}"

    def _repr_html_(self) -> str:
        return self.results._repr_html_() + self.settings._repr_html_()

    def _has(self, name: str) -> bool:
        return not self.curves.filter(pl.col("curve") == name).is_empty()

    def _plot(self, holoviews: object, name: str) -> hv.Overlay:
        title, event = CURVES[name]
        lines = []
        for (run,), told in self.curves.filter(pl.col("curve") == name).group_by("run", maintain_order=True):
            window = max(1, round(told.height * _SMOOTHED_SHARE)) if event == "step" else 1
            values = told["value"].rolling_mean(window, min_samples=1)
            data = (told["step"].to_numpy(), values.to_numpy())
            lines.append(holoviews.Curve(data, "step", name, label=str(run)))  # type: ignore[attr-defined]
        overlay: hv.Overlay = holoviews.Overlay(lines)  # type: ignore[attr-defined]
        return overlay.opts(title=title, legend_position="right", width=460, height=240, show_grid=True)


_CAUTION: Final = "Not all were trained and held to the same pairs: their accuracies cannot be compared."


def compare_runs(runs: Sequence[Run] | Runs) -> Comparison:
    """Put runs side by side.

    Args:
        runs: two or more, or one.

    Raises:
        RunError: when there is none.
    """
    chosen = list(runs.values()) if isinstance(runs, Runs) else list(runs)
    if not chosen:
        raise RunError("There is no run to compare.", "Start one: ws.finetune(RunConfig()).")
    first = chosen[0].card["fingerprint"]
    results = [_result(run) | {"same_pairs": run.card["fingerprint"] == first} for run in chosen]
    curves = pl.concat([_curves(run) for run in chosen])
    return Comparison(pl.DataFrame(results, schema=_RESULTS), _differing(chosen), curves)


_RESULTS: Final[dict[str, pl.DataType]] = {
    "run": pl.String(),
    "state": pl.String(),
    "engine": pl.String(),
    "pairs": pl.Int64(),
    "steps": pl.Int64(),
    "loss": pl.Float64(),
    "margin": pl.Float64(),
    "held_out": pl.Float64(),
    "low": pl.Float64(),
    "high": pl.Float64(),
    "seconds": pl.Float64(),
    "same_pairs": pl.Boolean(),
}


def _result(run: Run) -> dict[str, object]:
    steps, looks, told = run.steps, run.looks, run.progress
    last = steps.tail(_LAST_STEPS)
    look = looks.row(-1, named=True) if looks.height else {}
    return {
        "run": run.name,
        "state": run.state,
        "engine": told.engine,
        "pairs": told.pairs,
        "steps": told.step,
        "loss": last["loss"].mean() if last.height else None,
        "margin": last["margin"].mean() if last.height else None,
        "held_out": look.get("accuracy"),
        "low": look.get("low"),
        "high": look.get("high"),
        "seconds": told.seconds,
    }


def _differing(runs: Sequence[Run]) -> pl.DataFrame:
    asked = {run.name: dataclasses.asdict(run.config) for run in runs}
    names = [name for name in next(iter(asked.values())) if name not in _NOT_SETTINGS]
    rows = [
        {"setting": name} | {run: str(values[name]) for run, values in asked.items()}
        for name in names
        if len({repr(values[name]) for values in asked.values()}) > 1
    ]
    return pl.DataFrame(rows, schema={"setting": pl.String(), **dict.fromkeys(asked, pl.String())})


def _curves(run: Run) -> pl.DataFrame:
    parts = [
        frame.select(
            pl.lit(run.name).alias("run"),
            pl.lit(curve).alias("curve"),
            pl.col("step").cast(pl.Int64),
            pl.col(curve.removeprefix("held_out_")).cast(pl.Float64).alias("value"),
        ).drop_nulls()
        for curve, (_, event) in CURVES.items()
        if (frame := run.steps if event == "step" else run.looks).height
    ]
    schema = {"run": pl.String, "curve": pl.String, "step": pl.Int64, "value": pl.Float64}
    return pl.concat([pl.DataFrame(schema=schema), *parts])
