"""Vectors of a workspace's media, as scoring has kept them: one a sample, whatever frames it was read at."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from workbench.errors import WorkbenchError
from workbench.store import Store

__all__ = ["NoVectorsError", "Vectors", "find_vectors"]

Floats = npt.NDArray[np.float32]


class NoVectorsError(WorkbenchError):
    """No vectors of media have been kept yet."""


@dataclass(frozen=True, slots=True)
class Vectors:
    """Where the vectors of samples lie.

    Attributes:
        encoder: the folder of the encoder that made them.
        folder: where the shards are.
        shards: the name of each.
        places: for each shard, (rows,) the sample each of its rows is of, -1 for none.
        stamp: changes when vectors are added.
    """

    encoder: str
    folder: Path
    shards: list[str]
    places: list[npt.NDArray[np.int64]] = field(repr=False)
    stamp: str

    @property
    def samples(self) -> npt.NDArray[np.int64]:
        """The samples that have a vector, as row numbers, in order."""
        found = np.unique(np.concatenate(self.places))
        return found[found >= 0]

    def blocks(self) -> Iterator[tuple[npt.NDArray[np.int64], Floats]]:
        """Read shard by shard: the sample of each row (k,), and the rows (k, d)."""
        for name, places in zip(self.shards, self.places, strict=True):
            rows = np.load(self.folder / f"{name}.npy", mmap_mode="r", allow_pickle=False)
            kept = np.flatnonzero(places >= 0)
            if len(kept):
                yield places[kept], np.asarray(rows[kept], np.float32)

    def means(self, samples: npt.NDArray[np.int64]) -> Floats:
        """Return the mean vector of these samples (n, d), which must have one and be in order."""
        sums: Floats | None = None
        counts = np.zeros(len(samples), np.float32)
        for places, rows in self.blocks():
            at = np.searchsorted(samples, places)
            is_wanted = (at < len(samples)) & (samples[np.minimum(at, len(samples) - 1)] == places)
            sums = np.zeros((len(samples), rows.shape[1]), np.float32) if sums is None else sums
            np.add.at(sums, at[is_wanted], rows[is_wanted])
            np.add.at(counts, at[is_wanted], 1)
        if sums is None:
            raise NoVectorsError("No sample has a vector.")
        return np.asarray(sums / np.maximum(counts, 1)[:, None], np.float32)


def find_vectors(store: Store, samples: pl.DataFrame) -> Vectors:
    """Find the encoder that has vectors of the most samples.

    Raises:
        NoVectorsError: when scoring has kept none of these media yet; says which line makes them.
    """
    hashes = samples.select("content_hash").with_row_index("row")
    found = [_read(folder, hashes) for folder in _folders(store)]
    known = [vectors for vectors in found if vectors is not None and len(vectors.samples) > 1]
    if not known:
        raise NoVectorsError(
            "No vectors of the media are kept yet.", 'Scoring makes them: ws.score("similarity")'
        )
    return max(known, key=lambda vectors: (len(vectors.samples), vectors.encoder))


def _folders(store: Store) -> list[Path]:
    folder = store.path / "vectors"
    return sorted(path for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []


def _read(folder: Path, hashes: pl.DataFrame) -> Vectors | None:
    """Read which shard has which sample; None for vectors of texts, or a folder that cannot be read."""
    try:
        manifest = (folder / "manifest.json").read_text("utf-8")
        names = [str(name) for name in json.loads(manifest)["shards"]]
        listed = [json.loads((folder / f"{name}.json").read_text("utf-8")) for name in names]
        keys = [_keys(part["keys"], part["times_s"]) for part in listed]
    except (OSError, ValueError, KeyError):
        return None
    places = [_places(part, hashes) for part in keys]
    if not any((part >= 0).any() for part in places):
        return None
    return Vectors(folder.name, folder, names, places, f"{len(names)}-{sum(map(len, places))}")


def _keys(keys: list[str], times_s: list[list[float]]) -> pl.Series:
    """Return the content of each row: a key has a row a frame, and names the content before its colon."""
    frame = pl.DataFrame({"key": keys, "count": [len(times) for times in times_s]})
    contents = frame.with_columns(pl.col("key").str.split_exact(":", 1).struct.field("field_0").alias("key"))
    return contents.select(pl.col("key").repeat_by("count").explode())["key"]


def _places(contents: pl.Series, hashes: pl.DataFrame) -> npt.NDArray[np.int64]:
    # One content can be several samples; the first of them has the point, as one dot cannot be two.
    first = hashes.unique("content_hash", keep="first")
    wanted = contents.alias("content_hash").to_frame()
    joined = wanted.join(first, on="content_hash", how="left", maintain_order="left")
    return joined["row"].cast(pl.Int64).fill_null(-1).to_numpy()
