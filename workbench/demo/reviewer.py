"""Replay a reviewer who knows the truth and errs now and then, through the same queue that people use."""

from __future__ import annotations

import random

import polars as pl

from workbench.review import Item, ReviewQueue
from workbench.store import Store

__all__ = ["REVIEWER", "replay_reviewer"]

REVIEWER = "scripted reviewer"
SLIP_SHARE = 0.03
RANDOM_SHARE = 0.25


def replay_reviewer(store: Store, truth: pl.DataFrame, *, decisions: int, seed: int = 0) -> int:
    """Decide captions in the queue's order until this reviewer has made so many decisions.

    Each decision carries a key made of its caption, so a replay that was cut off goes on and decides nothing
    twice. Three in a hundred verdicts are wrong, as a person's are.

    Args:
        store: The workspace, scored.
        truth: Columns `caption_id`, `is_wrong`, `error_type`.
        decisions: How many there shall be in all.
        seed: Seed of the slips; the queue's own seed is left alone, because the estimate needs the same one.

    Returns:
        How many decisions were made now.
    """
    known = {row["caption_id"]: row for row in truth.iter_rows(named=True)}
    queue = ReviewQueue(store, random_share=RANDOM_SHARE, annotator=REVIEWER)
    wanted = decisions - sum(verdict.annotator == REVIEWER for verdict in store.journal.verdicts())
    items = [item for item in queue.peek(max(0, wanted)) if item.caption_id in known]
    for item in items:
        row = known[item.caption_id]
        _decide(queue, item, is_wrong=row["is_wrong"], error_type=row["error_type"], seed=seed)
    return len(items)


def _decide(queue: ReviewQueue, item: Item, *, is_wrong: bool, error_type: str | None, seed: int) -> None:
    slips = random.Random(f"slip/{seed}/{item.caption_id}").random() < SLIP_SHARE
    key = f"demo-{item.caption_id}"
    if is_wrong == slips:
        queue.decide(item, "ok", key=key)
    else:
        queue.decide(item, "misaligned", error_types=(error_type or "other",), key=key)
