"""Read when each picture of a video starts to show, without decoding any of them.

Stepping by pictures needs their own times: a rate, where there is one, is a mean, and with a variable rate
"one thirtieth of a second on" lands on the same picture, or past one.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from workbench.errors import MediaError

from .video import opened, origin_s

__all__ = ["read_frame_times"]


def read_frame_times(path: Path | str) -> npt.NDArray[np.float64]:
    """Return the start of every picture on the player's clock, rising.

    Only packets are read, so the cost is that of reading the file once. Damaged packets that still carry a
    time are counted.

    Args:
        path: the file.

    Returns:
        float64 (n,), seconds; 0 is where a player starts.

    Raises:
        MediaError: cut off, damaged, or no pictures.
        MissingExtraError: PyAV is not installed.
    """
    with opened(path) as container:
        stream = next(
            (one for one in container.streams.video if not one.disposition & one.disposition.attached_pic),
            None,
        )
        if stream is None:
            raise MediaError("the file has no pictures: no video stream.")
        ticks = {
            packet.pts
            for packet in container.demux(stream)
            if packet.size and packet.pts is not None and not packet.is_discard
        }
        unit, origin = float(stream.time_base), float(origin_s(container))
        return np.array(sorted(ticks), np.float64) * unit - origin
