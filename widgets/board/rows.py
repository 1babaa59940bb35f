"""The rows of the board: a pair each, with how it stands, how far people agree, and what lint says of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

import numpy as np
import numpy.typing as npt
import polars as pl

from widgets.board.words import pair_words
from widgets.filter_text import Condition, Vocabulary, compile_filter
from widgets.rows import Arrangement, any_of, bins_of
from workbench.errors import UnknownNameError

__all__ = [
    "FACETS",
    "MEASURES",
    "SORTS",
    "PairScope",
    "PairTables",
    "arrange_pairs",
    "board_rows",
    "measures_of",
]

#: Name -> what the page says.
SORTS: Final[Mapping[str, str]] = {
    "findings": "Most findings first",
    "made": "As they were made",
    "newest": "Newest first",
    "unsure": "Least believed first",
    "close": "Smallest margin first",
    "longer": "Chosen longest first",
    "random": "Shuffled",
}
#: A column that the histogram can brush -> what the page says, the first with values first.
MEASURES: Final[Mapping[str, str]] = {
    "margin": "Margin of a score",
    "weight": "EM weight",
    "agreement": "Agreement",
    "length_difference": "Words more in chosen",
}
#: Columns of which the rail counts the values.
FACETS: Final = ("status", "origin", "builder", "lint", "split", "media")
_UNSPLIT: Final = "unsplit"

Mask = npt.NDArray[np.bool_]
Rows = npt.NDArray[np.int64]


class PairTables(Protocol):
    """What is read of a workspace; `workbench.Workspace` is one."""

    @property
    def pairs(self) -> pl.DataFrame: ...
    @property
    def samples(self) -> pl.DataFrame: ...


@dataclass(frozen=True, slots=True)
class PairScope:
    """What the board shows of all pairs.

    Attributes:
        text: the filter as typed.
        measure: the column under the brush, a name of `MEASURES`; "" for the first that has values.
        low: lowest value shown; None for no bound.
        high: highest value shown.
        picks: column of `FACETS` -> values of which a pair must have one; empty for any.
        finding: the name of one finding, as in `widgets.board.checks.Checked.named_findings`: only the pairs
            it names; "" for none.
        sort: a name of `SORTS`.
        seed: of the shuffled order, so that it can be shared.
    """

    text: str = ""
    measure: str = ""
    low: float | None = None
    high: float | None = None
    picks: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    finding: str = ""
    sort: str = "findings"
    seed: int = 0


def board_rows(
    tables: PairTables, noted: pl.DataFrame | None = None, trust: pl.DataFrame | None = None
) -> pl.DataFrame:
    """Join what is known of each pair to one row.

    Args:
        tables: the workspace.
        noted: `pair_id`, `lint` (rules that name it) and `own_findings` (how many say something of this pair
            and not of the whole set); None before anything was checked.
        trust: `pair_id`, `voices`, `agreement`, `weight`, as `workbench.pairs.pair_reliability` returns them.

    Returns:
        The columns of `Workspace.pairs`, and `media`, `path`, `text` (both captions), `lint`, `voices`,
        `agreement`, `weight`, `length_difference` (words of chosen minus words of rejected).
    """
    known = tables.samples.select("sample_id", "media", "path", "duration_s", "frame_rate_hz")
    frame = tables.pairs.join(known, on="sample_id", how="left", maintain_order="left")
    none = pl.lit(None, pl.Float64)
    if trust is None:
        heard = pl.col("judged_by").list.len().cast(pl.Int64)
        frame = frame.with_columns(voices=heard, agreement=none, weight=none)
    else:
        told = trust.select("pair_id", "voices", "agreement", "weight")
        frame = frame.join(told, on="pair_id", how="left", maintain_order="left")
    if noted is None:
        frame = frame.with_columns(lint=pl.lit([], pl.List(pl.String)), own_findings=pl.lit(0, pl.Int64))
    else:
        frame = frame.join(noted, on="pair_id", how="left", maintain_order="left")
    return frame.with_columns(
        pl.col("lint").fill_null(pl.lit([], pl.List(pl.String))),
        pl.col("own_findings").fill_null(0),
        pl.col("split").fill_null(_UNSPLIT).replace("", _UNSPLIT),
        text=pl.format("{}\n{}", pl.col("chosen_text").fill_null(""), pl.col("rejected_text").fill_null("")),
        length_difference=_words("chosen_text") - _words("rejected_text"),
    )


def _words(column: str) -> pl.Expr:
    return pl.col(column).fill_null("").str.count_matches(r"\S+").cast(pl.Float64)


def measures_of(frame: pl.DataFrame) -> dict[str, str]:
    """Return the measures that have values here, with what the page says."""
    return {name: said for name, said in MEASURES.items() if frame[name].count()}


def arrange_pairs(
    frame: pl.DataFrame,
    scope: PairScope,
    findings: Mapping[str, Sequence[str]] | None = None,
) -> tuple[Arrangement, dict[str, object]]:
    """Return the rows that a scope shows, in its order, and what the rail counts.

    Args:
        frame: what `board_rows` returned.
        scope: what to show.
        findings: name of a finding -> the ids of its pairs.

    Raises:
        FilterError: when the filter text cannot be read.
        UnknownNameError: for a sort, measure or facet that does not exist.
    """
    for kind, name, known in (("sort", scope.sort, SORTS), ("measure", scope.measure, ("", *MEASURES))):
        if name not in known:
            raise UnknownNameError(kind, name, known)
    for name in scope.picks:
        if name not in FACETS:
            raise UnknownNameError("facet", name, FACETS)
    parts = _parts(frame, scope, pair_words())
    if scope.finding:
        ids = list((findings or {}).get(scope.finding, ()))
        code = f'pl.col("pair_id").is_in(board.findings["{scope.finding}"])'
        parts["finding"] = Condition(pl.col("pair_id").is_in(ids), code)
    whole = _joined(list(parts.values()))
    masks = _masks(frame, parts)
    order = _sorted(frame, np.flatnonzero(_all_but(masks, frame.height)), scope)
    code = "" if whole is None else f"board.rows.filter({whole.code})"
    return Arrangement(order, code), _count_facets(frame, scope, masks)


def _parts(frame: pl.DataFrame, scope: PairScope, words: Vocabulary) -> dict[str, Condition]:
    """Return what narrows the view, part by part, so that each count can leave its own part out."""
    parts: dict[str, Condition] = {}
    if (typed := compile_filter(scope.text, frame.schema, words)) is not None:
        parts["text"] = typed
    column = pl.col(scope.measure or "length_difference")
    name = f'pl.col("{scope.measure or "length_difference"}")'
    bounds = []
    if scope.low is not None:
        low = float(f"{scope.low:g}")  # as it is shown, so that the code shown means the same rows
        bounds.append(Condition(column >= low, f"{name} >= {low:g}", "compare"))
    if scope.high is not None:
        high = float(f"{scope.high:g}")
        bounds.append(Condition(column <= high, f"{name} <= {high:g}", "compare"))
    if (brushed := _joined(bounds)) is not None:
        parts["brush"] = brushed
    for facet, values in scope.picks.items():
        if values:
            parts[facet] = any_of(values, facet, is_list=facet == "lint")
    return parts


def _joined(parts: Sequence[Condition]) -> Condition | None:
    joined: Condition | None = None
    for part in parts:
        joined = part if joined is None else joined & part
    return joined


def _masks(frame: pl.DataFrame, parts: Mapping[str, Condition]) -> dict[str, Mask]:
    """Return which rows each part lets through; worked out once, for the table and for every count."""
    told = frame.select(part.expression.fill_null(False).alias(name) for name, part in parts.items())
    return {name: told[name].to_numpy() for name in parts}


def _all_but(masks: Mapping[str, Mask], height: int, but: str = "") -> Mask:
    kept = np.ones(height, bool)
    for name, mask in masks.items():
        if name != but:
            kept &= mask
    return kept


def _sorted(frame: pl.DataFrame, rows: Rows, scope: PairScope) -> Rows:
    if scope.sort == "random":
        return rows[np.random.default_rng(scope.seed).permutation(len(rows))]
    keys: dict[str, tuple[pl.Expr, bool]] = {
        "findings": (pl.col("own_findings"), True),
        "newest": (pl.col("added_at"), True),
        "unsure": (pl.col("weight"), False),
        "close": (pl.col("margin").abs(), False),
        "longer": (pl.col("length_difference"), True),
    }
    if scope.sort not in keys:
        return rows
    key, descending = keys[scope.sort]
    told = frame.select(key=key)[rows].with_columns(row=pl.Series(rows, dtype=pl.Int64))
    return told.sort("key", "row", descending=[descending, False], nulls_last=True)["row"].to_numpy()


def _count_facets(frame: pl.DataFrame, scope: PairScope, masks: Mapping[str, Mask]) -> dict[str, object]:
    """Count what the rail shows: each part over the rows that all the *other* parts let through.

    Returns:
        `histogram` (of the scope's measure; None where it has no values) and every facet of `FACETS` as
        name -> count, largest first.
    """

    def let_through(column: str, but: str) -> pl.Series:
        return frame[column].filter(pl.Series(_all_but(masks, frame.height, but), dtype=pl.Boolean))

    counts: dict[str, object] = {}
    for facet in FACETS:
        values = let_through(facet, facet)
        values = values.explode() if facet == "lint" else values
        named = values.filter(values != "") if values.len() else values
        counts[facet] = dict(named.drop_nulls().value_counts(sort=True).iter_rows())
    measure = scope.measure or "length_difference"
    return counts | {"histogram": bins_of(frame[measure], let_through(measure, "brush"))}
