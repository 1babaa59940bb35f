"""Rules on what a set is made of: how much of it people saw, who wrote it, and which parts are small."""

from __future__ import annotations

from typing import Final

import polars as pl

from workbench.preferences.lint.base import Found, Rule, Unchecked, count_of, found_in
from workbench.preferences.lint.pairset import PairSet

__all__ = ["RULES"]

_FEWEST: Final = 40
_SLICES: Final = ("lang", "medium", "error_type", "origin", "criterion")


def _find_unreviewed(pairs: PairSet) -> list[Found] | Unchecked:
    known = pairs.rows.drop_nulls("status")
    if known.is_empty():
        return Unchecked("the set does not say what people have looked at")
    waiting = known.filter(pl.col("status").is_in(["proposed", "open"]))
    if waiting.height <= pairs.settings.unreviewed_share * known.height:
        return []
    return found_in(waiting, known.height, "are proposals that nobody has judged.")


def _find_unordered(pairs: PairSet) -> list[Found]:
    no_order = pl.col("status").is_in(["open", "tie", "disputed", "both_bad"])
    waiting = pairs.rows.filter(no_order.fill_null(False) | ~pl.col("is_ordered").fill_null(True))
    return found_in(waiting, pairs.rows.height, "have no order that holds: open, tied, disputed or both bad.")


def _find_off_policy(pairs: PairSet) -> list[Found] | Unchecked:
    known = pairs.rows.drop_nulls("origin").filter(pl.col("origin") != "imported")
    if known.is_empty():
        return Unchecked("the set does not say who wrote the texts")
    others = known.filter(pl.col("origin") != "on_policy")
    if others.height <= pairs.settings.off_policy_share * known.height:
        return []
    return found_in(others, known.height, "hold texts that the model to be tuned did not write.")


def _find_one_builder(pairs: PairSet) -> list[Found] | Unchecked:
    built = pairs.rows.filter(pl.col("builder").fill_null("") != "")
    if built.height < _FEWEST:
        return Unchecked(f"needs {_FEWEST} built pairs; there are {built.height}")
    name, count = built["builder"].value_counts(sort=True).row(0)
    if count <= pairs.settings.builder_share * built.height:
        return []
    rows = built.filter(pl.col("builder") == name)
    return found_in(rows, built.height, f"are of one builder, {name!r}.", "built pair")


def _find_small_slices(pairs: PairSet) -> list[Found] | Unchecked:
    if pairs.rows.height < _FEWEST:
        return Unchecked(f"needs {_FEWEST} pairs; there are {pairs.rows.height}")
    media = pairs.linked_media.unique("pair_id", keep="first").select("pair_id", medium="kind")
    rows = pairs.rows.join(media, on="pair_id", how="left", maintain_order="left")
    return [found for column in _SLICES for found in _small(rows, column, pairs.settings.slice_share)]


def _small(rows: pl.DataFrame, column: str, bar: float) -> list[Found]:
    known = rows.filter(pl.col(column).fill_null("") != "")
    counts = known[column].value_counts(sort=True)
    small = counts.filter(pl.col("count") < bar * known.height)
    if counts.height < 2 or small.is_empty():
        return []
    named = ", ".join(f"{name} {count:,}" for name, count in small.iter_rows())
    hit = known.filter(pl.col(column).is_in(small[column].to_list()))
    said = f"{count_of(hit.height, known.height)} are of a small {column.replace('_', ' ')}: {named}."
    return [Found(said, tuple(hit["pair_id"]), hit.height / known.height)]


def _find_languages(pairs: PairSet) -> list[Found] | Unchecked:
    told = pairs.rows.filter(pl.col("lang").fill_null("") != "")["lang"]
    if told.is_empty():
        return Unchecked("no caption says its language")
    if told.n_unique() < 2:
        return []
    counts = ", ".join(f"{name} {count:,}" for name, count in told.value_counts(sort=True).iter_rows())
    missing = pairs.rows.height - len(told)
    more = f"; {missing:,} pairs do not say" if missing else ""
    return [Found(f"{told.n_unique()} languages: {counts}{more}.", value=float(told.n_unique()))]


def _find_criteria(pairs: PairSet) -> list[Found]:
    named = pairs.rows.filter(pl.col("criterion").fill_null("") != "")["criterion"]
    if named.n_unique() < 2:
        return []
    counts = ", ".join(f"{name} {count:,}" for name, count in named.value_counts(sort=True).iter_rows())
    return [
        Found(f"The pairs are about {named.n_unique()} criteria: {counts}.", value=float(named.n_unique()))
    ]


RULES: Final = (
    Rule(
        "unreviewed",
        "warning",
        "proposals that nobody has judged",
        "Judge a random part of them, and export by status.",
        _find_unreviewed,
    ),
    Rule(
        "no_order",
        "note",
        "pairs that say nothing yet",
        "Export status 'accepted' alone, or judge them.",
        _find_unordered,
    ),
    Rule(
        "off_policy",
        "note",
        "texts that another model or a person wrote",
        "Add captions of the model itself: ws.add_candidates(...).",
        _find_off_policy,
    ),
    Rule(
        "one_builder_dominates",
        "warning",
        "one kind of built negative",
        "Use other builders beside it: one kind of error teaches one lesson.",
        _find_one_builder,
    ),
    Rule(
        "small_slices",
        "note",
        "languages, media and errors with few pairs",
        "Add pairs there, or claim nothing about them.",
        _find_small_slices,
    ),
    Rule(
        "several_languages",
        "note",
        "more than one language",
        "Report every language by itself.",
        _find_languages,
    ),
    Rule(
        "several_criteria",
        "note",
        "more than one criterion in one set",
        "Train on one criterion, or weight them on purpose.",
        _find_criteria,
    ),
)
