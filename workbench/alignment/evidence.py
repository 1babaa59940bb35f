"""Say in one sentence what a score rests on, and what it cannot see."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from workbench.alignment.consensus import Consensus
from workbench.alignment.similarity import Similarity

__all__ = ["explain_consensus", "explain_similarity", "say_place"]

Ints = npt.NDArray[np.int64]

_MEDIA: Final = {"image": "photo", "video": "video", "audio": "sound"}
_PLURAL: Final = {"image": "photos", "video": "videos", "audio": "sounds"}


def explain_similarity(
    found: Similarity,
    media: str,
    times_s: npt.NDArray[np.float64],
    *,
    windows: Ints,
    token_limit: int,
    note: str = "",
) -> list[str]:
    """Return one sentence a caption: its place in the set, its ranks, its best time, and a caveat.

    Args:
        found: what was measured.
        media: image, video or audio.
        times_s: the time of each media row; said where a sample has several.
        windows: in how many windows each caption was read.
        token_limit: of the text tower.
        note: a caveat on how the towers were joined; empty where there is none.
    """
    thing, things = _MEDIA[media], _PLURAL[media]
    how = f"; compared {note}" if note else ""
    row, column = found.rivals_in_row + 1, found.rivals_in_column + 1
    return [
        f"{say_place(found.percentile[i])}: of {row[i]:,} captions it ranks "
        f"{found.rank_in_row[i]:,} for this {thing}, of {column[i]:,} {things} this one ranks "
        f"{found.rank_in_column[i]:,} for it{_best(found, i, times_s)}"
        f"{_windowed(int(windows[i]), token_limit)}{how}; blind to word order, attributes and counts."
        for i in range(len(found.value))
    ]


def explain_consensus(found: Consensus, windows: Ints, token_limit: int) -> list[str]:
    """Return one sentence a caption: its place in the set and how near the other captions are."""
    return [
        f"{say_place(found.percentile[i])}: mean cosine {found.value[i]:.2f} with the {found.others[i]} "
        f"other caption{'s' if found.others[i] > 1 else ''} of its sample, {found.best[i]:.2f} with the "
        f"nearest{_windowed(int(windows[i]), token_limit)}; blind to an error that all of them share."
        for i in range(len(found.value))
    ]


def say_place(percentile: float) -> str:
    """Return the place of a percentile in words.

    Example:
        >>> say_place(0.013), say_place(0.8)
        ('Lowest 1.3 % of the set', 'Better than 80 % of the set')
    """
    if percentile < 0.5:
        return f"Lowest {_percent(percentile)} % of the set"
    return f"Better than {_percent(percentile)} % of the set"


def _percent(share: float) -> str:
    percent = 100 * share
    return f"{percent:.1f}" if percent < 2 else f"{percent:.0f}"


def _best(found: Similarity, index: int, times_s: npt.NDArray[np.float64]) -> str:
    if found.best[index] == found.mean[index]:
        return ""
    return f", best at {times_s[found.best_row[index]]:.1f} s"


def _windowed(windows: int, token_limit: int) -> str:
    if windows < 2:
        return ""
    return f"; it is past the limit of {token_limit} tokens and was read in {windows} windows, averaged"
