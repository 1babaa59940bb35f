"""Make a copy of a video or a sound that browsers play: H.264 and AAC, its times those of the original.

Pictures keep their own times, so a variable frame rate stays one and an interval means the same in the copy.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import numpy as np

from workbench.errors import MediaError

from .video import opened, origin_s

__all__ = ["CopyPlan", "plan_copy", "transcode"]

_SOUND_RATE_HZ: Final = 48_000
_SOUND_BITS_S: Final = 96_000
_BEST_BITS_S: Final = 2_500_000  # more is not seen at the sizes shown
_LEAST_BITS_S: Final = 60_000
_ROOM = 0.85  # of the limit: rate control misses by some per cent
_TICK: Final = Fraction(1, 90_000)
#: Short side of the pictures, by the bits a second there are for them.
_HEIGHTS: Final = ((1_500_000, 720), (500_000, 480), (200_000, 360), (0, 240))


@dataclass(frozen=True, slots=True)
class CopyPlan:
    """How a copy is made so that it stays under a limit.

    Attributes:
        height_px: at most; a smaller video is not enlarged.
        picture_bits_s: for the pictures.
        sound_bits_s: for the sound.
    """

    height_px: int
    picture_bits_s: int
    sound_bits_s: int = _SOUND_BITS_S


def plan_copy(duration_s: float, most_bytes: int) -> CopyPlan:
    """Choose size and rates for a copy of this length.

    Raises:
        MediaError: it is so long that nothing could be seen in a copy of that size.

    Example:
        >>> plan_copy(60.0, 50_000_000).height_px
        720
    """
    bits_s = _ROOM * 8 * most_bytes / max(duration_s, 1e-3)
    sound_bits_s = min(_SOUND_BITS_S, max(24_000, int(bits_s * 0.2)))
    picture_bits_s = min(_BEST_BITS_S, int(bits_s) - sound_bits_s)
    if picture_bits_s < _LEAST_BITS_S:
        raise MediaError(
            f"{duration_s / 3600:.1f} h do not fit into {most_bytes / 1e6:.0f} MB.",
            "Cut the file into parts.",
        )
    height_px = next(height for least, height in _HEIGHTS if picture_bits_s >= least)
    return CopyPlan(height_px, picture_bits_s, sound_bits_s)


def transcode(
    source: Path | str,
    target: Path,
    *,
    plan: CopyPlan,
    on_share: Callable[[float], None] = lambda _share: None,
    is_stopped: Callable[[], bool] = lambda: False,
) -> bool:
    """Write a copy beside its place and swap it in whole.

    Args:
        source: the file.
        target: an `.mp4`; what is there already is replaced.
        plan: from `plan_copy`.
        on_share: told the share done, 0..1.
        is_stopped: asked now and then; when it says yes nothing is left behind.

    Returns:
        Whether the copy is there; False when it was stopped.

    Raises:
        MediaError: the source cannot be read, or has neither picture nor sound.
        MissingExtraError: PyAV is not installed.
    """
    fresh = target.with_name(f".{target.stem}.{os.getpid()}.mp4")
    try:
        with opened(source) as container:
            copy = _Copy(container, fresh, plan)
            is_whole = copy.write(on_share, is_stopped)
        if is_whole:
            os.replace(fresh, target)
        return is_whole
    finally:
        fresh.unlink(missing_ok=True)


class _Copy:
    """One copy being made."""

    def __init__(self, container: Any, path: Path, plan: CopyPlan) -> None:
        import av

        self.container, self.plan = container, plan
        self.origin = origin_s(container)
        self.pictures = next(
            (one for one in container.streams.video if not one.disposition & one.disposition.attached_pic),
            None,
        )
        self.sound = next(iter(container.streams.audio), None)
        if self.pictures is None and self.sound is None:
            raise MediaError("the file has neither pictures nor sound.")
        # The index in front: a player may begin before it has the whole file.
        self.output: Any = av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"})
        self.video_out: Any = None
        self.audio_out: Any = None
        self.last_tick = -1
        self.heard = 0
        if self.sound is not None:
            self.audio_out = self.output.add_stream("aac", rate=_SOUND_RATE_HZ)
            self.audio_out.layout = "stereo"
            self.audio_out.bit_rate = plan.sound_bits_s
            self.resampler: Any = av.AudioResampler(format="fltp", layout="stereo", rate=_SOUND_RATE_HZ)

    def write(self, on_share: Callable[[float], None], is_stopped: Callable[[], bool]) -> bool:
        streams = [one for one in (self.pictures, self.sound) if one is not None]
        length_s = (self.container.duration or 0) / 1e6
        with self.output:
            for count, frame in enumerate(self.container.decode(*streams)):
                if count % 25 == 0:
                    if is_stopped():
                        return False
                    at_s = float((frame.time or 0.0) - float(self.origin))
                    on_share(min(1.0, max(0.0, at_s / length_s)) if length_s else 0.0)
                if hasattr(frame, "samples"):
                    self._hear(frame)
                else:
                    self._see(frame)
            self._flush()
        on_share(1.0)
        return True

    def _see(self, frame: Any) -> None:
        tick = round((Fraction(frame.time or 0).limit_denominator(10**6) - self.origin) / _TICK)
        if tick <= self.last_tick or tick < 0:  # a second picture of the same instant, or before the start
            return
        self.last_tick = tick
        frame = _turned(frame)
        width, height = _size(frame.width, frame.height, self.plan.height_px)
        if self.video_out is None:
            self._open_pictures(width, height)
        small = frame.reformat(width=self.video_out.width, height=self.video_out.height, format="yuv420p")
        small.pts, small.time_base, small.pict_type = tick, _TICK, 0
        self.output.mux(self.video_out.encode(small))

    def _open_pictures(self, width: int, height: int) -> None:
        rate = (self.pictures and self.pictures.average_rate) or Fraction(25)
        # No B-frames: their reordering would begin the file late, by an edit list that not all players read.
        options = {"preset": "veryfast", "bf": "0", "g": "50"}
        self.video_out = self.output.add_stream("libx264", rate=rate, options=options)
        self.video_out.width, self.video_out.height, self.video_out.pix_fmt = width, height, "yuv420p"
        self.video_out.bit_rate = self.plan.picture_bits_s
        self.video_out.codec_context.time_base = _TICK

    def _hear(self, frame: Any) -> None:
        if self.heard == 0:
            self._lead((frame.time or 0.0) - float(self.origin))
        frame.pts = None
        for piece in self.resampler.resample(frame):
            self._put(piece)

    def _lead(self, start_s: float) -> None:
        """Sound that starts late starts late in the copy."""
        import av

        count = round(max(0.0, start_s) * _SOUND_RATE_HZ)
        if count:
            silence = av.AudioFrame.from_ndarray(np.zeros((2, count), np.float32), "fltp", "stereo")
            silence.sample_rate = _SOUND_RATE_HZ
            self._put(silence)

    def _put(self, piece: Any) -> None:
        piece.pts, piece.time_base = self.heard, Fraction(1, _SOUND_RATE_HZ)
        self.heard += piece.samples
        self.output.mux(self.audio_out.encode(piece))

    def _flush(self) -> None:
        if self.audio_out is not None:
            for piece in self.resampler.resample(None) if self.heard else []:
                self._put(piece)
            self.output.mux(self.audio_out.encode(None))
        if self.video_out is not None:
            self.output.mux(self.video_out.encode(None))


def _turned(frame: Any) -> Any:
    turns = round(frame.rotation / 90) % 4  # counterclockwise, as rot90 counts
    if not turns:
        return frame
    import av

    pixels = np.ascontiguousarray(np.rot90(frame.to_ndarray(format="rgb24"), turns))
    return av.VideoFrame.from_ndarray(pixels, format="rgb24")


def _size(width: int, height: int, most_px: int) -> tuple[int, int]:
    """Return even numbers of pixels, the short side at most `most_px`."""
    scale = min(1.0, most_px / min(width, height))
    return max(2, 2 * round(width * scale / 2)), max(2, 2 * round(height * scale / 2))
