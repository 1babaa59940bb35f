"""The model to be tuned, as far as lint must know it: how it counts tokens and writes a conversation."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Target"]


@dataclass(frozen=True)
class Target:
    """The tokenizer (and processor) of a model, with the length it is trained at."""

    name: str
