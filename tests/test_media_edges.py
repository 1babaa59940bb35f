"""Edges lie where something is seen or heard to begin or end."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from made_clips import BLUE, RED, write_squares

from workbench.media.edges import find_edges, gather_edges, pick_onsets
from workbench.media.onsets import measure_onsets


def test_of_edges_that_lie_together_the_surest_stays() -> None:
    found = gather_edges({"onset": [1.0, 4.02], "shot": [4.0], "silence": [0.01, 7.99]}, 8.0)
    assert found.kinds == ("onset", "shot")
    assert found.times_s.tolist() == [1.0, 4.0]


def test_knocks_are_picked_and_steady_noise_is_not() -> None:
    noise = 0.002 * np.random.default_rng(0).standard_normal(32_000).astype(np.float32)
    knocks = noise.copy()
    for at_s in (0.4, 1.0, 1.5):
        knocks[int(at_s * 16_000) : int(at_s * 16_000) + 400] += 0.3 * np.hanning(800)[400:].astype(
            np.float32
        )
    onsets = measure_onsets(knocks)
    assert np.allclose(pick_onsets(onsets.times_s, onsets.strength), [0.4, 1.0, 1.5], atol=0.02)


def test_where_things_begin_and_stop_to_move_are_edges(tmp_path: Path) -> None:
    write_squares(tmp_path / "clip.mp4", [(RED, 0.5, 1.6), (BLUE, 2.4, 3.4)], 4.0)
    found = find_edges(tmp_path / "clip.mp4", duration_s=4.0, has_pictures=True, has_sound=False)
    assert set(found.kinds) == {"shot", "motion"}  # where it rests the picture is frozen, and that ends too
    for edge_s in (0.5, 1.6, 2.4, 3.4):
        assert np.abs(found.times_s - edge_s).min() < 0.2
