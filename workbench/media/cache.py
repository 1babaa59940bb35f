"""Keep thumbnails and waveform peaks on disk, named by the content they were made from, within a size limit.

A changed file has another content hash and so another name: nothing here is ever stale. Whatever is lost can
be made again, so files are swapped in whole but not flushed to disk.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt

from workbench.errors import MediaError, UnknownNameError
from workbench.records import MEDIA_KINDS

from .audio import decode_audio, peaks
from .image import decode_image, encode_thumbnail
from .video import poster

__all__ = ["MediaCache"]

_VERSION = "1"  # raise it when the same input gives other bytes, so that old files are not used
_PEAKS_RATE_HZ = 8_000


class MediaCache:
    """Make thumbnails and peaks once and keep them; safe to call from several threads.

    Two threads that ask for the same thing wait for one to make it; different things are made at once. Least
    recently used files go first when the limit is passed.

    Args:
        folder: where the files go: `thumbnails/` and `peaks/` below it.
        limit_bytes: how much they may take together.
    """

    def __init__(self, folder: Path | str, limit_bytes: int = 512 * 1024 * 1024) -> None:
        self.folder = Path(folder)
        self.limit_bytes = limit_bytes
        self._guard = threading.Lock()
        self._making: dict[Path, threading.Lock] = {}
        self._sizes: dict[Path, int] = {}  # in order of last use, oldest first
        self._total_bytes = 0
        for kind in ("thumbnails", "peaks"):
            (self.folder / kind).mkdir(parents=True, exist_ok=True)
        for file in sorted(self._files(), key=_last_used):
            self._note(file, _size_bytes(file))

    @property
    def size_bytes(self) -> int:
        """Bytes the files take."""
        return self._total_bytes

    def thumbnail(self, path: Path | str, media: str, content_hash: str, size_px: int = 256) -> bytes:
        """Return a JPEG whose long side is at most `size_px`: of an image, or of a video's poster frame.

        Raises:
            MediaError: the file cannot be read, or is audio, which has peaks and no thumbnail.
        """
        if media not in MEDIA_KINDS:
            raise UnknownNameError("kind of media", media, MEDIA_KINDS)
        if media == "audio":
            raise MediaError("audio has no thumbnail.", "Draw its waveform from `peaks`.")
        file = self._file("thumbnails", f"{content_hash}-{media}-{size_px}", ".jpg")
        return self._kept(file, lambda: _make_thumbnail(path, media, size_px), _is_jpeg)

    def peaks(self, path: Path | str, content_hash: str, bins: int = 800) -> npt.NDArray[np.int8]:
        """Return the waveform as int8 (bins, 2): minimum and maximum of each part, -127..127.

        Raises:
            MediaError: the file cannot be read or has no sound.
        """
        file = self._file("peaks", f"{content_hash}-{bins}", ".i8")
        raw = self._kept(
            file,
            lambda: peaks(decode_audio(path, _PEAKS_RATE_HZ), bins).tobytes(),
            lambda content: len(content) == 2 * bins,
        )
        return np.frombuffer(raw, np.int8).reshape(bins, 2)

    def _file(self, kind: str, key: str, suffix: str) -> Path:
        name = hashlib.blake2b(f"{_VERSION}-{key}".encode(), digest_size=16).hexdigest()
        return self.folder / kind / name[:2] / f"{name[2:]}{suffix}"

    def _kept(self, file: Path, make: Callable[[], bytes], is_whole: Callable[[bytes], bool]) -> bytes:
        with self._guard:
            making = self._making.setdefault(file, threading.Lock())
        with making:
            content = _read(file)
            if content is None or not is_whole(content):
                content = make()
                _write(file, content)
            else:
                with contextlib.suppress(OSError):  # another process may have dropped it just now
                    os.utime(file)
        with self._guard:
            self._making.pop(file, None)
            self._note(file, len(content))
            self._drop_oldest()
        return content

    def _note(self, file: Path, size_bytes: int) -> None:
        self._total_bytes += size_bytes - self._sizes.pop(file, 0)
        self._sizes[file] = size_bytes

    def _drop_oldest(self) -> None:
        while self._total_bytes > self.limit_bytes and len(self._sizes) > 1:
            oldest = next(iter(self._sizes))
            self._total_bytes -= self._sizes.pop(oldest)
            with contextlib.suppress(OSError):
                oldest.unlink(missing_ok=True)

    def _files(self) -> list[Path]:
        return [
            file for pattern in ("thumbnails/*/*.jpg", "peaks/*/*.i8") for file in self.folder.glob(pattern)
        ]


def _make_thumbnail(path: Path | str, media: str, size_px: int) -> bytes:
    if media == "video":
        return poster(path, size_px)
    return encode_thumbnail(decode_image(path, at_least_px=2 * size_px), size_px)


def _is_jpeg(content: bytes) -> bool:
    return content[:2] == b"\xff\xd8" and content[-2:] == b"\xff\xd9"


def _read(file: Path) -> bytes | None:
    try:
        return file.read_bytes()
    except OSError:
        return None


def _write(file: Path, content: bytes) -> None:
    fresh = file.with_name(f".{file.name}.{os.getpid()}.{threading.get_ident()}.new")
    try:
        file.parent.mkdir(exist_ok=True)
        fresh.write_bytes(content)
        os.replace(fresh, file)
    except OSError:
        fresh.unlink(missing_ok=True)  # a full or read-only disk costs time, not the picture


def _last_used(file: Path) -> float:
    try:
        return file.stat().st_mtime
    except OSError:
        return 0.0


def _size_bytes(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:
        return 0
