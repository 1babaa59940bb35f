"""Copies that browsers play keep the times of the original."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from test_media_frame_clock import write_uneven

from workbench.demo.acts import make_clip
from workbench.demo.motion import write_clip
from workbench.demo.sound import make_sound
from workbench.errors import MediaError
from workbench.media.audio import decode_audio
from workbench.media.frame_clock import read_frame_times
from workbench.media.probe import probe
from workbench.media.transcode import CopyPlan, plan_copy, transcode

SMALL = CopyPlan(height_px=48, picture_bits_s=200_000)


def test_pictures_of_a_variable_rate_keep_their_times(tmp_path: Path) -> None:
    given = [0, 40, 80, 180, 200, 380, 400, 440, 700, 1000]
    write_uneven(tmp_path / "clip.mp4", given)
    assert transcode(tmp_path / "clip.mp4", tmp_path / "copy.mp4", plan=SMALL)
    assert np.allclose(read_frame_times(tmp_path / "copy.mp4") * 1000, given, atol=1)


def test_sound_lies_where_it_lay_and_progress_is_told(tmp_path: Path) -> None:
    clip = make_clip(0)
    write_clip(tmp_path / "clip.mp4", clip, make_sound(clip))
    shares: list[float] = []
    assert transcode(tmp_path / "clip.mp4", tmp_path / "copy.mp4", plan=SMALL, on_share=shares.append)
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    one, other = (decode_audio(tmp_path / name, 8_000) for name in ("clip.mp4", "copy.mp4"))
    length = min(len(one), len(other))
    match = np.correlate(one[:length], other[400 : length - 400], "valid")
    assert abs(int(match.argmax()) - 400) <= 8 * 12  # within 12 ms
    found = probe(tmp_path / "copy.mp4", "video")
    assert (found.height, found.has_audio) == (48, True)


def test_a_copy_that_is_stopped_leaves_nothing(tmp_path: Path) -> None:
    write_uneven(tmp_path / "clip.mp4", [40 * number for number in range(80)])
    answers = iter((False, False, True))
    assert not transcode(
        tmp_path / "clip.mp4", tmp_path / "copy.mp4", plan=SMALL, is_stopped=lambda: next(answers)
    )
    assert [file.name for file in tmp_path.iterdir()] == ["clip.mp4"]


def test_the_plan_fits_the_limit_or_says_that_nothing_does() -> None:
    assert [plan_copy(length_s, 50_000_000).height_px for length_s in (60, 600, 1500)] == [720, 360, 240]
    with pytest.raises(MediaError, match=r"5.6 h do not fit into 50 MB"):
        plan_copy(20_000, 50_000_000)
