"""Split the pairs into those to train on and those held out, by what they show, once and for all.

Two pairs of one picture are two looks at one thing: with one in training and the other held out, a model that
remembers the picture seems to have learned the preference. So media are split, not pairs; media that are the
same, look the same or were taken together stay together; and the draw is locked, because a split drawn again
after training puts into the held-out part what was trained on.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import polars as pl

from workbench.errors import MediaError, PairError, UnknownNameError
from workbench.media.likeness import alike, read_look
from workbench.pairs.split_lock import SPLITS, SplitLock, fill_splits, media_of_pairs
from workbench.pairs.standing import made_pairs
from workbench.store import Store, write_atomically

__all__ = ["TIES", "SplitSummary", "read_looks", "split_pairs"]

#: Splits that the dataset itself keeps from training: their media are held out here too.
_KEPT_BACK: Final = ("test", "val", "valid", "validation", "dev", "held_out")

#: Without the speaker: few people may speak in many files, and would make them one.
_TIES: Final = ("content", "look", "group")

_LOOKS: Final = "looks.parquet"


@dataclass(frozen=True, slots=True)
class SplitSummary:
    """What a split came to.

    Attributes:
        seed: what it was drawn with.
        train: pairs to train on.
        held_out: pairs held out.
        across: pairs that show media of both or are alike to both, and are in neither.
        media: media that the pairs show.
        groups: of how many groups that stay together.
        unseen: pictures and videos that could not be read, so that nobody knows what they look like.
        added: media that were not split before.
        kept_back: media held out because their dataset keeps them from training.
    """

    seed: int
    train: int
    held_out: int
    across: int
    media: int
    groups: int
    unseen: int
    added: int
    kept_back: int = 0

    def __str__(self) -> str:
        share = self.held_out / max(1, self.train + self.held_out)
        lines = [
            f"{self.train:,} pairs to train on, {self.held_out:,} held out ({share:.1%}), "
            f"by {self.media:,} media in {self.groups:,} groups; locked with seed {self.seed}."
        ]
        if self.kept_back:
            lines.append(
                f"{self.kept_back:,} media are held out because their dataset calls them test or validation."
            )
        if self.across:
            lines.append(f"{self.across:,} pairs show media of both splits and are in neither.")
        if self.unseen:
            lines.append(
                f"{self.unseen:,} files could not be read: copies of them that look alike are not tied."
            )
        if self.train and not self.held_out:
            lines.append("Nothing is held out: all media belong together. Give pairs of other media.")
        return "\n".join(lines)


def split_pairs(
    store: Store,
    held_out_share: float = 0.2,
    seed: int = 0,
    reset: bool = False,
    *,
    ties: Sequence[str] = (),
) -> SplitSummary:
    """Split the pairs by their media; media that were split before stay where they are.

    Asked again with the same seed, it places only what is new. Media that their dataset calls test or
    validation are held out whatever the draw, and so are those of imported pairs that came held out.

    Args:
        store: the workspace.
        held_out_share: share of the pairs to hold out, between 0 and 1; groups are never broken up for it.
        seed: of the draw.
        reset: draw anew although the split is locked; what was trained on may then be held out.
        ties: what keeps media together, any of `TIES`; the same bytes, look and group when left out.

    Returns:
        How many pairs fell where.

    Raises:
        PairError: when it is locked with another seed, share or ties, or the share is not within 0 and 1.
        UnknownNameError: for a tie that does not exist.
        MissingExtraError: without ImageHash, for the tie `look`.
    """
    if not 0 < held_out_share < 1:
        raise PairError(
            f"The share {held_out_share!r} to hold out is not between 0 and 1.", "Give 0.2 or so."
        )
    for name in ties:
        if name not in TIES:
            raise UnknownNameError("tie", name, TIES)
    wanted = SplitLock(seed, held_out_share, tuple(sorted(set(ties or _TIES))), {})
    # Held from the old lock to the new one, so that no two are drawn at once.
    with store.writing("split the pairs"):
        return _split(store, wanted, reset=reset)


def _split(store: Store, wanted: SplitLock, *, reset: bool) -> SplitSummary:
    lock = None if reset else _same_lock(SplitLock.read(store), wanted)
    pairs = made_pairs(store)
    media = media_of_pairs(pairs)
    samples = store.read("samples").filter(pl.col("sample_id").is_in(media["medium"].implode()))
    kept = dict(lock.splits) if lock else {}
    groups, unseen = _groups(store, sorted({*media["medium"], *kept}), samples, wanted.ties)
    forced = set(samples.filter(pl.col("split").is_in(_KEPT_BACK))["sample_id"])
    kept_back = len(forced)
    if not reset:
        forced |= set(_media_held_out(store.read("pairs"), media)) - kept.keys()
    sizes = dict(media.group_by("medium").len().iter_rows())
    splits = kept | _draw(groups, sizes, kept, forced, wanted)
    if splits:  # a draw over nothing locks nothing
        replace(wanted, splits=splits).write(store)
        _write_column(store)
    shown = fill_splits(store, pairs)["split"]
    return SplitSummary(
        wanted.seed,
        train=int((shown == "train").sum()),
        held_out=int((shown == "held_out").sum()),
        across=shown.null_count(),
        media=media["medium"].n_unique(),
        groups=len(groups),
        unseen=unseen,
        added=len(splits) - len(kept),
        kept_back=kept_back,
    )


def _same_lock(lock: SplitLock | None, wanted: SplitLock) -> SplitLock | None:
    if lock is None:
        return None
    for what in ("seed", "held_out_share", "ties"):
        if (had := getattr(lock, what)) != (now := getattr(wanted, what)):
            raise PairError(
                f"The split is locked with {what} {had!r}, and {now!r} was asked for.",
                "Ask with what it is locked with, or give reset=True to draw anew: held-out pairs may then "
                "have been trained on.",
            )
    return lock


def _media_held_out(table: pl.DataFrame, media: pl.DataFrame) -> Iterable[str]:
    held = table.filter(pl.col("split").is_in(_KEPT_BACK)).select("pair_id")
    names: list[str] = media.join(held, on="pair_id", how="semi")["medium"].to_list()
    return names


def _write_column(store: Store) -> None:
    """Write the split into the table as well, for those who read the file without the workbench."""
    with store.writing("split the pairs"):
        table = store.read("pairs")
        if table.height:
            store.replace("pairs", fill_splits(store, table))


# -- drawing ------------------------------------------------------------------------------------------------


def _draw(
    groups: list[list[str]], sizes: dict[str, int], kept: dict[str, str], forced: set[str], wanted: SplitLock
) -> dict[str, str]:
    """Return the split of each medium that has none yet."""
    new = [group for group in groups if any(medium not in kept for medium in group)]
    total = sum(sizes.values())
    held = sum(sizes.get(medium, 0) for medium, split in kept.items() if split == "held_out")
    splits: dict[str, str] = {}
    free: list[list[str]] = []
    for group in new:
        known = {kept[medium] for medium in group if medium in kept}
        if len(known) > 1:  # alike to media of both splits: wherever it went, it would give something away
            continue
        if "held_out" in known or forced & set(group):
            splits |= dict.fromkeys(group, "held_out")
            held += sum(sizes.get(medium, 0) for medium in group if medium not in kept)
        elif known:
            splits |= dict.fromkeys(group, "train")
        else:
            free.append(group)
    free.sort(key=lambda group: _lot(wanted.seed, group))
    weights = [sum(sizes.get(medium, 0) for medium in group) for group in free]
    for group, weight in zip(free, weights, strict=True):
        is_held = held + weight <= wanted.held_out_share * total
        held += weight * is_held
        splits |= dict.fromkeys(group, SPLITS[is_held])
    if not held and len(free) > 1:  # a few large groups: hold out the smallest rather than none
        splits |= dict.fromkeys(free[weights.index(min(weights))], "held_out")
    return {medium: split for medium, split in splits.items() if medium not in kept}


def _lot(seed: int, group: list[str]) -> bytes:
    return hashlib.blake2b(f"{seed}\0{min(group)}".encode("utf-8", "surrogatepass"), digest_size=8).digest()


# -- what belongs together ----------------------------------------------------------------------------------


def _by_column(name: str) -> Callable[[Store, pl.DataFrame], list[list[str]]]:
    def tied(store: Store, samples: pl.DataFrame) -> list[list[str]]:
        told = samples.filter(pl.col(name).is_not_null() & (pl.col(name) != ""))
        return [list(ids) for ids in told.group_by(name).agg("sample_id")["sample_id"]]

    return tied


def _by_speaker(store: Store, samples: pl.DataFrame) -> list[list[str]]:
    told = store.read("captions").filter(pl.col("speaker").is_not_null() & (pl.col("speaker") != ""))
    told = told.join(samples.select("sample_id"), on="sample_id", how="semi")
    return [list(ids) for ids in told.group_by("speaker").agg("sample_id")["sample_id"]]


def _by_look(store: Store, samples: pl.DataFrame) -> list[list[str]]:
    seen = samples.join(read_looks(store, samples), on="content_hash", maintain_order="left")
    ids = seen["sample_id"].to_list()
    return [[ids[one], ids[other]] for one, other in alike(seen["look"].to_list())]


#: What keeps media together: the same bytes, the same look, the same event, the same person speaking.
TIES: Final[dict[str, Callable[[Store, pl.DataFrame], list[list[str]]]]] = {
    "content": _by_column("content_hash"),
    "look": _by_look,
    "group": _by_column("group"),
    "speaker": _by_speaker,
}


def _groups(
    store: Store, media: list[str], samples: pl.DataFrame, ties: Sequence[str]
) -> tuple[list[list[str]], int]:
    leader = {medium: medium for medium in media}

    def find(medium: str) -> str:
        while leader[medium] != medium:
            leader[medium] = medium = leader[leader[medium]]
        return medium

    for tie in ties:
        for members in TIES[tie](store, samples):
            first = find(members[0])
            for other in members[1:]:
                leader[find(other)] = first
    groups: dict[str, list[str]] = {}
    for medium in media:
        groups.setdefault(find(medium), []).append(medium)
    return list(groups.values()), _count_unseen(store, samples) if "look" in ties else 0


def _count_unseen(store: Store, samples: pl.DataFrame) -> int:
    seen = _kept_looks(store).select("content_hash")
    return samples.filter(pl.col("media") != "audio").join(seen, on="content_hash", how="anti").height


def _kept_looks(store: Store) -> pl.DataFrame:
    file = store.cache_folder("looks") / _LOOKS
    schema = {"content_hash": pl.String, "look": pl.Binary}
    return pl.read_parquet(file) if file.exists() else pl.DataFrame(schema=schema)


def read_looks(store: Store, samples: pl.DataFrame) -> pl.DataFrame:
    """Return `content_hash` and `look` of the files that can be read; made once and kept.

    A file that cannot be read today may be back tomorrow, so that only looks that were seen are kept.
    """
    known = _kept_looks(store)
    new = samples.unique("content_hash", maintain_order=True).join(known, on="content_hash", how="anti")
    made = [(row["content_hash"], _look(store, row)) for row in new.iter_rows(named=True)]
    whole = pl.concat([known, pl.DataFrame(made, schema=dict(known.schema), orient="row").drop_nulls()])
    if whole.height > known.height:
        write_atomically(store.cache_folder("looks") / _LOOKS, whole)
    return whole


def _look(store: Store, row: dict[str, object]) -> bytes | None:
    duration_s = row["duration_s"]
    try:
        return read_look(
            store.media_path(str(row["root"]), str(row["path"])),
            str(row["media"]),
            duration_s=float(duration_s) if isinstance(duration_s, float) else None,
        )
    except (MediaError, UnknownNameError):  # missing, damaged, or of a folder that is not registered here
        return None
