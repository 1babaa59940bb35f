"""What a player goes through: one sample, or the views of one event, at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import polars as pl

from widgets.linking import narrow
from workbench.errors import WorkbenchError

if TYPE_CHECKING:
    from workbench.store import Store

__all__ = ["MOST_VIEWS", "Takes"]

#: Views shown side by side; a page plays no more at once.
MOST_VIEWS: Final = 6


class Takes:
    """The videos and sounds of a workspace, by place; the views of a group are one take.

    Args:
        store: the workspace.
        only: captions; their samples and no other.
        scope: keys named `sample_id` or `caption_id` that narrow them further.

    Raises:
        WorkbenchError: when none of `only` is of a video or a sound.
    """

    def __init__(
        self, store: Store, *, only: Sequence[str] | None = None, scope: pl.Series | None = None
    ) -> None:
        samples = store.read("samples").filter(pl.col("media") != "image")
        for keys in (None if only is None else pl.Series("caption_id", list(only), pl.String), scope):
            samples = narrow(samples, _of_samples(store, keys))
        if only and scope is None and samples.is_empty():
            raise WorkbenchError(
                f"None of the {len(only)} captions asked for is of a video or a sound.",
                "See ws.captions for the ids.",
            )
        self._store = store
        key = pl.coalesce("group", "sample_id").alias("key")
        self.keys = samples.select(key)["key"].unique(maintain_order=True)

    def __len__(self) -> int:
        return len(self.keys)

    def views(self, place: int) -> pl.DataFrame:
        """Return the samples of a take, ordered by view."""
        if not 0 <= place < len(self):
            raise WorkbenchError(f"There is no take at place {place}.", f"There are {len(self)}.")
        key = self.keys[place]
        samples = self._store.read("samples").filter(pl.col("media") != "image")
        own = samples.filter(pl.coalesce("group", "sample_id") == key)
        return own.sort("view", "path", nulls_last=True)

    def place_of(self, sample_id: str | None = None, group: str | None = None) -> int | None:
        """Return the place of the take that a sample or a group is in; None where it is in none."""
        if sample_id is not None:
            samples = self._store.read("samples").filter(pl.col("sample_id") == sample_id)
            keys = samples.select(pl.coalesce("group", "sample_id")).to_series().to_list()
            group = keys[0] if keys else None
        if group is None:
            return None
        found = (self.keys == group).arg_max()
        return found if found is not None and len(self) and self.keys[found] == group else None


def _of_samples(store: Store, keys: pl.Series | None) -> pl.Series | None:
    if keys is None or keys.name == "sample_id":
        return keys
    return narrow(store.read("captions").select("sample_id", "caption_id"), keys)["sample_id"].unique()
