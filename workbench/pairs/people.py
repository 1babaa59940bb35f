"""A row a person: how often they agree with others, with themselves and with what is known."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Final

import numpy as np
import polars as pl

from workbench.pairs.consistency import Share, agree_with_known, agree_with_self
from workbench.pairs.reliability import Weighed
from workbench.pairs.voices import count_ballot
from workbench.preferences.agreement import cohen_kappa
from workbench.preferences.annotators import Floats, Votes, bound_accuracy, dawid_skene, mace
from workbench.preferences.flips import FlipRate, flip_rate
from workbench.records import Judgement
from workbench.statistics import binomial_bounds

__all__ = ["FEWEST_SHARED", "describe_annotators", "describe_couples", "tell_flip_rates"]

#: Pairs that others judged too, below which nothing is said of a person's accuracy.
FEWEST_SHARED: Final = 10

_ANNOTATORS: Final[dict[str, pl.DataType]] = {
    "annotator": pl.String(),
    "group": pl.String(),
    "voices": pl.Int64(),
    "shared": pl.Int64(),
    "agrees": pl.Float64(),
    "accuracy": pl.Float64(),
    "low": pl.Float64(),
    "high": pl.Float64(),
    "dawid_skene": pl.Float64(),
    "mace": pl.Float64(),
    "repeats": pl.Int64(),
    "same_again": pl.Float64(),
    "known": pl.Int64(),
    "right_on_known": pl.Float64(),
    "seconds": pl.Float64(),
    "reason": pl.String(),
}
_COUPLES: Final[dict[str, pl.DataType]] = {
    "one": pl.String(),
    "other": pl.String(),
    "pairs": pl.Int64(),
    "agree": pl.Float64(),
    "kappa": pl.Float64(),
    "low": pl.Float64(),
    "high": pl.Float64(),
    "reason": pl.String(),
}


def describe_annotators(
    weighed: Weighed | None,
    groups: dict[str, str],
    judgements: Sequence[Judgement],
    known: dict[str, str],
    *,
    seed: int = 0,
) -> pl.DataFrame:
    """Return what is known of each annotator.

    Args:
        weighed: the voices with what EM makes of them; None without a voice.
        groups: the group of those that have one.
        judgements: all that stand, hidden repeats among them.
        known: the better caption of each pair whose answer is known.
        seed: of the intervals.

    Returns:
        A row an annotator: `shared` pairs that others judged too, `agrees` (share of their voices that say
        the same), `accuracy` by EM with `low` and `high`, the same by Dawid and Skene's model (`dawid_skene`)
        and by `mace`, `same_again` on `repeats` hidden repeats, `right_on_known` of `known` items, median
        `seconds`, and `reason`: why there is no accuracy, or what to beware of.
    """
    if weighed is None:
        return pl.DataFrame(schema=_ANNOTATORS)
    votes = weighed.ballot.votes
    agrees, shared = _with_others(votes)
    low, high = bound_accuracy(votes, weighed.kinds, seed=seed)
    has_shared = bool((shared >= FEWEST_SHARED).any())
    # Full tables of confusions need every answer to be right at times: by side the pairs are balanced.
    by_side = count_ballot(weighed.voices, by_side=True).votes
    models = [model(by_side).accuracy for model in (dawid_skene, mace)] if has_shared else []
    rows = []
    for number, name in enumerate(weighed.ballot.annotators):
        mine = weighed.voices.filter(pl.col("annotator") == name)
        again, right = _own_shares(judgements, name, known)
        is_told = shared[number] >= FEWEST_SHARED
        row: dict[str, object] = {
            "annotator": name,
            "group": groups.get(name, ""),
            "voices": mine.height,
            "shared": int(shared[number]),
            "agrees": float(agrees[number]) if shared[number] else None,
            "repeats": again.count,
            "same_again": again.value,
            "known": right.count,
            "right_on_known": right.value,
            "seconds": mine["seconds"].median(),
            "reason": _caution(int(shared[number]), int((shared > 0).sum())),
        }
        told = (weighed.found.accuracy, low, high, *models)
        names = ("accuracy", "low", "high", "dawid_skene", "mace")
        rows.append(row | {key: float(one[number]) for key, one in zip(names, told, strict=False) if is_told})
    return pl.DataFrame(rows, schema=_ANNOTATORS)


def describe_couples(weighed: Weighed | None, *, seed: int = 0) -> pl.DataFrame:
    """Return how far each two annotators agree on the pairs that both judged.

    Returns:
        `one`, `other`, `pairs` judged by both, `agree` (share alike), Cohen's `kappa`, `low`, `high`,
        `reason` (why there is no kappa).
    """
    if weighed is None:
        return pl.DataFrame(schema=_COUPLES)
    said = {
        str(name): dict(mine.select("pair_id", "side").iter_rows())
        for (name,), mine in weighed.voices.group_by("annotator")
    }
    rows = []
    for one, other in combinations(sorted(said), 2):
        both = sorted(said[one].keys() & said[other].keys())
        ours, theirs = ([said[name][pair_id] for pair_id in both] for name in (one, other))
        kappa = cohen_kappa(ours, theirs, seed=seed)
        alike = sum(a == b for a, b in zip(ours, theirs, strict=True))
        agree = alike / len(both) if both else None
        rows.append((one, other, len(both), agree, kappa.value, kappa.low, kappa.high, kappa.reason))
    return pl.DataFrame(rows, schema=_COUPLES, orient="row")


def tell_flip_rates(
    weighed: Weighed | None, judgements: Sequence[Judgement], known: dict[str, str]
) -> Iterator[FlipRate]:
    """Yield how often a preference is recorded the wrong way round, from each source that can tell."""
    decided = [one for one in judgements if one.answer == "prefer"]
    twice: dict[tuple[str, str, str], dict[int, str]] = {}
    for one in decided:
        twice.setdefault((one.annotator, one.pair_id, one.criterion), {})[one.occasion] = one.winner
    again = [said[1] != said[max(said)] for said in twice.values() if 1 in said and len(said) > 1]
    yield flip_rate("hidden repeats", len(again), sum(again))
    unlike = _unlike_couples(weighed)
    yield flip_rate("two people", len(unlike), sum(unlike))
    right = [
        one.winner == known[one.pair_id] for one in decided if one.pair_id in known and one.occasion == 1
    ]
    yield _of_known(right)


def _of_known(right: list[bool]) -> FlipRate:
    source, wrong = "known answers", len(right) - sum(right)
    if not right:
        return FlipRate(source, None, None, None, 0, 0.0, "no pair with a known answer was judged")
    low, high = binomial_bounds(len(right), wrong)
    return FlipRate(source, wrong / len(right), low, high, len(right), wrong)


def _unlike_couples(weighed: Weighed | None) -> list[float]:
    """Return of each pair that two people or more decided the share of couples of voices that differ."""
    if weighed is None:
        return []
    decided = weighed.voices.filter(pl.col("label").is_in(["as_made", "turned"]))
    counted = decided.group_by("pair_id", maintain_order=True).agg(
        ours=(pl.col("label") == "as_made").sum().cast(pl.Int64), all=pl.len().cast(pl.Int64)
    )
    return [2 * ours * (n - ours) / (n * (n - 1)) for _, ours, n in counted.iter_rows() if n > 1]


def _with_others(votes: Votes) -> tuple[Floats, Floats]:
    """Return of each annotator the share of others' voices that say the same, and the pairs shared."""
    counts = np.zeros((votes.items, votes.labels))
    np.add.at(counts, (votes.item, votes.label), 1)
    others = counts.sum(axis=1)[votes.item] - 1
    alike = (counts[votes.item, votes.label] - 1) / np.maximum(others, 1)
    shared = np.bincount(votes.annotator, others > 0, minlength=votes.annotators).astype(np.float64)
    total = np.bincount(votes.annotator, np.where(others > 0, alike, 0.0), minlength=votes.annotators)
    return total / np.maximum(shared, 1), shared


def _own_shares(judgements: Sequence[Judgement], name: str, known: dict[str, str]) -> tuple[Share, Share]:
    """Return how often the annotator says the same again and what is known, over all criteria."""
    criteria = sorted({one.criterion for one in judgements if one.annotator == name})
    again = [agree_with_self(judgements, name, criterion) for criterion in criteria]
    right = [agree_with_known(judgements, name, criterion, known) for criterion in criteria]
    return _sum(again), _sum(right)


def _sum(shares: list[Share]) -> Share:
    same, count = sum(one.same for one in shares), sum(one.count for one in shares)
    return Share(same, count, same / count if count else None)


def _caution(shared: int, sharing: int) -> str:
    if shared < FEWEST_SHARED:
        return f"{shared} pairs that others judged too; an accuracy needs {FEWEST_SHARED}"
    return "two people alone: who of them errs is guessed" if sharing == 2 else ""
