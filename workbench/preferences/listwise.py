"""From a list of candidates with scores or ranks to pairs of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations, pairwise
from typing import Final

from workbench.errors import PairError, UnknownNameError

__all__ = ["SCHEMES", "pair_ranking"]

Twos = list[tuple[int, int]]


def pair_ranking(
    scores: Sequence[float], scheme: str = "all", *, least_margin: float = 0.0
) -> list[tuple[int, int]]:
    """Return the pairs `(better, worse)` that a list of scores bears out.

    Args:
        scores: one an item, higher is better; for ranks, the rank below zero.
        scheme: one of `SCHEMES`. `all` uses all that was said and repeats each item most; `best_rest` holds
            the best against each other one; `adjacent` takes neighbours in the order, the closest calls;
            `best_worst` is one pair, the clearest.
        least_margin: a difference that is not above this is no order; equal scores never are.

    Returns:
        Row numbers, the better one first; for each scheme in the order of the better one.

    Raises:
        UnknownNameError: for another scheme.
        PairError: for a margin below 0, or a score that is no number.

    Example:
        >>> pair_ranking([0.1, 0.9, 0.5], "adjacent"), pair_ranking([0.1, 0.9, 0.5], least_margin=0.6)
        ([(1, 2), (2, 0)], [(1, 0)])
    """
    if scheme not in SCHEMES:
        raise UnknownNameError("scheme", scheme, SCHEMES)
    if not least_margin >= 0:
        raise PairError(f"The least margin {least_margin} is below 0.", "Give 0 for any difference at all.")
    if any(score != score for score in scores):
        raise PairError("A score is not a number, so that it has no place in an order.", "Leave it out.")
    order = sorted(range(len(scores)), key=lambda item: (-scores[item], item))
    named = SCHEMES[scheme](order)
    return [(one, two) for one, two in named if scores[one] - scores[two] > least_margin]


def _best_rest(order: list[int]) -> Twos:
    return [(order[0], worse) for worse in order[1:]]


def _best_worst(order: list[int]) -> Twos:
    return [(order[0], order[-1])] if len(order) > 1 else []


#: How a list, best first, becomes pairs.
SCHEMES: Final[dict[str, Callable[[list[int]], Twos]]] = {
    "adjacent": lambda order: list(pairwise(order)),
    "all": lambda order: list(combinations(order, 2)),
    "best_rest": _best_rest,
    "best_worst": _best_worst,
}
