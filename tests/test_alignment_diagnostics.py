"""Diagnostics: each number on a space whose shape is known."""

from __future__ import annotations

import math

import numpy as np
import pytest

from workbench.alignment.diagnostics import (
    diagnose_space,
    effective_rank,
    hubness,
    separability,
    uniformity,
)
from workbench.alignment.pairs import Pairs
from workbench.alignment.similarity import unit_rows


def space(*, gap: float = 0.0, width: int = 32, used: int = 32, samples: int = 300, seed: int = 0) -> Pairs:
    random = np.random.default_rng(seed)
    topic = np.zeros((samples, width))
    topic[:, :used] = random.normal(size=(samples, used))
    media, texts = topic.copy(), topic + 0.3 * random.normal(size=topic.shape) * (np.arange(width) < used)
    media[:, 0] += gap
    texts[:, 0] -= gap
    own = np.arange(samples)
    return Pairs(unit_rows(media), unit_rows(texts), own, own)


def test_a_gap_is_measured_and_told_apart() -> None:
    near, far = diagnose_space(space()), diagnose_space(space(gap=6.0))
    assert near.gap < 0.1 < 1.0 < far.gap
    assert near.separability < 0.7
    assert far.separability > 0.95
    assert far.anisotropy_media > 0.3 > abs(near.anisotropy_media)


def test_the_gap_is_the_distance_of_the_means() -> None:
    pairs = space(gap=2.0, samples=50)
    expected = math.dist(pairs.media.mean(0), pairs.texts.mean(0))
    assert diagnose_space(pairs).gap == pytest.approx(expected, abs=1e-5)


def test_alignment_and_uniformity_are_the_published_formulas() -> None:
    pairs = space(samples=30)
    v, t = pairs.media.astype(float), pairs.texts.astype(float)
    found = diagnose_space(pairs)
    assert found.alignment == pytest.approx(
        np.mean([((a - b) ** 2).sum() for a, b in zip(v, t, strict=True)]), abs=1e-5
    )
    for left, right, value in (
        (v, v, found.uniformity_media), (t, t, found.uniformity_texts), (v, t, found.uniformity_across),
    ):  # fmt: skip
        terms = [
            math.exp(-2 * ((left[i] - right[j]) ** 2).sum()) for i in range(30) for j in range(30) if i != j
        ]
        assert value == pytest.approx(math.log(np.mean(terms)), abs=1e-4)
    assert uniformity(pairs.media, pairs.texts) == found.uniformity_across


def test_effective_rank_counts_the_directions_in_use() -> None:
    few, many = diagnose_space(space(used=4)), diagnose_space(space(used=32))
    assert 3 < few.rank_media <= 4.01
    assert 25 < many.rank_media <= 32
    assert effective_rank(np.ones((5, 3), np.float32)) <= 1.0 + 1e-6


def test_a_caption_near_to_everything_is_a_hub() -> None:
    pairs = space()
    plain = diagnose_space(pairs)
    texts = pairs.texts.copy()
    texts[0] = unit_rows(pairs.media.mean(0)[None])[0]
    media = unit_rows(pairs.media + 0.8 * texts[0])
    found = diagnose_space(Pairs(media, texts, pairs.owner, pairs.sample))
    assert found.appearances_texts.argmax() == 0
    assert found.hubness_texts > plain.hubness_texts
    counts, skew = hubness(np.eye(20, dtype=np.float32) + 0.01)
    assert counts.sum() == 200
    assert math.isfinite(skew)


def test_the_sweep_keeps_its_order_where_temperatures_are_close() -> None:
    found = diagnose_space(space())
    assert found.ranks.shape == (4, 300)
    assert found.stability.shape == (3,)
    assert (found.stability <= 1 + 1e-9).all()


def test_both_sides_of_a_pair_are_held_out_together() -> None:
    assert separability(*([space(gap=0.0).media] * 2)) == pytest.approx(0.5, abs=0.1)


def test_a_set_that_is_too_small_is_refused() -> None:
    with pytest.raises(ValueError, match="20 samples"):
        diagnose_space(space(samples=5))
