"""The voices of a workspace: each annotator's answer on a pair, as a place in one order of both captions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from workbench.pairs.standing import all_pairs
from workbench.preferences.annotators import Ints, Votes
from workbench.store import Store

__all__ = ["LABELS", "SIDES", "Ballot", "count_ballot", "hear_voices", "voices_of"]

#: What a voice says, of the pair as it was made: the caption named chosen there is better, or the other is.
LABELS: Final = ("as_made", "turned", "tie", "both_bad")
#: The same of the two captions in the order of their ids, which says nothing of how the pair was made.
SIDES: Final = ("first", "second", "tie", "both_bad")


@dataclass(frozen=True)
class Ballot:
    """Voices in numbers, with the names the numbers stand for.

    Attributes:
        votes: item = pair, label = place in `LABELS` or `SIDES`, of those that anybody used.
        pairs: the ids of the pairs, in the order of their numbers.
        annotators: the names of the annotators, in the order of their numbers.
    """

    votes: Votes
    pairs: tuple[str, ...]
    annotators: tuple[str, ...]


def hear_voices(store: Store, *, criterion: str | None = None, with_repeats: bool = False) -> pl.DataFrame:
    """Return every answer on a pair that says something: one row a voice.

    Args:
        store: the workspace.
        criterion: the answers on this criterion alone; on the pair's own when left out.
        with_repeats: whether the hidden repeats come too; they are no voices.

    Returns:
        `pair_id`, `annotator`, `occasion`, `label` (one of `LABELS`, of the pair as it was made), `side`
        (`first` or `second` of the two captions in the order of their ids, or `tie` or `both_bad`),
        `direction` (1, -1, or 0 for a tie; null for both bad), `degree` (-3..3: how far the first is better;
        0 for a tie; null for both bad and where no strength was said), `chosen_id` and `rejected_id` of the
        pair as it was made, `seconds`, `sample_id`, `origin`. `skip` says nothing and is left out.
    """
    return voices_of(all_pairs(store), store.journal.judgements_frame(), criterion, with_repeats=with_repeats)


def voices_of(
    pairs: pl.DataFrame, judged: pl.DataFrame, criterion: str | None = None, *, with_repeats: bool = False
) -> pl.DataFrame:
    """Return the voices among judgements, as `hear_voices` does."""
    own = pairs.select("pair_id", "chosen_id", "rejected_id", "sample_id", "origin", own="criterion")
    heard = judged.filter(pl.col("answer") != "skip").join(
        own, on="pair_id", how="inner", maintain_order="left"
    )
    heard = heard.filter(pl.col("criterion") == (pl.lit(criterion) if criterion else pl.col("own")))
    if not with_repeats:
        heard = heard.filter(pl.col("occasion") == 1)
    is_prefer = pl.col("answer") == "prefer"
    is_first = pl.col("winner") == pl.min_horizontal("chosen_id", "rejected_id")
    is_as_made = pl.col("winner") == pl.col("chosen_id")
    direction = pl.when(is_prefer).then(pl.when(is_first).then(1).otherwise(-1))
    return heard.select(
        "pair_id",
        "annotator",
        "occasion",
        pl.when(~is_prefer).then("answer").otherwise(_either(is_as_made, "as_made", "turned")).alias("label"),
        pl.when(~is_prefer).then("answer").otherwise(_either(is_first, "first", "second")).alias("side"),
        pl.when(pl.col("answer") == "tie").then(0).otherwise(direction).cast(pl.Int64).alias("direction"),
        degree=pl.when(pl.col("answer") == "tie").then(0).otherwise(direction * pl.col("strength")),
        chosen_id="chosen_id",
        rejected_id="rejected_id",
        seconds="seconds",
        sample_id="sample_id",
        origin="origin",
    )


def count_ballot(voices: pl.DataFrame, *, by_side: bool = False) -> Ballot:
    """Return voices as numbers, for the maths.

    Args:
        voices: as `hear_voices` returns them.
        by_side: code what was said by `SIDES`, which hides how the pair was made, in place of `LABELS`.
    """
    column, labels = ("side", SIDES) if by_side else ("label", LABELS)
    pairs = tuple(voices["pair_id"].unique(maintain_order=True))
    annotators = tuple(sorted(voices["annotator"].unique()))
    said = set(voices[column])
    used = [label for label in labels if label in said or label in labels[:2]]

    def numbers(column: str, names: tuple[str, ...]) -> Ints:
        place = {name: number for number, name in enumerate(names)}
        return np.array([place[name] for name in voices[column]], np.int64)

    votes = Votes(
        numbers("pair_id", pairs),
        numbers("annotator", annotators),
        numbers(column, tuple(used)),
        len(pairs),
        len(annotators),
        len(used),
    )
    return Ballot(votes, pairs, annotators)


def _either(condition: pl.Expr, one: str, other: str) -> pl.Expr:
    return pl.when(condition).then(pl.lit(one)).otherwise(pl.lit(other))
