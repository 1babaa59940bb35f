"""What the plots count: a workspace as narrow columns, one entry a caption, then the samples without any.

Plots of five million captions are drawn again at every move of a brush. So no wide rows are made: a score is
a float, a suspicion a bit, a slice a small number, and which sample a caption is of a row number. Which row
belongs to which is worked out in `widgets.table` and shared with the other views.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from widgets.table.columns import Columns as Table
from workbench.errors import UnknownNameError

__all__ = [
    "BINS",
    "Column",
    "Columns",
    "Scores",
    "read_columns",
    "read_judged",
    "read_scores",
    "score_names",
]

Floats = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]
Codes = npt.NDArray[np.unsignedinteger]
BINS: Final = 40
#: Column -> what it is called; those of one value, or of none, are left out.
_OF_SAMPLE: Final = {"media": "media", "split": "split", "group": "group", "view": "view"}
_OF_CAPTION: Final = {"lang": "language", "source": "source", "kind": "kind", "speaker": "speaker"}
_WORDS: Final = (8, 16, 32, 64)
_SECONDS: Final = (5, 15, 60, 300)
_NOTHING: Final = "not said"


@dataclass(frozen=True, slots=True)
class Column:
    """A way to cut captions into slices.

    Attributes:
        name: what it is called.
        values: the slices by name.
        codes: (captions,) the slice of each.
        of_sample: (samples,) the same, where it is one for all captions of a sample; else None.
    """

    name: str
    values: list[str]
    codes: Codes = field(repr=False)
    of_sample: Codes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Columns:
    """A workspace as the plots read it; a sample without a caption has one entry, whose id is null.

    Attributes:
        table: the rows that the entries are.
        sample_ids: of every sample.
        caption_ids: of every entry.
        rows: (captions,) the sample of each, as a row of `sample_ids`.
        errors: error type -> the entries suspected of it.
        suspected: (captions,) whether of anything.
        judged: (captions,) -1 not decided or skipped, 0 fine, 1 misaligned.
        cuts: the ways to slice, by name.
    """

    table: Table = field(repr=False)
    sample_ids: pl.Series = field(repr=False)
    caption_ids: pl.Series = field(repr=False)
    rows: npt.NDArray[np.uint32] = field(repr=False)
    errors: dict[str, npt.NDArray[np.uint32]] = field(repr=False)
    suspected: Mask = field(repr=False)
    judged: npt.NDArray[np.int8] = field(repr=False)
    cuts: dict[str, Column] = field(repr=False)

    def samples_of(self, mask: Mask) -> Mask:
        """Return which samples (samples,) have an entry among these (captions,)."""
        return self.table.samples_of(mask)

    def first_of_samples(self) -> npt.NDArray[np.uint32]:
        """Return the first entry of every sample (samples,)."""
        first = np.zeros(len(self.sample_ids), np.uint32)
        entries = np.arange(len(self.rows), dtype=np.uint32)
        first[self.rows[::-1]] = entries[::-1]  # the last write stands
        return first

    def lowest_of_samples(self, values: Floats) -> Floats:
        """Return the lowest value among the entries of every sample (samples,); NaN counts as infinite."""
        lowest = np.full(len(self.sample_ids), np.inf, np.float32)
        np.fmin.at(lowest, self.rows, values)
        return lowest


@dataclass(frozen=True, slots=True)
class Scores:
    """The scores of one scorer, binned.

    Attributes:
        name: of the scorer, with the error type where it speaks of several.
        values: (captions,) NaN where there is none.
        bins: (captions,) the bin of each, `BINS` where there is none.
        low: the lowest.
        high: the highest.
    """

    name: str
    values: Floats = field(repr=False)
    bins: npt.NDArray[np.uint8] = field(repr=False)
    low: float
    high: float

    def counts(self, mask: Mask | None = None) -> list[int]:
        """Count the entries in every bin; all of them, or those of a mask (captions,)."""
        bins = self.bins if mask is None else self.bins[mask]
        counted: list[int] = np.bincount(bins, minlength=BINS + 1)[:BINS].tolist()
        return counted


def read_columns(table: Table, verdicts: pl.DataFrame) -> Columns:
    """Return what the plots count of a table of pairs."""
    errors = _errors(table)
    suspected = np.zeros(table.height, np.bool_)
    for places in errors.values():
        suspected[places] = True
    cuts = _cuts_of_samples(table) + _cuts_of_captions(table)
    return Columns(
        table=table,
        sample_ids=table.samples["sample_id"],
        caption_ids=table.column("caption_id"),
        rows=table.sample_of,
        errors=errors,
        suspected=suspected,
        judged=read_judged(table, verdicts),
        cuts={cut.name: cut for cut in cuts if len(cut.values) > 1},
    )


def score_names(table: Table) -> list[str]:
    """Return what can be drawn, `similarity` first."""
    return sorted(table.scores, key=lambda name: (name != "similarity", name))


def read_scores(table: Table, name: str) -> Scores:
    """Return the last score of each caption by one scorer.

    Raises:
        UnknownNameError: when nothing was scored so.
    """
    if name not in table.scores:
        raise UnknownNameError("score", name, score_names(table))
    values = table.column(name).cast(pl.Float32).fill_null(float("nan"))
    return _binned(name, values.to_numpy())


def _binned(name: str, values: Floats) -> Scores:
    is_known = np.isfinite(values)
    if not is_known.any():
        return Scores(name, values, np.full(len(values), BINS, np.uint8), 0.0, 0.0)
    low, high = float(values[is_known].min()), float(values[is_known].max())
    width = max(high - low, 1e-6)
    with np.errstate(invalid="ignore"):
        bins = np.where(is_known, (values - np.float32(low)) * np.float32(BINS / width), BINS)
    return Scores(
        name, values, np.where(is_known, np.minimum(bins, BINS - 1), BINS).astype(np.uint8), low, high
    )


def _errors(table: Table) -> dict[str, npt.NDArray[np.uint32]]:
    patterns, of_row = table.error_types.frame["error_types"].to_list(), table.error_types.of_row
    is_flagged = of_row != len(patterns) - 1  # the last pattern is that of none
    flagged = np.flatnonzero(is_flagged).astype(np.uint32)
    names = {name for pattern in patterns for name in pattern}
    found = {
        name: flagged[np.array([name in pattern for pattern in patterns])[of_row[flagged]]] for name in names
    }
    return {name: found[name] for name in sorted(found, key=lambda name: (-len(found[name]), name))}


def read_judged(table: Table, verdicts: pl.DataFrame) -> npt.NDArray[np.int8]:
    """Return what stands on each entry: -1 not decided or skipped, 0 fine, 1 misaligned."""
    looked = table.verdicts_looked(verdicts)
    said = {"ok": 0, "misaligned": 1}
    judged = np.array([said.get(one, -1) for one in looked.frame["verdict"]], np.int8)
    return np.asarray(judged[looked.of_row])


def _cuts_of_samples(table: Table) -> list[Column]:
    named = [_cut(table.samples[name].alias(word)) for name, word in _OF_SAMPLE.items()]
    lengths = table.samples["duration_s"].fill_null(np.nan).to_numpy()
    cuts = [*named, _steps("length", lengths, _SECONDS, "s")]
    return [Column(cut.name, cut.values, cut.codes[table.sample_of], cut.codes) for cut in cuts if cut.values]


def _cuts_of_captions(table: Table) -> list[Column]:
    missing = table.height - table.captions.height
    named = [_cut(table.captions[name].alias(word)) for name, word in _OF_CAPTION.items()]
    # Spaces are counted, not words cut out: at millions of captions that is what is quick.
    words = table.captions["text"].str.count_matches(" ", literal=True).to_numpy() + 1.0
    cuts = [*named, _steps("words", words, _WORDS, "words")]
    return [_padded(cut, missing) for cut in cuts if cut.values]


def _padded(cut: Column, missing: int) -> Column:
    """Return a cut of the captions with an entry for each sample without any: nothing is said of it."""
    if not missing:
        return cut
    values = cut.values if _NOTHING in cut.values else [*cut.values, _NOTHING]
    codes = np.empty(len(cut.codes) + missing, np.min_scalar_type(len(values)))
    codes[: len(cut.codes)], codes[len(cut.codes) :] = cut.codes, values.index(_NOTHING)
    return Column(cut.name, values, codes)


def _steps(name: str, numbers: npt.NDArray[np.floating], edges: tuple[int, ...], unit: str) -> Column:
    """Cut numbers at edges, an edge belonging to what is below it; nan is not said."""
    labels = [f"{low}–{high} {unit}" for low, high in zip((0, *edges), edges, strict=False)]
    codes = np.searchsorted(edges, numbers).astype(np.uint8)  # a nan lies behind all
    codes[np.isnan(numbers)] = len(labels) + 1
    return _present(name, [*labels, f"over {edges[-1]} {unit}", _NOTHING], codes)


def _cut(column: pl.Series) -> Column:
    if column.null_count() == len(column):
        return Column(column.name, [], np.empty(0, np.uint8))
    filled = column.cast(pl.String).fill_null(_NOTHING)
    values = filled.unique().sort()
    codes = filled.cast(pl.Enum(values)).to_physical().to_numpy()
    return Column(column.name, values.to_list(), codes.astype(np.min_scalar_type(len(values))))


def _present(name: str, values: list[str], codes: Codes) -> Column:
    """Return a cut without the values that nothing has; none at all where nothing is said."""
    seen = np.flatnonzero(np.bincount(codes, minlength=len(values)))
    if [values[code] for code in seen] in ([], [_NOTHING]):
        return Column(name, [], np.empty(0, np.uint8))
    place = np.zeros(len(values), np.uint8)
    place[seen] = np.arange(len(seen))
    return Column(name, [values[code] for code in seen], place[codes])
