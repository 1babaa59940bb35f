"""The store: a workspace folder, its tables and its journal; the only writer of both.

Tables are Parquet files written whole beside the old one, flushed to disk and swapped in by a rename, so that
a reader sees the old table or the new one and a crash leaves one of the two. One process writes at a time.
Media are not copied: a sample names a *root* (a folder registered by an ingest) and a path below it, and no
path is ever opened that leads out of its root.
"""

from __future__ import annotations

import json
import os
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import filelock
import polars as pl

from workbench import schema
from workbench.errors import (
    PathOutsideError,
    UnknownNameError,
    WorkspaceError,
    WorkspaceExistsError,
    WorkspaceLockedError,
    WorkspaceNotFoundError,
)
from workbench.journal import Journal
from workbench.records import utc_now

__all__ = ["KEYS", "Store", "write_atomically"]

#: What makes a row of a table the same row.
KEYS: Final[dict[str, tuple[str, ...]]] = {
    "samples": ("sample_id",),
    "captions": ("caption_id",),
    "scores": ("caption_id", "scorer", "error_type", "encoder_key"),
    "regions": ("region_id",),
    "flags": ("flag_id",),
    "pairs": ("pair_id",),
    "rejects": ("source", "row", "path", "reason", "value"),
}

_SETTINGS = "workspace.json"
_LOCK_WAIT_S = 2.0


