from __future__ import annotations

import builtins
import struct
import wave
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from workbench.errors import MediaError, MissingExtraError
from workbench.media import decode_audio, peaks, probe
from workbench.media.audio import resample


def tone(rate_hz: int, seconds: float = 1.0, tone_hz: float = 440.0) -> np.ndarray:
    return (0.5 * np.sin(2 * np.pi * tone_hz * np.arange(int(rate_hz * seconds)) / rate_hz)).astype(
        np.float32
    )


def write_wav(
    path: Path, samples: np.ndarray, rate_hz: int, *, kind: int = 1, extensible: bool = False
) -> Path:
    """Write samples of shape (n,) or (n, channels) as they are."""
    channels, bits = (1 if samples.ndim == 1 else samples.shape[1]), samples.dtype.itemsize * 8
    align, data = channels * bits // 8, samples.tobytes()
    tag = 0xFFFE if extensible else kind
    fmt = struct.pack("<HHIIHH", tag, channels, rate_hz, rate_hz * align, align, bits)
    if extensible:
        fmt += struct.pack("<HHIH", 22, bits, 0, kind) + b"\0\0\0\0\x10\0\x80\0\0\xaa\0\x38\x9b\x71"
    chunks = b"WAVEfmt " + struct.pack("<I", len(fmt)) + fmt + b"data" + struct.pack("<I", len(data)) + data
    path.write_bytes(b"RIFF" + struct.pack("<I", len(chunks)) + chunks)
    return path


