"""How far the order of each pair can be believed, by who said what and how reliable each of them is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from workbench.pairs.standing import all_pairs, standing_pairs
from workbench.pairs.voices import Ballot, count_ballot, hear_voices
from workbench.preferences.annotators import Reliability, one_coin
from workbench.preferences.beforehand import Kinds
from workbench.store import Store

__all__ = ["Weighed", "pair_reliability", "weigh_voices"]

_NO_VOICE: Final = "nobody judged it"
_ONE_VOICE: Final = "one voice; agreement needs two"


@dataclass(frozen=True)
class Weighed:
    """The voices of a workspace with what EM makes of them.

    Attributes:
        ballot: the voices in numbers.
        found: accuracies, chances and beliefs, in the ballot's numbers.
        voices: the voices as a frame, with `belief`: the chance that each is right.
        kinds: which pairs are alike: those of one origin that were made with an order, and all others.
    """

    ballot: Ballot
    found: Reliability
    voices: pl.DataFrame
    kinds: Kinds


def pair_reliability(store: Store, *, criterion: str | None = None) -> pl.DataFrame:
    """Return how many judged each pair, how far they agree, and how far the order can be believed.

    The weight is what people said of this pair, each voice counted by how reliable its annotator has been on
    the pairs that others judged too. It starts from how often the order as made was right among the judged
    pairs of the same origin, and from the pair's margin as far as judgements bear margins out. It speaks of
    the order in which `standing_pairs` returns the pair: below .5, the more reliable voices are against it.
    A correction nobody judged has no weight: it is one person's word, and that is all that is known.

    Args:
        store: the workspace.
        criterion: the answers on this criterion alone; on the pair's own when left out.

    Returns:
        A row for every pair: `pair_id`, `voices` (annotators who answered; a skip is none), `agreement`
        (0..1, the share of couples of voices that say the same; null below two voices), `weight` (0..1, the
        chance that the chosen caption is the better one; null where nobody judged), `reason` (why one of
        them is null; "" where neither is).
    """
    pairs = standing_pairs(store, criterion=criterion).select("pair_id", "is_turned")
    weighed = weigh_voices(store, criterion=criterion)
    if weighed is None:
        known = pl.DataFrame(schema=_KNOWN)
    else:
        known = _agreement(weighed.voices).join(_chances(weighed), on="pair_id")
    told = pairs.join(known, on="pair_id", how="left", maintain_order="left")
    return told.select(
        "pair_id",
        voices=pl.col("voices").fill_null(0),
        agreement="agreement",
        weight=pl.when("is_turned").then("turned").otherwise("as_made"),
        reason=pl.when(pl.col("voices").is_null())
        .then(pl.lit(_NO_VOICE))
        .when(pl.col("agreement").is_null())
        .then(pl.lit(_ONE_VOICE))
        .otherwise(pl.lit("")),
    )


def weigh_voices(store: Store, *, criterion: str | None = None) -> Weighed | None:
    """Estimate how reliable each annotator is and how far each voice can be believed; None without voices."""
    voices = hear_voices(store, criterion=criterion)
    if voices.is_empty():
        return None
    ballot = count_ballot(voices)
    kinds = _kinds(store, ballot)
    found = one_coin(ballot.votes, kinds=kinds)
    return Weighed(ballot, found, voices.with_columns(belief=pl.Series(found.belief)), kinds)


_KNOWN: Final[dict[str, pl.DataType]] = {
    "pair_id": pl.String(),
    "voices": pl.Int64(),
    "agreement": pl.Float64(),
    "as_made": pl.Float64(),
    "turned": pl.Float64(),
}


def _kinds(store: Store, ballot: Ballot) -> Kinds:
    """Return the kind of each pair: its origin where it was made with an order, one kind for all others."""
    name = pl.when("is_ordered").then("origin").otherwise(pl.lit("")).fill_null("")
    made = all_pairs(store).select("pair_id", name.alias("kind"), pl.col("margin").fill_null(float("nan")))
    of_pair = {pair_id: (kind, margin) for pair_id, kind, margin in made.iter_rows()}
    told = [of_pair[pair_id] for pair_id in ballot.pairs]
    names = ["", *sorted({kind for kind, _ in told} - {""})]
    place = {name: number for number, name in enumerate(names)}
    return Kinds(
        np.array([place[kind] for kind, _ in told], np.int64),
        np.array([not name for name in names], bool),
        np.array([margin for _, margin in told], np.float64),
    )


def _agreement(voices: pl.DataFrame) -> pl.DataFrame:
    """Return how many voices each pair has, and the share of couples of voices that say the same."""
    same = voices.group_by("pair_id", "label").len()
    counted = same.group_by("pair_id").agg(
        voices=pl.col("len").sum().cast(pl.Int64),
        alike=(pl.col("len") * (pl.col("len").cast(pl.Int64) - 1)).sum().cast(pl.Float64),
    )
    couples = pl.col("voices") * (pl.col("voices") - 1)
    return counted.select(
        "pair_id", "voices", agreement=pl.when(pl.col("voices") > 1).then(pl.col("alike") / couples)
    )


def _chances(weighed: Weighed) -> pl.DataFrame:
    truth = weighed.found.truth
    return pl.DataFrame(
        {"pair_id": list(weighed.ballot.pairs), "as_made": truth[:, 0], "turned": truth[:, 1]}
    )
