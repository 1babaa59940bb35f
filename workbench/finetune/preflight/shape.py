"""Rules on the rows themselves: missing columns, values that are no text, pairs that are left out."""

from __future__ import annotations

from typing import Final

import polars as pl

from workbench.finetune.preflight.plan import Plan
from workbench.finetune.rows import ROW_SCHEMA
from workbench.preferences.lint.base import Found, Rule, count_of, found_in

__all__ = ["FIRST", "RULES"]

_SHOWN: Final = 5
_TEXTS: Final = ("pair_id", "prompt", "chosen", "rejected", "split", "unfit")
#: What a reason to leave a pair out is about.
_COLUMN_OF: Final = {"rejected caption": "chosen", "samples": "rejected", "media": "paths", "sound": "media"}


def _find_missing_columns(plan: Plan) -> list[Found]:
    missing = [name for name in ROW_SCHEMA if name not in plan.rows.columns]
    return [Found(f"The rows have no column {name!r}.", column=name) for name in missing]


def _find_wrong_types(plan: Plan) -> list[Found]:
    return [
        Found(f"The column {name!r} holds {plan.rows.schema[name]}, where {kind} is read.", column=name)
        for name, kind in ROW_SCHEMA.items()
        if name in plan.rows.columns and plan.rows.schema[name] not in (kind, pl.Null())
    ]


def _find_nulls(plan: Plan) -> list[Found]:
    rows = plan.rows.with_row_index("row")
    found = []
    for name in _TEXTS:
        without = rows.filter(pl.col(name).is_null()) if name in rows.columns else rows.clear()
        if without.height:
            numbers = ", ".join(str(number) for number in without["row"].head(_SHOWN))
            said = f"{count_of(without.height, rows.height)} have no value (null) in {name!r}: row {numbers}."
            known = without["pair_id"].drop_nulls().to_list() if "pair_id" in rows.columns else []
            found.append(Found(said, tuple(known), without.height / rows.height, name))
    return found


def _find_repeated_ids(plan: Plan) -> list[Found]:
    twice = plan.rows.filter(pl.col("pair_id").is_duplicated())
    return found_in(
        twice, plan.rows.height, "share their id, so that margins are told of both.", column="pair_id"
    )


def _find_left_out(plan: Plan) -> list[Found]:
    out = plan.rows.filter(pl.col("unfit") != "")
    return [
        Found(
            f"{count_of(mine.height, plan.rows.height)} are left out: {reason}.",
            tuple(mine["pair_id"]),
            mine.height / plan.rows.height,
            next((column for word, column in _COLUMN_OF.items() if word in str(reason)), "unfit"),
        )
        for (reason,), mine in out.group_by("unfit", maintain_order=True)
    ]


def _find_other_splits(plan: Plan) -> list[Found]:
    other = plan.rows.filter(~pl.col("split").is_in(["train", "held_out"]))
    names = ", ".join(repr(one) for one in other["split"].unique(maintain_order=True))
    return found_in(other, plan.rows.height, f"are in no split that a run knows ({names}).", column="split")


def _find_nothing(plan: Plan) -> list[Found]:
    if plan.train.height:
        return []
    statuses = ", ".join(plan.config.statuses)
    return [
        Found(f"There is no pair to train on: of {plan.rows.height:,} ({statuses}) none is fit and in train.")
    ]


#: Rules without which no other can look.
FIRST: Final = (
    Rule(
        "column_missing",
        "error",
        "columns that a run reads and the rows lack",
        "Take the rows from ws.preflight or training_rows, or add the column.",
        _find_missing_columns,
    ),
    Rule(
        "wrong_type",
        "error",
        "columns that hold something else than is read",
        "Write texts as texts: a list of messages is written by the model's own template.",
        _find_wrong_types,
    ),
    Rule(
        "value_missing",
        "error",
        "rows without a prompt, an answer or a split",
        "Give the text; an empty prompt is '', never null.",
        _find_nulls,
    ),
)

RULES: Final = (
    Rule(
        "nothing_to_train",
        "error",
        "no pair to train on",
        "Accept pairs (ws.pairs shows how they stand), or name other statuses in the config.",
        _find_nothing,
    ),
    Rule(
        "pair_twice",
        "error",
        "rows with one id",
        "Give every pair an id of its own.",
        _find_repeated_ids,
    ),
    Rule(
        "left_out",
        "warning",
        "pairs that cannot be trained on",
        "They stay in the run's rows with this reason; mend them, or go on without.",
        _find_left_out,
    ),
    Rule(
        "unknown_split",
        "warning",
        "pairs in a split that is neither train nor held out",
        "Name their split 'train' or 'held_out': they are not used.",
        _find_other_splits,
    ),
)
