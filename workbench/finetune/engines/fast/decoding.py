"""Run a decoder of Llama's kind over trees, its last layer only where somebody asks what comes next."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from workbench.finetune.engines.fast.attention import Grove, attend_within_trees

if TYPE_CHECKING:
    import torch

__all__ = ["read_states"]


def read_states(
    decoder: Any,
    embedded: torch.Tensor,
    depths: torch.Tensor,
    groves: Sequence[Grove],
    heads: torch.Tensor,
) -> torch.Tensor:
    """Return the last hidden states of some nodes.

    What the last layer makes of a patch of a picture or a word of a prompt is read by nobody but its own
    attention, so everything behind that is left out there.

    Args:
        decoder: a Llama or Qwen2 of transformers, without its head.
        embedded: (nodes, width).
        depths: (nodes,) positions.
        groves: how the nodes attend.
        heads: (heads,) the nodes wanted.

    Returns:
        (heads, width), after the last norm.
    """
    positions = depths[None]
    states = embedded[None]
    known = {
        "attention_mask": None,
        "position_ids": positions,
        "position_embeddings": decoder.rotary_emb(states, position_ids=positions),
        "groves": groves,
    }
    *layers, last = decoder.layers
    with attend_within_trees(decoder):
        for layer in layers:
            states = layer(states, **known)
        attended, _ = last.self_attn(hidden_states=last.input_layernorm(states), **known)
    wanted = (states + attended)[0].index_select(0, heads)
    wanted = wanted + last.mlp(last.post_attention_layernorm(wanted))
    found: torch.Tensor = decoder.norm(wanted)
    return found
