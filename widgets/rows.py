"""The rows a view shows: one per pair of a sample and a caption, with its scores, flags and verdict.

The frame is made once and again only when a table or the journal has changed. Which rows are shown, and in
which order, is a plain array of row numbers (`Arrangement`): a filter over 100,000 pairs is one Polars pass,
and a page of it is a slice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

import numpy as np
import numpy.typing as npt
import polars as pl

from widgets.filter_text import Condition, compile_filter
from workbench.errors import UnknownNameError

__all__ = [
    "SORTS",
    "Arrangement",
    "Scope",
    "Tables",
    "any_of",
    "arrange",
    "bins_of",
    "count_facets",
    "pair_rows",
]

#: Name -> what the page says.
SORTS: Final[Mapping[str, str]] = {
    "lowest": "Lowest score first",
    "suspicious": "Most suspicious first",
    "highest": "Highest score first",
    "newest": "Newest first",
    "path": "By file name",
    "random": "Shuffled",
}
_BINS = 24


class Tables(Protocol):
    """What is read of a workspace; `workbench.Workspace` is one."""

    @property
    def samples(self) -> pl.DataFrame: ...
    @property
    def captions(self) -> pl.DataFrame: ...
    @property
    def scores(self) -> pl.DataFrame: ...
    @property
    def flags(self) -> pl.DataFrame: ...
    @property
    def verdicts(self) -> pl.DataFrame: ...


@dataclass(frozen=True, slots=True)
class Scope:
    """What a view shows of all pairs.

    Attributes:
        text: the filter as typed.
        low: lowest score shown, from the brush on the histogram; None for no bound.
        high: highest score shown.
        errors: suspected error types of which a pair must have one; empty for any.
        media: media kinds shown; empty for any.
        sort: a name of `SORTS`.
        seed: of the shuffled order, so that it can be shared.
    """

    text: str = ""
    low: float | None = None
    high: float | None = None
    errors: tuple[str, ...] = ()
    media: tuple[str, ...] = ()
    sort: str = "lowest"
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Arrangement:
    """The pairs that a scope shows, in its order.

    Attributes:
        order: row numbers of the frame.
        code: the scope as Polars code, "" for everything.
    """

    order: npt.NDArray[np.int64] = field(repr=False)
    code: str


def pair_rows(tables: Tables, scorer: str = "similarity", ranked: pl.DataFrame | None = None) -> pl.DataFrame:
    """Join the tables of a workspace to one row per pair; a sample without a caption has one row too.

    Args:
        scorer: whose values are shown and sorted by: the columns `score` and `percentile`. Every scorer also
            has a column of its own name; one that speaks of several error types has a column for each, such
            as `claims_attribute`, and shows the lowest rank of them.
    """
    captions = tables.captions.rename({"added_at": "caption_added_at"})
    place = pl.int_range(1, pl.len() + 1).over("sample_id")
    captions = captions.with_columns(caption_number=place, caption_count=pl.len().over("sample_id"))
    frame = tables.samples.join(captions, on="sample_id", how="left", maintain_order="left")
    if ranked is None:
        ranked = pl.DataFrame(schema={"caption_id": pl.String, "suspicion": pl.Float64})
    order = ranked.select("caption_id", "suspicion")
    for part in (_scores(tables.scores, scorer), _flags(tables.flags), _verdicts(tables.verdicts), order):
        frame = frame.join(part, on="caption_id", how="left", maintain_order="left")
    stale = (pl.col("scored_caption_hash") != pl.col("caption_hash")) | (
        pl.col("scored_content_hash") != pl.col("content_hash")
    )
    return frame.with_columns(pl.col(pl.Float64).fill_nan(None)).with_columns(
        is_stale=stale.fill_null(False),
        error_types=pl.col("error_types").fill_null(pl.lit([], dtype=pl.List(pl.String))),
    )


def _scores(scores: pl.DataFrame, scorer: str) -> pl.DataFrame:
    """Return one row a caption: a column a score, and the columns of the score that is shown."""
    # The last run of a scorer counts: another encoder's values are never mixed in.
    last = scores.sort("scored_at").unique(
        ["caption_id", "scorer", "error_type"], keep="last", maintain_order=True
    )
    named = last.with_columns(column=_score_column())
    # Of a scorer of several error types the lowest rank is shown, as it is the one to look at.
    of_scorer = named.filter((pl.col("scorer") == scorer) | (pl.col("column") == scorer))
    worst = of_scorer.sort("percentile", nulls_last=True).unique("caption_id", keep="first")
    shown = worst.select(
        "caption_id",
        "percentile",
        "best_time_s",
        pl.col("value").alias("score"),
        pl.col("evidence").alias("score_evidence"),
        pl.col("reason").alias("score_reason"),
        pl.col("caption_hash").alias("scored_caption_hash"),
        pl.col("content_hash").alias("scored_content_hash"),
    )
    if last.is_empty():
        return shown.with_columns(pl.lit(None, dtype=pl.Float64).alias(scorer))
    wide = named.sort("column").pivot("column", index="caption_id", values="value")
    return wide.join(shown, on="caption_id", how="left")


def _score_column() -> pl.Expr:
    """Name the column of a score: its scorer, with the error type where the scorer writes several."""
    is_one = pl.col("error_type").n_unique().over("scorer") == 1
    return pl.when(is_one).then("scorer").otherwise(pl.format("{}_{}", "scorer", "error_type"))


def _flags(flags: pl.DataFrame) -> pl.DataFrame:
    return (
        flags.sort("percentile", nulls_last=True)
        .group_by("caption_id", maintain_order=True)
        .agg(
            error_types=pl.col("error_type").unique(maintain_order=True), evidence=pl.col("evidence").first()
        )
    )


def _verdicts(verdicts: pl.DataFrame) -> pl.DataFrame:
    return (
        verdicts.sort("at_utc")
        .group_by("caption_id", maintain_order=True)
        .agg(
            verdict=pl.col("verdict").last(),
            verdict_types=pl.col("error_types").last(),
            annotator=pl.col("annotator").last(),
        )
    )


def arrange(frame: pl.DataFrame, scope: Scope) -> Arrangement:
    """Return the rows that a scope shows, in its order.

    Raises:
        FilterError: when the filter text cannot be read.
        UnknownNameError: for a sort that does not exist.
    """
    if scope.sort not in SORTS:
        raise UnknownNameError("sort", scope.sort, SORTS)
    condition = _condition(frame, scope)
    numbered = frame.with_row_index("row")
    kept = numbered if condition is None else numbered.filter(condition.expression)
    order = _sorted(kept, scope)["row"].cast(pl.Int64).to_numpy()
    return Arrangement(order, "" if condition is None else f"frame.filter({condition.code})")


def _sorted(frame: pl.DataFrame, scope: Scope) -> pl.DataFrame:
    if scope.sort == "lowest":
        return frame.sort("percentile", "score", "row", nulls_last=True)
    if scope.sort == "suspicious":
        return frame.sort("suspicion", "percentile", "row", descending=[True, False, False], nulls_last=True)
    if scope.sort == "highest":
        return frame.sort("percentile", "score", "row", descending=[True, True, False], nulls_last=True)
    if scope.sort == "newest":
        return frame.sort("added_at", "row", descending=[True, False], nulls_last=True)
    if scope.sort == "path":
        return frame.sort("path", "caption_number", nulls_last=True)
    return frame[np.random.default_rng(scope.seed).permutation(frame.height)]


def _condition(frame: pl.DataFrame, scope: Scope, *, but: str = "") -> Condition | None:
    """Join all that narrows the view by AND, leaving one part out by name."""
    parts: list[Condition] = []
    if (typed := compile_filter(scope.text, frame.schema)) is not None:
        parts.append(typed)
    if but != "score":
        if scope.low is not None:
            parts.append(
                Condition(pl.col("score") >= scope.low, f'pl.col("score") >= {scope.low:g}', "compare")
            )
        if scope.high is not None:
            parts.append(
                Condition(pl.col("score") <= scope.high, f'pl.col("score") <= {scope.high:g}', "compare")
            )
    if scope.errors and but != "errors":
        parts.append(any_of(scope.errors, "error_types", is_list=True))
    if scope.media and but != "media":
        parts.append(any_of(scope.media, "media", is_list=False))
    joined = None
    for part in parts:
        joined = part if joined is None else joined & part
    return joined


def any_of(values: Sequence[str], column: str, *, is_list: bool) -> Condition:
    """Return the condition that a column holds one of these values."""
    subject = pl.col(column)
    if not is_list:
        return Condition(subject.is_in(list(values)), f'pl.col("{column}").is_in({list(values)})')
    expression = subject.list.set_intersection(list(values)).list.len() > 0
    code = f'pl.col("{column}").list.set_intersection({list(values)}).list.len() > 0'
    return Condition(expression, code, "compare")


def count_facets(frame: pl.DataFrame, scope: Scope) -> dict[str, object]:
    """Count what the rail shows: each part over the rows that all the *other* parts let through.

    Returns:
        `histogram` (low, high; counts a bin of `all` scored pairs and of those `shown`), `errors` and
        `media` (name -> count, largest first).
    """
    errors = (
        _let_through(frame, scope, "errors")["error_types"].explode().drop_nulls().value_counts(sort=True)
    )
    media = _let_through(frame, scope, "media").unique("sample_id")["media"].value_counts(sort=True)
    return {
        "histogram": bins_of(frame["score"], _let_through(frame, scope, "score")["score"]),
        "errors": dict(errors.iter_rows()),
        "media": dict(media.iter_rows()),
    }


def _let_through(frame: pl.DataFrame, scope: Scope, but: str) -> pl.DataFrame:
    condition = _condition(frame, scope, but=but)
    return frame if condition is None else frame.filter(condition.expression)


def bins_of(every: pl.Series, shown: pl.Series) -> dict[str, object] | None:
    """Count numbers for a histogram: all of them and those shown, in the same bins; None without any."""
    values = every.drop_nulls().drop_nans().to_numpy()
    if not len(values):
        return None
    low, high = float(values.min()), float(values.max())
    edges = np.linspace(low, high if high > low else low + 1e-6, _BINS + 1)
    counts = [np.histogram(part.drop_nulls().drop_nans().to_numpy(), edges)[0] for part in (every, shown)]
    return {"low": low, "high": high, "all": counts[0].tolist(), "shown": counts[1].tolist()}
