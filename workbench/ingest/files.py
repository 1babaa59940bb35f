"""Find the media files that rows name, inside their root, and look into each once."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from workbench.errors import MediaError, MissingExtraError, PathOutsideError
from workbench.media import Probe, probe
from workbench.records import content_hash, sample_id
from workbench.store import Store

from .text import undecodable

__all__ = ["SUBFOLDERS", "MediaFile", "MediaFiles"]

SUBFOLDERS = ("", "images", "media")
"""Where a row's path is looked for, below the media root, in this order; then a bare name anywhere below."""

_WORKERS = min(8, (os.cpu_count() or 1) + 1)
_URL = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]+://")


@dataclass(frozen=True, slots=True)
class MediaFile:
    """A media file that can be read; `found` is None when its sample is in the workspace unchanged."""

    sample_id: str
    relative: str
    media: str
    duration_s: float | None
    content_hash: str
    size_bytes: int
    found: Probe | None


@dataclass(frozen=True, slots=True)
class _Known:
    media: str
    duration_s: float | None
    content_hash: str


class MediaFiles:
    """Looks into the media files below one root: each path once, several files at a time.

    Args:
        store: the workspace; its samples tell which files are known already.
        root: the folder that no path may leave.
    """

    def __init__(self, store: Store, root: Path) -> None:
        self.root_name = store.add_root(root)
        self._store = store
        self._root = store.roots[self.root_name]
        self._seen: dict[str, MediaFile | str] = {}
        self._by_name: dict[str, list[str]] | None = None
        self._guard = threading.Lock()
        samples = store.read("samples").select("sample_id", "media", "duration_s", "content_hash")
        self._known = {key: _Known(*rest) for key, *rest in samples.iter_rows()}

    def look_into(self, paths: Iterable[str]) -> Iterator[str]:
        """Look into the paths not seen before, in threads; yields each once it is done."""
        fresh = [path for path in dict.fromkeys(paths) if path not in self._seen]
        with ThreadPoolExecutor(_WORKERS) as pool:
            for path, outcome in zip(fresh, pool.map(self._outcome, fresh), strict=True):
                self._seen[path] = outcome
                yield path

    def __getitem__(self, path: str) -> MediaFile | str:
        """Return the file of a path that was looked into, or the reason why it cannot be used."""
        return self._seen[path]

    def _outcome(self, path: str) -> MediaFile | str:
        try:
            return self._look(path)
        except PathOutsideError as error:
            return str(error)
        except (MediaError, MissingExtraError) as error:
            return f"the media file cannot be used: {error}"
        except OSError as error:
            return f"the media file cannot be read: {error.strerror or error}."
        except MemoryError:
            return "the media file cannot be used: it does not fit in memory."

    def _look(self, path: str) -> MediaFile:
        relative, file = self._find(path)
        if not file.is_file():
            probe(file)  # says what it is instead
        size_bytes, digest = file.stat().st_size, content_hash(file)
        key = sample_id(self.root_name, relative)
        known = self._known.get(key)
        if known is not None and known.content_hash == digest:
            return MediaFile(key, relative, known.media, known.duration_s, digest, size_bytes, None)
        found = probe(file)
        return MediaFile(key, relative, found.media, found.duration_s, digest, size_bytes, found)

    def _find(self, path: str) -> tuple[str, Path]:
        """Return the path below the root and the real file; links are followed and must stay inside."""
        if wrong := undecodable(path):
            raise MediaError(f"the path {wrong}")
        if _URL.match(path):
            raise MediaError(f"{path[:80]!r} is a web address.", "Download the file and give its path.")
        spellings = [path] if "\\" not in path else [path, path.replace("\\", "/")]
        places = [self._below_root(spelling, folder) for spelling in spellings for folder in SUBFOLDERS]
        for relative in places:
            try:
                file = self._store.media_path(self.root_name, relative)
            except RuntimeError as error:  # Python 3.11 and 3.12 report a loop of links so
                raise MediaError("the path is a link that leads back to itself.") from error
            if os.path.lexists(self._root / relative):
                return relative, file
        return self._find_by_name(path)

    def _find_by_name(self, path: str) -> tuple[str, Path]:
        """Return the one file of a bare name below the root: captions files often give just names."""
        found = [] if "/" in path or "\\" in path else self._below().get(path, [])
        if not found:
            raise MediaError("there is no such file in the media folder, nor in its images/ or media/.")
        if len(found) > 1:
            raise MediaError(
                f"{len(found)} files of that name lie below the media folder: {', '.join(found[:3])}.",
                "Give the path below the media folder.",
            )
        return found[0], self._store.media_path(self.root_name, found[0])

    def _below(self) -> dict[str, list[str]]:
        """Return the files below the root by name; hidden folders and links to folders are not entered."""
        with self._guard:
            if self._by_name is None:
                self._by_name = {}
                for folder, subfolders, names in os.walk(self._root):
                    subfolders[:] = sorted(name for name in subfolders if not name.startswith("."))
                    for name in names:
                        relative = Path(folder, name).relative_to(self._root).as_posix()
                        self._by_name.setdefault(name, []).append(relative)
            return self._by_name

    def _below_root(self, path: str, subfolder: str) -> str:
        whole = os.path.normpath(os.path.join(self._root, subfolder, path))
        relative = os.path.relpath(whole, self._root)
        if relative == os.pardir or relative.startswith(os.pardir + os.sep):
            raise PathOutsideError(
                f"The path {path[:120]!r} leads out of the media folder {str(self._root)!r}.",
                "Move the file inside it, or give the folder that holds it as media_root.",
            )
        return Path(relative).as_posix()
