"""Onsets are found when they happen, whatever their level, and steady sound has none."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.errors import MediaError
from workbench.media.onsets import measure_onsets, read_onsets

RATE_HZ = 16_000


def _knock(at_s: float, level: float, noise: float, seed: int = 0, length_s: float = 2.0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    samples = rng.standard_normal(round(length_s * RATE_HZ)) * noise
    t = np.arange(round(0.3 * RATE_HZ)) / RATE_HZ
    start = round(at_s * RATE_HZ)
    samples[start : start + t.size] += level * np.sin(2 * np.pi * 440 * t) * np.exp(-14 * t)
    samples[start : start + t.size] += 0.4 * level * rng.standard_normal(t.size) * np.exp(-60 * t)
    return samples.astype(np.float32)


def _centre_s(found, around_s: float) -> float:
    near = np.abs(found.times_s - around_s) < 0.05
    weight = found.strength[near] ** 2
    return float((found.times_s[near] * weight).sum() / weight.sum())


@pytest.mark.parametrize("level", [0.05, 0.2, 0.8])
def test_a_knock_is_timed_within_4_ms_at_every_level(level):
    times_s = [0.7, 0.9031, 1.2417]
    errors = [
        _centre_s(measure_onsets(_knock(at, level, 0.01, seed)), at) - at for seed, at in enumerate(times_s)
    ]
    assert max(map(abs, errors)) < 0.004


def test_steady_noise_has_no_onset_as_strong_as_a_knock_at_the_noise_level():
    quiet = measure_onsets(_knock(1.0, 0.0, 0.1)).strength
    knock = measure_onsets(_knock(1.0, 0.2, 0.1)).strength
    assert knock.max() > 1.5 * quiet.max()


def test_a_track_that_starts_in_mid_noise_has_no_onset_at_its_start():
    found = measure_onsets(_knock(1.0, 0.5, 0.05))
    assert found.strength[:10].max() < 0.3 * found.strength.max()


def test_louder_or_quieter_as_a_whole_makes_no_difference():
    samples = _knock(1.0, 0.3, 0.02)
    first, second = measure_onsets(samples).strength, measure_onsets(samples * np.float32(0.01)).strength
    assert np.allclose(first, second, atol=1e-3)


def test_digital_silence_is_no_division_by_zero():
    found = measure_onsets(np.zeros(RATE_HZ, np.float32))
    assert np.isfinite(found.strength).all()
    assert found.strength.max() == 0


def test_too_few_samples_give_no_onsets():
    assert measure_onsets(np.zeros(100, np.float32)).times_s.size == 0


def test_a_file_that_is_not_there_says_so(tmp_path):
    with pytest.raises(MediaError, match="no such file"):
        read_onsets(tmp_path / "none.wav")
