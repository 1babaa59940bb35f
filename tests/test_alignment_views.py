"""Offsets between cameras on signals shifted by a known amount, and agreement worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.alignment.views import (
    Offset,
    agree,
    align_clocks,
    closures,
    motion_offset,
    sound_offset,
)

RATE_HZ = 8000


def test_sound_heard_later_gives_a_positive_offset() -> None:
    rng = np.random.default_rng(0)
    heard = rng.standard_normal(3 * RATE_HZ).astype(np.float32)
    later = np.concatenate([np.zeros(round(0.25 * RATE_HZ), np.float32), 0.4 * heard])
    noisy = (later + 0.2 * rng.standard_normal(len(later))).astype(np.float32)
    found = sound_offset(heard, noisy, RATE_HZ)
    assert found is not None
    assert found.offset_s == pytest.approx(0.25, abs=1e-3)
    assert found.prominence > 1.5
    back = sound_offset(noisy, heard, RATE_HZ)
    assert back is not None
    assert back.offset_s == pytest.approx(-0.25, abs=1e-3)


def test_unrelated_sounds_have_no_clear_peak() -> None:
    one, other = np.random.default_rng(1).standard_normal((2, 3 * RATE_HZ)).astype(np.float32)
    found = sound_offset(one, other, RATE_HZ)
    assert found is not None
    assert found.prominence < 1.3


def test_silence_gives_no_offset() -> None:
    assert sound_offset(np.zeros(100, np.float32), np.ones(100, np.float32), RATE_HZ) is None
    assert motion_offset(np.zeros(50), np.zeros(50), 0.08) is None


def test_motion_gives_the_offset_whatever_the_size_in_the_picture() -> None:
    times = np.arange(0, 10, 0.08)
    one = np.where((times > 2) & (times < 4), 0.1, 0.0) + np.where((times > 6) & (times < 7), 0.05, 0.0)
    other = 3 * np.interp(times - 0.8, times, one)
    found = motion_offset(one, other, 0.08)
    assert found is not None
    assert found.offset_s == pytest.approx(0.8, abs=0.02)


def test_a_wrong_offset_shows_in_the_ring_of_three() -> None:
    ring = closures({(0, 1): 0.5, (1, 2): 0.2, (0, 2): 1.7}, 3)
    assert ring[0, 1, 2] == pytest.approx(-1.0)
    assert closures({(0, 1): 0.5}, 3) == {}


def test_a_clear_offset_outweighs_an_unclear_one() -> None:
    offsets = {
        (0, 1): Offset(0.5, 5.0, "sound"),
        (1, 2): Offset(0.2, 5.0, "sound"),
        (0, 2): Offset(1.7, 1.05, "motion"),
    }
    assert align_clocks(offsets, 3) == pytest.approx([0.0, 0.5, 0.7], abs=0.01)


def test_a_camera_tied_to_no_other_has_no_clock() -> None:
    clocks = align_clocks({(0, 1): Offset(0.5, 2.0, "sound")}, 3)
    assert clocks[:2].tolist() == [0.0, 0.5]
    assert np.isnan(clocks[2])


def test_agreement_needs_both_time_and_words() -> None:
    same = agree((1.0, 3.0), [(1.0, 3.0), (5.0, 6.0)], [1.0, 0.1])
    assert (same.value, same.partner) == (1.0, 0)
    other_words = agree((1.0, 3.0), [(1.0, 3.0)], [0.1])
    later = agree((1.0, 3.0), [(2.5, 4.5)], [1.0])
    assert max(other_words.value, later.value) < 0.5
    assert later.starts_apart_s == pytest.approx(1.5)
    assert agree((1.0, 3.0), [], []).partner == -1
    assert agree(None, [None], [0.9]).overlap == 1.0
    assert agree(None, [(0.0, 1.0)], [0.9]).overlap == 0.0
