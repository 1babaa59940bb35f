"""Suspicion: one order for the review queue from every witness that spoke.

Each score stays in its own column; this only decides who is looked at first. A caption's suspicion is the
weighted sum of its standardised scores, turned round so that higher is worse.
"""

from __future__ import annotations

from typing import Final

import polars as pl

__all__ = [
    "TYPE_WEIGHTS",
    "WITNESS_WEIGHTS",
    "choose_witnesses",
    "rank_by_type",
    "rank_suspicion",
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


def choose_witnesses(
    scores: pl.DataFrame, error_type: str | None = None
) -> tuple[pl.DataFrame, dict[str, float]]:
    """Return the scores that are heard on an error type, one a caption and scorer, and how much each counts.

    Args:
        scores: as for `rank_suspicion`, with `error_type`.
        error_type: None for the recommended order, of wrong pairs and of whatever boxes contradict.
    """
    of_pairs = scores.filter(pl.col("error_type") == "wrong_pair")
    voices = weigh_witnesses(of_pairs)
    if error_type == "wrong_pair":
        return of_pairs, voices
    if error_type is None:
        checked = scores.filter(pl.col("scorer") == "regions").sort("percentile", nulls_last=True)
        worst = checked.unique("caption_id", keep="first", maintain_order=True)
        return pl.concat([of_pairs, worst], how="diagonal_relaxed"), voices | {"regions": _BOXES_WEIGHT}
    heard = scores.filter(pl.col("error_type") == error_type)
    if error_type in _SEEN_BY_SIMILARITY:
        seen = of_pairs.filter(pl.col("scorer") == "similarity")
        heard = pl.concat([heard, seen.join(heard, on="caption_id", how="semi")])
    names = heard.filter(pl.col("value").is_finite())["scorer"].unique().to_list()
    return heard, {name: TYPE_WEIGHTS.get(name, 1.0) for name in names}


def weigh_witnesses(scores: pl.DataFrame) -> dict[str, float]:
    """Return how much each scorer counts on wrong pairs: those who speak share the voice of their side.

    Example:
        >>> both = pl.DataFrame({"scorer": ["similarity", "consensus"], "value": [0.2, 0.9]})
        >>> weigh_witnesses(both)
        {'similarity': 1.0, 'consensus': 1.0}
    """
    present = set(scores.filter(pl.col("value").is_finite())["scorer"])
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
    heard = scores.filter(pl.col("scorer").is_in(list(weight)) & pl.col("value").is_finite())
    if "percentile" in heard.columns:
        # Clipped, so that a percentile of exactly 0 or 1 is far out but not infinitely.
        share = pl.col("percentile").clip(1e-6, 1 - 1e-6)
        odds = pl.when(pl.col("percentile").is_not_null()).then((share / (1 - share)).log())
        heard = heard.with_columns(value=pl.coalesce(odds, _standard("value").over("scorer")))
    heard = heard.with_columns(
        pl.lit(None, kind).alias(n) for n, kind in _POINTERS.items() if n not in heard.columns
    )
    doubt = heard.select(
        "caption_id",
        "scorer",
        "evidence",
        *_POINTERS,
        doubt=-_standard("value").over("scorer")
        * pl.col("scorer").replace_strict({"": 0.0} | weight, return_dtype=pl.Float64),
    )
    ranked = _gather_witnesses(doubt)
    if is_levelled:
        ranked = ranked.with_columns(_standard("suspicion").over("witnesses"))
    return ranked.sort("suspicion", "caption_id", descending=[True, False]).drop("witnesses")


def _gather_witnesses(doubt: pl.DataFrame) -> pl.DataFrame:
    """Add up what is said against each caption; one witness alone needs no adding up, nor a sort of texts."""
    pointed = ("evidence", *_POINTERS)
    if doubt["scorer"].n_unique() <= 1 and doubt["caption_id"].is_unique().all():
        return doubt.select(
            "caption_id", suspicion="doubt", witnesses="scorer", witness="scorer", **{n: n for n in pointed}
        )
    return (
        doubt.sort("caption_id", "scorer")
        .group_by("caption_id", maintain_order=True)
        .agg(
            pl.col("doubt").sum().alias("suspicion"),
            pl.col("scorer").str.join("+").alias("witnesses"),
            pl.col("scorer").get(pl.col("doubt").arg_max()).alias("witness"),
            *(pl.col(name).get(pl.col("doubt").arg_max()) for name in pointed),
        )
    )


def rank_type(scores: pl.DataFrame, error_type: str | None = None) -> pl.DataFrame:
    """Order captions by everything that speaks of an error type; by the recommended order for None."""
    heard, weights = choose_witnesses(scores, error_type)
    if error_type not in (None, "wrong_pair"):
        return rank_suspicion(heard, weights, is_levelled=False)
    return _raise_contradicted(rank_suspicion(heard, weights), scores)


def rank_by_type(scores: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """Order captions once for each error type that anything speaks of: error type -> `rank_type`."""
    kinds = scores.filter(pl.col("value").is_finite())["error_type"].unique().sort()
    return {kind: rank_type(scores, kind) for kind in kinds}


def _raise_contradicted(ranked: pl.DataFrame, scores: pl.DataFrame) -> pl.DataFrame:
    """Raise what a check contradicts by a fixed step: seldom and nearly binary, it has no fair spread."""
    is_check = (pl.col("scorer") == "claims") & pl.col("error_type").is_in(_CHECKED)
    against = scores.filter(is_check & (pl.col("value") < 0.5))["caption_id"].unique()
    step = pl.when(pl.col("caption_id").is_in(against.implode())).then(_CONTRADICTED).otherwise(0.0)
    raised = ranked.with_columns(suspicion=pl.col("suspicion") + step)
    return raised.sort("suspicion", "caption_id", descending=[True, False])


def _standard(name: str) -> pl.Expr:
    spread = pl.col(name).std()
    return pl.when(spread > 0).then((pl.col(name) - pl.col(name).mean()) / spread).otherwise(0.0)
