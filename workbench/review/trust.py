"""What the verdicts say of the scores: the numbers, the words for them, and the plot."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

import polars as pl

from workbench.alignment.calibration import ISOTONIC_FROM, most_probable
from workbench.plots import require_holoviews
from workbench.review.rating import ANY, BUDGETS
from workbench.review.remaining import Estimate

if TYPE_CHECKING:
    import holoviews as hv

__all__ = ["Reliability"]

_HEADINGS = ("error type", "scorer", "verdicts", "bad", "AUROC", "ECE", *(f"P@{b:.0%}" for b in BUDGETS))


@dataclass(frozen=True)
class Reliability:
    """How far each score can be trusted on this workspace.

    Attributes:
        table: a row for each scorer and error type, baselines beside: `auroc`, `ece`, `brier`,
            `precision_5pct` and so on, each with `_low` and `_high` where there is an interval, and `note`.
        estimate: how many bad pairs are left.
        slices: how the order ranks in each medium, source, language, length, group and split; worst first.
        probabilities: `caption_id`, `error_type`, `probability`, `suspicion`; empty while scores only rank.
            Each decided caption's is by a map that saw no verdict on its sample.
        bins: the points of the reliability plot.
        scorer: the order of the queue that was used.
        decided, counted, at_random: captions decided, those whose verdict counts, those drawn at random.
        method: how chances were fitted; "" while scores only rank.
        reason: why scores only rank; "" when there are probabilities.
    """

    table: pl.DataFrame
    estimate: Estimate
    slices: pl.DataFrame
    probabilities: pl.DataFrame
    bins: pl.DataFrame
    scorer: str
    decided: int
    counted: int
    at_random: int
    method: str
    reason: str

    @property
    def worst_slice(self) -> dict[str, object] | None:
        """The slice in which the order ranks worst; None when none has verdicts enough."""
        rated = self.slices.drop_nulls("auroc")
        return rated.row(0, named=True) if rated.height else None

    def most_suspicious(self) -> pl.DataFrame:
        """Return the captions by the most likely of their errors, with that error as the reason.

        Empty while scores only rank. Where no single type has verdicts enough, `any` speaks alone.
        """
        single = self.probabilities.filter(pl.col("error_type") != ANY)
        return most_probable(single if single.height else self.probabilities)

    def figure(self) -> hv.Overlay:
        """Draw chance said against share found, with exact intervals; on the diagonal a chance means itself.

        Raises:
            MissingExtraError: when HoloViews is not installed.
        """
        hv = require_holoviews("The reliability plot")
        shown = self._shown_bins()
        title = self.reason or "Chance said against share found, 95 % intervals"
        parts = [hv.Curve([(0, 0), (1, 1)], label="as said").opts(color="grey", line_dash="dashed")]
        for (error_type,), rows in shown.group_by("error_type", maintain_order=True):
            points = rows.select("said", "found", "low", "high", "captions", "verdicts").rows()
            bars = [(said, found, found - low, high - found) for said, found, low, high, *_ in points]
            label = str(error_type).replace("_", " ")
            columns = ["found", "low", "high", "captions", "verdicts"]
            dots = hv.Points(points, ["said", "found"], columns[1:], label=label)
            parts += [hv.ErrorBars(bars, "said", ["found", "down", "up"]), dots.opts(size=8, tools=["hover"])]
        return hv.Overlay(parts).opts(
            title=title, xlabel="chance said", ylabel="share found", xlim=(0, 1), ylim=(0, 1),
            width=460, height=400, legend_position="top_left",
        )  # fmt: skip

    def _shown_bins(self) -> pl.DataFrame:
        if self.bins.is_empty():
            return pl.DataFrame(schema={"error_type": pl.String()})
        return self.bins.filter(pl.col("scorer") == "suspicion").unique(
            ["error_type", "said"], keep="first", maintain_order=True
        )

    def __str__(self) -> str:
        lines = [
            self._rests_on(),
            f"Left: {str(self.estimate).rstrip('.')}.",
            "",
            _text_table(self.table),
            "",
        ]
        if slice_ := self._told_slice():
            lines.append(slice_)
        return "\n".join([*lines, self._caution()])

    def _repr_html_(self) -> str:
        said = [self._rests_on(), f"Left: {str(self.estimate).rstrip('.')}.", self._told_slice()]
        notes = "".join(f"<p>{escape(line)}</p>" for line in said if line)
        head = "".join(f"<th>{escape(name)}</th>" for name in _HEADINGS)
        body = "".join(
            "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in _cells(row)) + "</tr>"
            for row in self.table.iter_rows(named=True)
        )
        table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        return f"<div>{notes}{table}<p><small>{escape(self._caution())}</small></p></div>"

    def _rests_on(self) -> str:
        known = (
            f"{self.decided:,} decided; {self.counted:,} verdicts count, {self.at_random:,} of them at random"
        )
        if self.reason:
            return f"{known}. Scores only rank: {self.reason}."
        choice = f"fewer than {ISOTONIC_FROM}" if self.method == "logistic" else f"{ISOTONIC_FROM} or more"
        return f"{known}. Chances by {self.method} regression ({choice} verdicts), five folds by sample."

    def _told_slice(self) -> str:
        worst = self.worst_slice
        if worst is None:
            return ""
        return (
            f"Worst slice: {worst['slice']} {worst['value']}: AUROC {worst['auroc']:.2f} "
            f"({worst['auroc_low']:.2f}–{worst['auroc_high']:.2f}, {worst['verdicts']} verdicts), the worst "
            f"of {self.slices.drop_nulls('auroc').height} slices, so in part bad luck."
        )

    def _caution(self) -> str:
        return (
            "Each verdict is weighted by how many captions it stands for, so the numbers speak of the whole "
            "workspace. They take the verdicts as right, and cannot speak of verdicts picked by hand."
        )


def _cells(row: dict[str, object]) -> tuple[str, ...]:
    return (
        str(row["error_type"]).replace("_", " "),
        str(row["scorer"]),
        f"{row['verdicts']:,}",
        f"{row['bad']:,}",
        _bounded(row, "auroc") or str(row["note"]),
        _number(row["ece"]),
        *(_bounded(row, f"precision_{budget * 100:.0f}pct") for budget in BUDGETS),
    )


def _number(value: object) -> str:
    return f"{value:.2f}" if isinstance(value, float) else ""


def _bounded(row: dict[str, object], name: str) -> str:
    if row[name] is None:
        return ""
    return f"{_number(row[name])} ({_number(row[f'{name}_low'])}–{_number(row[f'{name}_high'])})"


def _text_table(table: pl.DataFrame) -> str:
    cells = [_HEADINGS, *(_cells(row) for row in table.iter_rows(named=True))]
    widths = [max(len(line[column]) for line in cells) for column in range(len(_HEADINGS))]
    padded = [
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in cells
    ]
    lines = [line.rstrip() for line in padded]
    return "\n".join([lines[0], "-" * max(map(len, lines)), *lines[1:]])
