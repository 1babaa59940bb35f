"""What a model has proposed for a sample: shown as proposed, and never accepted by itself."""

from __future__ import annotations

from typing import Final

import polars as pl

from workbench.store import Store

__all__ = ["find_proposal"]

_BY_MODELS: Final = ("on_policy", "candidate")


def find_proposal(store: Store, sample_id: str, caption: str) -> dict[str, str] | None:
    """Return the text that the candidates of a sample put first, where it is another than the caption.

    Args:
        store: the workspace.
        sample_id: the sample on the stage.
        caption: the text under review.

    Returns:
        `text` and `source` (the model or file that it is from); None where nothing is proposed. Of several
        the one with the widest margin; texts of the model to be tuned come before those of others.
    """
    pairs = store.read("pairs").filter(
        (pl.col("sample_id") == sample_id)
        & pl.col("origin").is_in(_BY_MODELS)
        & pl.col("is_ordered")
        & (pl.col("chosen_text").str.strip_chars() != caption.strip())
    )
    best = pairs.sort(pl.col("origin") != _BY_MODELS[0], -pl.col("margin"), nulls_last=True).head(1)
    if best.is_empty():
        return None
    return {"text": str(best["chosen_text"][0]), "source": str(best["source"][0])}
