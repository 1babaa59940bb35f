"""The columns that a filter can name, each made when it is first asked for and none of them joined.

A condition on samples is worked out a sample, one on error types a pattern of them, one on verdicts a
verdict; row numbers carry the answer to the captions. Only what is a caption's own is looked at row by row.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from widgets.table.reading import SCORE_COLUMNS, Tables, last_verdicts
from widgets.table.scored import ScoreColumn, shown_of, split_scores
from widgets.table.tiles import Owned, first_of_group
from workbench.encoders.tokens import load_ruler
from workbench.errors import WorkbenchError
from workbench.matching import NONE, Index, Numbers, as_index, match, match_runs

if TYPE_CHECKING:
    from workbench.review import Ranking


__all__ = ["Bools", "Columns", "Looked"]

Bools = npt.NDArray[np.bool_]
_OF_VERDICT: Final = ("verdict", "verdict_types", "annotator")
#: A quarter of a minute, at some twenty thousand texts a second.
_MOST_COUNTED: Final = 200_000
_OF_RANK: Final = ("suspicion",)


@dataclass(frozen=True, slots=True)
class Looked:
    """Few rows that many rows point to: what is asked of the few is answered for all.

    Attributes:
        frame: the few.
        of_row: for each of the many its row of `frame`.
    """

    frame: pl.DataFrame
    of_row: npt.NDArray[np.unsignedinteger]


class Columns:
    """A workspace's tables at one moment, as columns of pairs: the captions, then samples without any.

    Safe to share between threads: a part that one thread makes is waited for by another.

    Args:
        tables: what to read.
        scorer: whose values are the columns `score` and `percentile`.
    """

    def __init__(self, tables: Tables, scorer: str) -> None:
        self.samples, self.flags, self.scorer = tables.samples, tables.flags, scorer
        found = match_runs(tables.captions["sample_id"], self.samples["sample_id"])
        is_kept = found != NONE
        self.captions = tables.captions if is_kept.all() else tables.captions.filter(is_kept)
        has_caption = np.zeros(self.samples.height, bool)
        has_caption[found[is_kept]] = True
        alone = np.flatnonzero(~has_caption).astype(np.uint32)
        self.sample_of: Numbers = np.concatenate([found[is_kept], alone])
        self.height = len(self.sample_of)
        self.no_scores = tables.scores.clear()
        self.scores = split_scores(tables.scores, self.captions["caption_id"])
        self.suspicion: pl.Series | None = None

    @cached_property
    def shown(self) -> ScoreColumn | None:
        """The score that is shown."""
        return shown_of(self.scores, self.scorer, self.captions["caption_id"])

    @cached_property
    def scored_count(self) -> int:
        """How many captions have the score that is shown."""
        return int(self.column("score").count())

    @cached_property
    def owned(self) -> Owned:
        """The captions of each sample."""
        return Owned(self.sample_of[: self.captions.height], self.samples.height)

    def samples_of(self, is_shown: Bools) -> Bools:
        """Return which samples have a row that is shown."""
        captions = self.captions.height
        has_row = self.owned.have_any(is_shown[:captions])
        has_row[self.sample_of[captions:][is_shown[captions:]]] = True
        return has_row

    def rows_of(self, samples: Numbers) -> Numbers:
        """Return the rows of some samples, sample by sample; one without a caption has a row too."""
        alone = np.arange(self.captions.height, self.height, dtype=np.uint32)
        is_alone = self.owned.counts[samples] == 0
        if not is_alone.any():
            return self.owned.rows_of(samples)
        place = {int(self.sample_of[row]): row for row in alone[np.isin(self.sample_of[alone], samples)]}
        parts = [
            np.array([place[int(one)]], np.uint32) if lone else self.owned.rows_of(np.array([one]))
            for one, lone in zip(samples, is_alone, strict=True)
        ]
        return np.concatenate(parts)

    def take_suspicion(self, ranked: Ranking) -> None:
        """Have the column `suspicion` say this, worked out beside the view."""
        ids, known = self.captions["caption_id"], ranked.captions["caption_id"]
        self.suspicion = pl.Series(ranked.suspicion).gather(as_index(match(ids, known)))

    @cached_property
    def grouped(self) -> Owned:
        """The samples of each group."""
        return Owned(self.group_of, self.samples.height)

    @cached_property
    def group_of(self) -> Numbers:
        """For each sample the first one of its group."""
        return first_of_group(self.samples["group"])

    @cached_property
    def tokens(self) -> pl.Series:
        """How many tokens each caption has for the default encoder, counted once a text.

        Raises:
            WorkbenchError: where there are too many to count while someone waits.
        """
        texts = self.captions["text"]
        different = texts.unique(maintain_order=True)
        if len(different) > _MOST_COUNTED:
            raise WorkbenchError(
                f"{len(different):,} texts are too many to count tokens of while you wait.",
                f"Up to {_MOST_COUNTED:,} are counted; words:>55 asks for long captions of any number.",
            )
        ruler = load_ruler()
        counts = pl.Series([ruler.measure(text).tokens for text in different], dtype=pl.UInt32)
        return counts.gather(match(texts, different))

    @cached_property
    def flagged(self) -> Numbers:
        """For each flag the row of its caption; `NONE` where that is gone."""
        return match(self.flags["caption_id"], self.captions["caption_id"])

    @cached_property
    def _flags_sorted(self) -> tuple[Numbers, npt.NDArray[np.intp]]:
        order = np.argsort(self.flagged, kind="stable")
        return self.flagged[order], order

    def flags_of(self, captions: Numbers) -> pl.DataFrame:
        """Return the flags on some captions, in the order of their table.

        The table is looked through until all flags have been tied to their captions, which takes a moment
        at millions and which nobody waits for.
        """
        if "flagged" not in vars(self):
            ids = self.captions["caption_id"].gather(captions)
            return self.flags.filter(pl.col("caption_id").is_in(ids.implode()))
        rows, order = self._flags_sorted
        ends = zip(
            np.searchsorted(rows, captions, "left"), np.searchsorted(rows, captions, "right"), strict=True
        )
        return self.flags[np.sort(np.concatenate([order[:0], *(order[start:stop] for start, stop in ends)]))]

    @cached_property
    def sample_index(self) -> Index:
        """Finds samples by their ids."""
        return Index(self.samples["sample_id"])

    @cached_property
    def error_types(self) -> Looked:
        """The patterns of suspected error types, the first flag of a caption first, and that of each row."""
        rows = self.flagged
        flags = (
            self.flags.select("error_type", "percentile").with_columns(row=as_index(rows)).drop_nulls("row")
        )
        listed = (
            flags.sort("percentile", nulls_last=True, maintain_order=True)
            .group_by("row", maintain_order=True)
            .agg(error_types=pl.col("error_type").unique(maintain_order=True))
        )
        joined = listed["error_types"].list.join("\n")
        names = joined.unique(maintain_order=True)
        of_row = _filled(self.height, len(names))
        of_row[listed["row"].to_numpy()] = match(joined, names)
        patterns = [*(name.split("\n") for name in names), []]
        return Looked(pl.DataFrame({"error_types": patterns}, {"error_types": pl.List(pl.String)}), of_row)

    def verdicts_looked(self, verdicts: pl.DataFrame) -> Looked:
        """Return the last verdict of each caption that has one, and one row without for all others."""
        last = last_verdicts(verdicts)
        rows = match(last["caption_id"], self.captions["caption_id"])
        of_row = _filled(self.height, last.height)
        is_here = rows != NONE
        of_row[rows[is_here]] = np.flatnonzero(is_here)
        empty = pl.DataFrame({name: [None] for name in _OF_VERDICT}, {n: last.schema[n] for n in _OF_VERDICT})
        return Looked(pl.concat([last.select(_OF_VERDICT), empty]), of_row)

    # -- columns

    @property
    def schema(self) -> pl.Schema:
        """The columns and their types, those of scores last."""
        kinds = dict(self.samples.schema) | {
            "caption_added_at" if name == "added_at" else name: kind
            for name, kind in self.captions.schema.items()
        }
        kinds |= dict.fromkeys(("caption_number", "caption_count", "words", "tokens"), pl.UInt32())
        kinds |= {name: pl.Float64() for name in self.scores} or {self.scorer: pl.Float64()}
        kinds |= {name: pl.Float64() for name in ("percentile", "best_time_s", "score", *_OF_RANK)}
        kinds |= {name: pl.String() for name in SCORE_COLUMNS if name not in kinds}
        kinds |= {"error_types": pl.List(pl.String()), "evidence": pl.String(), "is_stale": pl.Boolean()}
        kinds |= {"verdict": pl.String(), "verdict_types": pl.List(pl.String()), "annotator": pl.String()}
        return pl.Schema(kinds)

    def column(self, name: str) -> pl.Series:
        """Return a column, a value a row; nulls where a sample has no caption, or a caption no score."""
        made = self._makers().get(name)
        if made is not None:
            series = made()
        elif name in self.samples.columns:
            series = self.samples[name].gather(self.sample_of)
        elif name in self.scores:
            series = self._padded(self.scores[name].column("value"))
        elif name in SCORE_COLUMNS:
            series = self._of_shown(SCORE_COLUMNS[name])
        elif name == self.scorer:  # nothing has been scored yet
            series = self._of_shown("value")
        else:
            series = self._padded(self.captions[name])
        return _without_nan(series).alias(name)

    def _makers(self) -> Mapping[str, Callable[[], pl.Series]]:
        return {
            "caption_added_at": lambda: self._padded(self.captions["added_at"]),
            "caption_number": lambda: self._padded(pl.Series(self._numbers())),
            "caption_count": lambda: self._padded(pl.Series(self.owned.counts[self._sample_of_caption()])),
            "tokens": lambda: self._padded(self.tokens),
            "words": lambda: self._padded(self.captions["text"].str.count_matches(r"\S+")),
            "error_types": lambda: self.error_types.frame["error_types"].gather(self.error_types.of_row),
            "evidence": self._evidence,
            "is_stale": self._staleness,
            "suspicion": self._suspicion,
        }

    def _sample_of_caption(self) -> Numbers:
        return self.sample_of[: self.captions.height]

    def _numbers(self) -> Numbers:
        rows = np.arange(self.captions.height, dtype=np.uint32)
        if self.owned.is_sorted:
            return self.owned.numbers_of(rows, self._sample_of_caption())
        place = pl.int_range(1, pl.len() + 1, dtype=pl.UInt32).over("sample_id")
        return self.captions.select(place).to_series().to_numpy()

    def _of_shown(self, name: str) -> pl.Series:
        if self.shown is None:
            kind = pl.Float64() if name in ("value", "percentile", "best_time_s") else pl.String()
            return pl.Series(name, [None], dtype=kind).new_from_index(0, self.height)
        return self._padded(self.shown.column(name))

    def _evidence(self) -> pl.Series:
        first = self.flags.sort("percentile", nulls_last=True, maintain_order=True)
        first = first.unique("caption_id", keep="first", maintain_order=True)
        return self._by_caption(first["caption_id"], first["evidence"])

    def _suspicion(self) -> pl.Series:
        if self.suspicion is None:
            return pl.Series([None], dtype=pl.Float64).new_from_index(0, self.height)
        return self._padded(self.suspicion.cast(pl.Float64))

    def _staleness(self) -> pl.Series:
        frame = pl.DataFrame(
            {
                name: self.column(name)
                for name in ("caption_hash", "content_hash", "scored_caption_hash", "scored_content_hash")
            }
        )
        is_stale = (pl.col("scored_caption_hash") != pl.col("caption_hash")) | (
            pl.col("scored_content_hash") != pl.col("content_hash")
        )
        return frame.select(is_stale.fill_null(False)).to_series()

    def _by_caption(self, ids: pl.Series, values: pl.Series) -> pl.Series:
        rows = match(ids, self.captions["caption_id"])
        place = np.full(self.height, NONE, np.uint32)
        place[rows[rows != NONE]] = np.flatnonzero(rows != NONE).astype(np.uint32)
        return values.gather(as_index(place))

    def _padded(self, values: pl.Series) -> pl.Series:
        missing = self.height - len(values)
        if not missing:
            return values
        return pl.concat(
            [values, pl.Series(values.name, [None], dtype=values.dtype).new_from_index(0, missing)]
        )


def _filled(height: int, number: int) -> npt.NDArray[np.unsignedinteger]:
    """Return one number for every row, in as few bytes as hold it and all below."""
    return np.full(height, number, np.min_scalar_type(number))


def _without_nan(series: pl.Series) -> pl.Series:
    return series.fill_nan(None) if series.dtype == pl.Float64 and series.is_nan().any() else series
