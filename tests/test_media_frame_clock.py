"""The times of pictures, read without decoding them."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from workbench.errors import MediaError
from workbench.media.frame_clock import read_frame_times
from workbench.media.video import frames_at


def write_uneven(path: Path, times_ms: list[int], *, reorder: str = "2") -> None:
    """Write a clip whose pictures start at these times; B-frames put them out of order in the file."""
    import av

    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25, options={"bf": reorder, "g": "8"})
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        stream.codec_context.time_base = Fraction(1, 1000)
        for number, time_ms in enumerate(times_ms):
            picture = np.full((48, 64, 3), 10 * number % 250, np.uint8)
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.time_base = time_ms, Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def test_uneven_pictures_keep_their_own_times(tmp_path: Path) -> None:
    given = [0, 40, 80, 180, 200, 380, 400, 440, 700, 1000]
    write_uneven(tmp_path / "clip.mp4", given)
    times_s = read_frame_times(tmp_path / "clip.mp4")
    assert np.allclose(times_s * 1000, given, atol=0.6)
    shown = [frame.time_s for frame in frames_at(tmp_path / "clip.mp4", (times_s + 0.005).tolist())]
    assert np.allclose(shown, times_s, atol=1e-3)


def test_a_sound_has_no_pictures(tmp_path: Path) -> None:
    from workbench.demo.sound import encode_wav

    (tmp_path / "a.wav").write_bytes(encode_wav(np.zeros(16_000, np.float32)))
    with pytest.raises(MediaError, match="no pictures"):
        read_frame_times(tmp_path / "a.wav")
