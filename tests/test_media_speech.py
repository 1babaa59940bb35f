"""Where somebody speaks, from loudness alone."""

from __future__ import annotations

import numpy as np
import pytest

from tests.made_talks import RATE_HZ, make_rhythm, sound_of
from workbench.media.speech import find_speech


@pytest.mark.parametrize("noise", [0.0, 0.003, 0.01])
def test_edges_of_speech_are_found_within_three_frames(noise: float) -> None:
    segments = make_rhythm(8)
    speech = find_speech(sound_of(segments, noise), RATE_HZ)
    assert len(speech.intervals) == 8
    truth = np.array([[one.start_s, one.end_s] for one in segments])
    assert np.abs(speech.intervals - truth).max() < 0.03


def test_the_threshold_follows_the_loudness_of_the_sound() -> None:
    sound = sound_of(make_rhythm(5))
    quiet, loud = (find_speech(np.float32(gain) * sound, RATE_HZ) for gain in (0.05, 1.0))
    assert (quiet.mask == loud.mask).mean() > 0.99


def test_pauses_shorter_than_a_syllable_are_filled() -> None:
    sound = sound_of(make_rhythm(1))
    start = round(1.5 * RATE_HZ)
    sound[start : start + round(0.06 * RATE_HZ)] = 0
    assert len(find_speech(sound, RATE_HZ).intervals) == 1


def test_steady_noise_and_silence_have_no_contrast() -> None:
    noise = np.random.default_rng(0).standard_normal(5 * RATE_HZ).astype(np.float32)
    assert find_speech(noise, RATE_HZ).contrast_db < 6
    assert find_speech(np.zeros(RATE_HZ, np.float32), RATE_HZ).contrast_db == 0


def test_a_hum_is_not_taken_for_a_voice() -> None:
    sound = sound_of(make_rhythm(5), 0.001)
    time_s = np.arange(len(sound)) / RATE_HZ
    hum = (0.1 * np.sin(2 * np.pi * 50 * time_s)).astype(np.float32)
    assert (find_speech(sound + hum, RATE_HZ).mask == find_speech(sound, RATE_HZ).mask).mean() > 0.97


def test_a_sound_shorter_than_a_frame_has_no_frames() -> None:
    speech = find_speech(np.zeros(10, np.float32), RATE_HZ)
    assert speech.mask.size == 0
    assert speech.intervals.shape == (0, 2)
    assert speech.share(0, 1) == 0


def test_share_counts_only_what_is_inside_the_sound() -> None:
    speech = find_speech(sound_of(make_rhythm(1)), RATE_HZ)
    first = make_rhythm(1)[0]
    assert speech.share(first.start_s, first.end_s) > 0.97
    assert speech.share(100, 101) == 0
    assert speech.share(2, 2) == 0
