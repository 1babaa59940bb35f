"""The order of review: every caption from most to least suspicious, and the random order beside it.

Both are row numbers of the table of captions. An order of millions takes seconds, so the last ones made are
kept with their store and shared by all that ask: the queue, the estimate, the gallery.
"""

from __future__ import annotations

import threading
import weakref
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from workbench.alignment.suspicion import WITNESS_WEIGHTS, rank_testimony
from workbench.alignment.testimony import Ranked, Testimony, lowest_ranked, weigh
from workbench.errors import UnknownNameError
from workbench.matching import NONE, Numbers, as_index, match
from workbench.records import ERROR_TYPES
from workbench.review.fresh import read_fresh
from workbench.store import Store

__all__ = ["SUSPICION", "Ranking", "queue_order", "queued_captions", "random_order", "rank_captions"]

Bools = npt.NDArray[np.bool_]
#: The name of the recommended order, of all witnesses together.
SUSPICION: Final = "suspicion"
_OF_WITNESS: Final = ("evidence", "error_type", "start_char", "end_char", "start_s", "end_s")
_RANKED_ON: Final = ("samples", "captions", "scores")
_KEPT: Final = 2


@dataclass(frozen=True)
class Ranking:
    """Every caption that review is about, ordered.

    Attributes:
        captions: the table.
        scores: the table.
        order: rows of `captions`, the most suspicious first; those without a score last, as they stand.
        suspicion: (captions,) single precision; no unit; higher is worse; nan where nothing was heard.
        witness: (captions,) the row of the score that speaks most against each; `NONE` where none does.
        counts: how many captions have a score of each error type.
    """

    captions: pl.DataFrame = field(repr=False)
    scores: pl.DataFrame = field(repr=False)
    order: Numbers = field(repr=False)
    suspicion: npt.NDArray[np.float32] = field(repr=False)
    witness: Numbers = field(repr=False)
    counts: dict[str, int]
    _chances: dict[int, Numbers] = field(default_factory=dict, repr=False)

    def by_chance(self, seed: int) -> Numbers:
        """Return the rows in a random order that depends on the ids of the captions and the seed alone."""
        if (kept := self._chances.get(seed)) is not None:
            return kept
        rows = random_order(self.captions["caption_id"], seed)
        if len(self.order) < len(rows):
            is_queued = np.zeros(len(rows), bool)
            is_queued[self.order] = True
            rows = rows[is_queued[rows]]
        self._chances.clear()
        self._chances[seed] = rows
        return rows

    def rows_of(self, caption_ids: Sequence[str] | pl.Series) -> Numbers:
        """Return the row of each caption; `NONE` for one that is not there, or that review is not about."""
        rows = match(pl.Series("caption_id", caption_ids, pl.String), self.captions["caption_id"])
        is_here = rows != NONE
        is_here[is_here] = self.captions["parent"].gather(rows[is_here]).is_null().to_numpy()
        return np.where(is_here, rows, NONE)

    def frame(self, rows: Numbers) -> pl.DataFrame:
        """Return some captions with what speaks against them; see `queue_order` for the columns."""
        witness = as_index(self.witness[rows])
        suspicion = pl.Series("suspicion", self.suspicion[rows].astype(np.float64)).fill_nan(None)
        told = self.scores.select(pl.col("scorer").alias("witness"), *_OF_WITNESS)
        ids = self.captions.select(pl.col("caption_id", "sample_id").gather(rows))
        return ids.hstack([suspicion]).hstack(told.select(pl.all().gather(witness)))


class _Rankings(OrderedDict[tuple[str, str | None], Ranking]):
    """By scorer and error type, the one asked for last at the end."""


#: For each store the stamp of its tables and the rankings made of them; none of tables written over since.
_MADE: Final[weakref.WeakKeyDictionary[Store, tuple[str, _Rankings]]] = weakref.WeakKeyDictionary()
_guard: Final = threading.RLock()


def rank_captions(store: Store, scorer: str = SUSPICION, *, error_type: str | None = None) -> Ranking:
    """Rank every caption of a workspace, or return the ranking made before where nothing has changed.

    Corrections taken up as captions are left out; see `queued_captions`.

    Args:
        store: the workspace.
        scorer: `suspicion` for all witnesses together, or one scorer's name.
        error_type: order by what speaks of this type of error alone.

    Raises:
        UnknownNameError: for a scorer that has given no score, or an error type that does not exist.
    """
    with _guard:  # whoever asks for the same meanwhile waits for it instead of making it once more
        stamp = " ".join(store.stamp(name) for name in _RANKED_ON)
        seen, made = _MADE.get(store, ("", _Rankings()))
        if seen != stamp:
            made = _Rankings()
            _MADE[store] = (stamp, made)
        key = (scorer, error_type)
        if key not in made:
            made[key] = _rank(store, scorer, error_type)
        made.move_to_end(key)
        while len(made) > _KEPT:
            made.popitem(last=False)
        return made[key]


