"""Read what a media file is: kind, size, length, rates; and refuse what cannot be used, with the reason."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbench.errors import MediaError, UnknownNameError
from workbench.records import MEDIA_KINDS

from .content import MEDIA_EXTENSIONS, Content, read_content
from .image import image_size
from .video import key_frame, opened, origin_s
from .wav import read_wav_header, refuse_wrong_samples

__all__ = ["Probe", "probe"]


@dataclass(frozen=True, slots=True)
class Probe:
    """What a media file is. Sizes are upright pixels; what a kind does not have is None."""

    media: str
    width: int | None = None
    height: int | None = None
    duration_s: float | None = None
    frame_rate_hz: float | None = None
    sample_rate_hz: float | None = None
    has_audio: bool = False


def probe(path: Path | str, media: str | None = None) -> Probe:
    """Read what a media file is, deep enough that a file which passes can be used.

    An image is decoded (a JPEG at 1/8 size); of a video one key frame is; float WAV samples are looked
    through for NaN. Video or compressed sound damaged in its middle passes: only decoding it all would tell.

    Args:
        path: the file; its content decides what it is.
        media: the kind it should be; None takes what it is.

    Returns:
        What it is.

    Raises:
        MediaError: missing, empty, cut off, damaged, not media, or of another kind than `media` or its
            extension says; the message is a sentence for a person.
        MissingExtraError: PyAV is needed and not installed.
    """
    if media is not None and media not in MEDIA_KINDS:
        raise UnknownNameError("kind of media", media, MEDIA_KINDS)
    path = Path(path)
    content = read_content(path)
    try:
        found = _probe_content(path, content)
    except MediaError as error:
        # A photo whose bytes match no format gets the plain fact rather than its decoder's complaint.
        if content.name.startswith("unknown content"):
            raise MediaError(f"this is no {content.kinds[0]} file: {content.name}.") from error
        raise
    if found.media == "video" and MEDIA_EXTENSIONS.get(path.suffix.lower()) == "audio":
        raise MediaError(
            f"the name ends in {path.suffix} (audio) "
            f"but the content is {content.name} with pictures (video).",
            "Rename the file if the content is right.",
        )
    if media is not None and found.media != media:
        raise MediaError(f"expected {media}, but the content is {content.name} ({found.media}).")
    return found


def _probe_content(path: Path, content: Content) -> Probe:
    if content.kinds == ("image",):
        width, height = image_size(path)
        return Probe("image", width=width, height=height)
    if content.name == "WAV audio" and (header := read_wav_header(path)).is_plain:
        refuse_wrong_samples(path, header)
        return Probe(
            "audio", duration_s=header.duration_s, sample_rate_hz=float(header.rate_hz), has_audio=True
        )
    with opened(path) as container:
        pictures = [s for s in container.streams.video if not s.disposition & s.disposition.attached_pic]
        if pictures and "video" in content.kinds:
            return _probe_video(path, container, pictures[0])
        if container.streams.audio:
            return _probe_audio(container)
    raise MediaError("the file has neither pictures nor sound.")


def _probe_video(path: Path, container: Any, stream: Any) -> Probe:
    _refuse_missing_tail(path, stream)
    sound = container.streams.audio[0] if container.streams.audio else None
    duration_s = _duration_s(container, stream)
    rate = stream.average_rate or stream.guessed_rate
    container.seek(0, backward=True, any_frame=True)
    picture = key_frame(container)
    width, height = picture.width, picture.height
    if round(picture.rotation / 90) % 2:
        width, height = height, width
    return Probe(
        "video",
        width=width,
        height=height,
        duration_s=duration_s,
        frame_rate_hz=float(rate) if rate else None,
        sample_rate_hz=float(sound.rate) if sound else None,
        has_audio=sound is not None,
    )


def _probe_audio(container: Any) -> Probe:
    stream = container.streams.audio[0]
    duration_s = _duration_s(container, stream)
    container.seek(0, backward=True, any_frame=True)
    if next(container.decode(stream), None) is None:
        raise MediaError("no sound can be decoded from this file.")
    return Probe("audio", duration_s=duration_s, sample_rate_hz=float(stream.rate), has_audio=True)


def _duration_s(container: Any, stream: Any) -> float | None:
    """Length from 0:00 to the end; where the header does not say (streamed WebM), the packets are read."""
    if container.duration:
        return float(container.duration + min(0, container.start_time or 0)) / 1_000_000
    ends = [
        packet.pts + (packet.duration or 0)
        for packet in container.demux(stream)
        if packet.pts is not None and packet.size
    ]
    return float(max(ends) * stream.time_base - origin_s(container)) if ends else None


def _refuse_missing_tail(path: Path, stream: Any) -> None:
    """Refuse an MP4 whose index points past the end of the file: a download that broke off."""
    entries = stream.index_entries
    if "mp4" not in stream.container.format.name or not len(entries):
        return
    last, size_bytes = entries[len(entries) - 1], path.stat().st_size
    if last.pos + last.size > size_bytes:
        raise MediaError(
            f"the file is cut off: its last picture should be at byte {last.pos:,}, "
            f"the file ends at {size_bytes:,}.",
            "Copy it again.",
        )
