"""What an evaluation found: numbers before and after, texts side by side, and what to make of them."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import polars as pl

from workbench.errors import RunError
from workbench.finetune.directory import RunFolder
from workbench.finetune.evaluation.flagged import TOLD_SCHEMA
from workbench.finetune.evaluation.table import Line, format_lines, make_lines
from workbench.finetune.whole import whole_folder
from workbench.metrics import Metric

__all__ = ["TEXT_SCHEMA", "Evaluation", "keep_evaluation", "read_evaluation"]

#: One row a text of a general sample: not flagged, and no pair of the training shows it.
TEXT_SCHEMA: Final[dict[str, pl.DataType]] = {
    "sample_id": pl.String(),
    "media": pl.String(),
    "paths": pl.List(pl.String()),
    "duration_s": pl.Float64(),
    "start_s": pl.Float64(),
    "end_s": pl.Float64(),
    "collage": pl.String(),
    "prompt": pl.String(),
    "decoding": pl.String(),
    **TOLD_SCHEMA,
}
_FRAMES: Final = ("flagged", "texts", "pairs", "probes", "slices", "bins")
_FILE: Final = "evaluation.json"


@dataclass(frozen=True)
class Evaluation:
    """Before and after a run.

    Attributes:
        run: its name.
        folder: where this is kept, with the run card.
        metrics: NAME_DECODING_WHEN -> number, such as `chair_i_greedy_before`; `change` is after less before.
        warnings: what speaks against believing a gain; none where nothing does.
        notes: what the numbers rest on.
        facts: method, model, device, pairs, when it was made.
        flagged: the flagged items side by side; `workbench.finetune.evaluation.flagged.SEEN_SCHEMA`.
        texts: the same of other samples; `TEXT_SCHEMA`.
        pairs: held-out pairs; `workbench.finetune.evaluation.held_out.PAIR_SCHEMA`.
        probes: what was asked about things that are there and are not, and what each model held.
        slices: rates of parts of the samples, the worst first.
        bins: chances that rewards give to an order, and how often it was right.
    """

    run: str
    folder: Path
    metrics: Mapping[str, Metric]
    warnings: Sequence[str]
    notes: Sequence[str]
    facts: Mapping[str, str]
    flagged: pl.DataFrame = field(repr=False)
    texts: pl.DataFrame = field(repr=False)
    pairs: pl.DataFrame = field(repr=False)
    probes: pl.DataFrame = field(repr=False)
    slices: pl.DataFrame = field(repr=False)
    bins: pl.DataFrame = field(repr=False)

    @property
    def lines(self) -> list[Line]:
        """The numbers as they are read: a title, before, after, the change with its interval."""
        return make_lines(self.metrics)

    @property
    def card(self) -> Path:
        """The run card, one page that needs no other file; `card.md` beside it says the same in Markdown."""
        return self.folder / "card.html"

    def __str__(self) -> str:
        parts = [f"Run {self.run}: before and after", format_lines(self.lines)]
        parts += [f"Careful: {text}" for text in self.warnings]
        parts += [f"Note: {text}" for text in self.notes]
        return "\n".join([*parts, f"Run card: {self.card}"])

    def _repr_html_(self) -> str:
        from workbench.finetune.evaluation.card import render_summary

        return render_summary(self)


def keep_evaluation(evaluation: Evaluation) -> Evaluation:
    """Write an evaluation with its run card into the folder of its run; an earlier one is replaced.

    Raises:
        RunError: when it cannot be written.
    """
    from workbench.finetune.evaluation.card import render_card, render_markdown

    try:
        with whole_folder(evaluation.folder) as part:
            for name in _FRAMES:
                getattr(evaluation, name).write_parquet(part / f"{name}.parquet")
            (part / "card.html").write_text(render_card(evaluation), encoding="utf-8")
            (part / "card.md").write_text(render_markdown(evaluation), encoding="utf-8")
            (part / _FILE).write_text(json.dumps(_as_json(evaluation), indent=1), encoding="utf-8")
    except OSError as error:
        raise RunError(
            f"The evaluation of {evaluation.run!r} cannot be written to {evaluation.folder}: {error}.",
            "Free some space on that disk.",
        ) from error
    return evaluation


def read_evaluation(folder: RunFolder) -> Evaluation:
    """Return the evaluation that was kept with a run.

    Raises:
        RunError: when there is none.
    """
    at = folder.evaluation
    try:
        told = json.loads((at / _FILE).read_text(encoding="utf-8"))
        frames = {name: pl.read_parquet(at / f"{name}.parquet") for name in _FRAMES}
    except (OSError, ValueError) as error:
        raise RunError(
            f"The run {folder.path.name!r} has not been evaluated.", "Do it: ws.evaluate(run)."
        ) from error
    metrics = {name: _metric(values) for name, values in told["metrics"].items()}
    return Evaluation(
        folder.path.name, at, metrics, tuple(told["warnings"]), tuple(told["notes"]), told["facts"], **frames
    )


def _as_json(evaluation: Evaluation) -> dict[str, object]:
    metrics = {
        name: {k: _finite(v) for k, v in dataclasses.asdict(metric).items()}
        for name, metric in evaluation.metrics.items()
    }
    return {
        "run": evaluation.run,
        "facts": dict(evaluation.facts),
        "warnings": list(evaluation.warnings),
        "notes": list(evaluation.notes),
        "metrics": metrics,
    }


def _metric(values: Mapping[str, object]) -> Metric:
    value, low, high = (_number(values[name]) for name in ("value", "low", "high"))
    return Metric(math.nan if value is None else value, int(str(values["n"])), str(values["unit"]), low, high)


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def _finite(value: object) -> object:
    return None if isinstance(value, float) and not math.isfinite(value) else value