class Store:
    """Open a workspace folder; use `Store.open` or `Store.create`.

    Safe to share between threads: reads take a copy-free snapshot, writes hold the writer lock.
    """

    def __init__(self, path: Path, settings: dict[str, object]) -> None:
        self.path = path
        self._settings = settings
        self._journal: Journal | None = None
        self._cache: dict[str, tuple[tuple[int, int, int], pl.DataFrame]] = {}
        self._guard = threading.RLock()  # of what this object keeps in memory; held for moments
        self._writer = (
            threading.RLock()
        )  # of the right to write, between threads; the file lock is between processes
        self._file_lock = filelock.FileLock(path / "lock", timeout=_LOCK_WAIT_S, thread_local=False)

    @classmethod
    def create(cls, path: Path | str, journal_url: str | None = None) -> Store:
        """Make a new workspace in a folder that is empty or not there yet.

        Args:
            path: the folder.
            journal_url: an SQLAlchemy URL for the decisions; SQLite inside the folder when left out.

        Raises:
            WorkspaceExistsError: when the folder holds anything.
        """
        folder = Path(path).expanduser().absolute()
        if (folder / _SETTINGS).exists():
            raise WorkspaceExistsError(
                f"There is a workspace at {folder} already.", "Open it: workbench.open(path)."
            )
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise WorkspaceExistsError(
                f"{folder} is not an empty folder.", "Choose a new folder for the workspace."
            )
        try:
            (folder / "tables").mkdir(parents=True)
        except OSError as error:
            raise WorkspaceError(
                f"The folder {folder} cannot be made: {error.strerror}.", "Choose another."
            ) from error
        settings: dict[str, object] = {
            "schema_version": schema.SCHEMA_VERSION,
            "created_at": utc_now().isoformat(),
            "journal_url": journal_url,
            "roots": {},
        }
        # The settings come last: a folder without them is not a workspace, so a crash leaves none half made.
        _write_settings(folder, settings)
        return cls(folder, settings)

    @classmethod
    def open(cls, path: Path | str) -> Store:
        """Open an existing workspace, bringing an older one up to date.

        Raises:
            WorkspaceNotFoundError: when there is none.
            SchemaVersionError: when it was made by a newer workbench.
        """
        folder = Path(path).expanduser().absolute()
        if not (folder / _SETTINGS).is_file():
            raise WorkspaceNotFoundError(
                f"There is no workspace at {folder}.", "Make one: workbench.create(path)."
            )
        store = cls(folder, _read_settings(folder))
        store._migrate()
        return store

    @property
    def journal(self) -> Journal:
        """The journal of decisions, connected when first used."""
        with self._guard:
            if self._journal is None:
                url = self._settings.get("journal_url")
                self._journal = Journal(str(url) if url else self.path / "journal.db")
            return self._journal

    @property
    def roots(self) -> dict[str, Path]:
        """The folders that media may be read from, by name."""
        roots = self._settings["roots"]
        return (
            {str(name): Path(str(folder)) for name, folder in roots.items()}
            if isinstance(roots, dict)
            else {}
        )

    def add_root(self, folder: Path | str) -> str:
        """Register a folder of media and return its name; the same folder keeps its name."""
        real = Path(folder).expanduser().resolve()
        with self.writing("add a media folder"):
            self._settings = _read_settings(self.path)
            roots = self.roots
            if known := next((name for name, seen in roots.items() if seen == real), None):
                return known
            name = _free_name(real.name or "root", roots)
            _write_settings(
                self.path, self._settings | {"roots": {k: str(v) for k, v in (roots | {name: real}).items()}}
            )
            self._settings = _read_settings(self.path)
            return name

    def media_path(self, root: str, relative: str) -> Path:
        """Return the file a sample names, with every link followed.

        Raises:
            UnknownNameError: when there is no such root.
            PathOutsideError: when the path leads out of its root.
        """
        if root not in self.roots:
            raise UnknownNameError("media folder", root, self.roots)
        base = self.roots[root].resolve()
        found = (base / relative).resolve()
        if not found.is_relative_to(base):
            raise PathOutsideError(
                f"The path {relative!r} leads out of the media folder {str(base)!r}.",
                "Move the file inside it, or ingest the folder that holds it.",
            )
        return found

    def media_path_of(self, sample_id: str) -> Path:
        """Return the file of a sample.

        Raises:
            WorkspaceError: when there is no such sample.
        """
        row = self.read("samples").filter(pl.col("sample_id") == sample_id)
        if row.is_empty():
            raise WorkspaceError(
                f"There is no sample {sample_id!r} in this workspace.", "See ws.samples for its ids."
            )
        return self.media_path(row["root"][0], row["path"][0])

    def vectors_folder(self, encoder_key: str) -> Path:
        """Return the folder that keeps the vectors of one encoder, made when it is not there."""
        return self._folder("vectors", encoder_key)

    def cache_folder(self, name: str) -> Path:
        """Return a folder for things that can be made again, made when it is not there."""
        return self._folder("cache", name)

    def read(self, table: str) -> pl.DataFrame:
        """Return a table as it stands on disk; kept in memory until another write changes it."""
        file = self._file(table)
        with self._guard:
            try:
                seen = _version_of(file)
            except FileNotFoundError:
                return schema.empty(table)
            cached = self._cache.get(table)
            if cached is None or cached[0] != seen:
                cached = self._cache[table] = (seen, schema.conform(table, pl.read_parquet(file)))
            return cached[1]

    def stamp(self, table: str) -> str:
        """Return a text that changes whenever a table is written; "" when it never was."""
        try:
            return "-".join(map(str, _version_of(self._file(table))))
        except FileNotFoundError:
            return ""

    def replace(self, table: str, frame: pl.DataFrame) -> None:
        """Swap in a whole new table.

        Raises:
            TableError: when the frame does not fit the table.
            WorkspaceLockedError: when another process is writing.
        """
        whole = schema.conform(table, frame)
        with self.writing(f"write {table}"):
            write_atomically(self._file(table), whole)

    def append(self, table: str, frame: pl.DataFrame, key: Sequence[str] | None = None) -> int:
        """Add the rows whose key is not in the table yet.

        Args:
            table: the name of the table.
            frame: rows to add; columns that are missing become null.
            key: the columns that make a row the same row; `KEYS[table]` by default.

        Returns:
            How many rows were new.
        """
        whole = schema.conform(table, frame)
        names = list(key or KEYS[table])
        with self.writing(f"write {table}"):
            present = self.read(table)
            fresh = whole.unique(names, keep="first", maintain_order=True)
            fresh = fresh.join(
                present.select(names), on=names, how="anti", nulls_equal=True, maintain_order="left"
            )
            if fresh.height:
                write_atomically(self._file(table), pl.concat([present, fresh]))
            return fresh.height

    @contextmanager
    def writing(self, task: str) -> Iterator[None]:
        """Hold the writer lock of this workspace; may be nested.

        Raises:
            WorkspaceLockedError: when another process holds it; says which and for what.
        """
        with self._writer:
            try:
                self._file_lock.acquire()
            except filelock.Timeout as error:
                raise WorkspaceLockedError(
                    f"Cannot {task}: {self._holder()} is writing this workspace ({self.path}).",
                    "Wait for it to end or stop it, then run this again. Decisions are not held up by it.",
                ) from error
            try:
                if self._file_lock.lock_counter == 1:
                    self._sign(task)
                yield
            finally:
                self._file_lock.release()

    def _file(self, table: str) -> Path:
        if table not in schema.TABLES:
            raise UnknownNameError("table", table, schema.TABLES)
        return self.path / "tables" / f"{table}.parquet"

    def _folder(self, kind: str, name: str) -> Path:
        folder = self.path / kind / "".join(c if c.isalnum() or c in "-_." else "-" for c in name)
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def _sign(self, task: str) -> None:
        (self.path / "lock.json").write_text(
            json.dumps(
                {
                    "pid": os.getpid(),
                    "host": socket.gethostname(),
                    "task": task,
                    "since": utc_now().isoformat(),
                }
            )
        )

    def _holder(self) -> str:
        try:
            held = json.loads((self.path / "lock.json").read_text())
            return f"process {held['pid']} on {held['host']} ({held['task']}, since {held['since'][:19]} UTC)"
        except (OSError, ValueError, KeyError):
            return "another process"

    def _migrate(self) -> None:
        version = self._settings.get("schema_version")
        if version == schema.SCHEMA_VERSION:
            return
        stored = {
            table: pl.read_parquet(self._file(table)) for table in schema.TABLES if self._file(table).exists()
        }
        tables = schema.migrate(stored, version if isinstance(version, int) else 0)
        with self.writing("bring the tables up to date"):
            for table, frame in tables.items():
                write_atomically(self._file(table), schema.conform(table, frame))
            # Written last: killed before this, the next open starts the same migration from tables that
            # already fit, which is why every migration must accept its own result.
            _write_settings(self.path, self._settings | {"schema_version": schema.SCHEMA_VERSION})
            self._settings = _read_settings(self.path)


