"""What the plots count: a workspace as narrow columns, one entry a caption, read once.

Plots of five million captions are drawn again at every move of a brush. So no wide rows are made: a score is
a float, a suspicion a bit, a slice a small number, and which sample a caption is of a row number.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Protocol

import numpy as np
import numpy.typing as npt
import polars as pl

from workbench.errors import UnknownNameError

__all__ = [
    "BINS",
    "Column",
    "Columns",
    "Scores",
    "Tables",
    "read_columns",
    "read_judged",
    "read_scores",
    "score_names",
]

Floats = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]
BINS: Final = 40
#: Column -> what it is called; those of one value, or of none, are left out.
_OF_SAMPLE: Final = {"media": "media", "split": "split", "group": "group", "view": "view"}
_OF_CAPTION: Final = {"lang": "language", "source": "source", "kind": "kind", "speaker": "speaker"}
_WORDS: Final = (8, 16, 32, 64)
_SECONDS: Final = (5, 15, 60, 300)
_NOTHING: Final = "not said"


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
class Column:
    """A way to cut captions into slices.

    Attributes:
        name: what it is called.
        values: the slices by name.
        codes: (captions,) the slice of each.
    """

    name: str
    values: list[str]
    codes: npt.NDArray[np.uint32] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Columns:
    """A workspace as the plots read it; a sample without a caption has one entry, whose id is null.

    Attributes:
        sample_ids: of every sample.
        caption_ids: of every entry.
        rows: (captions,) the sample of each, as a row of `sample_ids`.
        errors: error type -> the entries suspected of it.
        suspected: (captions,) whether of anything.
        judged: (captions,) -1 not decided or skipped, 0 fine, 1 misaligned.
        cuts: the ways to slice, by name.
    """

    sample_ids: pl.Series = field(repr=False)
    caption_ids: pl.Series = field(repr=False)
    rows: npt.NDArray[np.uint32] = field(repr=False)
    errors: dict[str, npt.NDArray[np.uint32]] = field(repr=False)
    suspected: Mask = field(repr=False)
    judged: npt.NDArray[np.int8] = field(repr=False)
    cuts: dict[str, Column] = field(repr=False)

    def samples_of(self, mask: Mask) -> Mask:
        """Return which samples (samples,) have an entry among these (captions,)."""
        found = np.zeros(len(self.sample_ids), np.bool_)
        found[self.rows[mask]] = True
        return found

    def first_of_samples(self) -> npt.NDArray[np.int64]:
        """Return the first entry of every sample (samples,): the rows are in order."""
        return np.searchsorted(self.rows, np.arange(len(self.sample_ids), dtype=np.uint32))


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


def read_columns(tables: Tables) -> Columns:
    """Read a workspace as narrow columns."""
    samples, captions = tables.samples, tables.captions
    entries = samples.lazy().select("sample_id").with_row_index("row")
    kept = captions.lazy().select("caption_id", "sample_id", "text", *_OF_CAPTION)
    frame = entries.join(kept, on="sample_id", how="left", maintain_order="left").collect()
    rows = frame["row"].to_numpy()
    ids = frame["caption_id"]
    errors = _errors(tables.flags, ids)
    suspected = np.zeros(frame.height, np.bool_)
    for places in errors.values():
        suspected[places] = True
    cuts = _cuts_of_samples(samples, rows) + _cuts_of_captions(frame)
    return Columns(
        sample_ids=samples["sample_id"],
        caption_ids=ids,
        rows=rows,
        errors=errors,
        suspected=suspected,
        judged=read_judged(tables.verdicts, ids),
        cuts={cut.name: cut for cut in cuts if len(cut.values) > 1},
    )


def score_names(scores: pl.DataFrame) -> dict[str, tuple[str, str]]:
    """Return what can be drawn: a name -> the scorer and its error type, `similarity` first."""
    kinds = scores.select("scorer", "error_type").unique().drop_nulls("scorer").sort("scorer", "error_type")
    several = kinds.group_by("scorer").len().filter(pl.col("len") > 1)["scorer"].to_list()
    named = {
        f"{scorer}_{error_type}" if scorer in several else scorer: (scorer, error_type)
        for scorer, error_type in kinds.iter_rows()
    }
    return dict(sorted(named.items(), key=lambda item: item[0] != "similarity"))


def read_scores(scores: pl.DataFrame, name: str, caption_ids: pl.Series) -> Scores:
    """Return the last score of each caption by one scorer.

    Raises:
        UnknownNameError: when nothing was scored so.
    """
    names = score_names(scores)
    if name not in names:
        raise UnknownNameError("score", name, names)
    scorer, error_type = names[name]
    of_type = pl.col("error_type").eq_missing(pl.lit(error_type, pl.String))
    found = scores.lazy().filter(pl.col("scorer") == scorer, of_type)
    of_scorer = found.select("caption_id", pl.col("value").cast(pl.Float32), "scored_at").collect()
    return _binned(name, _values_of(of_scorer, caption_ids))


def _values_of(scores: pl.DataFrame, caption_ids: pl.Series) -> Floats:
    """Return the last value of each caption (captions,), NaN where there is none."""
    is_caption = caption_ids.is_not_null()
    known = caption_ids.filter(is_caption)
    # Scores stand in the order of the captions where all were scored in one go: nothing to look up then.
    if scores.height == len(known) and (scores["caption_id"] == known).all():
        values = np.full(len(caption_ids), np.nan, np.float32)
        values[is_caption.to_numpy()] = scores["value"].fill_null(float("nan")).to_numpy()
        return values
    last = scores.lazy().sort("scored_at").unique("caption_id", keep="last").select("caption_id", "value")
    wanted = caption_ids.to_frame().lazy()
    found = wanted.join(last, on="caption_id", how="left", maintain_order="left").collect()["value"]
    return found.fill_null(float("nan")).to_numpy()


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


def _errors(flags: pl.DataFrame, caption_ids: pl.Series) -> dict[str, npt.NDArray[np.uint32]]:
    wanted = flags.lazy().select("caption_id", "error_type").unique().drop_nulls()
    entries = caption_ids.to_frame().lazy().with_row_index("entry")
    found = entries.join(wanted, on="caption_id").select("error_type", "entry").collect()
    parts = found.partition_by("error_type", as_dict=True)
    named = {str(key[0]): part["entry"].to_numpy() for key, part in parts.items()}
    return {name: named[name] for name in sorted(named, key=lambda name: -len(named[name]))}


def read_judged(verdicts: pl.DataFrame, caption_ids: pl.Series) -> npt.NDArray[np.int8]:
    """Return what stands on each caption: -1 not decided or skipped, 0 fine, 1 misaligned."""
    last = verdicts.lazy().sort("at_utc").unique("caption_id", keep="last")
    said = pl.col("verdict").replace_strict({"ok": 0, "misaligned": 1}, default=-1, return_dtype=pl.Int8)
    found = (
        caption_ids.to_frame()
        .lazy()
        .join(last.select("caption_id", said), on="caption_id", how="left", maintain_order="left")
    )
    return found.collect()["verdict"].fill_null(-1).to_numpy()


def _cuts_of_samples(samples: pl.DataFrame, rows: npt.NDArray[np.uint32]) -> list[Column]:
    length = _steps(pl.col("duration_s"), _SECONDS, "s").alias("length")
    frame = samples.select(*(pl.col(name).alias(word) for name, word in _OF_SAMPLE.items()), length)
    return [_cut(column, rows) for column in frame]


def _cuts_of_captions(frame: pl.DataFrame) -> list[Column]:
    # Spaces are counted, not words cut out: at millions of captions that is what is quick.
    words = _steps(pl.col("text").str.count_matches(" ", literal=True) + 1, _WORDS, "words").alias("words")
    kept = frame.select(*(pl.col(name).alias(word) for name, word in _OF_CAPTION.items()), words)
    return [_cut(column) for column in kept]


def _steps(number: pl.Expr, edges: tuple[int, ...], unit: str) -> pl.Expr:
    ends = (0, *edges)
    names = [f"{low}–{high} {unit}" for low, high in zip(ends, edges, strict=False)]
    return number.cut([*edges], labels=[*names, f"over {edges[-1]} {unit}"]).cast(pl.String)


def _cut(column: pl.Series, rows: npt.NDArray[np.uint32] | None = None) -> Column:
    if column.null_count() == len(column):
        return Column(column.name, [], np.empty(0, np.uint32))
    coded = column.cast(pl.String).fill_null(_NOTHING).cast(pl.Categorical)
    values = coded.unique().cast(pl.String).sort()
    order = pl.Enum(values)
    codes = coded.cast(pl.String).cast(order).to_physical().cast(pl.UInt32).to_numpy()
    return Column(column.name, values.to_list(), codes if rows is None else codes[rows])
