"""Negatives: negCLIPLoss held against a literal implementation, and ranks within a cluster."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import pytest

from workbench.alignment.clusters import find_clusters
from workbench.alignment.negatives import (
    approximate_neg_clip_loss,
    measure_in_cluster,
    measure_neg_clip_loss,
)
from workbench.alignment.pairs import Pairs
from workbench.alignment.similarity import unit_rows


def neg_clip_loss(v: npt.NDArray[np.float64], t: npt.NDArray[np.float64], tau: float) -> list[float]:
    """The published score of one batch with plain loops; every other pair is a negative."""
    n = len(v)
    scores = []
    for i in range(n):
        row = sum(math.exp(float(v[i] @ t[j]) / tau) for j in range(n))
        column = sum(math.exp(float(v[j] @ t[i]) / tau) for j in range(n))
        scores.append(float(v[i] @ t[i]) - tau / 2 * (math.log(row) + math.log(column)))
    return scores


def weighted(pairs: Pairs, tau: float) -> list[float]:
    """The same with false-negative weights: 1 - cos within the modality of the negative, 1 for the pair."""
    v, t = pairs.media[pairs.owner].astype(float), pairs.texts.astype(float)
    sample = pairs.caption_sample
    scores = []
    for i in range(len(t)):
        row = column = math.exp(float(v[i] @ t[i]) / tau)
        for j in range(len(t)):
            if sample[i] != sample[j]:
                row += min(max(1 - float(t[i] @ t[j]), 0), 1) * math.exp(float(v[i] @ t[j]) / tau)
                column += min(max(1 - float(v[i] @ v[j]), 0), 1) * math.exp(float(v[j] @ t[i]) / tau)
        scores.append(float(v[i] @ t[i]) - tau / 2 * (math.log(row) + math.log(column)))
    return scores


def made_pairs(samples: int, captions: int = 1, *, seed: int = 0, noise: float = 0.5) -> Pairs:
    random = np.random.default_rng(seed)
    topic = random.normal(size=(samples, 24))
    media = unit_rows(topic + noise * random.normal(size=topic.shape))
    texts = unit_rows(np.repeat(topic, captions, 0) + noise * random.normal(size=(samples * captions, 24)))
    return Pairs(media, texts, np.repeat(np.arange(samples), captions), np.arange(samples))


@pytest.mark.parametrize("tau", [0.01, 0.07])
def test_a_set_of_one_batch_is_the_published_formula_to_a_millionth(tau: float) -> None:
    pairs = made_pairs(150)
    slow = neg_clip_loss(pairs.media.astype(float), pairs.texts.astype(float), tau)
    found = measure_neg_clip_loss(pairs, temperature=tau, is_weighted=False)
    assert np.abs(found.value - slow).max() <= 1e-6
    assert (found.batches, found.negatives) == (1, 149)


def test_the_weights_are_what_they_are_said_to_be_to_a_millionth() -> None:
    pairs = made_pairs(30, 4)
    found = measure_neg_clip_loss(pairs, temperature=0.05)
    assert np.abs(found.value - weighted(pairs, 0.05)).max() <= 1e-6


def test_several_batches_are_averaged_and_the_same_seed_draws_the_same_ones() -> None:
    pairs = made_pairs(200)
    found = measure_neg_clip_loss(pairs, temperature=0.05, batch_size=64, is_weighted=False)
    again = measure_neg_clip_loss(pairs, temperature=0.05, batch_size=64, is_weighted=False)
    other = measure_neg_clip_loss(pairs, temperature=0.05, batch_size=64, seed=1, is_weighted=False)
    assert (found.batches, found.negatives) == (5, 49)
    assert (found.value == again.value).all()
    assert (found.value != other.value).any()
    # Each batch by the literal formula, on the partition that the seed gives.
    random = np.random.default_rng(0)
    total = np.zeros(200)
    for _ in range(5):
        for rows in np.array_split(random.permutation(200), 4):
            total[rows] += neg_clip_loss(
                pairs.media[rows].astype(float), pairs.texts[rows].astype(float), 0.05
            )
    assert np.abs(found.value - total / 5).max() <= 1e-6


def test_a_duplicate_in_the_batch_costs_a_right_pair_nothing_when_weighted() -> None:
    pairs = made_pairs(100, noise=0.05)
    twice = Pairs(
        np.vstack([pairs.media, pairs.media[:1]]),
        np.vstack([pairs.texts, pairs.texts[:1]]),
        np.arange(101),
        np.arange(101),
    )
    plain = measure_neg_clip_loss(twice, temperature=0.01, is_weighted=False)
    kind = measure_neg_clip_loss(twice, temperature=0.01)
    assert plain.odds[0] == pytest.approx(0.5, abs=0.02)
    assert kind.odds[0] == pytest.approx(1.0, abs=0.02)


def test_a_wrong_pair_is_lowest_in_every_score() -> None:
    pairs = made_pairs(400, noise=0.3)
    texts = pairs.texts.copy()
    texts[[3, 7]] = texts[[7, 3]]
    wrong = Pairs(pairs.media, texts, pairs.owner, pairs.sample)
    batches = measure_neg_clip_loss(wrong, temperature=0.05, batch_size=128)
    centres = approximate_neg_clip_loss(wrong, temperature=0.05)
    for found in (batches, centres):
        assert set(found.value.argsort()[:2]) == {3, 7}
        assert found.percentile[[3, 7]].max() < 0.01
    assert set(np.argsort(measure_in_cluster(wrong).margin)[:2]) == {3, 7}


def test_centroids_keep_the_order_of_the_whole_set() -> None:
    pairs = made_pairs(1000, noise=0.7)
    whole = measure_neg_clip_loss(pairs, temperature=0.07, is_weighted=False)
    near = approximate_neg_clip_loss(pairs, temperature=0.07, clusters=128)
    ranks = np.argsort(np.argsort(whole.value)), np.argsort(np.argsort(near.value))
    assert np.corrcoef(*ranks)[0, 1] > 0.9


def test_as_many_centroids_as_pairs_is_the_exact_score() -> None:
    pairs = made_pairs(40)
    whole = measure_neg_clip_loss(pairs, temperature=0.05, is_weighted=False)
    assert (
        np.abs(approximate_neg_clip_loss(pairs, temperature=0.05, clusters=40).value - whole.value).max()
        <= 1e-5
    )


def test_in_cluster_ranks_only_within_the_cluster() -> None:
    random = np.random.default_rng(0)
    topics = unit_rows(random.normal(size=(4, 32)))
    label = np.repeat(np.arange(4), 50)
    detail = 0.5 * random.normal(size=(200, 32))
    media, texts = unit_rows(3 * topics[label] + detail), unit_rows(3 * topics[label] + detail)
    texts[10], texts[60] = texts[20], texts[110]  # one wrong within its topic, one from another topic
    own = np.arange(200)
    clusters = find_clusters(media, 4)
    assert all(len(set(clusters.label[label == topic])) == 1 for topic in range(4))
    found = measure_in_cluster(Pairs(media, texts, own, own), clusters)
    assert set(np.argsort(found.percentile)[:2]) == {10, 60}
    assert np.median(found.value) == 1.0
    assert found.rivals.max() == 49


def test_in_cluster_is_undefined_in_a_cluster_with_too_few_rivals() -> None:
    found = measure_in_cluster(made_pairs(4))
    assert np.isnan(found.value).all()
    assert np.isnan(found.percentile).all()


def test_clusters_are_numbered_as_they_appear_and_cover_every_row() -> None:
    vectors = unit_rows(np.random.default_rng(0).normal(size=(500, 8)))
    found = find_clusters(vectors, 12, seed=3)
    assert found.size.sum() == 500
    assert len(found.size) == len(found.mean) <= 12
    assert np.unique(found.label, return_index=True)[1].argsort().tolist() == list(range(len(found.size)))
    assert (find_clusters(vectors, 12, seed=3).label == found.label).all()
