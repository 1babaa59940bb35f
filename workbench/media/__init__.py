"""Read images, video and audio: probe, decode, thumbnails, frames at times, waveform peaks.

Pure functions of a file: nothing here knows a workspace. Whatever cannot be read raises `MediaError` with a
reason a person understands; a missing package raises `MissingExtraError` with the install line.
"""

from __future__ import annotations

from .audio import decode_audio, peaks
from .cache import MediaCache
from .image import decode_image, encode_thumbnail
from .probe import Probe, probe
from .video import Frame, frame_times, frames_at, poster

__all__ = [
    "Frame",
    "MediaCache",
    "Probe",
    "decode_audio",
    "decode_image",
    "encode_thumbnail",
    "frame_times",
    "frames_at",
    "peaks",
    "poster",
    "probe",
]
