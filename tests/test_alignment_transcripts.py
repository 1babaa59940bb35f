"""Is a transcript late, does it run slow, and which mistake was made."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.made_talks import RATE_HZ, make_rhythm, sound_of
from workbench.alignment.hearing import lay_clock
from workbench.alignment.segments import Segment
from workbench.alignment.transcripts import RATE_MISTAKES, fit_line, match_patterns, name_rate
from workbench.media.speech import Speech, find_speech

TALK = make_rhythm(40)


@pytest.fixture(scope="module")
def speech() -> Speech:
    return find_speech(sound_of(TALK), RATE_HZ)


def moved(late_s: float = 0.0, rate: float = 1.0) -> list[Segment]:
    return [replace(o, start_s=o.start_s * rate + late_s, end_s=o.end_s * rate + late_s) for o in TALK]


@pytest.mark.parametrize("late_s", [-4.0, -0.32, 0.0, 0.05, 1.7, 4.0])
def test_a_shift_is_found_within_a_frame(speech: Speech, late_s: float) -> None:
    clock = lay_clock(moved(late_s), speech)
    assert clock.reason == ""
    assert clock.shift_s == pytest.approx(late_s, abs=0.015)
    assert clock.rate == 1


def test_the_result_is_said_in_words(speech: Speech) -> None:
    assert str(lay_clock(moved(), speech)) == "in time"
    assert str(lay_clock(moved(0.32), speech)).startswith("transcript late by 3")
    assert str(lay_clock(moved(rate=25 / 24), speech)).startswith("runs 4.17 % slow: 25 fps taken for 24")


@pytest.mark.parametrize("name", RATE_MISTAKES)
def test_every_named_mistake_is_named(speech: Speech, name: str) -> None:
    clock = lay_clock(moved(0.4, RATE_MISTAKES[name]), speech)
    assert clock.mistake == name
    assert clock.start_s == pytest.approx(0.4, abs=0.03)


def test_a_drift_that_is_no_named_mistake_is_measured(speech: Speech) -> None:
    clock = lay_clock(moved(rate=1.02), speech)
    assert clock.mistake == ""
    assert clock.rate == pytest.approx(1.02, abs=3e-4)


def test_times_of_the_transcript_are_taken_to_the_sound(speech: Speech) -> None:
    clock = lay_clock(moved(-0.5, 24 / 25), speech)
    told = np.array([one.start_s for one in moved(-0.5, 24 / 25)])
    assert np.abs(clock.to_sound(told) - [one.start_s for one in TALK]).max() < 0.03


def test_a_few_wrong_boundaries_move_nothing(speech: Speech) -> None:
    spoiled = moved(0.2)
    for number in range(0, 40, 8):
        spoiled[number] = replace(spoiled[number], start_s=spoiled[number].start_s - 0.7)
    assert lay_clock(spoiled, speech).shift_s == pytest.approx(0.2, abs=0.015)


def test_the_transcript_of_another_talk_is_no_evidence(speech: Speech) -> None:
    clock = lay_clock(make_rhythm(40, seed=5), speech)
    assert "no evidence" in str(clock)
    assert np.isnan(clock.shift_s)
    assert clock.to_sound(np.array([1.0])).tolist() == [1.0]


def test_sound_without_contrast_is_no_evidence() -> None:
    noise = np.random.default_rng(0).standard_normal(100 * RATE_HZ).astype(np.float32)
    assert "no contrast" in lay_clock(TALK, find_speech(noise, RATE_HZ)).reason


def test_no_captions_and_speech_without_a_pause_say_so() -> None:
    nothing = np.zeros(0)
    assert "no intervals" in match_patterns(np.ones(100, np.bool_), 0.02, nothing, nothing).reason
    whole = match_patterns(np.ones(100, np.bool_), 0.02, np.zeros(1), np.ones(1))
    assert "without a pause" in whole.reason


def test_a_line_holds_against_a_third_of_outliers() -> None:
    random = np.random.default_rng(1)
    x = np.sort(random.uniform(0, 100, 60))
    y = 0.3 + 1.001 * x + random.normal(0, 0.01, 60)
    y[::3] += random.uniform(-2, 2, 20)
    offset, slope, error = fit_line(x, y)
    assert offset == pytest.approx(0.3, abs=0.02)
    assert slope == pytest.approx(1.001, abs=4 * error)
    assert error < 2e-4


def test_a_rate_that_may_be_right_is_not_named() -> None:
    assert name_rate(1.001, 0.0002) == "30 fps taken for 29.97, or 24 for 23.976 (NTSC)"
    assert name_rate(1.001, 0.002) == ""
    assert name_rate(1.02, 0.0002) == ""
