"""Attention within trees: every token sees what stands before it in its own text, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from workbench.finetune.engines.fast.trie import Tree

if TYPE_CHECKING:
    import torch

__all__ = ["Grove", "attend_within_trees", "plan_groves"]

_NAME: Final = "workbench_trees"
#: Trees are attended to together when the smallest is at least this share of the largest.
_ALIKE: Final = 0.75
_MULTIPLE: Final = 8  # lengths that fast kernels take


@dataclass(frozen=True)
class Grove:
    """Trees of about one size, attended to at once.

    Attributes:
        start, end: their nodes.
        gather: (trees * longest,) which node of the grove stands where; the first of a tree where none does.
        scatter: (nodes,) where each node of the grove stands.
        mask: (trees, 1, longest, longest) added to the scores: 0 where a node sees another, else very low.
    """

    start: int
    end: int
    gather: torch.Tensor
    scatter: torch.Tensor
    mask: torch.Tensor


def plan_groves(trees: Sequence[Tree], device: str, dtype: torch.dtype) -> list[Grove]:
    """Put trees of about one size together.

    Args:
        trees: of a forest, smallest first.
        device, dtype: of the attention.
    """
    groves: list[list[Tree]] = []
    for tree in reversed(trees):
        size = tree.end - tree.start
        if groves and size >= _ALIKE * (groves[-1][-1].end - groves[-1][-1].start):
            groves[-1].insert(0, tree)
        else:
            groves.append([tree])
    return [_grove(trees, device, dtype) for trees in reversed(groves)]


@contextmanager
def attend_within_trees(decoder: Any) -> Iterator[None]:
    """Let a decoder attend within trees; it must be called with `groves`.

    Args:
        decoder: a transformers model of Llama's kind.
    """
    from transformers import AttentionInterface

    AttentionInterface.register(_NAME, _attend)
    config = decoder.config
    before = config._attn_implementation
    config._attn_implementation = _NAME
    try:
        yield
    finally:
        config._attn_implementation = before


def _attend(
    module: Any,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    groves: Sequence[Grove],
    scaling: float | None = None,
    **_: object,
) -> tuple[torch.Tensor, None]:
    """Attend as transformers asks for it: (1, heads, nodes, width) to (1, nodes, heads, width)."""
    import torch

    parts = [_attend_grove(query, key, value, grove, scaling) for grove in groves]
    return (parts[0] if len(parts) == 1 else torch.cat(parts, dim=1)), None


def _attend_grove(
    query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, grove: Grove, scaling: float | None
) -> torch.Tensor:
    import torch

    count, _, longest, _ = grove.mask.shape
    shared = query.shape[1] // key.shape[1]  # heads to a key; kernels that take a mask want one each

    def lay_out(states: torch.Tensor) -> torch.Tensor:
        own = states[0, :, grove.start : grove.end].index_select(1, grove.gather)
        return own.reshape(len(own), count, longest, -1).transpose(0, 1)

    told = torch.nn.functional.scaled_dot_product_attention(
        lay_out(query),
        lay_out(key).repeat_interleave(shared, dim=1),
        lay_out(value).repeat_interleave(shared, dim=1),
        attn_mask=grove.mask,
        scale=scaling,
    )
    return told.transpose(1, 2).flatten(0, 1).index_select(0, grove.scatter).unsqueeze(0)


def _grove(trees: Sequence[Tree], device: str, dtype: torch.dtype) -> Grove:
    import torch

    start, end = trees[0].start, trees[-1].end
    longest = -(-max(tree.end - tree.start for tree in trees) // _MULTIPLE) * _MULTIPLE
    gather = np.zeros((len(trees), longest), np.int64)
    sees = np.zeros((len(trees), 1, longest, longest), np.bool_)
    sees[:, :, :, 0] = True  # rows of nothing must see something
    scatter = []
    for number, tree in enumerate(trees):
        size = tree.end - tree.start
        gather[number] = tree.start - start
        gather[number, :size] += np.arange(size)
        sees[number, 0, :size, :size] = tree.sees
        scatter.append(number * longest + np.arange(size))
    mask = torch.zeros(sees.shape, dtype=dtype).masked_fill_(torch.from_numpy(~sees), torch.finfo(dtype).min)
    return Grove(
        start,
        end,
        torch.from_numpy(gather.reshape(-1)).to(device),
        torch.from_numpy(np.concatenate(scatter)).to(device),
        mask.to(device),
    )
