"""Consensus: a caption against the others of its sample."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.alignment.consensus import measure_consensus
from workbench.alignment.similarity import unit_rows


def test_the_odd_caption_of_a_sample_is_the_lowest() -> None:
    random = np.random.default_rng(0)
    topics = unit_rows(random.normal(size=(10, 32)))
    texts = unit_rows(np.repeat(topics, 5, axis=0) + 0.1 * random.normal(size=(50, 32)))
    texts[7] = topics[9]
    found = measure_consensus(texts, np.repeat(np.arange(10), 5))
    assert found.margin.argmin() == 7
    assert found.percentile[7] == pytest.approx(1 / 100)


def test_a_caption_alone_is_undefined_and_takes_no_rank() -> None:
    texts = np.eye(3, dtype=np.float32)
    found = measure_consensus(texts, [0, 0, 1])
    assert np.isnan([found.value[2], found.percentile[2]]).all()
    assert found.others.tolist() == [1, 1, 0]
    assert sorted(found.percentile[:2].tolist()) == [0.5, 0.5]


def test_values_stay_between_minus_one_and_one() -> None:
    texts = unit_rows(np.random.default_rng(1).normal(size=(40, 8)))
    found = measure_consensus(texts, np.repeat(np.arange(20), 2))
    assert np.abs(found.value).max() <= 1.0 + 1e-6
