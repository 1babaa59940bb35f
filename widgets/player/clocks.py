"""How far the clocks of several views of one event are apart: as scored before, or measured on request."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import polars as pl

from widgets.player.looks import MediaFile
from workbench.alignment.views import Offset, align_clocks
from workbench.scoring.clips import read_clip
from workbench.scoring.views import measure_offset

__all__ = ["Clocks", "measure_clocks", "scored_clocks"]


@dataclass(frozen=True, slots=True)
class Clocks:
    """How much later each view shows the same instant than the first.

    Attributes:
        late_s: one a view; None where it is not known.
        by: "scored", "measured" or "" where nothing is known.
        reason: why one is not known; "" where all are.
    """

    late_s: tuple[float | None, ...]
    by: str
    reason: str = ""


def scored_clocks(scores: pl.DataFrame, names: Sequence[str]) -> Clocks:
    """Read the clocks from what the scorer `views` has said of the captions of a group.

    Args:
        scores: with the columns `scorer` and `detail`.
        names: of the views, as the scorer names them.
    """
    for detail in scores.filter(pl.col("scorer") == "views")["detail"].drop_nulls():
        said = json.loads(detail).get("offsets_ms") or {}
        offsets = {}
        for a, b in combinations(range(len(names)), 2):
            # The scorer compared them in the order in which they came; here they are in that of their names.
            for one, other, sign in ((a, b, 1), (b, a, -1)):
                if found := said.get(f"{names[one]} to {names[other]}"):
                    offsets[a, b] = Offset(sign * found[0] / 1000, float(found[1]), str(found[2]))
        if offsets:
            return _clocks(offsets, len(names), "scored")
    return Clocks((0.0, *[None] * (len(names) - 1)), "", "their clocks were not compared yet")


def measure_clocks(files: Sequence[MediaFile], hashes: Sequence[str]) -> Clocks:
    """Compare sound and motion of the views.

    Raises:
        MediaError: one cannot be read.
        MissingExtraError: a package to read them is not installed.
    """
    clips = [
        (read_clip(file.path, content, file.duration_s, has_audio=False), file.has_sound)
        for file, content in zip(files, hashes, strict=True)
    ]
    offsets = {
        (a, b): offset
        for a, b in combinations(range(len(clips)), 2)
        if (offset := measure_offset(clips[a], clips[b])) is not None
    }
    return _clocks(offsets, len(clips), "measured")


def _clocks(offsets: dict[tuple[int, int], Offset], cameras: int, by: str) -> Clocks:
    late_s = align_clocks(offsets, cameras)
    known = tuple(None if np.isnan(late) else round(float(late - late_s[0]), 4) for late in late_s)
    is_whole = all(late is not None for late in known)
    return Clocks(known, by, "" if is_whole else "no shared sound or motion tells their clocks")
