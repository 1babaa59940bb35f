"""Abrupt changes of motion are found when they happen and where; even motion, shake and cuts say nothing."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from workbench.demo.impact_files import frame_times_s
from workbench.errors import MediaError, MissingExtraError
from workbench.media.motion import REGIONS, measure_motion, read_motion

HEIGHT, WIDTH = 120, 160
GROUND = np.kron(np.random.default_rng(3).uniform(60, 190, (15, 20)), np.ones((8, 8))).astype(np.float32)


def _frame(x: float, y: float, *, slip: int = 0) -> np.ndarray:
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    cover = np.clip(9.5 - np.hypot(columns - x, rows - y), 0, 1)
    picture = np.roll(GROUND, slip, axis=1) * (1 - cover) + 240 * cover
    return np.clip(picture, 0, 255).astype(np.uint8)


def _bounce(times_s, at_s: float, x: float = 40.0):
    """Yield a ball that falls at 90 px/s and goes up as fast from one instant on."""
    return [(float(t), _frame(x, 95 - 90 * abs(t - at_s))) for t in times_s]


def _centre_s(found, region: int = 0) -> float:
    strength = np.where(
        found.abruptness[:, region] > 0.5 * found.abruptness[:, region].max(), found.abruptness[:, region], 0
    )
    return float((found.times_s * strength).sum() / strength.sum())


@pytest.mark.parametrize("at_s", [0.5, 0.512, 0.527])
def test_a_bounce_between_two_frames_is_timed_within_a_quarter_of_a_frame(at_s):
    found = measure_motion(_bounce(np.arange(0, 1, 0.04), at_s))
    assert _centre_s(found) == pytest.approx(at_s, abs=0.010)


def test_uneven_frames_keep_their_own_times():
    times_s = frame_times_s(1.0, 25, jitter=0.35, seed=4)
    found = measure_motion(_bounce(times_s, 0.52))
    assert set(found.times_s) <= set(times_s.tolist())
    assert _centre_s(found) == pytest.approx(0.52, abs=0.012)


def test_the_region_of_the_bounce_stands_out():
    found = measure_motion(_bounce(np.arange(0, 1, 0.04), 0.52, x=140.0))
    assert REGIONS[1 + int(found.abruptness[:, 1:].max(axis=0).argmax())] == "the bottom right"


def test_what_only_passes_through_shows_far_less_than_a_bounce():
    times_s = np.arange(0, 1, 0.04)
    passing = measure_motion([(float(t), _frame(20 + 90 * t, 60)) for t in times_s])
    bounce = measure_motion(_bounce(times_s, 0.52))
    assert np.median(passing.abruptness[:, 0]) < 0.3 * bounce.abruptness[:, 0].max()


def test_a_shaken_camera_is_taken_away():
    slips = [0, 2, 0, -2, 0, 2, 0, -2] * 3
    shaken = measure_motion([(0.04 * n, _frame(-50, -50, slip=slip)) for n, slip in enumerate(slips)])
    bounce = measure_motion(_bounce(np.arange(0, 1, 0.04), 0.52))
    assert np.median(shaken.abruptness[:, 0]) < 0.3 * bounce.abruptness[:, 0].max()


def test_a_cut_is_blanked():
    frames = [(0.04 * n, _frame(40, 60) if n < 10 else 255 - _frame(40, 60)) for n in range(20)]
    assert measure_motion(frames).abruptness.max() < 0.05


def test_frames_shown_twice_are_skipped():
    times_s = np.arange(0, 1, 0.04)
    once = measure_motion(_bounce(times_s, 0.52))
    twice = [(t + wait, frame) for t, frame in _bounce(times_s, 0.52) for wait in (0.0, 0.02)]
    again = measure_motion(twice)
    assert np.array_equal(once.times_s, again.times_s)
    assert np.allclose(once.abruptness, again.abruptness)


def test_too_few_frames_give_an_empty_track():
    found = measure_motion(_bounce([0.0, 0.04], 0.02))
    assert found.abruptness.shape == (0, len(REGIONS))


def test_without_opencv_the_install_line_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "cv2", None)
    with pytest.raises(MissingExtraError, match=r"audio-video"):
        measure_motion([])


def test_a_sound_file_has_no_pictures(tmp_path):
    from workbench.demo.sound import encode_wav

    path = tmp_path / "a.wav"
    path.write_bytes(encode_wav(np.zeros(2000, np.float32)))
    with pytest.raises(MediaError, match="no pictures"):
        read_motion(path)
