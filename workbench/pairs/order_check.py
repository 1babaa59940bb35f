"""How far a score can be believed to order two texts: by the pairs that people have ordered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import polars as pl

from workbench.pairs.standing import standing_pairs
from workbench.statistics import binomial_bounds
from workbench.store import Store

__all__ = ["FEWEST_ORDERED", "OrderCheck", "TextScorer", "check_order"]

#: From rows with `sample_id` and `text` to the same rows with `score` (null where there is none) and
#: `score_key`, what made it.
TextScorer = Callable[[pl.DataFrame], pl.DataFrame]

#: Fewer pairs than this say next to nothing: a score at chance may look like one at .7.
FEWEST_ORDERED: Final = 20
_MOST: Final = 1000  # pairs looked at, the newest: a score costs a pass over their texts


@dataclass(frozen=True)
class OrderCheck:
    """How often a score puts the caption first that people put first.

    Attributes:
        pairs: pairs that people ordered, with a score on both sides.
        agreed: in how many of them the score agrees; a tie of the score does not.
        low, high: 95 % bounds of the share, which take pairs as independent.
    """

    pairs: int
    agreed: int
    low: float
    high: float

    @property
    def share(self) -> float | None:
        """The share, 0 to 1; .5 is chance; None where there is no pair to go by."""
        return self.agreed / self.pairs if self.pairs else None

    def __str__(self) -> str:
        if self.share is None:
            return "How far this score agrees with people is not known: they have ordered no pair yet."
        text = (
            f"On {self.pairs:,} pairs that people ordered this score agrees in {self.share:.0%} "
            f"({self.low:.0%} to {self.high:.0%}; half is chance)."
        )
        return text + (" Too few to go by." if self.pairs < FEWEST_ORDERED else "")


def check_order(store: Store, score: TextScorer) -> OrderCheck:
    """Compare the order of a score with the order of people, on corrections and judged pairs.

    What people corrected is harder than what candidates differ in, as a rule: read it as a lower end.

    Args:
        store: the workspace.
        score: measures texts against their samples.
    """
    pairs = standing_pairs(store).filter(
        (pl.col("status") == "accepted")
        & (pl.col("chosen_id") != "")
        & (pl.col("rejected_sample_id").fill_null("") == "")
    )
    pairs = pairs.tail(_MOST).with_row_index("pair")
    sides = pl.concat(
        [
            pairs.select("pair", "sample_id", pl.col(f"{side}_text").alias("text"), side=pl.lit(side))
            for side in ("chosen", "rejected")
        ]
    )
    found = score(sides) if sides.height else sides.with_columns(score=pl.lit(None, pl.Float64))
    both = found.group_by("pair").agg(
        pl.col("score").filter(pl.col("side") == side).first().alias(side) for side in ("chosen", "rejected")
    )
    both = both.drop_nulls()
    agreed = int((both["chosen"] > both["rejected"]).sum())
    bounds = binomial_bounds(both.height, agreed) if both.height else (0.0, 1.0)
    return OrderCheck(both.height, agreed, *bounds)
