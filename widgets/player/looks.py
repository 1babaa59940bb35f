"""What a timeline shows of a file beside its captions: when its pictures start, its sound, its edges."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from workbench.errors import MediaError, WorkbenchError
from workbench.media.audio import decode_audio, peaks
from workbench.media.edges import Edges, find_edges
from workbench.media.frame_clock import read_frame_times

__all__ = ["Look", "MediaFile", "read_look"]

Floats = npt.NDArray[np.float64]

_RATE_HZ: Final = 8_000
_MOST_BINS: Final = 4_000


@dataclass(frozen=True, slots=True)
class MediaFile:
    """A file as it is known before it is read."""

    path: Path
    media: str
    duration_s: float
    has_sound: bool


@dataclass(frozen=True)
class Look:
    """One file, read once.

    Attributes:
        frames_s: float64 (n,), when each picture starts to show; empty for a sound.
        edges: instants that an edge may snap to.
        sound: int16 (m,), 8000 a second; empty where there is none.
        notes: what could not be read, in words.
    """

    frames_s: Floats
    edges: Edges
    sound: npt.NDArray[np.int16]
    notes: list[str] = field(default_factory=list)

    def peaks(self, start_s: float, end_s: float, bins: int) -> npt.NDArray[np.int8]:
        """Return the waveform of a stretch, int8 (bins, 2); silence outside the sound."""
        bins = min(max(bins, 1), _MOST_BINS)
        first, last = round(start_s * _RATE_HZ), round(end_s * _RATE_HZ)
        part = self.sound[max(0, first) : max(0, last)].astype(np.float32) / 32767
        before = np.zeros(max(0, min(last, 0) - first), np.float32)
        after = np.zeros(max(0, last - first - len(before) - len(part)), np.float32)
        return peaks(np.concatenate([before, part, after]), bins)


def read_look(file: MediaFile) -> Look:
    """Read a file for its timeline; what cannot be read is noted and the rest is still there."""
    notes: list[str] = []
    frames_s, sound = np.zeros(0), np.zeros(0, np.int16)
    edges = Edges(np.zeros(0), ())
    if file.media == "video":
        try:
            frames_s = read_frame_times(file.path)
        except MediaError as error:
            notes.append(f"No frame times: {error}")
    if file.has_sound:
        try:
            samples = decode_audio(file.path, _RATE_HZ)
            sound = (np.clip(samples, -1, 1) * 32767).astype(np.int16)
        except MediaError as error:
            notes.append(f"No waveform: {error}")
    try:
        edges = find_edges(
            file.path, duration_s=file.duration_s, has_pictures=len(frames_s) > 0, has_sound=len(sound) > 0
        )
    except WorkbenchError as error:
        notes.append(f"No edges to snap to: {error}")
    return Look(frames_s, edges, sound, notes)
