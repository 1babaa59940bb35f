from __future__ import annotations

import builtins
import io
import itertools
import struct
from bisect import bisect_right
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from workbench.errors import MediaError, MissingExtraError
from workbench.media import frame_times, frames_at, poster, probe
from workbench.media.video import origin_s

UNEVEN = list(itertools.accumulate([0] + [1, 2, 1, 5, 1, 9, 3] * 9))
CLIPS: dict[str, tuple[str, dict[str, str], list[int]]] = {
    "short groups.mp4": ("libx264", {"g": "12", "bf": "2"}, list(range(64))),
    "one long group.mp4": ("libx264", {"g": "250", "bf": "3"}, list(range(64))),
    "open groups.mp4": ("libx264", {"g": "15", "bf": "3", "x264-params": "open-gop=1"}, list(range(64))),
    "open groups.mkv": ("libx264", {"g": "15", "bf": "3", "x264-params": "open-gop=1"}, list(range(64))),
    "open groups.ts": ("libx264", {"g": "15", "bf": "3", "x264-params": "open-gop=1"}, list(range(64))),
    "uneven.mp4": ("libx264", {"g": "20", "bf": "2"}, UNEVEN),
    "starts late.mp4": ("libx264", {"g": "20", "bf": "2"}, [300 + n for n in range(64)]),
    "vp9.webm": ("libvpx-vp9", {"g": "20", "deadline": "realtime", "cpu-used": "8"}, list(range(64))),
    "no times.avi": ("mpeg4", {"g": "20"}, list(range(64))),
}


