"""A workspace to judge in: photos, clips and sounds, each with a right and a wrong caption in no order."""

from __future__ import annotations

from pathlib import Path

from workbench.pairs import add_pairs
from workbench.preferences.collage import Collage
from workbench.preferences.pair import Pair, variant_id
from workbench.workspace import Workspace

from .small_world import build

__all__ = ["WRONG", "add_across", "add_built", "add_collage", "build_pairs"]

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


def add_across(ws: Workspace, media: str = "image") -> Pair:
    """Add a pair of two samples: a good caption here, a wrong one there."""
    rows = ws.captions.join(ws.samples.filter(media=media), on="sample_id").sort("path").to_dicts()
    good, other = rows[0], rows[1]
    wrong = f"{other['text'].rstrip('.')} {WRONG}."
    pair = Pair(
        good["sample_id"], good["caption_id"], variant_id(other["sample_id"], wrong, "across"), good["text"],
        wrong, "across", rejected_sample_id=other["sample_id"],
    )  # fmt: skip
    add_pairs(ws.store, [pair])
    return pair


def add_built(ws: Workspace, count: int = 5) -> list[Pair]:
    """Add pairs whose answer is known."""
    made = []
    for row in ws.captions.head(count).iter_rows(named=True):
        wrong = f"{row['text'].rstrip('.')} {WRONG} too."
        key = variant_id(row["sample_id"], wrong, "built")
        made.append(
            Pair(
                row["sample_id"], row["caption_id"], key, row["text"], wrong, "built", builder="add_object",
                error_type="object",
            )
        )  # fmt: skip
    add_pairs(ws.store, made)
    return made


def add_collage(ws: Workspace) -> Pair:
    """Add a pair about one of four pictures shown as one; the rejected caption is of another of them."""
    images = ws.samples.filter(media="image").head(4)["sample_id"].to_list()
    texts = dict(ws.captions.select("sample_id", "text").iter_rows())
    made = Collage(tuple(images), asked=2)
    key = {n: variant_id(images[2], texts[images[n]], "collage") for n in (1, 2)}
    pair = Pair(
        images[2], key[2], key[1], texts[images[2]], texts[images[1]], "collage", prompt=made.prompt,
        detail=made.detail,
    )  # fmt: skip
    add_pairs(ws.store, [pair])
    return pair
