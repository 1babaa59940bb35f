"""Pairs: every caption beside one vector of what it speaks of, the shape that pair-wise scores take."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from workbench.alignment.similarity import Pairing, unit_rows

__all__ = ["Pairs", "pair_up", "spread"]

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Pairs:
    """M captions and the N stretches of media that they speak of.

    Attributes:
        media: float32 (N, d), unit rows; one row a stretch (a whole sample, or an interval of it).
        texts: float32 (M, d), unit rows.
        owner: int64 (M,), the media row of each caption.
        sample: int64 (N,), the sample of each media row; captions of one sample are never rivals.
    """

    media: Floats
    texts: Floats
    owner: Ints
    sample: Ints

    @property
    def own(self) -> Floats:
        """The cosine of each caption with its own media, float32 (M,)."""
        return np.asarray(np.einsum("md,md->m", self.media[self.owner], self.texts), np.float32)

    @property
    def caption_sample(self) -> Ints:
        """The sample of each caption, int64 (M,)."""
        return self.sample[self.owner]


def pair_up(media: Floats, texts: Floats, pairing: Pairing) -> Pairs:
    """Pool the frames that each caption speaks of to one unit vector.

    A single frame that fits is averaged away: `workbench.alignment.similarity` looks at the best one too.

    Args:
        media: float32 (F, d), unit rows; the frames of a sample are consecutive.
        texts: float32 (M, d), unit rows.
        pairing: which rows belong together.

    Example:
        >>> eye = np.eye(2, dtype=np.float32)
        >>> pair_up(eye, eye, Pairing.whole([2], [0, 0])).owner
        array([0, 0])
    """
    stretches = np.stack([pairing.first, pairing.last], axis=1)
    kept, first_of, owner = np.unique(stretches, axis=0, return_index=True, return_inverse=True)
    sizes = kept[:, 1] - kept[:, 0]
    if (sizes == 1).all():
        pooled = media[kept[:, 0]]
    else:
        rows = np.concatenate([np.arange(first, last) for first, last in kept])
        pooled = unit_rows(np.add.reduceat(media[rows], np.cumsum(sizes) - sizes, axis=0))
    return Pairs(pooled, texts, owner.reshape(-1).astype(np.int64), pairing.owner[first_of])


def spread(count: int, most: int) -> Ints:
    """Return at most `most` indices evenly spaced over 0 to count-1.

    Example:
        >>> spread(10, 4).tolist()
        [0, 3, 6, 9]
    """
    return np.unique(np.linspace(0, count - 1, min(count, most)).round().astype(np.int64))
