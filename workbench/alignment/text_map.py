"""Text map: teach a frozen encoder to notice edits, by one matrix on the side of the texts.

Image vectors stay as they are on disk, and so do text vectors: the map is applied when they are compared. It
can only bring out what both towers already tell apart; an encoder that pools a picture into "there is red,
there is a car" learns nothing of which thing is red.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from workbench.alignment.similarity import unit_rows

if TYPE_CHECKING:
    import torch

__all__ = ["Lessons", "TextMap", "TextSpace", "fit_map"]

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]

_BATCH = 128
_EPOCHS: Final = 80
_PATIENCE: Final = 10
_RATE: Final = 1e-3
_SCALE: Final = 20.0  # what cosines are multiplied by before the softmax, at first; it is learned along
_PULL: Final = 0.2  # how strongly the map is held to the identity


@dataclass(frozen=True)
class TextSpace:
    """How a text vector comes into the space of the media: less the centre, times the matrix, to unit length.

    Attributes:
        centre: float32 (e,).
        whiten: float32 (e, k).
    """

    centre: Floats
    whiten: Floats

    @classmethod
    def plain(cls, width: int) -> TextSpace:
        """Return the space of an encoder whose towers share one."""
        return cls(np.zeros(width, np.float32), np.eye(width, dtype=np.float32))


@dataclass(frozen=True)
class Lessons:
    """Verified captions with their media, and edits of them.

    Attributes:
        media: float32 (n, k), what each caption is true of.
        texts: float32 (n, e), vectors of the captions as the encoder gives them.
        sample: int64 (n,), whose captions they are; those of one sample are no rivals.
        edits: float32 (m, e), vectors of the edited captions.
        edited: int64 (m,), which caption each is an edit of.
    """

    media: Floats
    texts: Floats
    sample: Ints
    edits: Floats
    edited: Ints

    def of_samples(self, is_chosen: npt.NDArray[np.bool_]) -> Lessons:
        """Return the lessons of some samples; `is_chosen` is by caption."""
        place = np.cumsum(is_chosen) - 1
        kept = is_chosen[self.edited] if len(self.edited) else np.zeros(0, bool)
        return Lessons(
            self.media[is_chosen],
            self.texts[is_chosen],
            self.sample[is_chosen],
            self.edits[kept],
            place[self.edited[kept]],
        )


@dataclass(frozen=True)
class TextMap:
    """A linear map on text vectors, and how it was found.

    Attributes:
        matrix: float32 (e, e); the identity changes nothing.
        epochs: passes over the lessons until the held-out loss rose.
        loss_before, loss_after: on the held-out part.
    """

    matrix: Floats
    epochs: int
    loss_before: float
    loss_after: float

    def apply(self, texts: Floats) -> Floats:
        """Map text vectors, float32 (n, e), to unit rows; what was learned is in the directions alone."""
        return unit_rows(texts @ self.matrix.T)


def fit_map(lessons: Lessons, space: TextSpace, *, seed: int = 0, with_edits: bool = True) -> TextMap:
    """Fit a map by contrast: each media against the captions of a batch and an edit of each.

    A fifth of the samples is held out to say when to stop; with nothing gained on them the identity is kept.

    Args:
        lessons: two samples or more.
        space: how texts come into the space of the media.
        seed: of the split, the batches and the choice of edits.
        with_edits: False leaves the edits out: the control that says what mere fitting gives.

    Source:
        LABCLIP: Koishigarina et al. 2025, "CLIP behaves like a bag-of-words model cross-modally but not
        uni-modally"; B x 2B logits with edits as in NegCLIP (Yuksekgonul et al. 2023).
    """
    import torch

    threads = torch.get_num_threads()
    # Small products: on a busy machine two threads waited for each other fifty times longer than they worked.
    torch.set_num_threads(1)
    try:
        return _descend(lessons, space, seed, with_edits)
    finally:
        torch.set_num_threads(threads)


def _descend(lessons: Lessons, space: TextSpace, seed: int, with_edits: bool) -> TextMap:
    import torch

    generator = torch.Generator().manual_seed(seed)
    random = np.random.default_rng(seed)
    samples = random.permutation(np.unique(lessons.sample))
    is_held = np.isin(lessons.sample, samples[: max(1, len(samples) // 5)])
    taught, held = (_Batcher(lessons.of_samples(part), space) for part in (~is_held, is_held))
    matrix = torch.eye(lessons.texts.shape[1], requires_grad=True)
    scale = torch.tensor(float(np.log(_SCALE)), requires_grad=True)
    optimiser = torch.optim.Adam([matrix, scale], lr=_RATE)
    identity = torch.eye(len(matrix))
    with torch.no_grad():
        before = float(held.whole(matrix, scale, with_edits))
    best, kept, waited, epochs = before, identity.numpy().copy(), 0, 0
    for epoch in range(1, _EPOCHS + 1):
        for rows in torch.split(torch.randperm(taught.count, generator=generator), _BATCH):
            loss = taught.loss(matrix, scale, rows, taught.draw(rows, generator), with_edits)
            loss = loss + _PULL * ((matrix - identity) ** 2).sum()
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
        with torch.no_grad():
            now = float(held.whole(matrix, scale, with_edits))
        if now < best - 1e-4:
            best, kept, waited, epochs = now, matrix.detach().numpy().copy(), 0, epoch
        elif (waited := waited + 1) >= _PATIENCE:
            break
    return TextMap(np.asarray(kept, np.float32), epochs, before, best)


class _Batcher:
    """The lessons of one part as tensors, and the loss on some of them."""

    def __init__(self, lessons: Lessons, space: TextSpace) -> None:
        import torch

        self.count = len(lessons.texts)
        self._media, self._texts = torch.from_numpy(lessons.media), torch.from_numpy(lessons.texts)
        self._sample = torch.from_numpy(lessons.sample)
        self._edits = torch.from_numpy(lessons.edits)
        order = np.argsort(lessons.edited, kind="stable")
        counts = np.bincount(lessons.edited, minlength=self.count)
        self._order, self._counts = torch.from_numpy(order), torch.from_numpy(counts)
        self._first = torch.from_numpy(np.cumsum(counts) - counts)
        self._centre, self._whiten = torch.from_numpy(space.centre), torch.from_numpy(space.whiten)

    def draw(self, rows: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
        """Choose one edit of each caption that has any: row numbers of edits, -1 for none."""
        import torch

        counts = self._counts[rows]
        chosen = (torch.rand(len(rows), generator=generator) * counts).long()
        place = (self._first[rows] + chosen).clamp(max=max(len(self._order) - 1, 0))
        drawn = self._order[place] if len(self._order) else place
        return torch.where(counts > 0, drawn, torch.full_like(drawn, -1))

    def whole(self, matrix: torch.Tensor, scale: torch.Tensor, with_edits: bool) -> torch.Tensor:
        """Return the loss on everything at once, with the same edits every time."""
        import torch

        rows = torch.arange(self.count)
        drawn = self.draw(rows, torch.Generator().manual_seed(1))
        return self.loss(matrix, scale, rows, drawn, with_edits)

    def loss(
        self,
        matrix: torch.Tensor,
        scale: torch.Tensor,
        rows: torch.Tensor,
        drawn: torch.Tensor,
        with_edits: bool,
    ) -> torch.Tensor:
        """Return the mean of both cross-entropies: media to captions and edits, captions to media."""
        import torch
        from torch.nn.functional import cross_entropy

        media, own = self._media[rows], torch.arange(len(rows))
        logits = scale.exp() * media @ self._mapped(self._texts[rows], matrix).T
        is_rival = self._sample[rows][:, None] != self._sample[rows][None, :]
        logits = logits.masked_fill(~(is_rival | torch.eye(len(rows), dtype=torch.bool)), -1e4)
        wide = logits
        if with_edits and (drawn >= 0).any():
            edits = self._mapped(self._edits[drawn[drawn >= 0]], matrix)
            wide = torch.cat([logits, scale.exp() * media @ edits.T], dim=1)
        return (cross_entropy(wide, own) + cross_entropy(logits.T, own)) / 2

    def _mapped(self, texts: torch.Tensor, matrix: torch.Tensor) -> torch.Tensor:
        from torch.nn.functional import normalize

        mapped = normalize(texts @ matrix.T, dim=1)
        return normalize((mapped - self._centre) @ self._whiten, dim=1)
