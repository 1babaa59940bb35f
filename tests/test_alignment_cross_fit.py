"""The join of two towers, on a made set whose right map is known."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.alignment.cross_fit import FIT_FROM_SAMPLES, join_towers
from workbench.alignment.similarity import Pairing, measure_similarity, unit_rows
from workbench.statistics import auroc


def made_set(count: int, seed: int = 0) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Return features, class-name vectors and sentence vectors tied by a hidden map; a fifth are moved."""
    random = np.random.default_rng(seed)
    meaning = random.normal(size=(count, 12))
    features = np.maximum(meaning @ random.normal(size=(12, 60)), 0) ** 2
    to_text = random.normal(size=(12, 24))
    texts = unit_rows(meaning @ to_text + 0.5 * random.normal(size=(count, 24)))
    named = unit_rows(meaning @ to_text + 30.0 * random.normal(size=(count, 24)))
    wrong = np.arange(count) < count // 5
    texts[wrong] = np.roll(texts[wrong], 1, axis=0)
    anchors = unit_rows(random.normal(size=(50, 24)))
    arrays = {"features": features, "named": named, "texts": texts, "anchors": anchors}
    return {name: array.astype(np.float32) for name, array in arrays.items()}, wrong


def joined_auroc(count: int) -> tuple[float, str]:
    arrays, wrong = made_set(count)
    pairing = Pairing.whole(np.ones(count), np.arange(count))
    joined = join_towers(pairing=pairing, files=[str(n) for n in range(count)], **arrays)
    found = measure_similarity(joined.media, joined.texts, pairing)
    return auroc(-found.margin, wrong), joined.note


def test_a_map_fitted_on_the_set_finds_what_class_names_do_not() -> None:
    small, small_note = joined_auroc(FIT_FROM_SAMPLES - 10)
    large, large_note = joined_auroc(600)
    assert "too few files (90" in small_note
    assert "map fitted on 600 files" in large_note
    assert large > 0.95 > small


def test_joined_rows_have_length_one_and_are_the_same_every_time() -> None:
    arrays, _ = made_set(200)
    pairing = Pairing.whole(np.ones(200), np.arange(200))
    one, two = (join_towers(pairing=pairing, files=[str(n) for n in range(200)], **arrays) for _ in range(2))
    assert np.allclose(np.linalg.norm(one.media, axis=1), 1, atol=1e-5)
    assert np.allclose(np.linalg.norm(one.texts, axis=1), 1, atol=1e-5)
    assert np.array_equal(one.media, two.media)


def test_a_map_never_saw_the_file_it_maps() -> None:
    """Where captions have nothing to do with photos, a map that saw its own pair would rank it first.

    Also by the back door: a tail trimmed by maps that saw the pair brought the mean rank down to .44.
    """
    ranks = [mean_rank_of_noise(np.arange(150), seed) for seed in range(8)]
    assert np.mean(ranks) == pytest.approx(0.5, abs=0.03)


def test_copies_of_a_file_share_a_fold() -> None:
    """Every photo is there twice: a copy in another fold would hand the map the answer."""
    ranks = [mean_rank_of_noise(np.arange(200) // 2, seed) for seed in range(6)]
    assert np.mean(ranks) == pytest.approx(0.5, abs=0.06)


def mean_rank_of_noise(content: np.ndarray, seed: int) -> float:
    """Return how high captions rank on average for their photo, 0 first to 1 last, in pure noise."""
    random = np.random.default_rng(seed)
    count = len(content)
    features = np.abs(random.normal(size=(count, 300)))[content].astype(np.float32)
    texts = unit_rows(random.normal(size=(count, 24)))[content]
    named = unit_rows(random.normal(size=(count, 24)))[content]
    anchors = unit_rows(random.normal(size=(50, 24)))
    pairing = Pairing.whole(np.ones(count), np.arange(count))
    joined = join_towers(features, named, texts, pairing, files=[str(n) for n in content], anchors=anchors)
    found = measure_similarity(joined.media, joined.texts, pairing)
    return float(((found.rank_in_row - 1) / found.rivals_in_row).mean())


def test_frames_of_a_video_are_mapped_each_by_itself() -> None:
    arrays, _ = made_set(240)
    pairing = Pairing.whole([2] * 120, np.arange(120))
    arrays["texts"] = arrays["texts"][::2]
    joined = join_towers(pairing=pairing, files=[str(n) for n in range(120)], **arrays)
    assert joined.media.shape[0] == 240
    assert joined.texts.shape[0] == 120


@pytest.mark.parametrize("count", [60, 200])
def test_further_texts_come_into_the_space_of_the_captions(count: int) -> None:
    arrays, _ = made_set(count)
    pairing = Pairing.whole(np.ones(count), np.arange(count))
    joined = join_towers(pairing=pairing, files=[str(n) for n in range(count)], **arrays)
    assert np.allclose(joined.map_texts(arrays["texts"]), joined.texts, atol=1e-6)
