"""Read captions of any length with a text tower that has a limit: in windows, never cut."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from workbench.encoders.base import Floats, TextVectors

if TYPE_CHECKING:
    import torch

__all__ = ["encode_in_windows", "split_windows"]

_TOKENS_PER_BATCH = 4096  # padded tokens; batches of like length waste little on padding


def split_windows(text: str, offsets: Sequence[tuple[int, int]], room: int) -> list[str]:
    """Split a text into the fewest windows of at most `room` tokens, as even as can be.

    Args:
        text: the caption.
        offsets: start and end of each token in the text, in characters.
        room: tokens a window may hold.

    Returns:
        Pieces of the text in order; the text itself when it fits.

    Example:
        >>> split_windows("a bb ccc d", [(0, 1), (2, 4), (5, 8), (9, 10)], 3)
        ['a bb', 'ccc d']
    """
    if len(offsets) <= room:
        return [text]
    count = -(-len(offsets) // room)
    edges = np.linspace(0, len(offsets), count + 1).round().astype(int)
    return [text[offsets[first][0] : offsets[last - 1][1]] for first, last in pairwise(edges)]


def encode_in_windows(
    texts: Sequence[str],
    tokenizer: Any,
    token_limit: int,
    forward: Callable[[dict[str, torch.Tensor]], torch.Tensor],
    *,
    pad_to_limit: bool = False,
) -> TextVectors:
    """Encode captions by a tokenizer and a forward pass, each distinct window once, sorted by length.

    Args:
        texts: the captions.
        tokenizer: a fast tokenizer of transformers.
        token_limit: tokens the tower takes, with its special tokens.
        forward: from padded tokens to (batch, d) vectors, of any length.
        pad_to_limit: pad every window to the limit, for towers trained that way.

    Returns:
        For each caption the mean of its windows' unit vectors, scaled to length 1.
    """
    room = max(1, token_limit - tokenizer.num_special_tokens_to_add())
    windows: list[str] = []
    counts: list[int] = []
    lengths: list[int] = []
    for text in texts:
        offsets = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True, verbose=False)[
            "offset_mapping"
        ]
        pieces = split_windows(text, offsets, room)
        windows += pieces
        counts.append(len(pieces))
        lengths += [-(-len(offsets) // len(pieces))] * len(pieces)
    padding: bool | str = "max_length" if pad_to_limit else True

    def run(batch: list[str]) -> torch.Tensor:
        # Truncation only guards against a piece that is a token or two longer once it stands alone.
        return forward(
            dict(
                tokenizer(
                    batch, padding=padding, truncation=True, max_length=token_limit, return_tensors="pt"
                )
            )
        )

    vectors = _encode_distinct(windows, lengths, run)
    return TextVectors(_pool(vectors, np.array(counts, np.int64)), np.array(counts, np.int64))


def _encode_distinct(
    windows: list[str], lengths: list[int], run: Callable[[list[str]], torch.Tensor]
) -> Floats:
    import torch

    length_of = dict(zip(windows, lengths, strict=True))
    ordered = sorted(length_of, key=lambda window: (length_of[window], window))
    found: list[Floats] = []
    at = 0
    with torch.inference_mode():
        while at < len(ordered):
            size = _batch_size([length_of[window] for window in ordered[at : at + 512]])
            vectors = run(ordered[at : at + size]).float()
            found.append(torch.nn.functional.normalize(vectors, dim=-1).cpu().numpy())
            at += size
    place = {window: index for index, window in enumerate(ordered)}
    return np.concatenate(found)[[place[window] for window in windows]]


def _batch_size(lengths: list[int]) -> int:
    """Return how many of the next texts, sorted by length, fit the token budget of a batch."""
    return max(
        1, sum((index + 1) * (length + 2) <= _TOKENS_PER_BATCH for index, length in enumerate(lengths))
    )


def _pool(vectors: Floats, counts: npt.NDArray[np.int64]) -> Floats:
    if len(counts) == len(vectors):
        return vectors
    summed = np.add.reduceat(vectors, np.cumsum(counts) - counts, axis=0)
    return np.asarray(summed / np.maximum(np.linalg.norm(summed, axis=1, keepdims=True), 1e-12), np.float32)
