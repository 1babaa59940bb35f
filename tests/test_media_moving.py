"""Moving things, colours and shots on pictures made here, where everything is known."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.media.colours import COLOUR_NAMES, colour_shares, name_colours
from workbench.media.shots import boundary_candidates, find_silences, measure_loudness, measure_pictures

STEP_S = 0.08


def film(*moves: tuple[tuple[int, int, int], float, float, int], frames: int = 75) -> np.ndarray:
    """Draw squares that cross from left to right, each (colour, start, end, top)."""
    pictures = np.full((frames, 96, 128, 3), (200, 200, 190), np.uint8)
    for colour, start_s, end_s, top in moves:
        for number in range(frames):
            share = (number * STEP_S - start_s) / (end_s - start_s)
            if 0 <= share < 1:
                left = round(-16 + 144 * share)
                pictures[number, top : top + 18, max(0, left) : max(0, left + 18)] = colour
    return pictures


def times(frames: int = 75) -> np.ndarray:
    return np.arange(frames) * STEP_S


def test_each_moving_thing_is_found_with_its_times_and_colour() -> None:
    pytest.importorskip("cv2", reason="moving things are followed by OpenCV")
    from workbench.media.moving import find_moving

    found = find_moving(film(((210, 30, 30), 0.5, 2.5, 20), ((30, 60, 210), 3.0, 5.0, 60)), times())
    assert len(found.things) == 2
    for thing, span, colour in zip(found.things, [(0.5, 2.5), (3.0, 5.0)], ["red", "blue"], strict=True):
        assert thing.span_s(STEP_S) == (pytest.approx(span[0], abs=0.15), pytest.approx(span[1], abs=0.25))
        assert COLOUR_NAMES[int(thing.colours.argmax())] == colour
        assert thing.centres[-1, 0] > thing.centres[0, 0]


def test_two_things_at_once_are_two() -> None:
    pytest.importorskip("cv2", reason="moving things are followed by OpenCV")
    from workbench.media.moving import find_moving

    found = find_moving(film(((210, 30, 30), 1.0, 4.0, 10), ((30, 60, 210), 1.5, 4.5, 60)), times())
    assert len(found.things) == 2


def test_a_moving_camera_is_said_and_nothing_is_made_up() -> None:
    pytest.importorskip("cv2", reason="moving things are followed by OpenCV")
    from workbench.media.moving import find_moving

    texture = np.random.default_rng(0).integers(0, 255, (96, 600, 3), np.uint8)
    pan = np.stack([texture[:, 5 * n : 5 * n + 128] for n in range(75)])
    found = find_moving(pan, times())
    assert found.is_camera
    assert found.things == ()


def test_a_still_clip_has_no_moving_things() -> None:
    pytest.importorskip("cv2", reason="moving things are followed by OpenCV")
    from workbench.media.moving import find_moving

    found = find_moving(film(), times())
    assert found.things == ()
    assert not found.is_camera


@pytest.mark.parametrize(
    ("rgb", "name"),
    [
        ((255, 0, 0), "red"), ((255, 165, 0), "orange"), ((255, 255, 0), "yellow"), ((0, 128, 0), "green"),
        ((0, 0, 255), "blue"), ((128, 0, 128), "purple"), ((255, 105, 180), "pink"), ((139, 69, 19), "brown"),
        ((0, 0, 0), "black"), ((255, 255, 255), "white"), ((128, 128, 128), "grey"),
    ],
)  # fmt: skip
def test_the_web_colours_of_the_eleven_names_get_their_name(rgb: tuple[int, int, int], name: str) -> None:
    assert COLOUR_NAMES[int(name_colours(np.array(rgb, np.uint8)))] == name


def test_no_pixels_have_no_colours() -> None:
    assert colour_shares(np.zeros((0, 3), np.uint8)).tolist() == [0.0] * 11


def test_cuts_black_and_frozen_pictures_are_seen() -> None:
    noise = np.random.default_rng(1).integers(0, 40, (40, 48, 64, 3), np.uint8)
    pictures = noise + np.array([160, 60, 60], np.uint8)
    pictures[20:] = noise[20:] + np.array([40, 60, 180], np.uint8)
    pictures[30:35] = 0
    found = measure_pictures(pictures, np.arange(40) * 0.1)
    assert np.flatnonzero(found.is_cut)[0] == 20
    assert found.is_black[30:35].all()
    assert not found.is_black[:30].any()
    assert found.is_frozen[31:35].all()
    assert not found.is_frozen[:30].any()
    assert 2.0 in boundary_candidates(found, [], []).tolist()


def test_silence_is_found_between_sounds() -> None:
    tone = np.sin(np.arange(16_000) * 0.2).astype(np.float32)
    quiet = np.full(8_000, 1e-4, np.float32)
    found = find_silences(*measure_loudness(np.concatenate([tone, quiet, tone]), 16_000))
    assert len(found) == 1
    assert found[0] == (pytest.approx(1.0, abs=0.03), pytest.approx(1.5, abs=0.03))


def test_boundaries_that_lie_together_are_one() -> None:
    pictures = measure_pictures(film(frames=10), times(10))
    close = boundary_candidates(pictures, [(1.0, 2.0), (1.02, 3.0)], [(2.01, 2.5)])
    assert close[close >= 1.0].tolist() == [1.0, 2.0, 2.5, 3.0]
