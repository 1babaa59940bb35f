"""How each group of people fares: a mean over all pairs hides the group whose preferences are not met."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass

import polars as pl

from workbench.statistics import binomial_bounds

__all__ = ["GroupResult", "by_group", "worst_group"]


@dataclass(frozen=True, slots=True)
class GroupResult:
    """The held-out pairs of one group.

    Attributes:
        group: of its annotators.
        pairs: how many there are.
        margin: mean reward of chosen less rejected.
        accuracy: the share of margins above 0, ties a half; 0..1.
        low, high: its 95 % interval.
    """

    group: str
    pairs: int
    margin: float
    accuracy: float
    low: float
    high: float

    def as_facts(self) -> dict[str, object]:
        """Return it for an event."""
        return asdict(self)


def by_group(rows: pl.DataFrame, margins: Mapping[str, float]) -> list[GroupResult]:
    """Return how each group fares, the worst first; nothing where no pair has a group.

    Args:
        rows: `ROW_SCHEMA`; pairs without a group are left out.
        margins: of the pairs, by pair id; a pair without one is left out.

    Example:
        >>> rows = pl.DataFrame({"pair_id": ["a", "b", "c"], "group": ["near", "far", "far"]})
        >>> [(one.group, one.accuracy) for one in by_group(rows, {"a": 1.0, "b": -2.0, "c": 0.5})]
        [('far', 0.5), ('near', 1.0)]
    """
    found: dict[str, list[float]] = {}
    for pair, group in rows.select("pair_id", "group").iter_rows():
        if group and pair in margins:
            found.setdefault(group, []).append(margins[pair])
    results = [_result(group, theirs) for group, theirs in found.items()]
    return sorted(results, key=lambda one: (one.accuracy, one.margin))


def worst_group(results: list[GroupResult]) -> GroupResult | None:
    """Return the group with the lowest accuracy: the one that a max-min objective would serve first.

    None where there are not two groups to compare.
    """
    return results[0] if len(results) > 1 else None


def _result(group: str, margins: list[float]) -> GroupResult:
    right = sum(1.0 if one > 0 else 0.5 if one == 0 else 0.0 for one in margins)
    low = binomial_bounds(len(margins), math.floor(right)).low
    high = binomial_bounds(len(margins), math.ceil(right)).high
    return GroupResult(group, len(margins), sum(margins) / len(margins), right / len(margins), low, high)
