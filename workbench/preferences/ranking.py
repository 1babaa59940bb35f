"""Rank things by who beats whom: Bradley and Terry's strengths, with ties after Davidson.

A strength is one number a thing, so it cannot see that A beats B, B beats C and C beats A; `find_cycles`
lists these. Strengths compare only things that a chain of comparisons ties together.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from workbench.errors import MissingExtraError, PairError

__all__ = ["Comparison", "Ranked", "find_cycles", "fit_davidson", "rank"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_TASK: Final = "Finding cycles of preferences"
_MOST_STEPS: Final = 100


class Comparison(NamedTuple):
    """Two things compared: the first won, or with `is_tie` neither."""

    winner: str
    loser: str
    is_tie: bool = False


@dataclass(frozen=True, slots=True)
class Ranked:
    """The strength of one thing among those it was compared with.

    Attributes:
        name: the thing.
        strength: log-strength, mean 0 in its `island`; a difference of 1 is odds of 2.7 to 1.
        low, high: the 95 % interval; None where there is none.
        wins, losses, ties: what it rests on.
        island: things with one number here are tied together by comparisons; no others can be compared.
        reason: what to beware of; "" for nothing.
    """

    name: str
    strength: float
    low: float | None
    high: float | None
    wins: int
    losses: int
    ties: int
    island: int
    reason: str = ""


def rank(
    comparisons: Sequence[Comparison],
    *,
    groups: Sequence[Hashable] | None = None,
    shrinkage: float = 0.1,
    rounds: int = 100,
    seed: int = 0,
) -> list[Ranked]:
    """Rank things by their strengths, strongest first within each island of things that were compared.

    Args:
        comparisons: who beat whom.
        groups: (n,) comparisons of one group (a sample, a pair) are drawn together for the interval; each
            alone by default.
        shrinkage: how firmly strengths are held at 0; without it one that never lost would be infinite.
        rounds: how often comparisons are drawn again for the intervals; 0 for none.
        seed: makes the draw repeatable.

    Returns:
        One row a thing.

    Raises:
        PairError: when a thing is compared with itself.

    Example:
        >>> [one.name for one in rank([Comparison("a", "b"), Comparison("b", "c")] * 5)]
        ['a', 'b', 'c']
    """
    for winner, loser, _ in comparisons:
        if winner == loser:
            raise PairError(f"{winner!r} is compared with itself.", "Leave such comparisons out.")
    if not comparisons:
        return []
    names = sorted({name for one in comparisons for name in (one.winner, one.loser)})
    winners, losers = (
        _places([one[0] for one in comparisons], names),
        _places([one[1] for one in comparisons], names),
    )
    is_tie = np.array([one.is_tie for one in comparisons], bool)
    coded = _Coded.merged(winners, losers, is_tie, np.ones(is_tie.size))
    island = _islands(coded, len(names))
    fitted = _fit(coded, np.zeros(len(names) + 1), shrinkage)
    strength = _centred(fitted[:-1], island)
    group = np.arange(is_tie.size) if groups is None else _places(groups, list(dict.fromkeys(groups)))
    drawn = np.empty((0, len(names)))
    if group.size and group.max() > 0:  # of one group alone nothing else can be drawn
        draws = _draws(int(group.max()) + 1, rounds, seed)
        again = (_Coded.merged(winners, losers, is_tie, times[group]) for times in draws)
        drawn = np.array([_centred(_fit(one, fitted, shrinkage)[:-1], island) for one in again])
    rows = [_row(place, names[place], coded, island, strength, drawn) for place in range(len(names))]
    return sorted(rows, key=lambda one: (one.island, -one.strength, one.name))


def fit_davidson(
    winner: Ints,
    loser: Ints,
    is_tie: npt.NDArray[np.bool_],
    *,
    count: int,
    weight: Floats | None = None,
    shrinkage: float = 0.01,
) -> tuple[Floats, float]:
    """Fit Davidson's model: strengths, and how readily two things of one strength tie.

    With p and q the strengths, the first wins in proportion to p, the second to q, and they tie in proportion
    to v * sqrt(p q). Without ties v goes to 0 and this is Bradley and Terry's model.

    Args:
        winner: (n,) numbers of things; with a tie, either.
        loser: (n,) numbers of things.
        is_tie: (n,).
        count: how many things there are.
        weight: (n,) how much each comparison counts; 1 each by default.
        shrinkage: weight of a normal prior around 0 on each log-strength.

    Returns:
        (count,) log-strengths of mean 0, and v, 0 or more.

    Source:
        Davidson 1970, "On extending the Bradley-Terry model to accommodate ties in paired comparison
        experiments"; Bradley and Terry 1952.
    """
    if not winner.size:
        return np.zeros(count), 0.0
    times = np.ones(winner.size) if weight is None else weight
    found = _fit(_Coded.merged(winner, loser, is_tie, times), np.zeros(count + 1), shrinkage)
    return found[:count] - found[:count].mean(), math.exp(found[count]) if is_tie.any() else 0.0


def find_cycles(
    beats: Sequence[tuple[str, str]], *, longest: int = 3, most: int = 100
) -> list[tuple[str, ...]]:
    """List the rounds in which each beats the next and the last beats the first.

    Args:
        beats: who beats whom, decided: one direction at most for each two.
        longest: rounds of at most so many things; every longer one in a full comparison holds a round of 3.
        most: how many to list.

    Returns:
        Each round from its first name in order, shortest first.

    Raises:
        MissingExtraError: when networkx is not installed.

    Example:
        >>> find_cycles([("a", "b"), ("b", "c"), ("c", "a"), ("a", "d")])
        [('a', 'b', 'c')]
    """
    try:
        import networkx as nx
    except ImportError as error:
        raise MissingExtraError(_TASK, "pairs") from error
    found: list[tuple[str, ...]] = []
    graph = nx.DiGraph(sorted(beats))
    for knot in nx.strongly_connected_components(graph):
        if len(knot) < 2:
            continue
        for cycle in nx.simple_cycles(graph.subgraph(knot), length_bound=longest):
            first = cycle.index(min(cycle))
            found.append((*cycle[first:], *cycle[:first]))
            if len(found) >= most:
                return sorted(found, key=lambda one: (len(one), one))
    return sorted(found, key=lambda one: (len(one), one))


class _Coded(NamedTuple):
    """Every outcome that was seen, once, with how often it was."""

    winner: Ints
    loser: Ints
    is_tie: npt.NDArray[np.bool_]
    times: Floats

    @classmethod
    def merged(cls, winner: Ints, loser: Ints, is_tie: npt.NDArray[np.bool_], times: Floats) -> _Coded:
        seen, place = np.unique(np.stack([winner, loser, is_tie]), axis=1, return_inverse=True)
        return cls(seen[0], seen[1], seen[2].astype(bool), np.bincount(place, times).astype(np.float64))


def _fit(coded: _Coded, start: Floats, shrinkage: float) -> Floats:
    """Return log-strengths and log v by Newton's method: the likelihood has one top."""
    at = start
    value, gradient, curve = _davidson(coded, at, shrinkage)
    for _ in range(_MOST_STEPS):
        step = np.linalg.solve(curve, gradient)
        if gradient @ step < 1e-12:
            break
        length = 1.0
        while (further := _davidson(coded, at - length * step, shrinkage))[0] > value and length > 1e-6:
            length /= 2
        at = at - length * step
        value, gradient, curve = further
    return at


