"""Which media are for training and which are held out: kept in a file, and the same from then on.

Kept by medium and not by pair, so that a pair which appears tomorrow, or comes back by a redo, falls where
its medium is already.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Final

import polars as pl

from workbench.errors import PairError
from workbench.preferences.collage import read_collage
from workbench.store import Store, write_atomically

__all__ = ["SPLITS", "SplitLock", "fill_splits", "media_of_pairs"]

SPLITS: Final = ("train", "held_out")

_FILE: Final = "pair_splits.json"
_MEDIA: Final = {"pair_id": pl.String, "medium": pl.String}


@dataclass(frozen=True, slots=True)
class SplitLock:
    """A split as it was locked.

    Attributes:
        seed: what it was drawn with.
        held_out_share: the share of pairs that was asked for.
        ties: what makes two media one, see `split_pairs`.
        splits: medium -> one of `SPLITS`.
    """

    seed: int
    held_out_share: float
    ties: tuple[str, ...]
    splits: Mapping[str, str] = field(repr=False)

    def write(self, store: Store) -> None:
        """Keep the lock in the workspace."""
        with store.writing("lock the split of the pairs"):
            write_atomically(store.path / _FILE, json.dumps(asdict(self), indent=1, sort_keys=True).encode())

    @classmethod
    def read(cls, store: Store) -> SplitLock | None:
        """Return the lock of a workspace; None when its pairs were never split.

        Raises:
            PairError: when the file is damaged.
        """
        file = store.path / _FILE
        if not file.exists():
            return None
        try:
            said = json.loads(file.read_text(encoding="utf-8"))
            return cls(said["seed"], said["held_out_share"], tuple(said["ties"]), dict(said["splits"]))
        except (ValueError, KeyError, TypeError) as error:
            raise PairError(
                f"The split of the pairs cannot be read from {file}: {error}.",
                "Split again with reset=True; held-out pairs may then have been trained on.",
            ) from error


def media_of_pairs(pairs: pl.DataFrame) -> pl.DataFrame:
    """Return which media each pair shows: one row a pair and medium.

    An imported pair of no sample is known by its prompt, or by itself when it has none.

    Returns:
        `pair_id`, `medium` (a sample id, `prompt:...` or `pair:...`).
    """
    given = pl.col("sample_id") != ""
    asked = pl.format("prompt:{}", "prompt")
    own = pl.when(given).then("sample_id").when(pl.col("prompt") != "").then(asked)
    shown = [
        pairs.select("pair_id", medium=own.otherwise(pl.format("pair:{}", "pair_id"))),
        pairs.filter(pl.col("rejected_sample_id") != "").select("pair_id", medium="rejected_sample_id"),
        pl.DataFrame(list(_in_collages(pairs)), schema=_MEDIA, orient="row"),
    ]
    return pl.concat(shown).unique(maintain_order=True)


def _in_collages(pairs: pl.DataFrame) -> Iterator[tuple[str, str]]:
    for pair, detail in pairs.filter(pl.col("origin") == "collage").select("pair_id", "detail").iter_rows():
        if collage := read_collage(detail):
            yield from ((pair, medium) for medium in collage.samples)


def fill_splits(store: Store, pairs: pl.DataFrame) -> pl.DataFrame:
    """Return the pairs with `split` as it is locked; one that shows media of both splits is in neither."""
    lock = SplitLock.read(store)
    if lock is None or pairs.is_empty():
        return pairs
    known = pl.DataFrame({"medium": list(lock.splits), "_lock": list(lock.splits.values())}, strict=False)
    media = media_of_pairs(pairs).join(known, on="medium", how="left")
    told = media.group_by("pair_id").agg(
        _lock=pl.when(pl.col("_lock").n_unique() == 1).then(pl.col("_lock").first()),
        _is_known=pl.col("_lock").is_not_null().any(),
    )
    return (
        pairs.join(told, on="pair_id", how="left", maintain_order="left")
        .with_columns(split=pl.when("_is_known").then("_lock").otherwise("split"))
        .drop("_lock", "_is_known")
    )
