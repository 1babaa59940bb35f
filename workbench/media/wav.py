"""Read WAV files with the standard library and numpy alone: no optional package, no surprises.

Python's `wave` module knows neither float samples nor the extensible header, which is what recorders write,
so the chunks are walked here.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from workbench.errors import MediaError

__all__ = ["WavHeader", "read_wav", "read_wav_header", "refuse_wrong_samples"]

_PCM, _FLOAT, _EXTENSIBLE = 1, 3, 0xFFFE
_BLOCK_BYTES = 8 << 20


@dataclass(frozen=True, slots=True)
class WavHeader:
    """The layout of a WAV file's samples."""

    format: int
    channels: int
    rate_hz: int
    bits: int
    data_at: int
    data_bytes: int

    @property
    def is_plain(self) -> bool:
        """Whether the samples are PCM or float, which numpy reads; compressed ones need a decoder."""
        sizes = {_PCM: (8, 16, 24, 32), _FLOAT: (32, 64)}
        return self.bits in sizes.get(self.format, ())

    @property
    def frame_bytes(self) -> int:
        """Bytes of one sample on all channels."""
        return self.channels * self.bits // 8

    @property
    def duration_s(self) -> float:
        """Length in seconds (plain samples only)."""
        return self.data_bytes // self.frame_bytes / self.rate_hz


def read_wav_header(path: Path) -> WavHeader:
    """Read where the samples are and what they look like.

    Raises:
        MediaError: not a WAV file, parts missing, or nonsense values.
    """
    size_bytes = path.stat().st_size
    with path.open("rb") as file:
        start = file.read(12)
        if start[:4] not in (b"RIFF", b"RF64") or start[8:12] != b"WAVE":
            raise MediaError("the file is not a WAV file.")
        layout: tuple[int, int, int, int] | None = None
        at = 12
        while len(chunk := file.read(8)) == 8:
            name, length = chunk[:4], struct.unpack("<I", chunk[4:])[0]
            at += 8
            if name == b"fmt ":
                layout = _layout(file.read(length))
            elif name == b"data":
                # Streaming recorders leave 0 or all ones: take what is there.
                there = size_bytes - at
                data_bytes = there if length in (0, 0xFFFFFFFF) else length
                return _checked(layout, at, data_bytes, there)
            at += length + length % 2
            file.seek(at)
    raise MediaError("the WAV file is cut off: it has no sample data.", "Copy it again.")


def _layout(fmt: bytes) -> tuple[int, int, int, int]:
    if len(fmt) < 16:
        raise MediaError("the WAV header is cut off.")
    kind, channels, rate_hz, _bytes_per_s, _align, bits = struct.unpack("<HHIIHH", fmt[:16])
    if kind == _EXTENSIBLE and len(fmt) >= 26:
        kind = struct.unpack("<H", fmt[24:26])[0]
    return kind, channels, rate_hz, bits


def _checked(layout: tuple[int, int, int, int] | None, at: int, data_bytes: int, there: int) -> WavHeader:
    if layout is None:
        raise MediaError("the WAV file is damaged: its samples come without a format.")
    kind, channels, rate_hz, bits = layout
    if channels < 1 or not 1 <= rate_hz <= 10_000_000:
        raise MediaError(f"the WAV header makes no sense: {channels} channels at {rate_hz} Hz.")
    if data_bytes > there:
        raise MediaError(
            f"the WAV file is cut off: {data_bytes:,} bytes of samples promised, {there:,} are there.",
            "Copy it again.",
        )
    header = WavHeader(kind, channels, rate_hz, bits, at, data_bytes)
    if header.is_plain and data_bytes < header.frame_bytes:
        raise MediaError("the WAV file has no samples.")
    return header


def read_wav(path: Path) -> tuple[npt.NDArray[np.float32], int]:
    """Read all samples as float32 in -1..1, averaged to mono.

    Returns:
        The samples, shape (n,), and their rate in Hz.

    Raises:
        MediaError: damaged, compressed (not plain PCM or float), or samples that are not numbers.
    """
    header = read_wav_header(path)
    if not header.is_plain:
        raise MediaError(f"the WAV file holds compressed sound (format {header.format}), not plain samples.")
    with path.open("rb") as file:
        file.seek(header.data_at)
        raw = file.read(header.data_bytes // header.frame_bytes * header.frame_bytes)
    mono = _to_float(raw, header).reshape(-1, header.channels).mean(axis=1, dtype=np.float32)
    _refuse(mono, 0, header)
    return mono, header.rate_hz


def refuse_wrong_samples(path: Path, header: WavHeader) -> None:
    """Look through float samples for NaN and infinity, a block at a time; integers cannot hold them.

    Raises:
        MediaError: with the time of the first such sample.
    """
    if header.format != _FLOAT:
        return
    block_bytes = _BLOCK_BYTES // header.frame_bytes * header.frame_bytes
    with path.open("rb") as file:
        file.seek(header.data_at)
        done, left = 0, header.data_bytes // header.frame_bytes * header.frame_bytes
        while left > 0 and (raw := file.read(min(block_bytes, left))):
            whole = raw[: len(raw) // header.frame_bytes * header.frame_bytes]
            _refuse(_to_float(whole, header).reshape(-1, header.channels).sum(axis=1), done, header)
            done += len(whole) // header.frame_bytes
            left -= len(raw)


def _refuse(samples: npt.NDArray[np.float32], offset: int, header: WavHeader) -> None:
    is_wrong = ~np.isfinite(samples)
    if is_wrong.any():
        first_s = (offset + int(is_wrong.argmax())) / header.rate_hz
        raise MediaError(
            f"the sound has samples that are not numbers (NaN or infinite), the first at {first_s:.3f} s.",
            "Export it again.",
        )


def _to_float(raw: bytes, header: WavHeader) -> npt.NDArray[np.float32]:
    if header.format == _FLOAT:
        with np.errstate(over="ignore"):  # a float64 beyond float32 becomes infinite, and is refused as such
            return np.frombuffer(raw, f"<f{header.bits // 8}").astype(np.float32)
    if header.bits == 8:
        return (np.frombuffer(raw, np.uint8).astype(np.float32) - 128) / np.float32(128)
    if header.bits == 24:
        wide = np.zeros((len(raw) // 3, 4), np.uint8)
        wide[:, 1:] = np.frombuffer(raw, np.uint8).reshape(-1, 3)
        return wide.view("<i4")[:, 0].astype(np.float32) / np.float32(1 << 31)
    scale = float(1 << (header.bits - 1))
    return np.frombuffer(raw, f"<i{header.bits // 8}").astype(np.float32) / np.float32(scale)
