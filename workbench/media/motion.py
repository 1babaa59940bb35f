"""Measure how abruptly things change their motion, frame by frame: where an impact shows in a picture."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from workbench.errors import MediaError, MissingExtraError

from .video import opened, origin_s

__all__ = ["REGIONS", "Motion", "measure_motion", "read_motion"]

Floats = npt.NDArray[np.float64]
Field = npt.NDArray[np.float32]
Greys = npt.NDArray[np.uint8]

LONG_SIDE_PX = 160
_ROWS, _COLUMNS = 3, 4
#: What each column of `Motion.abruptness` looks at: the whole picture, then its cells row by row.
REGIONS: Final = (
    "the whole picture",
    *(
        f"the {row}{column}"
        for row in ("top", "middle", "bottom")
        for column in (" left", ", left of centre", ", right of centre", " right")
    ),
)
_WHOLE_SHARE, _CELL_SHARE = 0.03, 0.06  # of the pixels, those that change most: a thing is small
_CUT_GREYS, _CUT_RATIO = 20.0, 6.0  # a cut changes the picture by more than this, and than its usual change
_LONGEST_REPEAT_S = 0.15


@dataclass(frozen=True)
class Motion:
    """How abruptly motion changes.

    Attributes:
        times_s: float64 (n,), each the time of its own frame; not evenly spaced when the frames are not.
        abruptness: float64 (n, 13), change of velocity in picture widths a second, `REGIONS` by column.
    """

    times_s: Floats
    abruptness: Floats


def measure_motion(frames: Iterable[tuple[float, Greys]]) -> Motion:
    """Measure the change of velocity along the path of every pixel, and keep the largest few per region.

    Dense optical flow (DIS) from each frame back to the one before gives a velocity at every pixel; the
    velocity that the same point had a frame earlier is looked up where the flow came from. So a thing that
    only passes through shows nothing, and a thing that is stopped or thrown back shows at once. Camera
    motion (the median change) is taken away, cuts are blanked, repeated frames are skipped.

    The change at frame k rests on frames k-1, k and k+1 and is given the time of frame k: an impact between
    two frames then spreads over both in proportion to its nearness, and its centre is the impact's own time,
    evenly spaced or not. Blind to what moves less than about a tenth of a pixel at 160 px.

    Args:
        frames: (time in s, uint8 grey (h, w)) in order; all of one size, about 160 px on the long side.

    Raises:
        MissingExtraError: OpenCV is not installed.
    """
    try:
        import cv2
    except ImportError:
        raise MissingExtraError("Measuring motion", "audio-video") from None
    flow_of = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST)
    times_s: list[float] = []
    rows: list[Floats] = []
    changes: list[float] = []
    velocity: Field | None = None
    grid: Field | None = None
    for (before_s, before), (time_s, frame) in _pairs(frames):
        if grid is None:
            grid = np.stack(np.meshgrid(*map(np.arange, frame.shape[::-1])), axis=-1).astype(np.float32)
        back = flow_of.calc(frame, before, None)
        now = back / np.float32((before_s - time_s) * max(frame.shape))
        changes.append(float(cv2.absdiff(frame, before).mean()))
        if velocity is not None:
            origin = grid + back
            earlier = cv2.remap(
                velocity, origin[..., 0], origin[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
            )
            change = now - earlier
            shake = np.median(change[::4, ::4], axis=(0, 1))
            rows.append(_largest(cv2.magnitude(change[..., 0] - shake[0], change[..., 1] - shake[1])))
            times_s.append(before_s)
        velocity = now
    abruptness = np.array(rows, dtype=np.float64).reshape(len(rows), len(REGIONS))
    abruptness[_touches_cut(changes)] = 0
    return Motion(np.array(times_s, dtype=np.float64), abruptness)


def read_motion(path: Path | str) -> Motion:
    """Measure the motion of a video file; every frame is decoded once and carries its own timestamp.

    Raises:
        MediaError: no pictures, or damaged.
        MissingExtraError: PyAV or OpenCV is not installed.
    """
    with opened(path) as container:
        return measure_motion(_small_greys(container))


def _small_greys(container: Any) -> Iterator[tuple[float, Greys]]:
    """Yield (time, small grey picture); time 0 is where a player starts, as for the sound."""
    streams = [s for s in container.streams.video if not s.disposition & s.disposition.attached_pic]
    if not streams:
        raise MediaError("the file has no pictures: no video stream.")
    from av.video.reformatter import VideoReformatter

    # One for all: a picture's own `reformat` sets a scaler up anew, which costs more than the scaling.
    scaler = VideoReformatter()
    origin, width, height = origin_s(container), 0, 0
    for picture in container.decode(streams[0]):
        if picture.pts is None:
            continue
        if not width:  # the first picture's size for all: a stream may change its size on the way
            shrink = min(1.0, LONG_SIDE_PX / max(picture.width, picture.height))
            width, height = math.ceil(picture.width * shrink), math.ceil(picture.height * shrink)
        small = scaler.reformat(picture, width, height, "gray", interpolation="AREA").to_ndarray()
        upright = np.ascontiguousarray(np.rot90(small, round(picture.rotation / 90) % 4), dtype=np.uint8)
        yield float(picture.pts * picture.time_base - origin), upright


def _pairs(
    frames: Iterable[tuple[float, Greys]],
) -> Iterator[tuple[tuple[float, Greys], tuple[float, Greys]]]:
    """Yield each frame with the one before it, without frames shown twice or out of order.

    A repeated frame (film at a television's rate) would look like a stop and a start.
    """
    last: tuple[float, Greys] | None = None
    for time_s, frame in frames:
        if last is not None:
            gap_s = time_s - last[0]
            if gap_s <= 0 or (gap_s < _LONGEST_REPEAT_S and np.array_equal(frame, last[1])):
                continue
            yield last, (time_s, frame)
        last = (time_s, frame)


def _largest(change: Field) -> Floats:
    """Return the mean of the largest few: of the whole picture, then of each cell."""
    height, width = (side - side % parts for side, parts in zip(change.shape, (_ROWS, _COLUMNS), strict=True))
    blocks = change[:height, :width].reshape(_ROWS, height // _ROWS, _COLUMNS, width // _COLUMNS)
    cells = blocks.transpose(0, 2, 1, 3).reshape(_ROWS * _COLUMNS, -1)
    few = max(1, round(_CELL_SHARE * cells.shape[1]))
    kept = np.partition(cells, -few, axis=1)[:, -few:]
    # The largest of the picture are looked for among those of the cells: a second sort of all costs as much.
    many = round(_WHOLE_SHARE / _CELL_SHARE * kept.size)
    whole, of_cells = np.partition(kept, -many, axis=None)[-many:].mean(), kept.mean(axis=1)
    return np.concatenate([[whole], of_cells]).astype(np.float64)


def _touches_cut(changes: list[float]) -> npt.NDArray[np.bool_]:
    """Tell which rows rest on a pair of frames with a cut between them; row n rests on pairs n and n + 1."""
    steps = np.array(changes)
    if steps.size < 2:
        return np.zeros(0, bool)
    is_cut = (steps > _CUT_GREYS) & (steps > _CUT_RATIO * np.median(steps))
    touched: npt.NDArray[np.bool_] = is_cut[:-1] | is_cut[1:]
    return touched
