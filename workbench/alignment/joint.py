"""Joint: how well three and more modalities of one thing agree, and which of them stands apart. Pure arrays.

Two published scores look at the Gram matrix of the unit vectors: the volume they span (GRAM) and the share
of its leading direction (PMRL). Both are meant for training; both are blind to signs and to a pair that all
but coincides. On embeddings not trained by them the mean cosine of centred vectors ranks better: it leads.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from workbench.alignment.similarity import mid_rank

__all__ = ["CENTRE_FROM", "Joint", "gram_matrices", "gram_volume", "measure_joint", "principal_share"]

Doubles = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

#: Below this many samples a mean says little about its modality, and the vectors are not centred.
CENTRE_FROM = 20

_FLOOR = 1e-12  # eigenvalues below it are rounding
_OPPOSED = -0.5  # a raw cosine below it: two modalities contradict, which volume and leading share call good
_COLLAPSED = 0.99  # a raw |cosine| above it: two coincide, and the volume is near 0 whatever the third does


@dataclass(frozen=True)
class Joint:
    """What was measured for each of n samples with k modalities.

    Attributes:
        value: (n,) mean cosine over the pairs of modalities, centred, in [-1, 1]; higher agrees better.
        by_modality: (n, k) mean cosine of each modality with the others.
        lowest: (n,) the modality that stands furthest from the others.
        volume: (n,) GRAM, sqrt(det G) of the raw vectors, in [0, 1]; 0 = all in one plane or less.
        height: (n, k) distance of each raw vector from the span of the others, in [0, 1].
        principal: (n,) PMRL, σ1² / k of the raw vectors, in [1/k, 1]; 1 = all on one line.
        is_opposed: (n,) two raw vectors point against each other: do not trust `volume` and `principal`.
        is_collapsed: (n,) two raw vectors coincide: `volume` is near 0 whatever the others do.
        is_centred: whether each modality's mean was taken off first.
        percentile: (n,) mid-rank of the value in the set: near 0 worst, near 1 best.
    """

    value: Doubles
    by_modality: Doubles
    lowest: Ints
    volume: Doubles
    height: Doubles
    principal: Doubles
    is_opposed: Bools
    is_collapsed: Bools
    is_centred: bool
    percentile: Doubles


def measure_joint(vectors: npt.NDArray[np.floating]) -> Joint:
    """Measure how well the modalities of each sample agree.

    The Gram matrices are made and decomposed in float64: near-duplicates have a determinant of 1e-13, where
    float32 gives noise. It cannot see what the encoder does not carry, and two modalities that are wrong in
    the same way outvote a right one.

    Args:
        vectors: (n, k, d), k >= 3 modalities of n samples in one space; any length, none of zeros.

    Raises:
        ValueError: when there are fewer than three modalities, or a row is zero or not finite.

    Source:
        Cicchetti et al. 2025, "Gramian multimodal representation learning and alignment" (GRAM); PMRL's score
        is the leading share of the same Gram matrix. Heights, centring and guards are ours.

    Example:
        >>> agree = np.tile([1.0, 0.0, 0.0], (1, 3, 1))
        >>> float(measure_joint(agree).value[0])
        1.0
    """
    raw = _unit(np.asarray(vectors, np.float64))
    if raw.ndim != 3 or raw.shape[1] < 3:
        raise ValueError(f"need (samples, modalities >= 3, width), got {raw.shape}")
    is_centred = len(raw) >= CENTRE_FROM
    centred = _unit(raw - raw.mean(0)) if is_centred else raw
    count = raw.shape[1]
    table = gram_matrices(centred)
    by_modality = (table.sum(2) - np.diagonal(table, axis1=1, axis2=2)) / (count - 1)
    value = by_modality.mean(1)
    gram = gram_matrices(raw)
    volume, height = gram_volume(gram)
    apart = gram[:, ~np.eye(count, dtype=bool)]
    return Joint(
        value, by_modality, by_modality.argmin(1), volume, height, principal_share(gram),
        apart.min(1) < _OPPOSED, np.abs(apart).max(1) > _COLLAPSED, is_centred, mid_rank(value),
    )  # fmt: skip


def gram_matrices(vectors: npt.NDArray[np.floating]) -> Doubles:
    """Return the float64 Gram matrix (n, k, k) of each sample's k vectors."""
    rows = np.asarray(vectors, np.float64)
    return np.asarray(rows @ rows.transpose(0, 2, 1), np.float64)


def gram_volume(gram: Doubles) -> tuple[Doubles, Doubles]:
    """Return sqrt(det G) of each Gram matrix, and the height of each vector over the others.

    height_m = sqrt(det G / det G without m). Determinants are sums of logarithms of eigenvalues, clipped at
    1e-12: a height over a span that is itself flat comes out as 1 at most, never as a division by 0.

    Args:
        gram: float64 (n, k, k) of unit vectors.

    Example:
        >>> volume, height = gram_volume(np.eye(3)[None])
        >>> float(volume[0]), height.tolist()
        (1.0, [[1.0, 1.0, 1.0]])
    """
    whole = _log_determinant(gram)
    count = gram.shape[1]
    heights = [
        np.exp((whole - _log_determinant(np.delete(np.delete(gram, m, 1), m, 2))) / 2) for m in range(count)
    ]
    return np.exp(whole / 2), np.clip(np.stack(heights, axis=1), 0.0, 1.0)


def principal_share(gram: Doubles) -> Doubles:
    """Return σ1² / k of each Gram matrix: the share of its leading direction, in [1/k, 1]."""
    return np.asarray(np.linalg.eigvalsh(gram)[:, -1] / gram.shape[1], np.float64)


def _log_determinant(gram: Doubles) -> Doubles:
    return np.asarray(np.log(np.clip(np.linalg.eigvalsh(gram), _FLOOR, None)).sum(1), np.float64)


def _unit(rows: Doubles) -> Doubles:
    length = np.linalg.norm(rows, axis=-1, keepdims=True)
    if not np.isfinite(length).all() or (length < _FLOOR).any():
        raise ValueError("every vector must be finite and not zero")
    return np.asarray(rows / length, np.float64)
