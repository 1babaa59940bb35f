"""Clusters: k-means on unit rows, so that a thing can be compared within its own topic. Pure arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from workbench.alignment.pairs import spread
from workbench.alignment.similarity import unit_rows

__all__ = ["Clusters", "find_clusters"]

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]

_FITTED_ON = 16_384  # rows that the centres are fitted on; all rows are assigned
_ROUNDS = 12  # of Lloyd's iteration; it stops earlier when nothing moves
_BLOCK_VALUES = 8_000_000


@dataclass(frozen=True)
class Clusters:
    """Which cluster each row is in.

    Attributes:
        label: int64 (n,), 0 to C-1.
        mean: float32 (C, d), the plain mean of each cluster's rows (not of unit length).
        size: int64 (C,), at least 1.
    """

    label: Ints
    mean: Floats
    size: Ints


def find_clusters(vectors: Floats, count: int, *, seed: int = 0) -> Clusters:
    """Group unit rows by direction (spherical k-means), in time linear in their number.

    The clusters are a partition to compare within, not a finding: another seed draws other borders.

    Args:
        vectors: float32 (n, d), unit rows, n >= 1.
        count: clusters wanted; fewer come back when some stay empty.
        seed: makes the start repeatable.

    Source:
        Dhillon and Modha 2001, "Concept decompositions for large sparse text data using clustering"; started
        as k-means++ does (Arthur and Vassilvitskii 2007).

    Example:
        >>> find_clusters(np.eye(2, dtype=np.float32)[[0, 1, 0]], 2).size.tolist()
        [2, 1]
    """
    fitted = vectors[spread(len(vectors), _FITTED_ON)]
    centres = _seeds(fitted, count, np.random.default_rng(seed))
    label = np.full(len(fitted), -1, np.int64)
    for _ in range(_ROUNDS):
        before, (label, closeness) = label, _assign(fitted, centres)
        if (label == before).all():
            break
        centres = _recentre(fitted, label, closeness, len(centres))
    return _numbered(vectors, _assign(vectors, centres)[0])


def _seeds(vectors: Floats, count: int, random: np.random.Generator) -> Floats:
    """Draw rows one after the other, each with a chance that grows with its distance from those drawn."""
    chosen = [int(random.integers(len(vectors)))]
    apart = np.full(len(vectors), np.inf)
    while len(chosen) < count:
        # Half the squared distance of unit rows; rounding leaves a copy of a seed at a hair above 0.
        apart = np.minimum(apart, 1.0 - vectors @ vectors[chosen[-1]])
        apart[apart < 1e-6] = 0.0
        if not apart.any():
            break  # every row is a copy of one drawn
        chosen.append(int(random.choice(len(vectors), p=apart / apart.sum())))
    return vectors[chosen]


def _assign(vectors: Floats, centres: Floats) -> tuple[Ints, Floats]:
    label, closeness = np.empty(len(vectors), np.int64), np.empty(len(vectors), np.float32)
    step = max(1, _BLOCK_VALUES // len(centres))
    for first in range(0, len(vectors), step):
        table = vectors[first : first + step] @ centres.T
        label[first : first + step] = table.argmax(1)
        closeness[first : first + step] = table.max(1)
    return label, closeness


def _recentre(vectors: Floats, label: Ints, closeness: Floats, count: int) -> Floats:
    """Move each centre to the mean direction of its rows; an empty one to a row that fits nowhere well."""
    sums = _sums(vectors, label, count)
    empty = np.flatnonzero(np.bincount(label, minlength=count) == 0)
    if len(empty):
        sums[empty] = vectors[np.argsort(closeness, kind="stable")[: len(empty)]]
    return unit_rows(sums)


def _sums(vectors: Floats, label: Ints, count: int) -> Floats:
    order = np.argsort(label, kind="stable")
    present, starts = np.unique(label[order], return_index=True)
    sums = np.zeros((count, vectors.shape[1]), np.float32)
    sums[present] = np.add.reduceat(vectors[order], starts, axis=0)
    return sums


def _numbered(vectors: Floats, label: Ints) -> Clusters:
    """Number the clusters that have rows from 0, in the order in which they first appear."""
    _, first, inverse = np.unique(label, return_index=True, return_inverse=True)
    place = np.empty(len(first), np.int64)
    place[np.argsort(first)] = np.arange(len(first))
    numbered = place[inverse]
    size = np.bincount(numbered).astype(np.int64)
    mean = np.asarray(_sums(vectors, numbered, len(size)) / size[:, None], np.float32)
    return Clusters(numbered, mean, size)
