"""Choosing: which candidates of a sample are kept, when there are more than can be compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from workbench.encoders.base import TextEncoder
from workbench.encoders.passes import encode_new_texts
from workbench.encoders.shards import VectorShards
from workbench.errors import PairError, UnknownNameError
from workbench.preferences.listwise import SCHEMES
from workbench.preferences.selection import (
    SELECTIONS,
    accept_by_score,
    sample_dpp,
    select_dpp,
    select_mmr,
)
from workbench.store import Store

__all__ = ["Choice", "choose_candidates"]


@dataclass(frozen=True, slots=True)
class Choice:
    """Which candidates of a sample become which pairs.

    Attributes:
        select: one of `workbench.preferences.selection.SELECTIONS`; used where a sample has more than `most`.
        most: candidates kept of each sample, 2 or more.
        scheme: one of `workbench.preferences.listwise.SCHEMES`.
        least_margin: a difference of scores that is not above this is no order.
        weight: of the score against unlikeness in `mmr`, 0 to 1. A quarter: thinning out is to keep texts
            apart, their order comes after.
        temperature: of `rso`, in units of how far scores of one sample typically lie apart.
        seed: of what is drawn.
    """

    select: str = "mmr"
    most: int = 4
    scheme: str = "best_worst"
    least_margin: float = 0.0
    weight: float = 0.25
    temperature: float = 1.0
    seed: int = 0

    def __post_init__(self) -> None:
        if self.select not in SELECTIONS:
            raise UnknownNameError("selection", self.select, SELECTIONS)
        if self.scheme not in SCHEMES:
            raise UnknownNameError("scheme", self.scheme, SCHEMES)
        if self.most < 2:
            raise PairError(f"Of {self.most} candidates there is no pair.", "Keep 2 or more of each sample.")


def choose_candidates(
    store: Store, rows: pl.DataFrame, rules: Choice, encoder: TextEncoder | None = None
) -> pl.DataFrame:
    """Keep at most `rules.most` candidates of each sample.

    Args:
        store: the workspace, which keeps the vectors.
        rows: `sample_id`, `text` and `order`, higher is better, null for a sample without an order.
        rules: how to choose.
        encoder: whose vectors tell likeness; the sentence tower by default.

    Returns:
        The rows kept, with all their columns.

    Raises:
        PairError: when `rso` has no scores to go by.
    """
    is_crowded = rows.select(pl.len().over("sample_id") > rules.most).to_series()
    crowded = rows.filter(is_crowded)
    if crowded.is_empty():
        return rows
    texts = crowded["text"].to_list()
    needs_vectors = rules.select in ("mmr", "dpp", "k_dpp")
    vectors = _vectors(store, texts, encoder) if needs_vectors else np.zeros((len(texts), 1))
    spread = _typical_spread(crowded)
    kept: list[int] = []
    groups = crowded.with_row_index("_row").group_by("sample_id", maintain_order=True)
    for number, (_, group) in enumerate(groups):
        at = group["_row"].to_list()
        orders = None if group["order"].null_count() else group["order"].to_numpy()
        picked = _pick(vectors[at], orders, rules, spread=spread, seed=rules.seed + number)
        kept += [at[item] for item in picked]
    return pl.concat([rows.filter(~is_crowded), crowded[sorted(kept)]])


def _pick(
    vectors: npt.NDArray[np.floating],
    orders: npt.NDArray[np.float64] | None,
    rules: Choice,
    *,
    spread: float,
    seed: int,
) -> list[int]:
    """Choose among the candidates of one sample."""
    if rules.select == "mmr":
        relevance = None if orders is None else _between_0_and_1(orders)
        return select_mmr(vectors, rules.most, relevance=relevance, weight=rules.weight)
    if rules.select == "dpp":
        return select_dpp(vectors, rules.most)
    if rules.select == "k_dpp":
        return sample_dpp(vectors, rules.most, seed=seed)
    if rules.select == "rso":
        if orders is None:
            raise PairError(
                "Candidates without a score or a rank cannot be accepted by score.",
                "Give scores, or choose with select='mmr'.",
            )
        return accept_by_score(orders, rules.most, rules.temperature * spread, seed=seed)
    return list(range(rules.most))


def _vectors(store: Store, texts: Sequence[str], encoder: TextEncoder | None) -> npt.NDArray[np.floating]:
    from workbench.encoders.text import SentenceEncoder

    chosen = encoder or SentenceEncoder()
    shards = VectorShards(store.vectors_folder(chosen.text_key), rows_per_shard=8192)
    return encode_new_texts(chosen, list(texts), shards, progress=False)[0]


def _typical_spread(rows: pl.DataFrame) -> float:
    """Return the pooled standard deviation of the order within samples; 1 where there is none."""
    spread = rows.select(
        (((pl.col("order") - pl.col("order").mean().over("sample_id")) ** 2).mean()).sqrt()
    ).item()
    return float(spread) if spread else 1.0


def _between_0_and_1(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    width = float(values.max() - values.min())
    return np.asarray((values - values.min()) / width if width else np.zeros(len(values)), np.float64)
