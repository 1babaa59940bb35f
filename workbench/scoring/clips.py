"""Read the clips that captions of intervals speak of: what moves, cuts, sound, and their vectors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from workbench.alignment.similarity import unit_rows
from workbench.encoders.feeding import MediaJob
from workbench.encoders.passes import encode_new_media
from workbench.encoders.shards import VectorShards
from workbench.errors import MediaError
from workbench.media.audio import decode_audio
from workbench.media.moving import Moving, MovingThing, find_moving
from workbench.media.shots import (
    boundary_candidates,
    find_silences,
    measure_loudness,
    measure_pictures,
)
from workbench.media.video import frames_at
from workbench.scoring.base import Run

__all__ = ["Clip", "curve_vectors", "look_vectors", "read_clip", "texts_beside"]

Floats = npt.NDArray[np.float32]
Times = npt.NDArray[np.float64]

_RATE_HZ = 12.5  # pictures looked at a second for motion: half a step is 40 ms
_MOST_PICTURES = 2500  # of a long clip; then they lie further apart
_HEIGHT_PX = 96
_AUDIO_RATE_HZ = 16_000
_CURVE_RATE_HZ = 4.0  # frames encoded a second
_MOST_FRAMES = 400
_CUT_OUTS = 4  # views of each moving thing
_MARGIN = 1.3  # of a cut-out around the thing
_VERSION = "things-1"


@dataclass(frozen=True)
class Clip:
    """One clip as measured without a model.

    Attributes:
        path: the file.
        content: hash of its content.
        duration_s: its length.
        times_s: float64 (T,), of the pictures looked at, evenly spread.
        step_s: seconds between two of them.
        moving: what moves.
        candidates_s: instants where something begins or ends.
    """

    path: Path
    content: str
    duration_s: float
    times_s: Times
    step_s: float
    moving: Moving
    candidates_s: Times


def read_clip(path: Path, content: str, duration_s: float, *, has_audio: bool) -> Clip:
    """Look through a clip once, small.

    Raises:
        MediaError: it cannot be read.
        MissingExtraError: PyAV or OpenCV is not installed.
    """
    rate_hz = min(_RATE_HZ, _MOST_PICTURES / max(duration_s, 1e-6))
    asked = np.arange(0.0, max(duration_s, 1 / rate_hz), 1 / rate_hz)
    frames = frames_at(path, asked.tolist(), at_least_px=_HEIGHT_PX)
    pixels = np.stack([frame.pixels for frame in frames])
    shown = np.array([frame.time_s for frame in frames])
    moving = find_moving(pixels, asked)
    silences: list[tuple[float, float]] = []
    if has_audio:
        silences = find_silences(*measure_loudness(decode_audio(path, _AUDIO_RATE_HZ), _AUDIO_RATE_HZ))
    spans = [thing.span_s(1 / rate_hz) for thing in moving.things]
    candidates = boundary_candidates(measure_pictures(pixels, shown), spans, silences)
    return Clip(path, content, duration_s, asked, 1 / rate_hz, moving, candidates)


def curve_vectors(run: Run, clips: Sequence[Clip]) -> list[tuple[Floats, Times]]:
    """Return vectors of frames spread densely over each clip, comparable with `texts_beside`, and times."""
    shards = VectorShards(run.store.vectors_folder(run.encoder.key))
    jobs = []
    for clip in clips:
        count = int(np.clip(round(clip.duration_s * _CURVE_RATE_HZ), 2, _MOST_FRAMES))
        times = tuple(round((index + 0.5) * clip.duration_s / count, 3) for index in range(count))
        jobs.append(MediaJob(f"{clip.content}:curve{count}", clip.path, "video", times))
    encode_new_media(run.encoder, jobs, shards, progress=run.progress)
    found = []
    for job in jobs:
        if job.key not in shards:
            found.append((np.zeros((0, 1), np.float32), np.zeros(0)))
            continue
        vectors, _, times_s = shards.read([job.key])
        found.append((_in_text_space(run, vectors), times_s))
    return found


def look_vectors(run: Run, clip: Clip) -> Floats:
    """Return one vector for each moving thing of a clip: the mean of a few cut-outs of it, unit rows."""
    shards = VectorShards(run.store.vectors_folder(run.encoder.key))
    things = clip.moving.things
    key = f"{clip.content}:{_VERSION}:{len(things)}"
    if key not in shards:
        views = [_views(thing) for thing in things]
        asked = [(float(thing.times_s[i]), thing.boxes[i]) for thing, at in zip(things, views, strict=True)
                 for i in at]  # fmt: skip
        frames = frames_at(clip.path, [time_s for time_s, _ in asked])
        pictures = [
            run.encoder.prepare_image(_cut_out(frame.pixels, box))
            for frame, (_, box) in zip(frames, asked, strict=True)
        ]
        vectors = np.concatenate(
            [run.encoder.encode_images(pictures[at : at + 16]) for at in range(0, len(pictures), 16)]
        )
        counts = np.array([len(at) for at in views])
        means = np.add.reduceat(vectors, np.cumsum(counts) - counts, axis=0) / counts[:, None]
        shards.add(key, np.asarray(means, np.float32))
        shards.flush()
    return _in_text_space(run, shards.read([key])[0])


def texts_beside(run: Run, texts: Sequence[str]) -> Floats:
    """Return vectors of captions that can be compared with those of `curve_vectors` and `look_vectors`."""
    vectors, _ = run.texts(texts)
    if run.encoder.space != "bridge":
        return vectors
    from workbench.encoders.bridge import class_vectors

    return unit_rows(vectors - class_vectors().mean(0))


def _in_text_space(run: Run, vectors: Floats) -> Floats:
    if run.encoder.space != "bridge":
        return unit_rows(vectors)
    # The names of the classes seen; a map fitted on whole frames would not suit a cut-out thing.
    from workbench.encoders.bridge import FEATURES, class_vectors

    return unit_rows(vectors[:, FEATURES:] - class_vectors().mean(0))


def _views(thing: MovingThing) -> npt.NDArray[np.int64]:
    """Choose frames of a thing spread over its path, whole ones where there are enough."""
    left, right = thing.boxes[:, 0], thing.boxes[:, 0] + thing.boxes[:, 2]
    whole = np.flatnonzero((left > 0.02) & (right < 0.98))
    among = whole if len(whole) >= 3 else np.arange(len(left))
    return np.unique(among[np.linspace(0, len(among) - 1, _CUT_OUTS).round().astype(int)])


def _cut_out(pixels: npt.NDArray[np.uint8], box: npt.NDArray[np.float64]) -> npt.NDArray[np.uint8]:
    height, width = pixels.shape[:2]
    left, top, wide, high = box * (width, height, width, height)
    half = max(wide, high) * _MARGIN / 2
    across, down = left + wide / 2, top + high / 2
    rows = slice(max(0, int(down - half)), max(1, int(down + half)))
    columns = slice(max(0, int(across - half)), max(1, int(across + half)))
    part = pixels[rows, columns]
    if not part.size:
        raise MediaError("a moving thing lies outside the picture.")
    return np.ascontiguousarray(part)
