"""Read video frames at exact times, and posters, through PyAV.

The plan: seek to the key frame at or before a target and demux packets until every frame that could be the
target has been seen. Then decode each stretch once for all its targets, skipping frames nothing refers to.
Only what a target needs is decoded, and the pixels are those of a full decode.

Time 0 is where a player starts: the container's start time when that is positive, else its own zero (a
negative start is only the priming of an audio codec).
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from workbench.errors import MediaError, MissingExtraError

from .image import encode_thumbnail

__all__ = ["Frame", "frame_times", "frames_at", "opened", "origin_s", "poster"]

_NEAR_S = 2.0  # a next target nearer than this is reached by reading on; further ones by a seek
_REORDER_DEPTH = 17  # pictures; H.264 and HEVC allow 16


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture of a video: when it starts to show, and its pixels (uint8, height x width x 3, RGB)."""

    time_s: float
    pixels: npt.NDArray[np.uint8]


def frame_times(duration_s: float, count: int) -> list[float]:
    """Spread `count` times over a clip: the middle of each of `count` equal parts.

    Example:
        >>> frame_times(8.0, 4)
        [1.0, 3.0, 5.0, 7.0]
    """
    return [(index + 0.5) * duration_s / count for index in range(count)]


def frames_at(
    path: Path | str, times_s: Sequence[float], *, at_least_px: int | None = None, threads: int = 1
) -> list[Frame]:
    """Read the frame on screen at each time: the last one that starts at or before it.

    A time before the first frame gives the first, one past the end gives the last. Right for variable frame
    rates, because frames are found by their own times and never by counting.

    Args:
        path: the file.
        times_s: seconds from the start, in any order, repeats allowed.
        at_least_px: shrink (area average) until the short side has this many pixels; None keeps the size.
        threads: decoder threads; more than 1 splits each picture (slices), good for one clip at a time.

    Returns:
        One frame for each time, in the order asked. `Frame.time_s` is the frame's own start.

    Raises:
        MediaError: damaged or cut off at a time asked, no pictures, or a time that is no number.
        MissingExtraError: PyAV is not installed.
    """
    if wrong := [time_s for time_s in times_s if not math.isfinite(time_s)]:
        raise MediaError(f"a frame time is not a number: {wrong[0]}.")
    if not times_s:
        return []
    with opened(path) as container:
        stream = _video_stream(container)
        unit: Fraction = stream.time_base
        origin = origin_s(container)
        wanted = sorted(
            {math.floor((Fraction(time_s) + origin) / unit + Fraction(1, 1000)) for time_s in times_s}
        )
        if threads > 1:
            stream.codec_context.thread_type = "SLICE"
            stream.codec_context.thread_count = threads
        runs, shown = _plan(container, stream, wanted)
        pictures = {
            pts: _to_pixels(picture, at_least_px)
            for run in runs
            for pts, picture in _decode_run(stream.codec_context, run)
        }
        missing = sorted(set(shown.values()) - set(pictures))
        if missing:
            raise MediaError(
                f"the picture at {float(missing[0] * unit - origin):.3f} s cannot be decoded: damaged."
            )
        by_pts = {pts: Frame(float(pts * unit - origin), pixels) for pts, pixels in pictures.items()}
        asked = [math.floor((Fraction(time_s) + origin) / unit + Fraction(1, 1000)) for time_s in times_s]
        return [by_pts[shown[target]] for target in asked]


def poster(path: Path | str, size_px: int = 256) -> bytes:
    """Make a still for a video: the key frame at or before a tenth of its length, as JPEG bytes.

    A key frame needs no other frame, so this costs one picture. It is not the frame at that instant.

    Args:
        path: the file.
        size_px: long side in pixels; a smaller video is not enlarged.

    Raises:
        MediaError: damaged, or no pictures.
        MissingExtraError: PyAV is not installed.
    """
    with opened(path) as container:
        picture = key_frame(container, at_share=0.1)
        scale = min(1.0, size_px / max(picture.width, picture.height))
        small = picture.reformat(
            width=max(1, round(picture.width * scale)),
            height=max(1, round(picture.height * scale)),
            format="rgb24",
            interpolation="AREA",
        )
        return encode_thumbnail(_upright(small.to_ndarray(), picture.rotation), size_px)


