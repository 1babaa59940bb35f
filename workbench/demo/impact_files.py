"""Write a clip of impacts as a file, with any frame times and with a sound stream that starts late."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from workbench.demo.impacts import HEIGHT_PX, WIDTH_PX

__all__ = ["frame_times_s", "write_impact_file"]

Floats = npt.NDArray[np.float64]
Greys = npt.NDArray[np.uint8]
Samples = npt.NDArray[np.float32]

_TICKS_HZ = 90_000
_AAC_FRAME = 1024


def frame_times_s(duration_s: float, rate_hz: float, *, jitter: float = 0.0, seed: int = 0) -> Floats:
    """Return the times of a clip's frames, on the 90 kHz clock of a container.

    Args:
        duration_s: length.
        rate_hz: frames a second; the mean where there is jitter.
        jitter: share of a frame by which the gap between two frames varies; 0 is a constant rate.
        seed: of the jitter.

    Example:
        >>> frame_times_s(0.1, 25).tolist()
        [0.0, 0.04, 0.08]
    """
    count = int(np.ceil(duration_s * rate_hz - 1e-9))
    gaps = 1 + np.random.default_rng(seed).uniform(-jitter, jitter, count)
    times = np.concatenate([[0.0], np.cumsum(gaps)[:-1]]) / rate_hz
    return np.asarray(np.rint(times * _TICKS_HZ) / _TICKS_HZ)


def write_impact_file(
    path: Path,
    frames: Iterable[Greys],
    times_s: Floats,
    samples: Samples | None,
    *,
    rate_hz: int = 16_000,
    sound_starts_s: float = 0.0,
) -> None:
    """Write H.264 and AAC into MP4 or Matroska, as the path's ending says.

    Args:
        path: the file.
        frames: uint8 grey, as `draw_impacts` yields them.
        times_s: when each frame starts to show.
        samples: float32 mono; None for a file without sound.
        rate_hz: their rate.
        sound_starts_s: start time given to the sound's stream, as `-itsoffset` does: the samples stay the
            same and play later.
    """
    import av

    ticks = np.rint(times_s * _TICKS_HZ).astype(int)
    with av.open(str(path), "w") as container:
        # B-frames are left out because a variable rate and a guessed decoding order make some muxers refuse.
        video = container.add_stream(
            "libx264", rate=25, options={"preset": "veryfast", "crf": "25", "bf": "0", "threads": "1"}
        )
        video.codec_context.time_base = video.time_base = Fraction(1, _TICKS_HZ)
        video.height, video.width, video.pix_fmt = HEIGHT_PX, WIDTH_PX, "yuv420p"
        audio = None if samples is None else container.add_stream("aac", rate=rate_hz, layout="mono")
        for tick, grey in zip(ticks, frames, strict=True):
            frame = av.VideoFrame.from_ndarray(grey, format="gray").reformat(format="yuv420p")
            frame.pts, frame.time_base = int(tick), Fraction(1, _TICKS_HZ)
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
        if audio is not None and samples is not None:
            for packet in _encode_sound(audio, samples, rate_hz, round(sound_starts_s * rate_hz)):
                container.mux(packet)


def _encode_sound(stream: Any, samples: Samples, rate_hz: int, first: int) -> Iterator[Any]:
    import av

    for start in range(0, samples.size, _AAC_FRAME):
        part = av.AudioFrame.from_ndarray(
            np.ascontiguousarray(samples[None, start : start + _AAC_FRAME]), format="fltp", layout="mono"
        )
        part.sample_rate, part.pts, part.time_base = rate_hz, first + start, Fraction(1, rate_hz)
        yield from stream.encode(part)
    yield from stream.encode(None)
