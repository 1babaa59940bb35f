"""Clips of impacts: seen and heard at the same instants, with the offset and the noise asked for."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.demo.benchmark.av_sync import measure
from workbench.demo.impact_files import frame_times_s
from workbench.demo.impacts import draw_impacts, make_impacts, sound_impacts


def test_the_same_seed_gives_the_same_clip() -> None:
    first, second = make_impacts(3, offset_s=0.1), make_impacts(3, offset_s=0.1)
    assert first == second
    assert np.array_equal(sound_impacts(first), sound_impacts(second))
    times_s = frame_times_s(0.2, 25)
    pairs = zip(draw_impacts(first, times_s), draw_impacts(second, times_s), strict=True)
    assert all(np.array_equal(a, b) for a, b in pairs)


def test_an_offset_leaves_the_picture_as_it_is() -> None:
    assert make_impacts(3).balls == make_impacts(3, offset_s=0.4).balls
    assert make_impacts(3).movers == make_impacts(3, offset_s=0.4).movers


def test_a_ball_stands_on_its_floor_at_every_landing_and_never_below() -> None:
    ball = make_impacts(5).balls[0]
    lowest = ball.floor_px - ball.radius_px
    assert all(ball.place(landing)[1] == pytest.approx(lowest) for landing in ball.landings_s[1:-1])
    assert max(ball.place(t)[1] for t in np.arange(0, 6, 0.003)) <= lowest + 1e-9


@pytest.mark.parametrize("kind", ["foreign_sound", "no_sound", "still", "smooth"])
def test_clips_without_shared_events_say_so(kind) -> None:
    assert make_impacts(1).has_shared_events
    assert not make_impacts(1, kind=kind).has_shared_events


def test_more_decibels_is_less_noise() -> None:
    loud, quiet = (sound_impacts(make_impacts(2, snr_db=db)) for db in (0.0, 20.0))
    assert np.median(np.abs(loud)) > 2 * np.median(np.abs(quiet))


def test_uneven_frame_times_rise_and_keep_the_mean_rate() -> None:
    times_s = frame_times_s(6, 25, jitter=0.35, seed=1)
    gaps = np.diff(times_s)
    assert (gaps > 0).all()
    assert gaps.std() > 0.005
    assert gaps.mean() == pytest.approx(0.04, rel=0.05)


def test_a_reduced_benchmark_meets_its_lines() -> None:
    found = measure(7, quick=True)
    assert found["av_offset_median_ms"].value <= 6
    assert found["av_within_40ms"].value >= 0.92
    assert found["av_auroc_60ms"].value >= 0.95
    assert found["av_abstain_no_events"].value >= 0.8
    assert found["av_baseline_duration_auroc"].value == 0.5
