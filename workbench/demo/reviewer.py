"""Replay a reviewer who knows the truth and errs now and then, through the same queue that people use."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass

import polars as pl

from workbench.review import Item, ReviewQueue
from workbench.store import Store

__all__ = ["REVIEWER", "Correction", "correct_caption", "replay_reviewer"]

REVIEWER = "scripted reviewer"
SLIP_SHARE = 0.03
RANDOM_SHARE = 0.25
#: Nobody corrects everything they find; a wrong caption of another picture is rejected and not rewritten.
CORRECTED_SHARE = 0.8
#: Of the wrong colours and sizes, those only taken out: the quick correction that says less.
DELETED_SHARE = 0.5
UNANSWERED_SHARE = 0.15


@dataclass(frozen=True, slots=True)
class Correction:
    """What the reviewer writes instead, and the answer to "is anything missing?"."""

    text: str = ""
    is_complete: bool | None = None


def replay_reviewer(store: Store, truth: pl.DataFrame, *, decisions: int, seed: int = 0) -> int:
    """Decide captions in the queue's order until this reviewer has made so many decisions.

    Each decision carries a key made of its caption, so a replay that was cut off goes on and decides nothing
    twice. Three in a hundred verdicts are wrong, as a person's are. Most captions found wrong are corrected
    in the same decision.

    Args:
        store: The workspace, scored.
        truth: Columns `caption_id`, `is_wrong`, `error_type`, and for corrections `text`, `true_text`,
            `start_char`, `end_char`.
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
        _decide(queue, item, known[item.caption_id], seed=seed)
    return len(items)


def correct_caption(row: dict[str, object], seed: int = 0) -> Correction:
    """Return how the reviewer corrects a wrong caption; an empty one where it is only rejected.

    Args:
        row: The caption's row of the truth.
        seed: Seed of what is corrected, and how.

    Example:
        >>> row = {"caption_id": "c1", "error_type": "count", "text": "Two dogs.", "true_text": "Three dogs."}
        >>> correct_caption(row, seed=3).text
        'Three dogs.'
    """
    text, true_text = str(row["text"]), str(row.get("true_text") or "")
    rng = random.Random(f"edit/{seed}/{row['caption_id']}")
    if row["error_type"] == "wrong_pair" or true_text in ("", text) or rng.random() >= CORRECTED_SHARE:
        return Correction()
    shorter = _without(text, row.get("start_char"), row.get("end_char"))
    if row["error_type"] == "attribute" and shorter and rng.random() < DELETED_SHARE:
        return Correction(shorter, False)
    return Correction(true_text, None if rng.random() < UNANSWERED_SHARE else True)


def _without(text: str, start: object, end: object) -> str:
    """Return the text without one word, "a" and "an" mended; "" where that leaves no sentence."""
    if not isinstance(start, int) or not isinstance(end, int) or " " in text[start:end] or start == 0:
        return ""
    head, tail = text[:start].rstrip(), text[end:].lstrip()
    if not tail[:1].isalpha():  # what the word stood before is gone with it
        return ""
    article = re.search(r"\b(an?)$", head, re.IGNORECASE)
    if article:
        head = head[: article.start()] + article[1][0] + ("n" if tail[0].lower() in "aeiou" else "")
    return f"{head} {tail}"


def _decide(queue: ReviewQueue, item: Item, row: dict[str, object], *, seed: int) -> None:
    slips = random.Random(f"slip/{seed}/{item.caption_id}").random() < SLIP_SHARE
    key = f"demo-{item.caption_id}"
    if bool(row["is_wrong"]) == slips:
        queue.decide(item, "ok", key=key)
        return
    made = correct_caption(row, seed) if row["is_wrong"] and "true_text" in row else Correction()
    queue.decide(
        item,
        "misaligned",
        error_types=(str(row["error_type"] or "other"),),
        edited_text=made.text,
        is_complete=made.is_complete,
        key=key,
    )
