"""The order of review: every caption from most to least suspicious, and the random order beside it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from workbench.alignment.suspicion import WITNESS_WEIGHTS, rank_suspicion, rank_type
from workbench.errors import UnknownNameError
from workbench.matching import Numbers, as_index, match, match_runs
from workbench.records import ERROR_TYPES
from workbench.store import Store

__all__ = ["SUSPICION", "fresh_scores", "interleave", "queue_order", "queued_captions", "random_order"]

_MOST_RUNS: Final = 64
#: The name of the recommended order, of all witnesses together.
SUSPICION: Final = "suspicion"


def fresh_scores(store: Store) -> pl.DataFrame:
    """Return the scores of captions and media as they are now, the newest of each scorer and error type."""
    captions, samples, scores = (store.read(name) for name in ("captions", "samples", "scores"))
    rows = match(scores["caption_id"], captions["caption_id"])
    of_sample = as_index(match_runs(captions["sample_id"], samples["sample_id"]))
    caption_at = as_index(rows)
    content = samples["content_hash"].gather(of_sample).gather(caption_at)
    is_fresh = (scores["caption_hash"] == captions["caption_hash"].gather(caption_at)) & (
        scores["content_hash"] == content
    )
    is_fresh = is_fresh.fill_null(False)
    present = scores.with_columns(sample_id=captions["sample_id"].gather(caption_at))
    if scores.is_empty():
        return present
    if not is_fresh.all():
        present, rows = present.filter(is_fresh), rows[is_fresh.to_numpy()]
    if not _is_sorted(present["scored_at"]):
        order = present.select(pl.arg_sort_by("scored_at", maintain_order=True)).to_series()
        present, rows = present.select(pl.all().gather(order)), rows[order.to_numpy()]
    if _are_single(present, rows, captions.height):
        return present
    return present.unique(["caption_id", "scorer", "error_type"], keep="last", maintain_order=True)


def _is_sorted(times: pl.Series) -> bool:
    return not times.null_count() and bool((times.diff().dt.total_microseconds().fill_null(0) >= 0).all())


def _are_single(scores: pl.DataFrame, rows: Numbers, captions: int) -> bool:
    """Return whether no caption has two scores of one scorer and error type, without hashing their texts."""
    is_start = pl.any_horizontal(pl.col(name) != pl.col(name).shift() for name in ("scorer", "error_type"))
    starts = scores.select(is_start.fill_null(True).arg_true()).to_series()
    if not 0 < len(starts) <= _MOST_RUNS:
        return False
    said = scores.select("scorer", "error_type").select(pl.all().gather(starts)).rows()
    seen = {key: np.zeros(captions, bool) for key in said}
    for key, start, stop in zip(said, starts, [*starts[1:], scores.height], strict=True):
        mine = rows[start:stop]
        if seen[key][mine].any() or (len(mine) > 1 and len(np.unique(mine)) < len(mine)):
            return False
        seen[key][mine] = True
    return True


def queued_captions(store: Store) -> pl.DataFrame:
    """Return the captions that review is about: those that came in, without the corrections taken up since.

    A correction was written by a person who looked; handing it out as undecided would ask that person again,
    and the estimate of what is left speaks of the captions that came in.
    """
    return store.read("captions").filter(pl.col("parent").is_null())


def queue_order(store: Store, scorer: str = SUSPICION, *, error_type: str | None = None) -> pl.DataFrame:
    """Return every caption from most to least suspicious; those without a fresh score come last.

    Corrections taken up as captions are left out; see `queued_captions`.

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
    scores = fresh_scores(store)
    known = [SUSPICION, *(name for side in WITNESS_WEIGHTS for name in side), *scores["scorer"].unique()]
    if scorer not in known:
        raise UnknownNameError("score to order by", scorer, set(known))
    if error_type is not None and error_type not in ERROR_TYPES:
        raise UnknownNameError("error type", error_type, ERROR_TYPES)
    captions = queued_captions(store).select("caption_id", "sample_id")
    scores = scores.join(captions, on="caption_id", how="semi")
    ranked = rank_type(scores, error_type) if scorer == SUSPICION else _rank_alone(scores, scorer, error_type)
    whole = captions.join(ranked, on="caption_id", how="left")
    return whole.sort("suspicion", "caption_id", descending=[True, False], nulls_last=True)


def _rank_alone(scores: pl.DataFrame, scorer: str, error_type: str | None) -> pl.DataFrame:
    """Rank by one scorer; of several error types it stands by the one it has most against."""
    mine = scores.filter(pl.col("scorer") == scorer)
    if error_type is not None:
        mine = mine.filter(pl.col("error_type") == error_type)
    worst = mine.sort("percentile", nulls_last=True).unique("caption_id", keep="first")
    return rank_suspicion(worst, {scorer: 1.0})


def random_order(ids: Sequence[str] | pl.Series, seed: int) -> npt.NDArray[np.int64]:
    """Return the row numbers of captions in a random order that depends on their ids and the seed alone.

    Captions added later slip in without moving the others.
    """
    return np.argsort(_priorities(ids, seed), kind="stable")


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


def interleave(
    order: Sequence[str] | pl.Series, random_share: float, seed: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """Merge an order with the random one, each caption once.

    Args:
        order: the captions' ids, the most suspicious first.
        random_share: share of draws from the random order, evenly spread; 0 to 1.
        seed: of the random order.

    Returns:
        The places in `order` as they come up, and whether each was drawn by chance.
    """
    count = len(order)
    places = np.arange(1, count + 1)
    drawn_by = np.floor(places * random_share + 1e-9)
    is_random = np.diff(drawn_by, prepend=0.0) > 0
    if not is_random.any():
        return np.arange(count), is_random
    by_chance = random_order(order, seed)
    if is_random.all():
        return by_chance, is_random
    return _merge(by_chance, is_random), is_random


def _merge(by_chance: npt.NDArray[np.int64], is_random: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    """Take from the random order where it is drawn from, else from the ranks, passing over what was taken."""
    taken = bytearray(len(by_chance))
    rows: list[int] = []
    chance, rank = by_chance.tolist(), 0
    drawn = 0
    for draws in is_random.tolist():
        if draws:
            while taken[row := chance[drawn]]:
                drawn += 1
        else:
            while taken[row := rank]:
                rank += 1
        taken[row] = 1
        rows.append(row)
    return np.array(rows, np.int64)
