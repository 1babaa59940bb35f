"""Feed an encoder: read media in threads beside the forward pass, each file once."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import cast

import numpy as np

from workbench.encoders.base import Encoder, Floats, Pixels
from workbench.encoders.devices import count_threads
from workbench.errors import MediaError, WorkbenchError
from workbench.media import decode_audio, decode_image, frames_at

__all__ = ["BATCH", "Encoded", "MediaJob", "encode_media"]

#: Pictures or clips a forward pass. Fixed, so that a run that is taken up again gives the same numbers;
#: small, so that the first pass starts soon and reading goes on beside it (a CPU gains nothing from more).
BATCH = 16

Part = Pixels | Floats
Parts = list[Part]

_AHEAD = 4  # batches read ahead: enough that the forward pass never waits, little enough for memory


@dataclass(frozen=True)
class MediaJob:
    """One file to encode, and the times in it to look at (empty for an image).

    Attributes:
        key: what the vectors are stored under.
        path: the file.
        media: image, video or audio.
        times_s: frame times of a video; middles of the windows of a sound.
    """

    key: str
    path: Path
    media: str
    times_s: tuple[float, ...] = ()


@dataclass(frozen=True)
class Encoded:
    """The vectors of a job, or the reason why there are none."""

    job: MediaJob
    vectors: Floats | None
    reason: str = ""


def encode_media(
    encoder: Encoder, jobs: Sequence[MediaJob], *, threads: int | None = None
) -> Iterator[Encoded]:
    """Encode files as they are read; yields each job once, about in order.

    Args:
        encoder: what makes the vectors.
        jobs: the files.
        threads: reading threads; as many as cores by default (decoding lets other threads run).

    Yields:
        Vectors (rows, d), one row a time asked; or a reason a person understands.
    """
    pending: list[tuple[MediaJob, Parts]] = []
    for job, parts, reason in _read_ahead(encoder, jobs, threads or count_threads()):
        if reason:
            yield Encoded(job, None, reason)
            continue
        pending.append((job, parts))
        if sum(len(held) for _, held in pending) >= BATCH:
            yield from _forward(encoder, pending)
            pending = []
    yield from _forward(encoder, pending)


def _read_ahead(
    encoder: Encoder, jobs: Sequence[MediaJob], threads: int
) -> Iterator[tuple[MediaJob, Parts, str]]:
    waiting: deque[tuple[MediaJob, Future[Parts]]] = deque()
    rest = iter(jobs)
    with ThreadPoolExecutor(threads, thread_name_prefix="read-media") as pool:
        try:
            for job in islice(rest, BATCH * _AHEAD):
                waiting.append((job, pool.submit(_read, encoder, job)))
            while waiting:
                job, future = waiting.popleft()
                try:
                    parts, reason = future.result(), ""
                except (WorkbenchError, OSError) as error:
                    parts, reason = [], str(error)
                for following in islice(rest, 1):
                    waiting.append((following, pool.submit(_read, encoder, following)))
                yield job, parts, reason
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _read(encoder: Encoder, job: MediaJob) -> Parts:
    if job.media == "audio":
        return list(_windows_of(decode_audio(job.path, encoder.audio_rate_hz), encoder, job.times_s))
    at_least_px = 2 * encoder.image_px
    if job.media == "image":
        return [encoder.prepare_image(decode_image(job.path, at_least_px=at_least_px))]
    frames = frames_at(job.path, job.times_s, at_least_px=at_least_px)
    return [encoder.prepare_image(frame.pixels) for frame in frames]


def _windows_of(samples: Floats, encoder: Encoder, times_s: Sequence[float]) -> list[Floats]:
    """Cut a window around each time, moved inward at the ends of the sound."""
    if not len(samples):
        raise MediaError("the sound is empty.")
    size = min(len(samples), round(encoder.audio_window_s * encoder.audio_rate_hz))
    windows = []
    for time_s in times_s:
        first = round(time_s * encoder.audio_rate_hz) - size // 2
        first = min(max(first, 0), len(samples) - size)
        windows.append(samples[first : first + size])
    return windows


def _forward(encoder: Encoder, pending: Sequence[tuple[MediaJob, Parts]]) -> Iterator[Encoded]:
    for is_audio in (False, True):
        held = [(job, parts) for job, parts in pending if (job.media == "audio") == is_audio]
        flat = [part for _, parts in held for part in parts]
        if not flat:
            continue
        batches = [flat[at : at + BATCH] for at in range(0, len(flat), BATCH)]
        if is_audio:
            vectors = np.concatenate([encoder.encode_audio(cast("list[Floats]", batch)) for batch in batches])
        else:
            vectors = np.concatenate(
                [encoder.encode_images(cast("list[Pixels]", batch)) for batch in batches]
            )
        first = 0
        for job, parts in held:
            yield Encoded(job, vectors[first : first + len(parts)])
            first += len(parts)
