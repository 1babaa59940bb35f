"""Rules on what rows show: files that cannot be read, and what is on both sides of the split."""

from __future__ import annotations

from typing import Final

import polars as pl

from workbench.finetune.preflight.plan import Plan
from workbench.preferences.lint.base import Found, Rule, Unchecked, count_of, found_in

__all__ = ["RULES"]

_SMALLEST_PX: Final = 8


def _find_unreadable(plan: Plan) -> list[Found] | Unchecked:
    if plan.pictured.is_empty():
        return Unchecked("no pair shows a picture")
    gone = plan.files.drop_nulls("reason")
    return [
        Found(f"{_told(plan, path)} shown is {path}: {reason}", _rows(plan, path), None, "paths")
        for path, reason in gone.select("path", "reason").iter_rows()
    ]


def _find_tiny(plan: Plan) -> list[Found] | Unchecked:
    if plan.pictured.is_empty():
        return Unchecked("no pair shows a picture")
    tiny = plan.files.filter(pl.min_horizontal("width", "height") < _SMALLEST_PX)
    return [
        Found(
            f"{_told(plan, path)} shown is {path} of {width} x {height} pixels.",
            _rows(plan, path),
            None,
            "paths",
        )
        for path, width, height in tiny.select("path", "width", "height").iter_rows()
    ]


def _told(plan: Plan, path: str) -> str:
    return f"In {count_of(len(_rows(plan, path)), plan.fit.height)} what is"


def _rows(plan: Plan, path: str) -> tuple[str, ...]:
    return tuple(plan.fit.filter(pl.col("paths").list.contains(path))["pair_id"])


def _find_shared_samples(plan: Plan) -> list[Found] | Unchecked:
    if plan.train.is_empty() or plan.held_out.is_empty():
        return Unchecked("no pair is held out")
    named = plan.fit.filter(pl.col("sample_id") != "")
    shared = named.filter(pl.col("split").n_unique().over("sample_id") > 1)
    return found_in(
        shared, plan.fit.height, "are of a sample that is trained on and held out.", column="sample_id"
    )


def _find_shared_pairs(plan: Plan) -> list[Found] | Unchecked:
    """Look for one pair under two names: the same media, prompt and answers. Words alone may come again."""
    if plan.train.is_empty() or plan.held_out.is_empty():
        return Unchecked("no pair is held out")
    shown = pl.col("media").list.join("\0")  # in this set the files
    asked = plan.divided.keyed.with_columns(
        key=pl.concat_str(shown, "prompt", "chosen_plain", "rejected_plain", separator="\1")
    )
    shared = asked.filter(pl.col("split").n_unique().over("key") > 1)
    what = "are trained on and held out: their accuracy would say what was learnt by heart."
    return found_in(shared.select("pair_id"), plan.fit.height, what, column="chosen, rejected")


RULES: Final = (
    Rule(
        "picture_unreadable",
        "error",
        "pictures that cannot be read",
        "Bring the files, or leave these pairs out.",
        _find_unreadable,
    ),
    Rule(
        "picture_tiny",
        "error",
        "pictures with nothing to see",
        "Replace these pictures, or leave the pairs out.",
        _find_tiny,
    ),
    Rule(
        "same_pair_in_both_splits",
        "error",
        "one pair on both sides, under two ids",
        "Leave one of them out, or move both to one side.",
        _find_shared_pairs,
    ),
    Rule(
        "same_sample_in_both_splits",
        "error",
        "a sample on both sides",
        "Divide by media: ws.split_pairs() keeps what belongs together on one side.",
        _find_shared_samples,
    ),
)
