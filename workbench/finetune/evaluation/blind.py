"""Let people judge before against after without knowing which is which: as pairs like any other.

The two texts of an item become an open pair of origin `on_policy`. Who judges it sees two captions, sides
shuffled; the answer also serves the next run, which may train on it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from workbench.finetune.evaluation.result import Evaluation
from workbench.preferences.differences import find_differences
from workbench.preferences.pair import Pair, variant_id
from workbench.statistics import binomial_bounds

__all__ = ["BlindResult", "blind_pairs", "count_judgements"]


@dataclass(frozen=True, slots=True)
class BlindResult:
    """What people said who did not know which text was which.

    Attributes:
        items: texts that differ, to be judged.
        judged: answers on them, each annotator's first look.
        after, before: how often each was preferred; `ties`: neither; `both_bad`: both are wrong.
        share: of those who preferred one, who preferred the text after; NaN for none.
        low, high: its exact 95 % interval, answers taken as independent.
    """

    items: int
    judged: int
    after: int
    before: int
    ties: int
    both_bad: int
    share: float
    low: float
    high: float

    def __str__(self) -> str:
        if not self.judged:
            return f"{self.items:,} items wait to be judged blind: widgets.PairJudge(ws)."
        said = (
            f"{self.judged:,} blind answers on {self.items:,} items: after {self.after:,}, before "
            f"{self.before:,}, alike {self.ties:,}, both bad {self.both_bad:,}."
        )
        if not self.after + self.before:
            return said
        return f"{said} After is preferred by {self.share:.0%} ({self.low:.0%} to {self.high:.0%}, 95 %)."


def blind_pairs(evaluation: Evaluation) -> Iterator[Pair]:
    """Yield an open pair for each item whose text changed: flagged ones, then others, the likeliest words.

    Args:
        evaluation: of a run.
    """
    for row in _changed(evaluation).iter_rows(named=True):
        after, before, sample = row["after"], row["before"], row["sample_id"]
        differences = find_differences(after, before)
        yield Pair(
            sample_id=sample,
            chosen_id=variant_id(sample, after, "on_policy"),
            rejected_id=variant_id(sample, before, "on_policy"),
            chosen_text=after,
            rejected_text=before,
            origin="on_policy",
            chosen_spans=differences.chosen,
            rejected_spans=differences.rejected,
            is_ordered=False,
            prompt=row["prompt"],
            source=f"run:{evaluation.run}",
            detail=json.dumps({"run": evaluation.run}),
        )


def count_judgements(evaluation: Evaluation, judgements: pl.DataFrame) -> BlindResult:
    """Count what people said of the pairs of an evaluation.

    An answer counts for every run that says the same two texts of the same sample.

    Args:
        evaluation: of a run.
        judgements: those that stand, as the journal gives them.
    """
    after = {pair.pair_id: pair.chosen_id for pair in blind_pairs(evaluation)}
    is_answer = (pl.col("occasion") == 1) & (pl.col("answer") != "skip")
    own = judgements.filter(pl.col("pair_id").is_in(sorted(after)) & is_answer)
    preferred = own.filter(pl.col("answer") == "prefer")
    for_after = sum(
        after[pair] == winner for pair, winner in preferred.select("pair_id", "winner").iter_rows()
    )
    answers = dict(own.group_by("answer").len().iter_rows())
    bounds = binomial_bounds(preferred.height, for_after)
    return BlindResult(
        items=len(after),
        judged=own.height,
        after=for_after,
        before=preferred.height - for_after,
        ties=answers.get("tie", 0),
        both_bad=answers.get("both_bad", 0),
        share=for_after / preferred.height if preferred.height else float("nan"),
        low=bounds.low,
        high=bounds.high,
    )


def _changed(evaluation: Evaluation) -> pl.DataFrame:
    wanted = ("sample_id", "prompt", "before", "after")
    greedy = evaluation.texts.filter(pl.col("decoding") == "greedy").select(wanted)
    both = pl.concat([evaluation.flagged.select(wanted), greedy])
    told = (pl.col("before") != pl.col("after")) & (pl.col("before") != "") & (pl.col("after") != "")
    return both.filter(told).unique(["sample_id", "before", "after"], keep="first", maintain_order=True)