def _rank(store: Store, scorer: str, error_type: str | None) -> Ranking:
    fresh = read_fresh(store)
    count = fresh.captions.height
    said = list(fresh.said())
    known = {SUSPICION, *(name for side in WITNESS_WEIGHTS for name in side), *(one.scorer for one in said)}
    if scorer not in known:
        raise UnknownNameError("score to order by", scorer, known)
    if error_type is not None and error_type not in ERROR_TYPES:
        raise UnknownNameError("error type", error_type, ERROR_TYPES)
    is_queued = fresh.captions["parent"].is_null().to_numpy()
    counts = _count_types(said, count)
    if not is_queued.all():
        said = [one.at(is_queued[one.captions]) for one in said]
    if scorer == SUSPICION:
        ranked = rank_testimony(said, count, error_type)
    else:
        ranked = _rank_alone(said, count, scorer, error_type)
    heard = ranked.order()
    is_unheard = is_queued & np.isnan(ranked.suspicion)
    order = np.concatenate([heard, np.flatnonzero(is_unheard).astype(np.uint32)])
    return Ranking(fresh.captions, fresh.scores, order, ranked.suspicion, ranked.rows, counts)


def _rank_alone(said: list[Testimony], count: int, scorer: str, error_type: str | None) -> Ranked:
    """Rank by one scorer; of several error types it stands by the one it has most against."""
    mine = [one for one in said if one.scorer == scorer and error_type in (None, one.error_type)]
    return weigh([(lowest_ranked(mine), 1.0)] if mine else [], count)


def _count_types(said: list[Testimony], count: int) -> dict[str, int]:
    """Count the captions with a score of each error type."""
    has_score: dict[str, Bools] = {}
    for one in said:
        has_score.setdefault(one.error_type, np.zeros(count, bool))[one.captions[one.is_defined]] = True
    return {name: int(is_scored.sum()) for name, is_scored in has_score.items() if is_scored.any()}


def queued_captions(store: Store) -> pl.DataFrame:
    """Return the captions that review is about: those that came in, without the corrections taken up since.

    A correction was written by a person who looked; handing it out as undecided would ask that person again,
    and the estimate of what is left speaks of the captions that came in.
    """
    return store.read("captions").filter(pl.col("parent").is_null())


def queue_order(store: Store, scorer: str = SUSPICION, *, error_type: str | None = None) -> pl.DataFrame:
    """Return every caption from most to least suspicious; those without a fresh score come last.

    Args:
        store: the workspace.
        scorer: `suspicion` for all witnesses together, or one scorer's name.
        error_type: order by what speaks of this type of error alone.

    Returns:
        Columns `caption_id`, `sample_id`, `suspicion` (null when unscored), `witness`, `evidence`,
        `error_type`, and where the witness points: `start_char`, `end_char`, `start_s`, `end_s`.

    Raises:
        UnknownNameError: for a scorer that has given no score, or an error type that does not exist.
    """
    ranking = rank_captions(store, scorer, error_type=error_type)
    return ranking.frame(ranking.order)


def random_order(ids: Sequence[str] | pl.Series, seed: int) -> Numbers:
    """Return the row numbers of captions in a random order that depends on their ids and the seed alone.

    Captions added later slip in without moving the others.
    """
    return pl.Series(_priorities(ids, seed)).arg_sort().to_numpy()


def _priorities(ids: Sequence[str] | pl.Series, seed: int) -> npt.NDArray[np.uint64]:
    """Return a random number for each caption.

    The ids are hashes already; SplitMix64 (Steele, Lea and Flood 2014) mixes the seed in.
    """
    digits = pl.Series("caption_id", ids, pl.String).str.slice(1, 16)
    hashes = digits.str.to_integer(base=16, dtype=pl.UInt64).to_numpy()
    with np.errstate(over="ignore"):
        start = np.uint64((seed * 0x9E3779B97F4A7C15 + 0x632BE59BD9B4E019) & 0xFFFFFFFFFFFFFFFF)
        z = hashes ^ start
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return z ^ (z >> np.uint64(31))
