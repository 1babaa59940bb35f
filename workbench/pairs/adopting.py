"""Take corrections up as captions, so that they can be scored, filtered and exported like any other."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from workbench.pairs.edits import EDIT_SOURCE, edited_captions
from workbench.store import Store

__all__ = ["AdoptSummary", "adopt_edits"]


@dataclass(frozen=True, slots=True)
class AdoptSummary:
    """What an adoption did.

    Attributes:
        added: corrections that are captions now and were not before.
        standing: adopted captions in the table now.
        removed: adopted captions whose correction no longer stands.
        decided: those of them that stay, because somebody has decided on them.
    """

    added: int
    standing: int
    removed: int
    decided: int

    def __str__(self) -> str:
        kept = f", {self.decided:,} without a correction kept because decided on" if self.decided else ""
        return (
            f"{self.added:,} corrections adopted as captions, {self.removed:,} taken out again{kept}; "
            f"{self.standing:,} in all."
        )


def adopt_edits(store: Store) -> AdoptSummary:
    """Write the corrections that stand into the table of captions, each with its `parent`.

    Doing it again brings the table up to date: what was corrected since is added; a caption whose correction
    was undone or replaced is taken out, unless somebody has decided on it, for a verdict must not lose its
    caption. The queue of review passes adopted captions over: a person wrote them a moment ago, and the
    estimate of what is left speaks of the captions that came in.

    Args:
        store: the workspace.

    Raises:
        WorkspaceLockedError: when another process is writing.
    """
    edits = edited_captions(store).unique("caption_id", keep="first", maintain_order=True)
    decided = [verdict.caption_id for verdict in store.journal.verdicts()]
    with store.writing("adopt corrections"):
        captions = store.read("captions")
        is_loose = (
            (pl.col("source") == EDIT_SOURCE)
            & pl.col("parent").is_not_null()
            & ~pl.col("caption_id").is_in(edits["caption_id"].implode())
        ).fill_null(False)
        is_decided = pl.col("caption_id").is_in(decided)
        loose = captions.filter(is_loose)
        removed = loose.filter(~is_decided)
        if removed.height:
            store.replace("captions", captions.join(removed, on="caption_id", how="anti"))
        added = store.append("captions", edits) if edits.height else 0
    kept = loose.height - removed.height
    return AdoptSummary(added, edits.height + kept, removed.height, kept)
