"""Copies of media that a browser plays, where it does not play the file itself: made on request, never twice.

A copy lies in the workspace's cache under the hash of what it was made of: a changed file has no copy yet,
and one that was deleted is made again when it is asked for.
"""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING, Final

import polars as pl

from widgets.job import Job
from workbench.errors import MediaError

if TYPE_CHECKING:
    from workbench.store import Store

__all__ = ["Copies"]

_VERSION: Final = 1  # raise it when copies are made otherwise, so that old ones are not played


class Copies:
    """The copies of one workspace.

    Args:
        store: the workspace.
        most_bytes: a copy stays under this, by its size and rate.
    """

    def __init__(self, store: Store, most_bytes: int) -> None:
        self._store = store
        self._most_bytes = most_bytes
        self._jobs: dict[str, Job[bool]] = {}
        self._shares: dict[str, float] = {}
        self._guard = threading.Lock()
        # One at a time: two would take the processor from each other and from the kernel's cells.
        self._turn = threading.Lock()

    def found(self, sample_id: str) -> Path | None:
        """Return the copy of a sample's file if there is one."""
        path = self._path(self._row(sample_id))
        return path if path.is_file() else None

    def start(self, sample_id: str) -> None:
        """Have a copy made, unless it is there or on its way.

        Raises:
            MediaError: for an image.
        """
        row = self._row(sample_id)
        if row["media"] == "image":
            raise MediaError("Images have no copies.", "Only what plays can be converted.")
        with self._guard:
            job = self._jobs.setdefault(sample_id, Job("conversion", lambda: False))
            if not self._path(row).is_file():
                self._shares[sample_id] = 0.0
                job.start(lambda: self._make(sample_id, row))

    def told(self, sample_id: str) -> dict[str, object]:
        """Return how it stands: there or not, the share done, and why it failed."""
        found, job = self.found(sample_id), self._jobs.get(sample_id)
        told = job.told() if job else {"is_running": False, "failure": None}
        return {
            "is_there": found is not None,
            "is_running": told["is_running"],
            "share": self._shares.get(sample_id, 0.0),
            "failure": told["failure"],
            "size_bytes": found.stat().st_size if found else None,
        }

    def wait(self, sample_id: str, limit_s: float | None = None) -> None:
        """Wait for a copy that is being made."""
        if job := self._jobs.get(sample_id):
            job.wait(limit_s)

    def _make(self, sample_id: str, row: dict[str, object]) -> bool:
        from workbench.media.transcode import plan_copy, transcode

        source, target = self._store.media_path_of(sample_id), self._path(row)
        with self._turn:
            if target.is_file():
                return True
            duration_s = row["duration_s"]
            plan = plan_copy(duration_s if isinstance(duration_s, float) else 0.0, self._most_bytes)
            return transcode(
                source, target, plan=plan, on_share=lambda share: self._shares.update({sample_id: share})
            )

    def _row(self, sample_id: str) -> dict[str, object]:
        row = self._store.read("samples").filter(pl.col("sample_id") == sample_id)
        if row.is_empty():
            raise MediaError("This sample is no longer in the workspace.", "Run the cell again.")
        return row.row(0, named=True)

    def _path(self, row: dict[str, object]) -> Path:
        return self._store.cache_folder("copies") / f"{row['content_hash']}-{_VERSION}.mp4"
