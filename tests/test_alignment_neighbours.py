"""Neighbours: LEMoN by the formula, held against a literal implementation."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import pytest

from workbench.alignment.neighbours import PUBLISHED, NeighbourSetting, measure_neighbours
from workbench.alignment.pairs import Pairs, pair_up
from workbench.alignment.similarity import Pairing, unit_rows


def lemon(v: npt.NDArray[np.float64], t: npt.NDArray[np.float64], sample: list[int], k: int) -> list[float]:
    """The paper's three equations with plain loops over pairs: β = γ = 5, τ1 = .1, τ2 = 5."""
    n = len(t)

    def d(a: npt.NDArray[np.float64], b: npt.NDArray[np.float64]) -> float:
        return 1.0 - float(a @ b)

    scores = []
    for i in range(n):
        others = [j for j in range(n) if sample[j] != sample[i]]
        by_image = sorted(others, key=lambda j: (round(d(v[i], v[j]), 9), j))[:k]
        by_text = sorted(others, key=lambda j: (round(d(t[i], t[j]), 9), j))[:k]
        s_n = sum(
            d(t[i], t[j]) * math.exp(-0.1 * d(v[i], v[j])) * math.exp(-5 * d(v[j], t[j])) for j in by_image
        ) / len(by_image)
        s_m = sum(
            d(v[i], v[j]) * math.exp(-0.1 * d(t[i], t[j])) * math.exp(-5 * d(v[j], t[j])) for j in by_text
        ) / len(by_text)
        scores.append(d(v[i], t[i]) + 5 * s_n + 5 * s_m)
    return scores


def made_pairs(samples: int, captions: int, seed: int = 0) -> Pairs:
    random = np.random.default_rng(seed)
    topic = random.normal(size=(samples, 24))
    media = unit_rows(topic + 0.4 * random.normal(size=topic.shape))
    texts = unit_rows(np.repeat(topic, captions, 0) + 0.4 * random.normal(size=(samples * captions, 24)))
    return Pairs(media, texts, np.repeat(np.arange(samples), captions), np.arange(samples))


@pytest.mark.parametrize(("samples", "captions"), [(200, 1), (60, 5)])
def test_it_is_the_published_formula_to_a_millionth(samples: int, captions: int) -> None:
    pairs = made_pairs(samples, captions)
    slow = lemon(
        pairs.media[pairs.owner].astype(float),
        pairs.texts.astype(float),
        pairs.owner.tolist(),
        PUBLISHED.neighbours,
    )
    assert np.abs(-measure_neighbours(pairs).value - slow).max() <= 1e-6


def test_the_published_setting_is_the_default() -> None:
    assert NeighbourSetting(30, 5.0, 5.0, 0.1, 5.0) == PUBLISHED


def test_a_caption_unlike_those_of_similar_media_is_the_lowest() -> None:
    random = np.random.default_rng(1)
    topic = np.repeat(unit_rows(random.normal(size=(3, 16))), 40, 0)
    media = unit_rows(topic + 0.1 * random.normal(size=topic.shape))
    texts = unit_rows(topic + 0.1 * random.normal(size=topic.shape))
    texts[5] = texts[100]
    found = measure_neighbours(Pairs(media, texts, np.arange(120), np.arange(120)))
    assert found.value.argmin() == 5
    assert found.nearest_by_text[5] == 100


def test_the_captions_of_ones_own_media_are_no_neighbours() -> None:
    pairs = made_pairs(40, 5)
    found = measure_neighbours(pairs)
    assert (pairs.owner[found.nearest_by_media] != pairs.owner).all()
    assert (pairs.owner[found.nearest_by_text] != pairs.owner).all()


def test_a_lone_pair_has_no_neighbours_and_is_judged_by_its_cosine() -> None:
    found = measure_neighbours(made_pairs(1, 2))
    assert found.heard.tolist() == [0, 0]
    assert found.nearest_by_media.tolist() == [-1, -1]
    assert np.allclose(found.value, -found.distance)


def test_neighbours_can_be_sought_in_a_part_of_the_set() -> None:
    pairs = made_pairs(300, 1)
    whole, part = measure_neighbours(pairs), measure_neighbours(pairs, reference=150)
    assert np.corrcoef(whole.value, part.value)[0, 1] > 0.6
    assert (part.heard == 30).all()


def test_the_frames_of_an_interval_are_pooled_and_share_a_sample() -> None:
    frames = np.eye(4, dtype=np.float32)
    pairing = Pairing(np.array([0, 3]), np.array([0, 0, 1]), np.array([0, 1, 3]), np.array([1, 3, 4]))
    pairs = pair_up(frames, frames[:3], pairing)
    assert np.allclose(pairs.media, [[1, 0, 0, 0], [0, 0.5**0.5, 0.5**0.5, 0], [0, 0, 0, 1]])
    assert pairs.sample.tolist() == [0, 0, 1]
    assert np.allclose(pairs.own, [1.0, 0.5**0.5, 0.0])