def write_with_av(path: Path, codec: str, samples: np.ndarray, rate_hz: int) -> Path:
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=rate_hz, layout="mono")
        wanted = stream.codec_context.format.name
        resampler = av.AudioResampler(
            wanted, "mono", rate_hz, frame_size=stream.codec_context.frame_size or 1024
        )
        frame = av.AudioFrame.from_ndarray(samples[None], format="fltp", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = rate_hz, 0, Fraction(1, rate_hz)
        for piece in [*resampler.resample(frame), *resampler.resample(None)]:
            container.mux(stream.encode(piece))
        container.mux(stream.encode(None))
    return path


@pytest.fixture
def without_av(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def refuse(name: str, *rest: object) -> object:
        if name == "av" or name.startswith("av."):
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", refuse)


@pytest.mark.usefixtures("without_av")
def test_wav_needs_no_optional_package(tmp_path: Path) -> None:
    with wave.open(str(tmp_path / "a.wav"), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes((tone(16_000) * 32_767).astype("<i2").tobytes())
    assert np.abs(decode_audio(tmp_path / "a.wav", 16_000) - tone(16_000)).max() < 1e-4
    assert probe(tmp_path / "a.wav").duration_s == 1.0


@pytest.mark.usefixtures("without_av")
def test_compressed_sound_without_pyav_names_the_install_line(tmp_path: Path) -> None:
    (tmp_path / "a.flac").write_bytes(b"fLaC" + b"\0" * 100)
    with pytest.raises(MissingExtraError, match=r"pip install 'caption-workbench\[audio-video\]'"):
        decode_audio(tmp_path / "a.flac")


@pytest.mark.parametrize("kind", ["u1", "i2", "i3", "i4", "f4", "f8", "extensible"])
def test_every_plain_wav_layout_gives_the_same_samples(tmp_path: Path, kind: str) -> None:
    truth = tone(16_000)
    if kind == "u1":
        write_wav(tmp_path / "a.wav", np.rint(truth * 127 + 128).astype(np.uint8), 16_000)
    elif kind == "i3":
        low = np.rint(truth * (2**23 - 1)).astype("<i4").view(np.uint8).reshape(-1, 4)[:, :3]
        write_wav(tmp_path / "a.wav", np.ascontiguousarray(low).view("V3")[:, 0], 16_000)
    elif kind in ("f4", "f8"):
        write_wav(tmp_path / "a.wav", truth.astype(f"<{kind}"), 16_000, kind=3)
    else:
        kind = "i2" if kind == "extensible" else kind
        bits = int(kind[1]) * 8
        stored = np.rint(truth.astype(np.float64) * (2 ** (bits - 1) - 1)).astype(f"<{kind}")
        write_wav(tmp_path / "a.wav", stored, 16_000, extensible=True)
    assert np.abs(decode_audio(tmp_path / "a.wav", 16_000) - truth).max() < (0.01 if kind == "u1" else 1e-4)


def test_channels_are_averaged(tmp_path: Path) -> None:
    left = tone(8_000)
    both = np.stack([left, np.zeros_like(left)], axis=1)
    write_wav(tmp_path / "a.wav", both.astype("<f4"), 8_000, kind=3)
    assert np.allclose(decode_audio(tmp_path / "a.wav", 8_000), left / 2)


@pytest.mark.parametrize(
    ("from_hz", "to_hz"), [(44_100, 16_000), (48_000, 16_000), (8_000, 16_000), (22_050, 48_000)]
)
def test_resampling_keeps_a_tone_and_its_place(from_hz: int, to_hz: int) -> None:
    found = resample(tone(from_hz), from_hz, to_hz)
    assert len(found) == to_hz
    edge = to_hz // 50
    assert np.abs(found - tone(to_hz))[edge:-edge].max() < 0.003


def test_resampling_down_leaves_no_alias() -> None:
    found = resample(tone(44_100, tone_hz=12_000), 44_100, 16_000)  # above the new band
    assert np.abs(found[500:-500]).max() < 0.002


@pytest.mark.parametrize(
    ("name", "codec"),
    [("a.flac", "flac"), ("a.m4a", "aac"), ("a.mp3", "libmp3lame"), ("a.ogg", "libopus")],
)
def test_compressed_sound_keeps_its_tone_and_its_place(tmp_path: Path, name: str, codec: str) -> None:
    silence = np.zeros(24_000, np.float32)
    write_with_av(tmp_path / name, codec, np.concatenate([silence, tone(48_000)]), 48_000)
    found = decode_audio(tmp_path / name, 16_000)
    onset_s = int(np.argmax(np.abs(found) > 0.1)) / 16_000
    assert onset_s == pytest.approx(0.5, abs=0.03)
    assert np.abs(found).max() == pytest.approx(0.5, abs=0.06)
    assert probe(tmp_path / name, "audio").duration_s == pytest.approx(1.5, abs=0.08)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_samples_that_are_not_numbers_are_an_error_with_their_time(tmp_path: Path, value: float) -> None:
    samples = tone(8_000).astype("<f4")
    samples[2_000] = value
    write_wav(tmp_path / "a.wav", samples, 8_000, kind=3)
    with pytest.raises(MediaError, match=r"not numbers .*0\.250 s"):
        decode_audio(tmp_path / "a.wav", 8_000)
    with pytest.raises(MediaError, match=r"not numbers .*0\.250 s"):
        probe(tmp_path / "a.wav")


def test_a_video_without_sound_says_so(tmp_path: Path) -> None:
    with av.open(str(tmp_path / "a.mp4"), "w") as container:
        stream = container.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        container.mux(stream.encode(av.VideoFrame.from_ndarray(np.zeros((48, 64, 3), np.uint8))))
        container.mux(stream.encode(None))
    with pytest.raises(MediaError, match="no sound"):
        decode_audio(tmp_path / "a.mp4")


def test_a_recorder_that_left_the_length_open_is_read_to_the_end(tmp_path: Path) -> None:
    content = bytearray(
        write_wav(tmp_path / "a.wav", (tone(8_000) * 32_767).astype("<i2"), 8_000).read_bytes()
    )
    content[4:8] = content[40:44] = b"\xff\xff\xff\xff"
    (tmp_path / "a.wav").write_bytes(content)
    assert probe(tmp_path / "a.wav").duration_s == 1.0


def test_peaks_are_the_lowest_and_highest_of_each_part() -> None:
    samples = np.array([0.0, 0.5, -0.25, 0.0, 1.0, 2.0, -3.0, 0.1], np.float32)
    assert peaks(samples, 2).tolist() == [[-32, 64], [-127, 127]]
    assert peaks(samples, 2).dtype == np.int8


def test_peaks_of_fewer_samples_than_bins_and_of_none_have_the_shape_asked() -> None:
    assert peaks(np.array([0.5], np.float32), 4).tolist() == [[64, 64]] * 4
    assert peaks(np.zeros(0, np.float32), 3).tolist() == [[0, 0]] * 3
