"""What goes out with the pairs: how far each can be believed, and what a data card says of all of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import polars as pl

from workbench.pairs.accord import Agreement
from workbench.pairs.agreement import agreement, pair_reliability
from workbench.pairs.linting import lint_pairs
from workbench.pairs.split_lock import SplitLock
from workbench.pairs.standing import standing_pairs
from workbench.store import Store

__all__ = ["facts_of_pairs", "weighed_pairs"]


def weighed_pairs(store: Store) -> pl.DataFrame:
    """Return the pairs as they stand, with the `weight` and `agreement` of each; null where nobody judged."""
    known = pair_reliability(store).select("pair_id", "weight", "agreement")
    return standing_pairs(store).join(known, on="pair_id", how="left", maintain_order="left")


def facts_of_pairs(store: Store, status: Sequence[str]) -> dict[str, Callable[[], object]]:
    """Return what a data card tells beyond counts, by heading, each worked out when it is called.

    Args:
        store: the workspace.
        status: the pairs that go out, for the lint; agreement is on all that was judged.
    """
    return {
        "Agreement on all that was judged": lambda: _accord(agreement(store)),
        "Lint of these pairs": lambda: lint_pairs(store, status=status),
        "Split": lambda: _told(SplitLock.read(store)),
    }


def _accord(found: Agreement) -> str:
    epsilon = "not known: no pair was answered twice" if found.epsilon is None else f"{found.epsilon:.3f}"
    return f"Flip rate (epsilon): {epsilon}\n{found}"


def _told(lock: SplitLock | None) -> str:
    if lock is None:
        return "The pairs were never split: nothing is held out."
    return (
        f"By media, {lock.held_out_share:.0%} held out, locked with seed {lock.seed}; "
        f"kept together by {', '.join(lock.ties)}."
    )
