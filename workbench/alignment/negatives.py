"""Negatives: how well a pair stands out from the things it could be confused with. Pure arrays.

A cosine of .25 is high for one photo and low for another. Dividing it by what random other captions and other
media reach takes out what is common to all of them (negCLIPLoss); taking the others from the same topic only
asks for more than the topic (in-cluster).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from workbench.alignment.clusters import Clusters, find_clusters
from workbench.alignment.pairs import Pairs, spread
from workbench.alignment.similarity import RIVALS, mid_rank

__all__ = [
    "BATCHES",
    "BATCH_SIZE",
    "InCluster",
    "NegClipLoss",
    "approximate_neg_clip_loss",
    "measure_in_cluster",
    "measure_neg_clip_loss",
]

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

#: Random batches that each caption is measured in; the paper's gain is steady from 5.
BATCHES = 5
#: Pairs of a batch. The paper has 32,768 on GPUs; a set that fits into one batch is measured whole.
BATCH_SIZE = 2048

_CLUSTER_SIZE = 64  # members a cluster is meant to have
_MOST_CLUSTERS = 256
_FEWEST_RIVALS = 5  # below this many rivals in the cluster there is no rank to speak of
_MOST_RIVALS = 1024  # of a large cluster, evenly spaced


@dataclass(frozen=True)
class NegClipLoss:
    """What was measured for each of M captions; all arrays are (M,).

    Attributes:
        value: the mean of q over the batches; at most 0, higher is better aligned, in units of cosine.
        odds: exp(value / temperature): the geometric mean of the chances that the caption is picked for this
            media, and the media for this caption, among the batch.
        negatives: rivals of a batch.
        batches: how many batches the mean is over; 1 when the whole set was one.
        percentile: mid-rank of the value in the set: near 0 worst, near 1 best.
    """

    value: Doubles
    odds: Doubles
    negatives: int
    batches: int
    percentile: Doubles


def measure_neg_clip_loss(
    pairs: Pairs,
    *,
    temperature: float,
    batch_size: int = BATCH_SIZE,
    batches: int = BATCHES,
    seed: int = 0,
    is_weighted: bool = True,
) -> NegClipLoss:
    """Measure how much of a batch's soft choice each pair holds, averaged over random batches.

    q_i = s_ii - (τ/2) [ log Σ_j w_ij exp(s_ij / τ) + log Σ_j w'_ij exp(s_ji / τ) ], j over the batch.

    The weights keep false negatives out: a rival caption that says the same (or a rival photo that shows the
    same) proves nothing against the pair. CWCL counts j as a positive of i by (1 + cos(x_i, x_j)) / 2; what
    is left of it as a negative, scaled so that an unrelated one counts 1, is 1 - cos, held within 0 and 1.
    Captions of one's own sample are left out altogether. It cannot see what the encoder cannot.

    Args:
        pairs: captions and media in one space.
        temperature: τ of the encoder (CLIP's learnt one is .01).
        batch_size: pairs of a batch, at least 2.
        batches: K, how many random batches each caption is in.
        seed: makes the batches repeatable.
        is_weighted: False gives the published score, every rival counting 1.

    Source:
        Wang et al. 2024, "CLIPLoss and norm-based data selection methods for multimodal contrastive learning"
        (negCLIPLoss); weights after Srinivasa et al. 2023, "CWCL: Cross-modal transfer with continuously
        weighted contrastive loss".

    Example:
        >>> eye = np.eye(3, dtype=np.float32)
        >>> own = np.arange(3)
        >>> measure_neg_clip_loss(Pairs(eye, eye[[0, 2, 2]], own, own), temperature=0.1).value.argmin()
        np.int64(1)
    """
    count = len(pairs.texts)
    rounds = batches if count > batch_size else 1
    total = np.zeros(count)
    for rows in _batches(count, batch_size, rounds, seed):
        total[rows] += _batch_values(pairs, rows, temperature, is_weighted)
    value = total / rounds
    negatives = min(count, -(-count // max(1, -(-count // batch_size)))) - 1
    return NegClipLoss(value, np.exp(value / temperature), negatives, rounds, mid_rank(value))


def approximate_neg_clip_loss(
    pairs: Pairs, *, temperature: float, clusters: int = _MOST_CLUSTERS, seed: int = 0
) -> NegClipLoss:
    """Approximate negCLIPLoss against the whole set at once, each cluster of rivals standing for its members.

    Σ_j exp(s_ij / τ) is taken as Σ_c n_c exp(s_ic / τ) over cluster means: time linear in N for any N. The
    exponential of a mean is below the mean of exponentials, and the more so the colder τ is: it is for sets
    of which a batch would be a vanishing part; its order is near that of the full score, not equal to it.

    Args:
        pairs: captions and media in one space.
        temperature: τ of the encoder.
        clusters: how many the rivals on each side are gathered into.
        seed: of the clustering.

    Source:
        Centroids with counts in place of all negatives, as PamC does in training.
    """
    own = pairs.own.astype(np.float64)
    sides = []
    for anchor, rival in ((pairs.media[pairs.owner], pairs.texts), (pairs.texts, pairs.media[pairs.owner])):
        found = find_clusters(rival, clusters, seed=seed)
        table = (anchor @ found.mean.T).astype(np.float64) / temperature
        # The own pair stands for itself, so it is taken out of its cluster's count.
        size = np.broadcast_to(found.size.astype(np.float64), table.shape).copy()
        size[np.arange(len(own)), found.label] -= 1.0
        sides.append(
            _log_sum(np.column_stack([table, own / temperature]), np.column_stack([size, own * 0 + 1]))
        )
    value = own - temperature / 2 * (sides[0] + sides[1])
    return NegClipLoss(value, np.exp(value / temperature), len(own) - 1, 1, mid_rank(value))


@dataclass(frozen=True)
class InCluster:
    """What was measured for each of M captions; all arrays are (M,).

    Attributes:
        value: share of the rivals of its own cluster that the pair beats, rows and columns averaged, in
            [0, 1]; ties count half; NaN where the cluster has too few rivals.
        margin: cosine less the mean of its strongest rivals in the cluster; tells apart those that beat all.
        rivals: how many rivals it was held against, the fewer of captions and media.
        cluster: which cluster its media is in.
        percentile: mid-rank of the margin in the set: near 0 worst, near 1 best; NaN as the value.
    """

    value: Doubles
    margin: Doubles
    rivals: Ints
    cluster: Ints
    percentile: Doubles


def measure_in_cluster(pairs: Pairs, clusters: Clusters | None = None, *, seed: int = 0) -> InCluster:
    """Compare every pair only with pairs whose media is of the same topic.

    A wrong caption of the same topic outranks nothing here that it outranks in the whole set by topic alone.
    It cannot see a caption handed over within a cluster of near-equal photos, and its percentile is relative
    to a partition that another seed would draw differently.

    Args:
        pairs: captions and media in one space.
        clusters: of the media rows; found here (about 64 members each) when left out.
        seed: of the clustering.
    """
    wanted = int(np.clip(len(pairs.media) // _CLUSTER_SIZE, 1, _MOST_CLUSTERS))
    found = clusters or find_clusters(pairs.media, wanted, seed=seed)
    cluster = found.label[pairs.owner]
    value, margin = np.full(len(cluster), np.nan), np.full(len(cluster), np.nan)
    rivals = np.zeros(len(cluster), np.int64)
    order = np.argsort(cluster, kind="stable")
    for captions in np.split(order, np.flatnonzero(np.diff(cluster[order])) + 1):
        value[captions], margin[captions], rivals[captions] = _within(pairs, captions)
    is_ranked = rivals >= _FEWEST_RIVALS
    value[~is_ranked], margin[~is_ranked] = np.nan, np.nan
    percentile = np.full(len(cluster), np.nan)
    percentile[is_ranked] = mid_rank(margin[is_ranked])
    return InCluster(value, margin, rivals, cluster, percentile)


def _batches(count: int, size: int, rounds: int, seed: int) -> Iterator[Ints]:
    """Yield, round by round, a random partition of the captions into batches of near-equal size."""
    random = np.random.default_rng(seed)
    for _ in range(rounds):
        yield from np.array_split(random.permutation(count), -(-count // size))


def _batch_values(pairs: Pairs, rows: Ints, temperature: float, is_weighted: bool) -> Doubles:
    media, texts = pairs.media[pairs.owner[rows]], pairs.texts[rows]
    sample = pairs.caption_sample[rows]
    is_rival = sample[:, None] != sample[None, :]
    table = media @ texts.T  # row i: its media against every caption
    own = np.diagonal(table).astype(np.float64)
    by_text, by_media = (
        _weights(side, is_rival) if is_weighted else _weights(None, is_rival) for side in (texts, media)
    )
    scaled = table / np.float32(temperature)
    both = _log_sum(scaled, by_text) + _log_sum(scaled.T, by_media)
    return own - temperature / 2 * both


def _weights(side: Floats | None, is_rival: npt.NDArray[np.bool_]) -> Floats:
    """Return how much each member of a batch counts as a rival; the pair itself counts 1."""
    if side is None:
        weights = is_rival.astype(np.float32)
    else:
        weights = np.clip(1.0 - side @ side.T, 0.0, 1.0) * is_rival
    np.fill_diagonal(weights, 1.0)
    return weights


def _log_sum(table: npt.NDArray[np.floating], weights: npt.NDArray[np.floating]) -> Doubles:
    """Return log Σ_j w_j exp(x_j) of each row, without overflow."""
    highest = table.max(1, keepdims=True)
    total = np.einsum("ij,ij->i", np.exp(table - highest), weights, dtype=np.float64)
    return np.asarray(np.log(np.maximum(total, 1e-300)) + highest[:, 0], np.float64)


def _within(pairs: Pairs, captions: Ints) -> tuple[Doubles, Doubles, Ints]:
    """Rank the captions of one cluster: share beaten, margin over the strongest, and how many there were."""
    rival = captions[spread(len(captions), _MOST_RIVALS)]
    media = np.unique(pairs.owner[rival])
    sample = pairs.caption_sample
    to_media = pairs.texts[captions] @ pairs.media[media].T
    theirs = pairs.media[pairs.owner[captions]]
    own = np.asarray(np.einsum("md,md->m", theirs, pairs.texts[captions]), np.float32)
    to_texts = theirs @ pairs.texts[rival].T
    column = _beaten(to_media, sample[captions][:, None] != pairs.sample[media][None, :], own)
    row = _beaten(to_texts, sample[captions][:, None] != sample[rival][None, :], own)
    margin = own - (column[1] + row[1]) / 2
    return (column[0] + row[0]) / 2, margin, np.minimum(column[2], row[2])


def _beaten(table: Floats, is_rival: npt.NDArray[np.bool_], own: Floats) -> tuple[Doubles, Doubles, Ints]:
    """Return the share of rivals beaten (ties half), the mean of the strongest, and their number."""
    count = is_rival.sum(1)
    below = (is_rival & (table < own[:, None])).sum(1) + 0.5 * (is_rival & (table == own[:, None])).sum(1)
    kept = -np.sort(-np.where(is_rival, table, -np.inf), axis=1)[:, :RIVALS]
    there = np.isfinite(kept)
    strongest = np.where(there, kept, 0.0).sum(1) / np.maximum(there.sum(1), 1)
    return below / np.maximum(count, 1), strongest.astype(np.float64), count.astype(np.int64)
