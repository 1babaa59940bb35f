"""Diagnostics: the shape of an embedding space, which says how far its cosines can be trusted. Pure arrays.

None of these numbers is a quality to be driven up: closing the modality gap, for one, leaves retrieval as it
was. They tell what to correct for: centre where there is a gap, use ranks where there are hubs.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt

from workbench.alignment.negatives import measure_neg_clip_loss
from workbench.alignment.pairs import Pairs, spread
from workbench.alignment.similarity import unit_rows

__all__ = [
    "TEMPERATURES",
    "Diagnostics",
    "diagnose_space",
    "effective_rank",
    "hubness",
    "separability",
    "uniformity",
]

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

#: Temperatures of the sweep: from a hard choice to a soft one.
TEMPERATURES: Final = (0.01, 0.03, 0.07, 0.2)

_PAIRS = 4096  # at most so many pairs are looked at, evenly spaced: all measures are means or spectra
_NEIGHBOURS = 10
_PENALTY = 1e-3  # of the linear classifier, per row
_TESTED = 5  # one row in five is tested


@dataclass(frozen=True)
class Diagnostics:
    """The shape of a space in numbers.

    Attributes:
        pairs: how many pairs they rest on.
        width: columns of the vectors.
        gap: distance between the mean media vector and the mean caption vector, in [0, 2].
        separability: share of held-out vectors whose side a linear classifier tells, .5 (none) to 1 (usual).
        alignment: mean squared distance of own pairs, in [0, 4]; lower is closer.
        uniformity_media: log mean exp(-2 d²) between media, in [-8, 0]; lower is more evenly spread.
        uniformity_texts: the same between captions.
        uniformity_across: the same between media and captions of other samples.
        rank_media: effective rank exp(entropy of the spectrum), 1 to the width; low = few directions used.
        rank_texts: the same of the captions.
        hubness_media: skewness of how often a media is among the 10 nearest of the captions; 0 = even.
        hubness_texts: the same of captions among the nearest of the media; > 2: generic captions near all.
        anisotropy_media: mean cosine of media of different samples; 0 = spread in all directions.
        anisotropy_texts: the same of captions.
        stability: rank correlation of negCLIPLoss between neighbouring temperatures of the sweep, (3,).
        ranks: (4, M') place of each pair at each temperature, as a share; for drawing.
        appearances_media: how often each media is among the 10 nearest, for drawing.
        appearances_texts: how often each caption is, for drawing.
        own: cosines of own pairs, for drawing.
        other: cosines of pairs of different samples (a sample of them), for drawing.
    """

    pairs: int
    width: int
    gap: float
    separability: float
    alignment: float
    uniformity_media: float
    uniformity_texts: float
    uniformity_across: float
    rank_media: float
    rank_texts: float
    hubness_media: float
    hubness_texts: float
    anisotropy_media: float
    anisotropy_texts: float
    stability: Doubles
    ranks: Doubles
    appearances_media: Ints
    appearances_texts: Ints
    own: Floats
    other: Floats


def diagnose_space(pairs: Pairs, *, seed: int = 0) -> Diagnostics:
    """Measure the shape of the space that media and captions share.

    At most 4,096 pairs are looked at, one caption a media where there are several, so that no thing is
    counted as the neighbour of itself. It says nothing about single captions: scores do that.

    Args:
        pairs: captions and media in one space; 20 or more of different samples.
        seed: of the split that separability is tested on.

    Raises:
        ValueError: when there are fewer than 20 samples.

    Source:
        Gap: Liang et al. 2022, "Mind the gap". Alignment and uniformity: Wang and Isola 2020, "Understanding
        contrastive representation learning". Effective rank: Roy and Vetterli 2007. Hubness: Radovanović et
        al. 2010, "Hubs in space".
    """
    first = np.unique(pairs.caption_sample, return_index=True)[1]
    kept = first[spread(len(first), _PAIRS)]
    if len(kept) < 2 * _NEIGHBOURS:
        raise ValueError(f"need 20 samples or more, got {len(kept)}")
    media, texts = pairs.media[pairs.owner[kept]], pairs.texts[kept]
    table = media @ texts.T
    others = table[~np.eye(len(kept), dtype=bool)]
    by_media, media_hub = hubness(table.T)
    by_texts, texts_hub = hubness(table)
    ranks = _sweep(Pairs(media, texts, np.arange(len(kept)), np.arange(len(kept))))
    return Diagnostics(
        pairs=len(kept),
        width=media.shape[1],
        gap=float(np.linalg.norm(media.mean(0) - texts.mean(0))),
        separability=separability(media, texts, seed=seed),
        alignment=float((2.0 - 2.0 * np.diagonal(table)).mean()),
        uniformity_media=uniformity(media, media),
        uniformity_texts=uniformity(texts, texts),
        uniformity_across=uniformity(media, texts),
        rank_media=effective_rank(media),
        rank_texts=effective_rank(texts),
        hubness_media=media_hub,
        hubness_texts=texts_hub,
        anisotropy_media=_mean_cosine(media),
        anisotropy_texts=_mean_cosine(texts),
        stability=np.array([np.corrcoef(a, b)[0, 1] for a, b in pairwise(ranks)]),
        ranks=ranks,
        appearances_media=by_media,
        appearances_texts=by_texts,
        own=np.diagonal(table).copy(),
        other=others[:: max(1, len(others) // 20_000)].copy(),
    )


def uniformity(left: Floats, right: Floats) -> float:
    """Return log mean exp(-2 |x - y|²) over rows of different index, in [-8, 0] for unit rows.

    Example:
        >>> round(uniformity(np.eye(3, dtype=np.float32), np.eye(3, dtype=np.float32)), 3)
        -4.0
    """
    table = (left @ right.T).astype(np.float64)
    off = table[~np.eye(len(table), dtype=bool)]
    return float(np.log(np.exp(-2.0 * (2.0 - 2.0 * off)).mean()))


def effective_rank(vectors: Floats) -> float:
    """Return exp of the entropy of the centred spectrum: how many directions carry the spread.

    Example:
        >>> round(effective_rank(np.vstack([np.eye(4), -np.eye(4)]).astype(np.float32)), 3)
        4.0
    """
    rows = np.asarray(vectors, np.float64)
    centred = rows - rows.mean(0)
    spectrum = np.linalg.eigvalsh(centred.T @ centred)
    share = np.clip(spectrum, 0.0, None) / max(float(np.clip(spectrum, 0.0, None).sum()), 1e-300)
    share = share[share > 1e-12]
    return float(np.exp(-(share * np.log(share)).sum()))


def hubness(table: Floats) -> tuple[Ints, float]:
    """Count how often each column is among the 10 highest of a row; return counts and their skewness.

    Args:
        table: (n, n) cosines; the own pair, on the diagonal, counts like any other.

    Returns:
        Counts (n,), and their skewness: 0 even, above 2 a few columns are near to everything.
    """
    nearest = np.argpartition(-table, _NEIGHBOURS - 1, axis=1)[:, :_NEIGHBOURS]
    counts = np.bincount(nearest.ravel(), minlength=table.shape[1]).astype(np.int64)
    apart = counts - counts.mean()
    spread_of = float(np.sqrt((apart**2).mean()))
    return counts, float((apart**3).mean() / spread_of**3) if spread_of > 0 else 0.0


def separability(media: Floats, texts: Floats, *, seed: int = 0) -> float:
    """Return the share of held-out vectors that a linear classifier assigns to the right side.

    Least squares with a small ridge stands in for logistic regression: it needs no package and no iterations.
    A fifth of the pairs is held out; both sides of a pair are in the same part.
    """
    tested = np.random.default_rng(seed).permutation(len(media)) % _TESTED == 0
    rows = np.vstack([media, texts]).astype(np.float64)
    rows = np.hstack([rows, np.ones((len(rows), 1))])
    side = np.repeat([1.0, -1.0], len(media))
    is_tested = np.tile(tested, 2)
    seen = rows[~is_tested]
    gram = seen.T @ seen + _PENALTY * len(seen) * np.diag([1.0] * media.shape[1] + [0.0])
    plane = np.linalg.lstsq(gram, seen.T @ side[~is_tested], rcond=None)[0]
    return float(((rows[is_tested] @ plane > 0) == (side[is_tested] > 0)).mean())


def _mean_cosine(vectors: Floats) -> float:
    """Return the mean cosine of different rows, without the table: |Σ x|² holds every pair."""
    count = len(vectors)
    total = unit_rows(vectors).astype(np.float64).sum(0)
    return float((total @ total - count) / (count * (count - 1)))


def _sweep(pairs: Pairs) -> Doubles:
    return np.stack(
        [measure_neg_clip_loss(pairs, temperature=tau, is_weighted=False).percentile for tau in TEMPERATURES]
    )
