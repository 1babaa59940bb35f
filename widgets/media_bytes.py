"""The bytes that views draw and play: small pictures, waveforms, and whole files in chunks.

Media travel over the widget's own channel, so that nothing has to be reachable by URL: it works with a kernel
on another machine and behind a proxy. Whole files are sent up to a limit; past it a smaller copy is, once one
has been made.
"""

from __future__ import annotations

import io
import os
import threading
import wave
from collections import OrderedDict
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from widgets.copies import Copies
from workbench.errors import MediaError, WorkbenchError
from workbench.media.cache import MediaCache

if TYPE_CHECKING:
    from workbench.store import Store

__all__ = ["PLAYABLE_BYTES", "MediaBytes", "Picture"]

PLAYABLE_BYTES: Final = 50_000_000
_CHUNK_BYTES: Final = 4_000_000
_PEAK_BINS: Final = 400
_WAV_RATE_HZ: Final = 32_000
_TYPES: Final = {
    "mp4": "video/mp4", "m4v": "video/mp4", "mov": "video/quicktime", "webm": "video/webm",
    "mkv": "video/x-matroska", "ogv": "video/ogg", "avi": "video/x-msvideo",
    "wav": "audio/wav", "mp3": "audio/mpeg", "m4a": "audio/mp4", "aac": "audio/aac", "flac": "audio/flac",
    "ogg": "audio/ogg", "oga": "audio/ogg", "opus": "audio/ogg", "weba": "audio/webm",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Picture:
    """What stands for a sample on a tile.

    Attributes:
        told: `sample_id` and `kind` (`jpeg`, `peaks`, or `none` with `error` and `remedy`).
        content: JPEG bytes, or int8 pairs of lowest and highest sample value, or nothing.
    """

    told: dict[str, object]
    content: bytes = b""


class MediaBytes:
    """Read what views show of the media of a workspace."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.copies = Copies(store, PLAYABLE_BYTES)
        self._readers = ThreadPoolExecutor(max(2, min(4, os.cpu_count() or 2)), "pictures")
        self._wavs: OrderedDict[str, bytes] = OrderedDict()
        self._guard = threading.Lock()

    @cached_property
    def _cache(self) -> MediaCache:
        """Made when the first picture is asked for: it looks at every file that it has kept."""
        return MediaCache(self._store.cache_folder("media"))

    def pictures(
        self, samples: Mapping[str, Mapping[str, object] | None], *, size_px: int = 320
    ) -> list[Picture]:
        """Return a picture for each sample, read side by side; one that cannot be read says why.

        Args:
            samples: id -> the row of its table; None where it is gone.
            size_px: the longer side.
        """
        return list(self._readers.map(lambda key: self._picture(key, samples[key], size_px), samples))

    def _picture(self, sample_id: str, row: Mapping[str, object] | None, size_px: int) -> Picture:
        try:
            if row is None:
                raise MediaError("This sample is no longer in the workspace.", "Run the cell again.")
            path = _checked(self._store.media_path(str(row["root"]), str(row["path"])))
            content_hash = str(row["content_hash"])
            if row["media"] == "audio":
                peaks = self._cache.peaks(path, content_hash, _PEAK_BINS)
                return Picture(
                    {"sample_id": sample_id, "kind": "peaks"}, np.ascontiguousarray(peaks).tobytes()
                )
            jpeg = self._cache.thumbnail(path, str(row["media"]), content_hash, size_px)
            return Picture({"sample_id": sample_id, "kind": "jpeg"}, jpeg)
        except WorkbenchError as error:
            return _unreadable(sample_id, error.message, error.remedy)
        except OSError as error:
            return _unreadable(sample_id, f"The file cannot be read: {error.strerror or error}.", "")

    def head(self, sample_id: str, *, as_wav: bool = False, as_copy: bool = False) -> dict[str, object]:
        """Return the size and type of the file of a sample, and whether it is small enough to send.

        Args:
            as_wav: the sound as WAV, for formats that browsers do not play.
            as_copy: the copy that was made for browsers, see `widgets.copies`.
        """
        path = self._source(sample_id, as_copy=as_copy)
        size_bytes = len(self._wav(sample_id)) if as_wav else path.stat().st_size
        suffix = path.suffix.lower().lstrip(".")
        return {
            "size_bytes": size_bytes,
            "type": "audio/wav" if as_wav else _TYPES.get(suffix, "application/octet-stream"),
            "is_sendable": size_bytes <= PLAYABLE_BYTES,
            "limit_bytes": PLAYABLE_BYTES,
            "path": str(path),
            "has_copy": self.copies.found(sample_id) is not None,
        }

    def chunk(
        self, sample_id: str, start: int, size: int, *, as_wav: bool = False, as_copy: bool = False
    ) -> bytes:
        """Return a stretch of a sample's file, at most 4 MB of it."""
        size = min(size, _CHUNK_BYTES)
        if as_wav:
            return self._wav(sample_id)[start : start + size]
        with self._source(sample_id, as_copy=as_copy).open("rb") as file:
            file.seek(start)
            return file.read(size)

    def _source(self, sample_id: str, *, as_copy: bool) -> Path:
        if not as_copy:
            return self._present(sample_id)
        if (copy := self.copies.found(sample_id)) is None:
            raise MediaError("There is no copy of this file yet.", "Have it converted first.")
        return copy

    def _present(self, sample_id: str) -> Path:
        return _checked(self._store.media_path_of(sample_id))

    def _wav(self, sample_id: str) -> bytes:
        from workbench.media.audio import decode_audio

        with self._guard:
            if sample_id not in self._wavs:
                sound = decode_audio(self._present(sample_id), rate_hz=_WAV_RATE_HZ)
                self._wavs[sample_id] = _as_wav(np.asarray(sound, dtype=np.float32))
                while len(self._wavs) > 4:
                    self._wavs.popitem(last=False)
            return self._wavs[sample_id]


def _checked(path: Path) -> Path:
    if not path.is_file():
        raise MediaError(
            f"The file is gone: {path.name}.",
            f"It was at {path.parent}. Put it back, or ingest the folder where it is now.",
        )
    return path


def _as_wav(sound: np.ndarray) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(_WAV_RATE_HZ)
        writer.writeframes((np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes())
    return file.getvalue()


def _unreadable(sample_id: str, error: str, remedy: str) -> Picture:
    return Picture({"sample_id": sample_id, "kind": "none", "error": error, "remedy": remedy})
