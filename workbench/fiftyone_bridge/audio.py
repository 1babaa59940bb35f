"""What FiftyOne needs beside a sound: a picture of its waveform, and a file that browsers play.

FiftyOne has no audio of its own; the plugin draws a sound from these two. Both are kept in the workspace's
cache, named by the content they were made from, so that they are made once.
"""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from workbench.errors import MediaError, MissingExtraError, UnknownNameError
from workbench.media.cache import MediaCache
from workbench.media.transcode import plan_copy, transcode
from workbench.store import Store, write_atomically

__all__ = ["AudioFiles", "draw_poster"]

#: Endings of sounds that Chromium, Firefox and Safari play as they are.
PLAYABLE: Final = (".wav", ".mp3", ".flac", ".ogg", ".oga", ".opus", ".m4a", ".aac", ".webm")
_WIDTH_PX, _HEIGHT_PX = 480, 270
_LINE, _WAVE = (128, 136, 148, 110), (74, 144, 217, 255)  # seen on a light ground and on a dark one
_CLIP_LIMIT_BYTES = 50_000_000


class AudioFiles:
    """The poster and the playable file of each sound of a workspace."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._folder = store.cache_folder("fiftyone")
        self._peaks = MediaCache(store.cache_folder("media"))

    def fields(self, sample: dict[str, object]) -> dict[str, str | None]:
        """Return `poster_path` and `clip_path` of a sound; None for what could not be made."""
        try:
            path = self._store.media_path(str(sample["root"]), str(sample["path"]))
        except (MediaError, UnknownNameError):
            return {"poster_path": None, "clip_path": None}
        content = str(sample["content_hash"])
        return {"poster_path": self._poster(path, content), "clip_path": self._clip(path, content, sample)}

    def _poster(self, path: Path, content: str) -> str | None:
        file = self._folder / f"{content}.png"
        if not file.exists():
            try:
                peaks = self._peaks.peaks(path, content, bins=_WIDTH_PX)
            except (MediaError, MissingExtraError):
                return None
            write_atomically(file, draw_poster(peaks))
        return str(file)

    def _clip(self, path: Path, content: str, sample: dict[str, object]) -> str | None:
        if path.suffix.lower() in PLAYABLE:
            return str(path)
        file = self._folder / f"{content}.mp4"
        if not file.exists():
            duration_s = float(str(sample["duration_s"] or 0.0))
            try:
                transcode(path, file, plan=plan_copy(duration_s, _CLIP_LIMIT_BYTES))
            except (MediaError, MissingExtraError):
                return None
        return str(file)


def draw_poster(peaks: npt.NDArray[np.int8]) -> bytes:
    """Draw a waveform as a PNG.

    Args:
        peaks: int8 (bins, 2): minimum and maximum of each part, -127..127.
    """
    from PIL import Image, ImageDraw

    picture = Image.new("RGBA", (_WIDTH_PX, _HEIGHT_PX))
    pen = ImageDraw.Draw(picture)
    middle, reach = _HEIGHT_PX / 2, _HEIGHT_PX * 0.42
    pen.line([(0, middle), (_WIDTH_PX, middle)], fill=_LINE)
    for place, (low, high) in enumerate(peaks.tolist()):
        x = place * _WIDTH_PX / max(len(peaks), 1)
        pen.line([(x, middle - high / 127 * reach), (x, middle - low / 127 * reach)], fill=_WAVE)
    written = BytesIO()
    picture.save(written, "PNG")
    return written.getvalue()
