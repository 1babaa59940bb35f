"""How far a judge agrees with themselves, and with what is known: from repeats and from the quiz."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import polars as pl

from workbench.records import Judgement
from workbench.statistics import binomial_bounds

__all__ = ["Share", "agree_with_known", "agree_with_self", "known_winners"]


@dataclass(frozen=True, slots=True)
class Share:
    """A share of answers with its interval, or why there is none.

    Attributes:
        value: 0..1, higher is better; None when nothing was counted.
        low: lower end of the exact 95 % interval; None with `value`.
        high: upper end of it.
        same: how many agreed.
        count: how many were counted.
        reason: why there is no value; "" when there is one.
    """

    same: int
    count: int
    value: float | None = None
    low: float | None = None
    high: float | None = None
    reason: str = ""


def agree_with_self(judgements: Iterable[Judgement], annotator: str, criterion: str) -> Share:
    """Return how often an annotator gave the same answer when a pair came again, unannounced.

    The same answer is the same winner, or the same of tie and both bad; strength may differ. A skip is no
    answer. This measures consistency, not correctness: a person can be wrong in the same way twice.
    """
    said: dict[str, dict[int, tuple[str, str]]] = {}
    for made in judgements:
        if made.annotator == annotator and made.criterion == criterion and made.answer != "skip":
            said.setdefault(made.pair_id, {})[made.occasion] = made.answer, made.winner
    twice = [(one[1], _last(one)) for one in said.values() if 1 in one and len(one) > 1]
    return _share(sum(first == again for first, again in twice), len(twice), "no pair has come twice yet")


def _last(answers: Mapping[int, tuple[str, str]]) -> tuple[str, str]:
    """Return the answer on the latest occasion."""
    return answers[max(answers)]


def agree_with_known(
    judgements: Iterable[Judgement], annotator: str, criterion: str, known: Mapping[str, str]
) -> Share:
    """Return how often an annotator preferred the caption that is known to be the better one.

    Args:
        judgements: those that stand.
        annotator: whose.
        criterion: on what.
        known: the id of the better caption by pair id.

    Returns:
        A tie or both bad counts as not agreeing; a skip is not counted.
    """
    made = [
        one
        for one in judgements
        if one.annotator == annotator and one.criterion == criterion and one.pair_id in known
        if one.occasion == 1 and one.answer != "skip"
    ]
    same = sum(one.winner == known[one.pair_id] for one in made)
    return _share(same, len(made), "no pair with a known answer has been judged yet")


def known_winners(pairs: pl.DataFrame) -> dict[str, str]:
    """Return the better caption of every pair whose answer is known: made false from a verified caption.

    Builders whose captions words alone give away are left out: they would test nobody.
    """
    known = pairs.filter((pl.col("origin") == "built") & pl.col("is_ordered") & ~pl.col("is_leaky"))
    # As it was built, whatever people have said since.
    built = pl.when("is_turned").then("rejected_id").otherwise("chosen_id")
    return {
        str(key): str(winner) for key, winner in known.select("pair_id", built.alias("winner")).iter_rows()
    }


def _share(same: int, count: int, reason: str) -> Share:
    if not count:
        return Share(0, 0, reason=reason)
    low, high = binomial_bounds(count, same)
    return Share(same, count, same / count, low, high)