def write_clip(
    path: Path, codec: str, options: dict[str, str], pts: list[int], *, sound: bool = False
) -> Path:
    """A bar that grows and a colour that changes, on a clock of 1/30 s."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=30, options=options | {"threads": "1"})
        stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
        stream.codec_context.time_base = Fraction(1, 30)
        if sound:
            voice = container.add_stream("aac", rate=16_000, layout="mono")
        for index, at in enumerate(pts):
            pixels = np.zeros((64, 96, 3), np.uint8)
            pixels[:, : index * 3 % 96] = (index * 4 % 255, 100, 50)
            frame = av.VideoFrame.from_ndarray(pixels)
            frame.pts, frame.time_base = at, Fraction(1, 30)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
        if sound:
            hum = np.sin(np.arange(16_000, dtype=np.float32) * 0.2)[None]
            piece = av.AudioFrame.from_ndarray(hum, format="fltp", layout="mono")
            piece.sample_rate, piece.pts, piece.time_base = 16_000, 0, Fraction(1, 16_000)
            container.mux(voice.encode(piece))
            container.mux(voice.encode(None))
    return path


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clips")
    for name, (codec, options, pts) in CLIPS.items():
        write_clip(folder / name, codec, options, pts)
    return folder


def all_frames(path: Path) -> tuple[list[float], list[np.ndarray]]:
    """Every frame by a plain decode from start to end: the truth."""
    with av.open(str(path)) as container:
        frames = list(container.decode(video=0))
        zero = origin_s(container)
    times = [float((f.pts if f.pts is not None else f.dts) * f.time_base - zero) for f in frames]
    return times, [frame.to_ndarray(format="rgb24") for frame in frames]


@pytest.mark.parametrize("name", CLIPS)
@pytest.mark.parametrize("ask", ["spread", "on the boundaries", "clustered", "outside", "one late"])
def test_frames_are_those_of_a_full_decode(clips: Path, name: str, ask: str) -> None:
    times, pixels = all_frames(clips / name)
    end = times[-1]
    rng = np.random.default_rng(7)
    asked = {
        "spread": rng.uniform(0, end, 12).tolist(),
        "on the boundaries": rng.permutation(times).tolist()[:12],
        "clustered": [end / 2, end / 2 + 0.04, end / 2 + 0.08, end / 2],
        "outside": [-1.0, 0.0, end, end + 0.01, end + 100.0],
        "one late": [end - 0.05],
    }[ask]
    found = frames_at(clips / name, asked)
    for time_s, frame in zip(asked, found, strict=True):
        expected = max(0, bisect_right(times, time_s + 1e-6) - 1)
        assert frame.time_s == pytest.approx(times[expected], abs=1e-5)
        assert np.array_equal(frame.pixels, pixels[expected])


def test_threads_do_not_change_the_pixels(clips: Path) -> None:
    one = frames_at(clips / "short groups.mp4", [0.5, 1.5])
    two = frames_at(clips / "short groups.mp4", [0.5, 1.5], threads=2)
    assert all(np.array_equal(a.pixels, b.pixels) for a, b in zip(one, two, strict=True))


def test_frames_can_come_smaller(clips: Path) -> None:
    assert frames_at(clips / "short groups.mp4", [1.0], at_least_px=32)[0].pixels.shape == (32, 48, 3)
    assert frames_at(clips / "short groups.mp4", [1.0], at_least_px=500)[0].pixels.shape == (64, 96, 3)


def test_no_times_give_no_frames(clips: Path) -> None:
    assert frames_at(clips / "short groups.mp4", []) == []


def test_a_time_that_is_no_number_is_an_error(clips: Path) -> None:
    with pytest.raises(MediaError, match="a frame time is not a number: nan"):
        frames_at(clips / "short groups.mp4", [1.0, float("nan")])


def test_frame_times_are_the_middles_of_equal_parts() -> None:
    assert frame_times(10.0, 5) == [1.0, 3.0, 5.0, 7.0, 9.0]


def test_probe_reads_length_rate_size_and_sound(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "a.mp4", "libx264", {}, list(range(60)), sound=True)
    found = probe(path, "video")
    assert (found.media, found.width, found.height, found.has_audio) == ("video", 96, 64, True)
    assert found.duration_s == pytest.approx(2.0, abs=0.07)
    assert found.frame_rate_hz == pytest.approx(30)
    assert found.sample_rate_hz == 16_000


@pytest.mark.parametrize("name", CLIPS)
def test_probe_gives_the_length_a_player_shows(clips: Path, name: str) -> None:
    times, _pixels = all_frames(clips / name)
    assert probe(clips / name).duration_s == pytest.approx(times[-1] + 1 / 30, abs=0.35)


def test_a_turned_phone_video_comes_upright(clips: Path, tmp_path: Path) -> None:
    content = bytearray((clips / "short groups.mp4").read_bytes())
    matrix = content.index(b"tkhd") + 4 + 40  # version 0: 40 bytes before the display matrix
    quarter_turn = struct.pack(">9i", 0, 1 << 16, 0, -(1 << 16), 0, 0, 64 << 16, 0, 1 << 30)
    content[matrix : matrix + 36] = quarter_turn
    (tmp_path / "turned.mp4").write_bytes(content)
    lying = frames_at(clips / "short groups.mp4", [1.0])[0].pixels
    upright = frames_at(tmp_path / "turned.mp4", [1.0])[0].pixels
    assert np.array_equal(upright, np.rot90(lying, -1))  # this matrix turns clockwise
    assert (probe(tmp_path / "turned.mp4").width, probe(tmp_path / "turned.mp4").height) == (64, 96)
    assert Image.open(io.BytesIO(poster(tmp_path / "turned.mp4"))).size == (64, 96)


def test_a_poster_is_a_small_jpeg_of_a_key_frame(clips: Path) -> None:
    image = Image.open(io.BytesIO(poster(clips / "short groups.mp4", size_px=48)))
    assert (image.format, image.size) == ("JPEG", (48, 32))


def test_sound_alone_has_no_frames(tmp_path: Path) -> None:
    with av.open(str(tmp_path / "a.m4a"), "w", format="mp4") as container:
        voice = container.add_stream("aac", rate=16_000, layout="mono")
        piece = av.AudioFrame.from_ndarray(np.zeros((1, 16_000), np.float32), format="fltp", layout="mono")
        piece.sample_rate = 16_000
        container.mux(voice.encode(piece))
        container.mux(voice.encode(None))
    assert probe(tmp_path / "a.m4a").media == "audio"
    with pytest.raises(MediaError, match="no pictures"):
        frames_at(tmp_path / "a.m4a", [0.0])


def test_a_video_damaged_in_its_middle_gives_frames_or_a_plain_error(clips: Path, tmp_path: Path) -> None:
    content = bytearray((clips / "short groups.mp4").read_bytes())
    rng = np.random.default_rng(0)
    for _turn in range(20):
        damaged = content.copy()
        for at in rng.integers(0, len(damaged), 30):
            damaged[at] ^= 0xFF
        (tmp_path / "damaged.mp4").write_bytes(damaged)
        try:
            assert len(frames_at(tmp_path / "damaged.mp4", [0.1, 1.0, 2.0])) == 3
        except MediaError as error:
            assert str(error)  # noqa: PT017 - either outcome is right


def test_without_pyav_the_install_line_is_named(clips: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without_av(name: str, *rest: object) -> object:
        if name == "av" or name.startswith("av."):
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without_av)
    with pytest.raises(MissingExtraError, match=r"pip install 'caption-workbench\[audio-video\]'"):
        probe(clips / "short groups.mp4")
