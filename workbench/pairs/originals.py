"""Read the captions of a workspace for builders: those that may be chosen, and the set they are from."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from workbench.alignment.claims.parse import read_caption
from workbench.errors import PairError
from workbench.pairs.verified import verified_captions
from workbench.preferences.builders import CaptionSet, Original
from workbench.store import Store

__all__ = ["read_originals"]


def read_originals(store: Store, *, only_verified: bool = True) -> tuple[list[Original], CaptionSet]:
    """Return the captions to build from, and the set of all that are not known to be wrong.

    Args:
        store: the workspace.
        only_verified: whether only captions that someone found fine, or wrote, may be chosen.

    Raises:
        PairError: when there are none.
    """
    wrong = store.journal.frame().filter(pl.col("verdict") == "misaligned")
    verified = verified_captions(store)
    fair = store.read("captions").join(wrong, on="caption_id", how="anti")
    context = pl.concat([verified, fair]).unique("caption_id", keep="first", maintain_order=True)
    rows = verified if only_verified else context
    if rows.is_empty():
        raise PairError(
            "No caption is verified, so that none can stand as chosen.",
            "Review some first (ws.decide(caption_id, 'ok')), or give only_verified=False.",
        )
    whole = _read(store, context)
    known = {one.caption_id: one for one in whole}
    return [known[caption] for caption in rows["caption_id"]], CaptionSet(whole, _regions(store))


def _read(store: Store, captions: pl.DataFrame) -> list[Original]:
    media = dict(store.read("samples").select("sample_id", "media").iter_rows())
    return [
        Original(
            row["sample_id"],
            row["caption_id"],
            row["text"],
            read_caption(row["text"], row["lang"]),
            row["start_s"],
            row["end_s"],
            order=f"{media.get(row['sample_id'], '')}/{row['kind']}/{row['lang'] or ''}",
        )
        for row in captions.iter_rows(named=True)
    ]


def _regions(store: Store) -> dict[str, list[tuple[str, Sequence[str]]]]:
    found: dict[str, list[tuple[str, Sequence[str]]]] = {}
    for sample, label, attributes in (
        store.read("regions").select("sample_id", "label", "attributes").iter_rows()
    ):
        found.setdefault(sample, []).append((label, attributes or ()))
    return found
