"""What a run told, as tables: the steps and looks that count, and the margin of each pair."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import polars as pl

__all__ = ["LOOK_COLUMNS", "STEP_COLUMNS", "counting", "frame_margins", "frame_told"]

#: Numbers of the event `step`.
STEP_COLUMNS: Final = (
    "loss",
    "margin",
    "accuracy",
    "chosen_logp",
    "rejected_logp",
    "chosen_reward",
    "rejected_reward",
    "grad_norm",
    "learning_rate",
    "tokens_per_s",
    "memory_bytes",
    "seconds",
    "seconds_left",
)
#: Numbers of the event `held_out`.
LOOK_COLUMNS: Final = ("pairs", "loss", "margin", "accuracy", "low", "high")


def counting(events: Iterable[dict[str, object]], kind: str) -> list[dict[str, object]]:
    """Return the events of one kind that count: a resumed run takes back what it told past its checkpoint.

    Example:
        >>> steps = [{"kind": "step", "step": 1}, {"kind": "step", "step": 2}]
        >>> told = [*steps, {"kind": "started", "from_step": 1}]
        >>> [event["step"] for event in counting(told, "step")]
        [1]
    """
    kept: list[dict[str, object]] = []
    for event in events:
        if event["kind"] == "started" and isinstance(begun := event.get("from_step"), int):
            kept = [one for one in kept if not isinstance(step := one.get("step"), int) or step <= begun]
        if event["kind"] == kind:
            kept.append(event)
    return kept


def frame_told(told: Sequence[Mapping[str, object]], columns: Sequence[str]) -> pl.DataFrame:
    """Return a row an event; its columns are there before anything was told.

    Args:
        told: events of one kind, with a `step` each; of a step told twice the last counts.
        columns: names of numbers.

    Returns:
        `step`, `at` and the columns; null where a number was not told, or is none.
    """
    schema = {"step": pl.Int64(), "at": pl.String()} | {name: pl.Float64() for name in columns}
    rows = [{name: event.get(name) for name in schema} for event in told]
    return pl.DataFrame(rows, schema=schema).unique("step", keep="last", maintain_order=True)


def frame_margins(told: Iterable[Mapping[str, object]]) -> pl.DataFrame:
    """Return `pair_id`, `split`, `step` and `margin` of each pair when it was seen last, lowest first.

    Args:
        told: lines of `margins.jsonl`.
    """
    last: dict[str, tuple[object, object, object]] = {}
    for line in told:
        margins = line["margins"]
        assert isinstance(margins, dict)
        last |= {str(pair): (line["split"], line["step"], margin) for pair, margin in margins.items()}
    schema = {"pair_id": pl.String, "split": pl.String, "step": pl.Int64, "margin": pl.Float64}
    rows = [(pair, *facts) for pair, facts in last.items()]
    return pl.DataFrame(rows, schema=schema, orient="row").sort("margin", "pair_id", nulls_last=True)
