"""Report: one self-contained page about a workspace, to keep, to send, and to read without a notebook."""

from __future__ import annotations

import os
from pathlib import Path

import polars as pl

from workbench.report.contents import Remaining, gather
from workbench.report.evaluation import TypeRow, evaluate_types, format_table
from workbench.report.finetune import BeforeAfter, FinetunePart
from workbench.report.media import MediaBook
from workbench.report.page import render
from workbench.report.pairs import PairsPart
from workbench.store import Store

__all__ = [
    "BeforeAfter",
    "FinetunePart",
    "PairsPart",
    "TypeRow",
    "evaluate_types",
    "format_table",
    "write_report",
]

WORST_SHOWN = 24


def write_report(
    store: Store,
    path: Path | str,
    *,
    title: str = "Caption Workbench report",
    truth: pl.DataFrame | None = None,
    remaining: Remaining | None = None,
    worst: int = WORST_SHOWN,
    pairs: PairsPart | None = None,
    finetune: FinetunePart | None = None,
) -> Path:
    """Write a page with the worst pairs, scores, decisions, rejects and what is left; it needs no other file.

    Media are embedded: pictures as thumbnails, clips and sounds until about 2.6 MB are spent, posters and
    waveforms from then on, so that the page stays under 6 MB.

    Args:
        store: The workspace.
        path: The file to write; replaced in one step.
        title: Heading of the page.
        truth: Where it is known: columns `caption_id`, `is_wrong`, `error_type`, `claims` (JSON).
        remaining: `review.estimate(store)`; without it the page says that no estimate was made.
        worst: How many of the most suspicious pairs to show.
        pairs: The preference pairs as they stand, with what lint, agreement and exports said of them.
        finetune: What a fine-tune changed.

    Returns:
        The path written.
    """
    target = Path(path)
    contents = gather(store, truth=truth, remaining=remaining, worst=worst)
    page = render(contents, MediaBook(store), title=title, pairs=pairs, finetune=finetune)
    target.parent.mkdir(parents=True, exist_ok=True)
    half_done = target.with_name(target.name + ".part")
    half_done.write_text(page, encoding="utf-8")
    os.replace(half_done, target)
    return target
