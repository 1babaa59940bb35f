"""Suspicion: one order for the review queue from every witness that spoke.

Each score stays in its own column; this only decides who is looked at first. A caption's suspicion is the
weighted sum of its standardised scores, turned round so that higher is worse. The sums are over numbered
captions (`workbench.alignment.testimony`); the functions here that take a frame number its captions first.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

import numpy as np
import polars as pl

from workbench.alignment.testimony import Ranked, Testimony, lowest_ranked, read_testimony, weigh
from workbench.matching import Numbers, match

__all__ = [
    "TYPE_WEIGHTS",
    "WITNESS_WEIGHTS",
    "rank_by_type",
    "rank_suspicion",
    "rank_testimony",
    "rank_type",
    "weigh_witnesses",
]

#: Who is heard on wrong pairs, and how much. Two sides have one voice each: how media and caption compare,
#: and how the captions of one sample compare. The scorers of a side look at the same vectors, so they share
#: its voice; the shares are measured (`docs/log.md`).
WITNESS_WEIGHTS: Final[tuple[dict[str, float], ...]] = (
    {"similarity": 0.4, "neighbours": 0.3, "neg_clip_loss": 0.3},
    {"consensus": 0.7, "consensus_words": 0.3},
)
#: How far a contradiction by `claims` raises a caption in the order of wrong pairs, in standard deviations.
_CONTRADICTED: Final = 0.5
_CHECKED: Final = ("object", "attribute", "relation", "count", "action")
#: How much a contradiction by boxes counts in the recommended order, beside the two voices.
_BOXES_WEIGHT: Final = 2.0
#: The same in the order of one error type; scorers not named here count 1.
TYPE_WEIGHTS: Final[dict[str, float]] = {"regions": 8.0, "claims": 3.0, "questions": 2.0}
#: Error types that `similarity` sees too, although it speaks of wrong pairs: a thing that is not there, or
#: does something else, moves a caption away from its photo.
_SEEN_BY_SIMILARITY: Final = ("object", "action")

#: Where in the caption or on the clock a witness points, and at what.
_POINTERS: Final[dict[str, pl.DataType]] = {
    "error_type": pl.String(),
    "start_char": pl.Int32(),
    "end_char": pl.Int32(),
    "start_s": pl.Float64(),
    "end_s": pl.Float64(),
}


def rank_testimony(said: list[Testimony], count: int, error_type: str | None = None) -> Ranked:
    """Order captions by everything that speaks of an error type.

    Args:
        said: what each scorer says of each error type.
        count: how many captions there are.
        error_type: None for the recommended order, of wrong pairs and of whatever boxes contradict.
    """
    ranked = weigh(_choose(said, error_type), count, is_levelled=error_type in (None, "wrong_pair"))
    if error_type not in (None, "wrong_pair"):
        return ranked
    checks = (one for one in said if one.scorer == "claims" and one.error_type in _CHECKED)
    against = [one.captions[one.values < 0.5] for one in checks]
    if against:  # by a fixed step: seldom and nearly binary, a check has no fair spread
        ranked.suspicion[np.unique(np.concatenate(against))] += _CONTRADICTED
    return ranked


def _choose(said: list[Testimony], error_type: str | None) -> list[tuple[Testimony, float]]:
    """Return who is heard on an error type, one a caption and scorer, and how much each counts."""
    of_pairs = [one for one in said if one.error_type == "wrong_pair"]
    if error_type in (None, "wrong_pair"):
        voices = _share_voices({one.scorer for one in of_pairs if one.is_defined.any()})
        heard = [(one, voices[one.scorer]) for one in of_pairs if one.scorer in voices]
        boxes = [one for one in said if one.scorer == "regions"]
        return heard if error_type or not boxes else [*heard, (lowest_ranked(boxes), _BOXES_WEIGHT)]
    chosen = [one for one in said if one.error_type == error_type]
    if error_type in _SEEN_BY_SIMILARITY and chosen:
        seen = (one for one in of_pairs if one.scorer == "similarity")
        chosen += [one.among(spoken.captions for spoken in chosen) for one in seen]
    return [(one, TYPE_WEIGHTS.get(one.scorer, 1.0)) for one in chosen]


def weigh_witnesses(scores: pl.DataFrame) -> dict[str, float]:
    """Return how much each scorer counts on wrong pairs: those who speak share the voice of their side.

    Example:
        >>> both = pl.DataFrame({"scorer": ["similarity", "consensus"], "value": [0.2, 0.9]})
        >>> weigh_witnesses(both)
        {'similarity': 1.0, 'consensus': 1.0}
    """
    return _share_voices(scores.filter(pl.col("value").is_finite())["scorer"].unique().to_list())


def _share_voices(present: Collection[str]) -> dict[str, float]:
    sides = ({name: w for name, w in side.items() if name in present} for side in WITNESS_WEIGHTS)
    return {name: weight / sum(side.values()) for side in sides for name, weight in side.items()}


def rank_suspicion(
    scores: pl.DataFrame, weights: dict[str, float] | None = None, *, is_levelled: bool = True
) -> pl.DataFrame:
    """Order captions from most to least suspicious.

    Scores of different scorers have different units, so each is standardised over the set. Captions heard by
    different sets of witnesses (only some samples have several captions) are standardised once more within
    their set, or those with more witnesses would fill both ends of the queue; not where a set is small and
    half of it may be wrong, as with the few captions that deny something.

    Args:
        scores: columns `caption_id`, `scorer`, `value` (higher is better aligned), `evidence`; one row a
            caption and scorer. Rows with no value are no witness. Where a `percentile` is given, its log odds
            count instead of the value: a scorer ranks against rivals, its value is a bare cosine. Their
            `error_type`, `start_char`, `end_char`, `start_s` and `end_s`, where given, are handed on.
        weights: scorer -> weight; those of `weigh_witnesses` when left out. Other scorers are not asked.
        is_levelled: standardise within each set of witnesses.

    Returns:
        Columns `caption_id`, `suspicion` (no unit; higher is worse), `witness` (the scorer that speaks most
        against the caption), its `evidence` and where it points; worst first, ties by id.

    Example:
        >>> scores = pl.DataFrame({"caption_id": ["a", "b"], "scorer": ["similarity"] * 2,
        ...                        "value": [0.3, 0.1], "evidence": ["fits", "does not"]})
        >>> rank_suspicion(scores)["caption_id"].to_list()
        ['b', 'a']
    """
    weight = weigh_witnesses(scores) if weights is None else weights
    ids, said = _number(scores, ["scorer"])
    heard = [(one, weight[one.scorer]) for one in said if one.scorer in weight]
    return _framed(weigh(heard, len(ids), is_levelled=is_levelled), scores, ids)


def rank_type(scores: pl.DataFrame, error_type: str | None = None) -> pl.DataFrame:
    """Order captions by everything that speaks of an error type; by the recommended order for None."""
    ids, said = _number(scores, ["scorer", "error_type"])
    return _framed(rank_testimony(said, len(ids), error_type), scores, ids)


def rank_by_type(scores: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """Order captions once for each error type that anything speaks of: error type -> `rank_type`."""
    kinds = scores.filter(pl.col("value").is_finite())["error_type"].unique().sort()
    return {kind: rank_type(scores, kind) for kind in kinds}


def _number(scores: pl.DataFrame, by: list[str]) -> tuple[pl.Series, list[Testimony]]:
    """Return the captions of a frame in the order of their ids, and who says what of them by number."""
    ids = scores["caption_id"].unique().sort()
    captions = match(scores["caption_id"], ids)
    rows = scores.select(by).with_row_index("row").group_by(by, maintain_order=True).agg("row")
    said: list[Testimony] = []
    for *named, mine in rows.iter_rows():
        at = pl.Series(mine, dtype=pl.UInt32).to_numpy()
        scorer, error_type = (*named, "")[:2]
        said.append(read_testimony(scores, scorer, error_type, at, captions[at], len(ids)))
    return ids, said


def _framed(ranked: Ranked, scores: pl.DataFrame, ids: pl.Series) -> pl.DataFrame:
    order = ranked.order()
    rows: Numbers = ranked.rows[order]
    known = [name for name in _POINTERS if name in scores.columns]
    pointers = scores.select(pl.col("scorer").alias("witness"), "evidence", *known).select(
        pl.all().gather(rows)
    )
    missing = (pl.lit(None, kind).alias(name) for name, kind in _POINTERS.items() if name not in known)
    told = pl.DataFrame(
        {"caption_id": ids.gather(order), "suspicion": ranked.suspicion[order].astype(np.float64)}
    )
    return told.hstack(pointers.with_columns(missing).select("witness", "evidence", *_POINTERS))
