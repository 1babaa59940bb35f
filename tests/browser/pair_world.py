"""A workspace to judge in: photos, clips and sounds, a right and a wrong caption each, no order between them."""

from __future__ import annotations

from pathlib import Path

from workbench.pairs import add_pairs
from workbench.preferences.pair import Pair, variant_id
from workbench.workspace import Workspace

from .small_world import build

__all__ = ["WRONG", "build_pairs"]

#: How every wrong caption ends; what the script of the tests goes by.
WRONG = "beside a small dog"


def build_pairs(folder: Path, *, photos: int = 34, clips: int = 8) -> Workspace:
    """Make a workspace whose every caption is half of a pair that nobody has ordered yet."""
    ws = build(folder, photos=photos, clips=clips)
    made = []
    for row in ws.captions.iter_rows(named=True):
        wrong = f"{row['text'].rstrip('.')} {WRONG}."
        key = variant_id(row["sample_id"], wrong, "candidate")
        made.append(
            Pair(
                row["sample_id"], row["caption_id"], key, row["text"], wrong, "candidate", is_ordered=False
            )
        )  # fmt: skip
    add_pairs(ws.store, made)
    return ws