def key_frame(container: Any, at_share: float = 0.0) -> Any:
    """Decode one key frame and nothing else: flushed at once instead of waiting for the frames after it."""
    stream = _video_stream(container)
    if at_share and stream.duration:
        _seek(container, stream, (stream.start_time or 0) + int(stream.duration * at_share))
    for attempt in _key_packets(container, stream):
        for picture in [*stream.codec_context.decode(attempt), *stream.codec_context.decode(None)]:
            return picture
        stream.codec_context.flush_buffers()
    raise MediaError("no picture of this video can be decoded.")


@contextmanager
def opened(path: Path | str) -> Iterator[Any]:
    """Open a container, and turn what FFmpeg says, there or in the block, into plain sentences."""
    try:
        import av
        import av.error
    except ImportError:
        raise MissingExtraError("Reading video and compressed audio", "audio-video") from None
    try:
        with av.open(str(path), metadata_errors="ignore") as container:
            yield container
    except FileNotFoundError:
        raise MediaError("there is no such file.") from None
    except (av.error.FFmpegError, ValueError, OSError) as error:
        raise MediaError(_reason(path, error)) from error


def origin_s(container: Any) -> Fraction:
    """Return the container time at which a player shows 0:00."""
    return Fraction(max(0, container.start_time or 0), 1_000_000)


def _reason(path: Path | str, error: Exception) -> str:
    if isinstance(error, EOFError):
        return "the file is cut off: its data ends too early."
    try:
        with Path(path).open("rb") as file:
            is_iso = file.read(12)[4:8] == b"ftyp"
    except OSError:
        is_iso = False
    text = getattr(error, "strerror", None) or str(error)
    if is_iso and "Invalid data" in text:
        return "the file is cut off or damaged: its index (the 'moov' part) is missing or broken."
    return f"the file is damaged or not what its name says ({text})."


def _video_stream(container: Any) -> Any:
    for stream in container.streams.video:
        if not stream.disposition & stream.disposition.attached_pic:  # cover art is no video
            return stream
    raise MediaError("the file has no pictures: no video stream.")


@dataclass(slots=True)
class _Run:
    """Packets in decode order, from a key frame on."""

    packets: list[Any] = field(default_factory=list)
    targets: set[int] = field(default_factory=set)


def _plan(container: Any, stream: Any, wanted: list[int]) -> tuple[list[_Run], dict[int, int]]:
    """Find which frame each wanted time shows, and the packets to decode for it.

    Returns:
        Runs in time order, and {wanted time: pts of the frame that it shows}.
    """
    runs: list[_Run] = []
    shown: dict[int, int] = {}
    near = int(_NEAR_S / stream.time_base)
    last_target = 0
    packets: Iterator[Any] = iter(())
    for target in wanted:
        if not runs or target - last_target > near:
            packets = _read_from(container, stream, target)
            runs.append(_Run())
        run = runs[-1]
        last_target = target
        _read_past(run, packets, target)
        times = sorted(_pts(packet) for packet in run.packets if not packet.is_discard)
        if not times:
            raise MediaError("the video has no pictures at the time asked; it may be cut off.")
        shown[target] = times[max(0, bisect_right(times, target) - 1)]
        run.targets.add(shown[target])
    return [part for run in runs for part in _trimmed(run)], shown


def _read_past(run: _Run, packets: Iterator[Any], target: int) -> None:
    """Read on until no packet to come can show at or before the target."""
    # The textbook rule is to stop once dts is past the target. Matroska has no dts of its own and the guessed
    # one is off after a seek; but codecs reorder over 16 pictures at most, so that many in a row end it too.
    past = sum(1 for packet in run.packets[-_REORDER_DEPTH:] if _pts(packet) > target)
    while past < _REORDER_DEPTH:
        packet = next(packets, None)
        if packet is None:
            return
        run.packets.append(packet)
        past = past + 1 if _pts(packet) > target else 0