def _davidson(coded: _Coded, at: Floats, shrinkage: float) -> tuple[float, Floats, Floats]:
    """Return minus the log-likelihood with its prior, its gradient and its curvature."""
    count, outcomes = at.size - 1, np.arange(coded.winner.size)
    link = np.zeros((outcomes.size, count))
    link[outcomes, coded.winner], link[outcomes, coded.loser] = 1.0, -1.0
    apart = link @ at[:count]
    # In proportion to exp(apart / 2), exp(-apart / 2) and v: the common factor sqrt(p q) is left out.
    log_tie = at[count] if coded.is_tie.any() else -np.inf
    terms = np.stack([apart / 2, -apart / 2, np.full(apart.size, log_tie)])
    top = terms.max(axis=0)
    shares = np.exp(terms - top)
    total = shares.sum(axis=0)
    shares /= total
    said = np.where(coded.is_tie, at[count], apart / 2)
    # v is held at 1 as weakly as the strengths at 0: it stays finite where every comparison is a tie.
    value = float(coded.times @ (top + np.log(total) - said) + shrinkage / 2 * (at @ at))
    lean = shares[0] - shares[1]
    gradient = shrinkage * at
    gradient[:count] += (coded.times * (lean / 2 - np.where(coded.is_tie, 0.0, 0.5))) @ link
    gradient[count] += coded.times @ (shares[2] - coded.is_tie)
    curve = np.diag(np.full(at.size, shrinkage))
    curve[:count, :count] += (link.T * (coded.times * (shares[0] + shares[1] - lean**2) / 4)) @ link
    curve[:count, count] -= (coded.times * lean * shares[2] / 2) @ link
    curve[count, :count] = curve[:count, count]
    curve[count, count] += coded.times @ (shares[2] * (1 - shares[2]))
    return value, gradient, curve


def _islands(coded: _Coded, count: int) -> Ints:
    """Return the number of the island of each thing; the largest island is 0."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    links = coo_array((np.ones(coded.winner.size), (coded.winner, coded.loser)), (count, count))
    _, label = connected_components(links, directed=False)
    order = np.argsort(-np.bincount(label), kind="stable")
    place = np.empty(order.size, np.int64)
    place[order] = np.arange(order.size)
    return np.asarray(place[label], np.int64)


def _centred(strength: Floats, island: Ints) -> Floats:
    means = np.bincount(island, strength) / np.bincount(island)
    return np.asarray(strength - means[island], np.float64)


def _places(named: Sequence[Hashable], names: Sequence[Hashable]) -> Ints:
    place = {name: number for number, name in enumerate(names)}
    return np.array([place[name] for name in named], np.int64)


def _draws(count: int, rounds: int, seed: int) -> Iterator[Floats]:
    """Yield how often each of the groups comes up in each round of drawing as many of them again."""
    random = np.random.default_rng(seed)
    for _ in range(rounds):
        yield np.bincount(random.integers(count, size=count), minlength=count).astype(np.float64)


def _row(place: int, name: str, coded: _Coded, island: Ints, strength: Floats, drawn: Floats) -> Ranked:
    is_winner, is_loser = coded.winner == place, coded.loser == place
    wins, losses = (int(coded.times @ (one & ~coded.is_tie)) for one in (is_winner, is_loser))
    ties = int(coded.times @ ((is_winner | is_loser) & coded.is_tie))
    low, high = np.quantile(drawn[:, place], [0.025, 0.975]) if len(drawn) else (None, None)
    reason = ""
    if not ties and not (wins and losses):
        reason = f"it {'never lost' if wins else 'never won'}: how strong is not known, only the direction"
    return Ranked(
        name,
        float(strength[place]),
        None if low is None else float(low),
        None if high is None else float(high),
        wins,
        losses,
        ties,
        int(island[place]),
        reason,
    )
