"""Try text maps on samples they have not seen: with edits, without, and blind to the media."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from workbench.alignment.edits import BINDING
from workbench.alignment.similarity import unit_rows
from workbench.alignment.text_map import Lessons, TextMap, TextSpace, fit_map
from workbench.statistics import bootstrap_bounds

__all__ = ["ARMS", "into_space", "try_maps"]

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]

_FOLDS = 4
_SEPARATE: Final = "wrong_pair"
#: As it is; fitted without edits; fitted with them; the same shown the mean media instead of the own.
ARMS: Final = ("before", "plain", "tuned", "blind")


def try_maps(lessons: Lessons, kinds: Sequence[str], space: TextSpace, *, seed: int = 0) -> pl.DataFrame:
    """Fit both arms on each fold's complement, and hold every pair against maps that had not seen it."""
    fold = np.random.default_rng(seed).permutation(lessons.sample.max() + 1)[lessons.sample] % _FOLDS
    width = lessons.texts.shape[1]
    same = TextMap(np.eye(width, dtype=np.float32), 0, 0.0, 0.0)
    wins: dict[str, Doubles] = {arm: np.zeros(len(kinds) + len(fold)) for arm in ARMS}
    rivals = _rivals(lessons.sample, fold, seed)
    for number in range(_FOLDS):
        learned = lessons.of_samples(fold != number)
        maps = {"before": same} | {
            arm: fit_map(learned, space, seed=seed, with_edits=arm == "tuned") for arm in ("plain", "tuned")
        }
        rows = np.flatnonzero(fold == number)
        edits = np.flatnonzero(fold[lessons.edited] == number)
        for arm in ARMS:
            text_map = maps["tuned" if arm == "blind" else arm]
            media = (
                np.broadcast_to(lessons.media.mean(0), lessons.media.shape)
                if arm == "blind"
                else lessons.media
            )
            own = _fit(media, into_space(lessons.texts, text_map, space))
            other = into_space(lessons.edits, text_map, space)
            wins[arm][edits] = _won(
                own[lessons.edited[edits]], _fit(media[lessons.edited[edits]], other[edits])
            )
            foreign = into_space(lessons.texts[rivals[rows]], text_map, space)
            wins[arm][len(kinds) + rows] = _won(own[rows], _fit(media[rows], foreign))
    owner = np.concatenate([lessons.sample[lessons.edited], lessons.sample])
    return _tabulate(np.array([*kinds, *[_SEPARATE] * len(fold)]), wins, owner)


def _tabulate(
    kinds: npt.NDArray[np.str_], wins: dict[str, Doubles], owner: npt.NDArray[np.int64]
) -> pl.DataFrame:
    rows = []
    for kind in dict.fromkeys([_SEPARATE, "object", "attribute", BINDING, *sorted(set(kinds.tolist()))]):
        mine = np.flatnonzero(kinds == kind)
        if not mine.size:
            continue
        gains = wins["tuned"][mine] - wins["plain"][mine]
        low, high = bootstrap_bounds(lambda at, gains=gains: float(gains[at].mean()), owner[mine])  # type: ignore[misc]
        shares = {arm: float(wins[arm][mine].mean()) for arm in ARMS}
        gain = {"gain": float(gains.mean()), "gain_low": low, "gain_high": high}
        rows.append({"kind": kind, "pairs": mine.size} | shares | gain)
    return pl.DataFrame(rows)


def _rivals(sample: npt.NDArray[np.int64], fold: npt.NDArray[np.int64], seed: int) -> npt.NDArray[np.int64]:
    """Return for each caption one of another sample in the same fold, where there is one."""
    random = np.random.default_rng(seed + 1)
    found = np.arange(len(sample))
    for row in range(len(sample)):
        others = np.flatnonzero((fold == fold[row]) & (sample != sample[row]))
        found[row] = random.choice(others) if others.size else row
    return found


def into_space(texts: Floats, text_map: TextMap, space: TextSpace) -> Floats:
    return unit_rows((text_map.apply(texts) - space.centre) @ space.whiten)


def _fit(media: Floats, texts: Floats) -> Floats:
    return np.asarray(np.einsum("nd,nd->n", media, texts), np.float32)


def _won(own: Floats, other: Floats) -> Doubles:
    return np.asarray((own > other) + 0.5 * (own == other), np.float64)
