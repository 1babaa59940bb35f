"""Mark pairs whose words alone give the rejected side away, whoever or whatever wrote it."""

from __future__ import annotations

import polars as pl

from workbench.preferences.blind import Blindness, measure_blindness
from workbench.store import Store

__all__ = ["mark_leaky", "tell_blindness"]


def mark_leaky(store: Store, which: pl.Expr, *, seed: int = 0) -> Blindness:
    """Measure the pairs of the table that are named, and mark all of them by what comes out.

    Args:
        store: the workspace.
        which: true for the pairs to measure together, over columns of the table `pairs`.
        seed: of the interval's draws.

    Returns:
        The measure; where there are too few pairs it has none and no mark is changed.
    """
    with store.writing("mark pairs"):
        table = store.read("pairs")
        found = _measure(table.filter(which), seed)
        marks = pl.when(which).then(pl.lit(found.is_leaky)).otherwise("is_leaky").alias("is_leaky")
        marked = table.with_columns(marks)
        if not found.reason and not marked["is_leaky"].equals(table["is_leaky"]):
            store.replace("pairs", marked)
    return found


def tell_blindness(found: Blindness, *, is_marked: bool = True) -> str:
    """Say in a sentence how well words alone tell, and that the pairs are marked where they are."""
    if found.reason:
        return f"How well words alone tell the rejected side is not known: {found.reason}."
    told = f"Words alone tell the rejected side with an AUROC of {found.auroc:.2f}"
    bounds = f"({found.low:.2f} to {found.high:.2f}; .5 is blind)"
    if not found.is_leaky:
        return f"{told} {bounds}."
    mark = "The pairs are marked leaky: a" if is_marked else "A"
    return f"{told} {bounds}. {mark} model may learn the style and not look."


def _measure(pairs: pl.DataFrame, seed: int) -> Blindness:
    return measure_blindness(
        pairs["chosen_text"].to_list(),
        pairs["rejected_text"].to_list(),
        pairs["sample_id"].to_list(),
        seed=seed,
    )
