"""Neighbours: do things that look like this one carry captions like this one, and the other way round?

A caption may sit oddly with its photo by a bare cosine and yet say what the captions of all similar photos
say. LEMoN asks the neighbours on both sides. Pure arrays; the nearest are found block by block.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from workbench.alignment.pairs import Pairs, spread
from workbench.alignment.similarity import mid_rank

__all__ = ["NEIGHBOURS_FROM", "PUBLISHED", "NeighbourSetting", "Neighbours", "measure_neighbours"]

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

#: Neighbours are sought among at most this many pairs (evenly spaced), so that cost grows with N, not N².
NEIGHBOURS_FROM = 10_000

_BLOCK_VALUES = 8_000_000


@dataclass(frozen=True)
class NeighbourSetting:
    """The constants of LEMoN.

    Attributes:
        neighbours: k, how many on each side.
        media_weight: β, of the captions of similar media.
        text_weight: γ, of the media of similar captions.
        fade: τ1, how fast a neighbour's word fades with its distance from this pair.
        trust: τ2, how fast it fades with the neighbour's own misfit.
    """

    neighbours: int = 30
    media_weight: float = 5.0
    text_weight: float = 5.0
    fade: float = 0.1
    trust: float = 5.0


#: What the paper uses where no labelled validation set exists.
PUBLISHED: Final = NeighbourSetting()


@dataclass(frozen=True)
class Neighbours:
    """What was measured for each of M captions; all arrays are (M,).

    Attributes:
        value: LEMoN turned round: higher is better aligned; from -(2 + 2β + 2γ) to 0, no unit.
        distance: 1 - cosine of the pair itself.
        by_media: s_n, how far the captions of the most similar media are from this caption.
        by_text: s_m, how far the media of the most similar captions are from this media.
        nearest_by_media: the pair whose media is most like this one's; -1 where there is none.
        nearest_by_text: the pair whose caption is most like this one; -1 where there is none.
        heard: neighbours on each side; fewer than k in a small set.
        percentile: mid-rank of the value in the set: near 0 worst, near 1 best.
    """

    value: Doubles
    distance: Doubles
    by_media: Doubles
    by_text: Doubles
    nearest_by_media: Ints
    nearest_by_text: Ints
    heard: Ints
    percentile: Doubles


def measure_neighbours(
    pairs: Pairs, setting: NeighbourSetting = PUBLISHED, *, reference: int = NEIGHBOURS_FROM
) -> Neighbours:
    """Ask the neighbours of every pair, by the published formula (distance = 1 - cosine, self left out).

    The reference code feeds -cos where the paper has 1 - cos; this follows the paper. Where a media has
    several captions each is a pair of its own, and the pairs of one sample are no neighbours of each other.
    It cannot see a detail that sentence and picture vectors do not carry, and a caption that is right but
    unlike all others looks odd to it.

    Args:
        pairs: captions and media in one space.
        setting: the constants; the published fixed setting by default.
        reference: the most pairs that neighbours are sought among.

    Returns:
        One value of each measure a caption.

    Source:
        Zhang et al. 2025, "LEMoN: Label error detection using multimodal neighbors", equations 1 to 3.

    Example:
        >>> eye = np.eye(2, dtype=np.float32)
        >>> same = Pairs(eye, eye, np.arange(2), np.arange(2))
        >>> measure_neighbours(same).distance.tolist()
        [0.0, 0.0]
    """
    chosen = spread(len(pairs.texts), reference)
    own = 1.0 - pairs.own.astype(np.float64)
    trust = np.exp(-setting.trust * own[chosen])
    count = len(pairs.texts)
    by_media, by_text = np.zeros(count), np.zeros(count)
    nearest_media, nearest_text = np.full(count, -1, np.int64), np.full(count, -1, np.int64)
    heard = np.zeros(count, np.int64)
    for at, media, texts in _tables(pairs, chosen):
        to_media, is_media = _nearest(media, setting.neighbours)
        to_text, is_text = _nearest(texts, setting.neighbours)
        by_media[at] = _hear(texts, media, to_media, is_media, trust, setting.fade)
        by_text[at] = _hear(media, texts, to_text, is_text, trust, setting.fade)
        nearest_media[at] = np.where(is_media[:, 0], chosen[to_media[:, 0]], -1)
        nearest_text[at] = np.where(is_text[:, 0], chosen[to_text[:, 0]], -1)
        heard[at] = is_media.sum(1)
    value = -(own + setting.media_weight * by_media + setting.text_weight * by_text)
    return Neighbours(
        value, own, by_media, by_text, nearest_media, nearest_text, heard, mid_rank(value)
    )  # fmt: skip


def _tables(pairs: Pairs, chosen: Ints) -> Iterator[tuple[slice, Floats, Floats]]:
    """Yield blocks of captions with cosines to the chosen pairs: media with media, text with text."""
    # Media that own several chosen captions are multiplied once and spread out, so equal ones stay equal.
    seen, column = np.unique(pairs.owner[chosen], return_inverse=True)
    column = column.reshape(-1)
    sample, theirs = pairs.caption_sample, pairs.caption_sample[chosen]
    step = max(1, _BLOCK_VALUES // max(len(chosen), 1))
    for first in range(0, len(pairs.texts), step):
        at = slice(first, min(first + step, len(pairs.texts)))
        is_own = sample[at][:, None] == theirs[None, :]
        media = (pairs.media[pairs.owner[at]] @ pairs.media[seen].T)[:, column]
        texts = pairs.texts[at] @ pairs.texts[chosen].T
        media[is_own], texts[is_own] = -np.inf, -np.inf
        yield at, media, texts


def _nearest(table: Floats, count: int) -> tuple[Ints, npt.NDArray[np.bool_]]:
    """Return the columns of the `count` highest values of each row, highest first, ties by column.

    The second array says which are there: a row has fewer where the rest is its own sample.
    """
    count = min(count, table.shape[1])
    border = np.partition(table, table.shape[1] - count, axis=1)[:, table.shape[1] - count]
    is_taken = table >= border[:, None]
    for row in np.flatnonzero(is_taken.sum(1) > count):
        tied = np.flatnonzero(table[row] == border[row])
        above = int((table[row] > border[row]).sum())
        is_taken[row, tied[count - above :]] = False
    columns = np.nonzero(is_taken)[1].reshape(len(table), count)
    order = np.argsort(-np.take_along_axis(table, columns, 1), axis=1, kind="stable")
    columns = np.take_along_axis(columns, order, 1).astype(np.int64)
    return columns, np.isfinite(np.take_along_axis(table, columns, 1))


def _hear(
    said: Floats, near: Floats, columns: Ints, is_there: npt.NDArray[np.bool_], trust: Doubles, fade: float
) -> Doubles:
    """Average what the neighbours say: distance on the other side, faded by distance and by misfit."""
    apart = 1.0 - np.take_along_axis(said, columns, 1).astype(np.float64)
    away = 1.0 - np.take_along_axis(near, columns, 1).astype(np.float64)
    heard = np.where(is_there, apart * np.exp(-fade * np.where(is_there, away, 0.0)) * trust[columns], 0.0)
    return np.asarray(heard.sum(1) / np.maximum(is_there.sum(1), 1), np.float64)
