"""Choose a few candidates out of many: unlike one another, likely to be good, or both.

Two captions that say the same thing teach nothing as a pair, so candidates are thinned out before anybody or
anything compares them. Pure arrays; made for the tens of candidates of one sample, not for a whole set.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from workbench.errors import PairError

__all__ = ["SELECTIONS", "accept_by_score", "sample_dpp", "select_dpp", "select_mmr"]

Floats = npt.NDArray[np.float64]

#: How candidates can be chosen, and what each is for.
SELECTIONS: Final[dict[str, str]] = {
    "first": "in the order they came, the first ones",
    "mmr": "unlike one another and good by their score (maximal marginal relevance)",
    "dpp": "the most spread-out set, found greedily (determinantal point process)",
    "k_dpp": "a spread-out set by chance, the more spread out the likelier (exact sample of a k-DPP)",
    "rso": "by their score with a temperature (the accept rule of statistical rejection sampling)",
}

_RIDGE = 1e-6  # of the kernel: copies are all but excluded, yet a set of any size can be drawn


def select_mmr(
    vectors: npt.ArrayLike, count: int, *, relevance: npt.ArrayLike | None = None, weight: float = 0.5
) -> list[int]:
    """Choose items one by one, each good and unlike those chosen before it.

    Args:
        vectors: (n, d), unit rows.
        count: how many; all of them when there are fewer.
        relevance: (n,), higher is better, best on the scale of a cosine; without it every item is as good.
        weight: 1 looks at relevance alone, 0 at likeness alone.

    Returns:
        Row numbers in the order chosen; the first is the most relevant, or row 0 without relevance.

    Raises:
        PairError: for a weight outside 0 to 1, or lengths that differ.

    Source:
        Carbonell and Goldstein 1998, "The use of MMR, diversity-based reranking for reordering documents".

    Example:
        >>> select_mmr([[1, 0], [1, 0], [0, 1]], 2)
        [0, 2]
    """
    rows = _rows(vectors)
    if not 0 <= weight <= 1:
        raise PairError(f"The weight {weight} of relevance is not within 0 to 1.", "Give .5, for instance.")
    good = _one_each(relevance, len(rows), "relevance") if relevance is not None else np.zeros(len(rows))
    likeness = rows @ rows.T
    chosen: list[int] = []
    nearest = np.full(len(rows), -np.inf)
    for _ in range(min(count, len(rows))):
        worth = good if not chosen else weight * good - (1 - weight) * nearest
        worth = np.array(worth, np.float64)
        worth[chosen] = -np.inf
        best = int(worth.argmax())
        chosen.append(best)
        nearest = np.maximum(nearest, likeness[best])
    return chosen


def select_dpp(vectors: npt.ArrayLike, count: int, *, quality: npt.ArrayLike | None = None) -> list[int]:
    """Choose the set that spans the largest volume, one item at a time.

    Args:
        vectors: (n, d), unit rows.
        count: how many; fewer come back when what is left lies in the span of what is chosen.
        quality: (n,), above 0, how good each item is; the volume is scaled by it.

    Returns:
        Row numbers in the order chosen. The greedy set is near the largest volume, not always the largest.

    Source:
        Chen, Zhang and Zhou 2018, "Fast greedy MAP inference for determinantal point process", algorithm 1.

    Example:
        >>> select_dpp([[1, 0], [0.8, 0.6], [0, 1]], 2)
        [0, 2]
    """
    rows = _rows(vectors)
    kernel = _kernel(rows, quality)
    gains = kernel.diagonal().copy()
    factors = np.zeros((len(rows), min(count, len(rows))))
    chosen: list[int] = []
    for step in range(factors.shape[1]):
        best = int(gains.argmax())
        if gains[best] <= 2 * _RIDGE:
            break
        column = (kernel[:, best] - factors @ factors[best]) / np.sqrt(gains[best])
        factors[:, step] = column
        gains = gains - column**2
        gains[[*chosen, best]] = -np.inf
        chosen.append(best)
    return chosen


def sample_dpp(
    vectors: npt.ArrayLike, count: int, *, quality: npt.ArrayLike | None = None, seed: int = 0
) -> list[int]:
    """Draw a set of a given size, each set with a chance in proportion to the volume it spans, squared.

    Args:
        vectors: (n, d), unit rows.
        count: how many; all of them when there are fewer.
        quality: (n,), above 0.
        seed: of the draw.

    Returns:
        Row numbers, ascending.

    Source:
        Kulesza and Taskar 2011, "k-DPPs: fixed-size determinantal point processes", algorithms 1 and 8.

    Example:
        >>> sample_dpp([[1, 0], [1, 0], [0, 1]], 3)
        [0, 1, 2]
    """
    rows = _rows(vectors)
    if count >= len(rows):
        return list(range(len(rows)))
    chance = np.random.default_rng(seed)
    strengths, axes = np.linalg.eigh(_kernel(rows, quality) + _RIDGE * np.eye(len(rows)))
    span = axes[:, _draw_axes(np.maximum(strengths, 0.0), count, chance)]
    chosen: list[int] = []
    while span.shape[1]:
        odds = (span**2).sum(1)
        item = int(chance.choice(len(rows), p=odds / odds.sum()))
        chosen.append(item)
        span = _without(span, item)
    return sorted(chosen)


def accept_by_score(scores: npt.ArrayLike, count: int, temperature: float, *, seed: int = 0) -> list[int]:
    """Draw candidates so that they look as if a better model had made them.

    A candidate is kept with chance exp((score - best) / temperature), best being the best of those not kept
    yet, round after round until there are enough. Near 0 it is the best ones; with a high temperature any.

    Args:
        scores: (n,), higher is better.
        count: how many; all of them when there are fewer.
        temperature: in units of the scores, above 0.
        seed: of the draw.

    Returns:
        Row numbers in the order accepted.

    Raises:
        PairError: for a temperature that is not above 0.

    Source:
        Liu et al. 2023, "Statistical rejection sampling improves preference optimization" (RSO), algorithm 1.

    Example:
        >>> accept_by_score([0.1, 0.9, 0.5], 2, temperature=1e-6)
        [1, 2]
    """
    values = np.asarray(scores, np.float64)
    if not temperature > 0:
        raise PairError(f"The temperature {temperature} is not above 0.", "Give 1e-6 for the best ones.")
    chance = np.random.default_rng(seed)
    left = list(range(len(values)))
    kept: list[int] = []
    while left and len(kept) < count:
        best = values[left].max()
        odds = np.exp((values[left] - best) / temperature)
        taken = [item for item, is_kept in zip(left, chance.random(len(left)) < odds, strict=True) if is_kept]
        kept += taken[: count - len(kept)]
        left = [item for item in left if item not in taken]
    return kept


def _rows(vectors: npt.ArrayLike) -> Floats:
    rows = np.asarray(vectors, np.float64)
    return rows if rows.ndim == 2 else rows.reshape(len(rows), -1)


def _one_each(values: npt.ArrayLike, count: int, what: str) -> Floats:
    given = np.asarray(values, np.float64)
    if given.shape != (count,):
        raise PairError(f"There are {count} candidates and {given.size} values of {what}.", "Give one each.")
    return given


def _kernel(rows: Floats, quality: npt.ArrayLike | None) -> Floats:
    if quality is None:
        return np.asarray(rows @ rows.T, np.float64)
    good = _one_each(quality, len(rows), "quality")
    if (good <= 0).any():
        raise PairError(f"The quality {good.min()} is not above 0.", "Scale the scores to be above 0.")
    return np.asarray(good[:, None] * (rows @ rows.T) * good[None, :], np.float64)


def _draw_axes(strengths: Floats, count: int, chance: np.random.Generator) -> list[int]:
    """Draw which eigenvectors span the set: by elementary symmetric polynomials, from the last one down."""
    sums = np.zeros((count + 1, len(strengths) + 1))
    sums[0] = 1.0
    for size in range(1, count + 1):
        for upto in range(1, len(strengths) + 1):
            sums[size, upto] = sums[size, upto - 1] + strengths[upto - 1] * sums[size - 1, upto - 1]
    drawn: list[int] = []
    for upto in range(len(strengths), 0, -1):
        needed = count - len(drawn)
        if not needed:
            break
        share = strengths[upto - 1] * sums[needed - 1, upto - 1] / sums[needed, upto]
        if upto == needed or chance.random() < share:
            drawn.append(upto - 1)
    return drawn


def _without(span: Floats, item: int) -> Floats:
    """Return an orthonormal basis of the part of the span that has nothing of one item in it."""
    column = int(np.abs(span[item]).argmax())
    pivot = span[:, column]
    others = np.delete(span, column, axis=1)
    others = others - np.outer(pivot, others[item] / pivot[item])
    return np.linalg.qr(others)[0] if others.shape[1] else others
