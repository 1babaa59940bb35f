"""Small clips written by hand, for tests that need to know exactly what moves when."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np

__all__ = ["BLUE", "RED", "write_squares"]

RATE_HZ = 25
RED, BLUE = (210, 30, 30), (30, 60, 210)


def write_squares(
    path: Path, moves: list[tuple[tuple[int, int, int], float, float]], duration_s: float
) -> None:
    """Write a clip in which a square of each colour crosses from left to right from start to end."""
    import av

    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=RATE_HZ, options={"crf": "18", "g": "12"})
        stream.width, stream.height, stream.pix_fmt = 160, 120, "yuv420p"
        for number in range(round(duration_s * RATE_HZ)):
            picture = np.full((120, 160, 3), (200, 200, 190), np.uint8)
            for colour, start_s, end_s in moves:
                share = (number / RATE_HZ - start_s) / (end_s - start_s)
                if 0 <= share < 1:
                    left = round(-20 + 180 * share)
                    picture[50:80, max(0, left) : max(0, left + 24)] = colour
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, RATE_HZ)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
