"""Offsets are found to a few milliseconds, with their sign; without shared events there is no answer."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.alignment.av_sync import LARGEST_P, measure_sync
from workbench.alignment.drift import fit_drift

LENGTH_S = 6.0
EVENTS_S = np.array([0.43, 1.21, 1.77, 2.9, 3.34, 4.61, 5.38])


def _track(times_s, events_s, width_s: float, seed: int = 0) -> np.ndarray:
    bumps = np.exp(-0.5 * ((times_s[:, None] - np.asarray(events_s)[None, :]) / width_s) ** 2).sum(axis=1)
    return bumps + 0.1 * np.random.default_rng(seed).uniform(size=times_s.size)


def _measure(seen_s, heard_s, *, frame_s: float = 0.04, length_s: float = LENGTH_S, **options):
    frames_s, sound_s = np.arange(0.04, length_s, frame_s), np.arange(0, length_s, 0.005)
    seen = _track(frames_s, seen_s, 0.03)[:, None]
    return measure_sync(frames_s, seen, sound_s, _track(sound_s, heard_s, 0.012, seed=1), **options)


@pytest.mark.parametrize("offset_s", [-1.0, -0.2, -0.06, 0.0, 0.043, 0.12, 0.4, 1.0])
def test_an_offset_is_found_to_5_ms_and_late_sound_is_positive(offset_s):
    found = _measure(EVENTS_S, EVENTS_S + offset_s)
    assert found.offset_s == pytest.approx(offset_s, abs=0.005)
    assert found.p_value <= LARGEST_P


def test_sounds_and_movements_that_are_strangers_give_no_evidence():
    rng = np.random.default_rng(5)
    found = [_measure(rng.uniform(0, 6, 7), rng.uniform(0, 6, 7), seed=n) for n in range(30)]
    told = [one for one in found if one.offset_s is not None]
    assert len(told) <= 2
    assert all("by chance" in one.reason for one in found if one.offset_s is None)


def test_p_values_of_strangers_are_spread_evenly():
    rng = np.random.default_rng(6)
    values = [_measure(rng.uniform(0, 6, 7), rng.uniform(0, 6, 7), shuffles=100).p_value for _ in range(60)]
    assert 0.35 < np.median(values) < 0.75


def test_a_picture_in_which_nothing_happens_says_so():
    frames_s, sound_s = np.arange(0, 6, 0.04), np.arange(0, 6, 0.005)
    found = measure_sync(frames_s, np.zeros((frames_s.size, 3)), sound_s, _track(sound_s, EVENTS_S, 0.012))
    assert found.offset_s is None
    assert found.nearest_s is None
    assert "nothing in the picture" in found.reason


def test_silence_says_so():
    frames_s, sound_s = np.arange(0, 6, 0.04), np.arange(0, 6, 0.005)
    found = measure_sync(frames_s, _track(frames_s, EVENTS_S, 0.03)[:, None], sound_s, np.zeros(sound_s.size))
    assert "no sound begins" in found.reason


def test_too_short_a_clip_says_so():
    found = _measure(EVENTS_S, EVENTS_S, length_s=1.5)
    assert found.offset_s is None
    assert "only 1.4 s" in found.reason


def test_no_frames_at_all_is_an_answer():
    found = measure_sync(np.zeros(0), np.zeros((0, 13)), np.arange(0, 6, 0.005), np.zeros(1200))
    assert "only 0.0 s" in found.reason


def test_periodic_events_list_every_offset_that_fits():
    beats = np.arange(0.2, 6, 0.5)
    found = _measure(beats, beats + 0.1)
    assert len(found.peaks_s) >= 3
    assert {round(peak, 1) for peak in found.peaks_s} >= {-0.4, 0.1, 0.6}
    assert found.nearest_s == pytest.approx(0.1, abs=0.01)
    assert found.second_ratio > 0.9


def test_events_in_one_region_are_found_beside_a_silent_mover_in_another():
    frames_s, sound_s = np.arange(0.04, 6, 0.04), np.arange(0, 6, 0.005)
    silent = np.random.default_rng(8).uniform(0, 6, 14)
    regions = np.stack(
        [
            _track(frames_s, EVENTS_S, 0.03) + 2 * _track(frames_s, silent, 0.03),
            2 * _track(frames_s, silent, 0.03),
            _track(frames_s, EVENTS_S, 0.03),
        ],
        axis=1,
    )
    found = measure_sync(frames_s, regions, sound_s, _track(sound_s, EVENTS_S + 0.2, 0.012))
    assert found.region == 2
    assert found.offset_s == pytest.approx(0.2, abs=0.005)


def test_foreign_sounds_do_not_move_the_offset():
    heard = np.concatenate([EVENTS_S + 0.08, [0.9, 2.2, 4.05, 5.0]])
    assert _measure(EVENTS_S, heard).offset_s == pytest.approx(0.08, abs=0.006)


def test_uneven_frame_times_are_respected():
    rng = np.random.default_rng(9)
    frames_s = np.cumsum(rng.uniform(0.02, 0.06, 150))
    sound_s = np.arange(0, 6, 0.005)
    seen = _track(frames_s, EVENTS_S, 0.03)[:, None]
    found = measure_sync(frames_s, seen, sound_s, _track(sound_s, EVENTS_S + 0.12, 0.012))
    assert found.offset_s == pytest.approx(0.12, abs=0.01)


def test_the_same_input_gives_the_same_answer():
    assert _measure(EVENTS_S, EVENTS_S + 0.12) == _measure(EVENTS_S, EVENTS_S + 0.12)


def test_a_sound_that_runs_slow_shows_as_drift():
    rng = np.random.default_rng(10)
    events_s = np.sort(rng.uniform(0, 60, 70))
    found = _measure(events_s, events_s * 1.001 + 0.02, length_s=60.0)
    assert found.drift is not None
    assert found.drift.ppm == pytest.approx(1000, rel=0.15)
    assert found.drift.start_s == pytest.approx(0.02, abs=0.01)


def test_a_steady_offset_has_no_drift():
    events_s = np.sort(np.random.default_rng(11).uniform(0, 60, 70))
    found = _measure(events_s, events_s + 0.3, length_s=60.0)
    assert found.drift is not None
    assert abs(found.drift.ppm) < 100
    assert found.offset_s == pytest.approx(0.3, abs=0.005)


def test_a_third_of_wrong_windows_does_not_move_the_line():
    middles_s = np.arange(5.0, 95, 10)
    offsets_s = 0.1 + 0.0005 * middles_s
    offsets_s[[1, 7]] = 1.1
    line = fit_drift(middles_s, offsets_s, np.zeros(9))
    assert line is not None
    assert line.ppm == pytest.approx(500, rel=0.2)


def test_windows_without_evidence_are_left_out_of_the_line():
    assert fit_drift(np.array([5.0, 15, 25]), np.zeros(3), np.array([0.0, 0.5, 0.0])) is None