def write_atomically(file: Path, content: pl.DataFrame | bytes) -> None:
    """Write a file beside the old one, flush it to disk, and swap it in by a rename.

    A crash at any instant leaves the old content or the new, never a mix; a full disk leaves the old.

    Raises:
        WorkspaceError: when it cannot be written.
    """
    fresh = file.with_name(f".{file.name}.{os.getpid()}.{threading.get_ident()}.new")
    try:
        if isinstance(content, bytes):
            fresh.write_bytes(content)
        else:
            content.write_parquet(fresh)
        with fresh.open("rb+") as handle:
            os.fsync(handle.fileno())
        os.replace(fresh, file)
        _flush_folder(file.parent)
    except OSError as error:
        raise WorkspaceError(
            f"{file} cannot be written: {error.strerror or error}.",
            "Its old content is untouched; free some space.",
        ) from error
    finally:
        fresh.unlink(missing_ok=True)


def _flush_folder(folder: Path) -> None:
    if os.name == "nt":  # Windows has no handle on a folder; its rename is durable by the file system's log.
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _version_of(file: Path) -> tuple[int, int, int]:
    status = file.stat()
    return status.st_ino, status.st_mtime_ns, status.st_size


def _write_settings(folder: Path, settings: dict[str, object]) -> None:
    write_atomically(folder / _SETTINGS, json.dumps(settings, indent=2, ensure_ascii=False).encode())


def _read_settings(folder: Path) -> dict[str, object]:
    try:
        settings = json.loads((folder / _SETTINGS).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise WorkspaceError(
            f"{folder / _SETTINGS} cannot be read: {error}.",
            "Restore it from a backup; the tables are beside it.",
        ) from error
    if not isinstance(settings, dict):
        raise WorkspaceError(f"{folder / _SETTINGS} is not a JSON object.", "Restore it from a backup.")
    return settings


def _free_name(wanted: str, taken: dict[str, Path]) -> str:
    names = [wanted, *(f"{wanted}-{n}" for n in range(2, len(taken) + 3))]
    return next(name for name in names if name not in taken)
