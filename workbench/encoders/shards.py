"""Keep vectors on disk in shards, so that a pass can be killed and goes on where it was.

A shard is a `.npy` of rows with a `.json` that says whose they are; the manifest names the shards that are
whole and is swapped in last. A process killed between the two leaves files that nothing names.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from workbench.encoders.base import Floats
from workbench.errors import EncoderError

__all__ = ["VectorShards"]

_MANIFEST = "manifest.json"


class VectorShards:
    """Vectors by key, each key with one row or several (frames) and a time for each row.

    Rows are stored as float16: rank order on 2,000 photos was the same as with float32.

    Args:
        folder: where they are kept; one encoder key only.
        rows_per_shard: rows gathered before a shard is written.
    """

    def __init__(self, folder: Path, rows_per_shard: int = 2048) -> None:
        self._folder = folder
        self._rows_per_shard = rows_per_shard
        self._shards: list[str] = []
        self._place: dict[str, tuple[int, int, tuple[float, ...]]] = {}
        self._waiting: dict[str, tuple[npt.NDArray[np.float16], tuple[float, ...]]] = {}
        self._waiting_rows = 0  # counted along: adding up for every key would be quadratic in a shard
        self._read_manifest()

    def __contains__(self, key: str) -> bool:
        return key in self._place or key in self._waiting

    def add(self, key: str, vectors: Floats, times_s: Sequence[float] = ()) -> None:
        """Add the rows of a key; written to disk once enough are gathered."""
        replaced = self._waiting.get(key)
        self._waiting_rows += len(vectors) - (len(replaced[0]) if replaced else 0)
        self._waiting[key] = (vectors.astype(np.float16), tuple(times_s) or (0.0,) * len(vectors))
        if self._waiting_rows >= self._rows_per_shard:
            self.flush()

    def flush(self) -> None:
        """Write what is gathered as a shard and name it in the manifest."""
        if not self._waiting:
            return
        name = f"shard-{len(self._shards):05d}"
        keys = list(self._waiting)
        rows = [self._waiting[key][0] for key in keys]
        times = [self._waiting[key][1] for key in keys]
        whole, listed = np.concatenate(rows), json.dumps({"keys": keys, "times_s": times}).encode()
        _write(self._folder / f"{name}.npy", lambda file: np.save(file, whole, allow_pickle=False))
        _write(self._folder / f"{name}.json", lambda file: file.write(listed))
        self._shards.append(name)
        manifest = json.dumps({"shards": self._shards}).encode()
        _write(self._folder / _MANIFEST, lambda file: file.write(manifest))
        self._enter(len(self._shards) - 1, keys, times)
        self._waiting, self._waiting_rows = {}, 0

    def read(self, keys: Iterable[str]) -> tuple[Floats, npt.NDArray[np.int64], npt.NDArray[np.float64]]:
        """Return the rows of some keys, in their order.

        Returns:
            The rows as float32 (F, d), how many rows each key has, and the time of each row in seconds.
        """
        self.flush()
        places = [self._place[key] for key in keys]
        opened = {
            shard: np.load(self._folder / f"{self._shards[shard]}.npy", mmap_mode="r", allow_pickle=False)
            for shard in {shard for shard, _, _ in places}
        }
        rows = [opened[shard][first : first + len(times)] for shard, first, times in places]
        return (
            np.concatenate(rows).astype(np.float32),
            np.array([len(times) for _, _, times in places], np.int64),
            np.array([time_s for _, _, times in places for time_s in times], np.float64),
        )

    def _read_manifest(self) -> None:
        file = self._folder / _MANIFEST
        if not file.exists():
            return
        try:
            self._shards = list(json.loads(file.read_text("utf-8"))["shards"])
            for index, name in enumerate(self._shards):
                listed = json.loads((self._folder / f"{name}.json").read_text("utf-8"))
                self._enter(index, listed["keys"], [tuple(times) for times in listed["times_s"]])
        except (OSError, ValueError, KeyError) as error:
            raise EncoderError(
                f"The stored vectors in {self._folder} cannot be read: {error}.",
                "Delete that folder; they are made again.",
            ) from error

    def _enter(self, shard: int, keys: Sequence[str], times: Sequence[tuple[float, ...]]) -> None:
        first = 0
        for key, key_times in zip(keys, times, strict=True):
            self._place[key] = (shard, first, key_times)
            first += len(key_times)


def _write(path: Path, fill: Callable[[BinaryIO], object]) -> None:
    """Write a file beside the old one, flush it to disk, and swap it in."""
    fresh = path.with_name(f".{path.name}.new")
    with fresh.open("wb") as file:
        fill(file)
        file.flush()
        os.fsync(file.fileno())
    os.replace(fresh, path)