def _read_from(container: Any, stream: Any, target: int) -> Iterator[Any]:
    """Demux from a key frame shown at or before the target; some seek by decode time: then go back more."""
    step = max(1, int(1 / stream.time_base))
    earliest = (stream.start_time or 0) - step
    at = target
    while True:
        _seek(container, stream, at)
        packets = (packet for packet in container.demux(stream) if packet.size)
        # MPEG-TS has no index: a seek lands anywhere, so what comes before the key frame is of no use.
        first = next((packet for packet in packets if packet.is_keyframe), None)
        if (first is not None and _pts(first) <= target) or at <= earliest:
            break
        at, step = max(at - step, earliest), step * 4
    if first is not None:
        yield first
    yield from packets


def _seek(container: Any, stream: Any, pts: int) -> None:
    import av.error

    try:
        container.seek(pts, stream=stream, backward=True, any_frame=False)
    except av.error.FFmpegError:
        # Before the first index entry, or a container without an index: start over at the beginning.
        container.seek(0, backward=True, any_frame=True)


def _key_packets(container: Any, stream: Any) -> Iterator[Any]:
    tries = 0
    for packet in container.demux(stream):
        if packet.size and packet.is_keyframe and not packet.is_discard:
            yield packet
            tries += 1
        if tries == 3:
            return


def _trimmed(run: _Run) -> list[_Run]:
    """Cut a run to what its targets need, split where a later key frame lets decoding start afresh."""
    index_of = {_pts(packet): index for index, packet in enumerate(run.packets)}
    parts: list[tuple[int, int]] = []
    for end in sorted(index_of[pts] for pts in run.targets):
        start = _start_index(run.packets, end)
        if parts and start <= parts[-1][1]:
            parts[-1] = (parts[-1][0], end)
        else:
            parts.append((start, end))
    return [
        _Run(run.packets[start : end + 1], {pts for pts in run.targets if start <= index_of[pts] <= end})
        for start, end in parts
    ]


def _start_index(packets: list[Any], end: int) -> int:
    """Index of the last key frame decoded and shown no later than the packet at `end`.

    Shown no later matters: in an open group of pictures, frames decoded after a key frame but shown before it
    lean on the group before.
    """
    for index in range(end, -1, -1):
        if packets[index].is_keyframe and _pts(packets[index]) <= _pts(packets[end]):
            return index
    return 0


def _decode_run(codec: Any, run: _Run) -> Iterator[tuple[int, Any]]:
    for skip in ("NONREF", "DEFAULT"):
        found = {}
        for picture in _decoded(codec, run, skip):
            pts = picture.pts if picture.pts is not None else picture.dts
            if pts in run.targets and pts not in found:
                found[pts] = picture
        codec.skip_frame = "DEFAULT"
        codec.flush_buffers()
        if len(found) == len(run.targets):
            break  # else: a stream that mislabels frames as not referred to; once more without skipping
    yield from found.items()


def _decoded(codec: Any, run: _Run, skip: str) -> Iterator[Any]:
    for packet in run.packets:
        codec.skip_frame = "DEFAULT" if _pts(packet) in run.targets else skip
        yield from codec.decode(packet)
    yield from codec.decode(None)


def _pts(packet: Any) -> int:
    return int(packet.pts if packet.pts is not None else packet.dts if packet.dts is not None else 0)


def _to_pixels(picture: Any, at_least_px: int | None) -> npt.NDArray[np.uint8]:
    scale = 1.0 if at_least_px is None else at_least_px / min(picture.width, picture.height)
    if scale < 1.0:
        width, height = math.ceil(picture.width * scale), math.ceil(picture.height * scale)
        small = picture.reformat(width=width, height=height, format="rgb24", interpolation="AREA")
        return _upright(small.to_ndarray(), picture.rotation)
    return _upright(picture.to_ndarray(format="rgb24"), picture.rotation)


def _upright(pixels: npt.NDArray[np.uint8], rotation: int) -> npt.NDArray[np.uint8]:
    # `rotation` is counterclockwise degrees, as is rot90's turn.
    return np.ascontiguousarray(np.rot90(pixels, round(rotation / 90) % 4))
