"""Media as files that rows name by their path: the user's own, or files made where those will not do."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path
from typing import Final

from workbench.errors import MediaError
from workbench.export.pairs.base import ExportSettings
from workbench.shown import Shown
from workbench.shown.pictures import NOT_FOUND, NOT_READ, encode_pictures, is_plain

__all__ = ["KINDS", "MediaFiles", "Named", "tag"]

#: Column by the kind of media; the tag that marks its place in a prompt is the kind in angle brackets.
KINDS: Final = {"image": "images", "video": "videos", "audio": "audios"}
_FOLDER: Final = "media"

#: Column -> paths, one or none.
Named = dict[str, list[str]]


class MediaFiles:
    """Name the files of samples, and put beside the rows those that have to be made or copied.

    A picture that is turned by its camera, has transparency or is too large is made anew: not every reader
    turns or shrinks it. A collage is drawn. Anything else is named where it lies, unless copies are wanted.

    Args:
        place: the folder that is being written.
        base: what paths of files beside the rows start with: "" where a trainer looks beside the rows, the
            folder's final place where it does not.
        settings: whether to copy, and how large pictures may be.
    """

    def __init__(self, place: Path, base: str, settings: ExportSettings) -> None:
        self._place = place / _FOLDER
        self._base = base
        self._settings = settings

    def name(self, shown: Shown, left_out: Counter[str]) -> Named | None:
        """Return the paths of what a row shows; None, and counted, when it cannot be shown."""
        named: Named = {column: [] for column in KINDS.values()}
        if not shown.media:
            return named
        if not shown.paths:
            left_out[NOT_FOUND] += 1
            return None
        try:
            named[KINDS["image" if shown.collage else shown.media]] = [self._file(shown)]
        except MediaError:
            left_out[NOT_READ] += 1
            return None
        return named

    def _file(self, shown: Shown) -> str:
        path = shown.paths[0]
        is_drawn = bool(shown.collage) or (
            shown.media == "image" and not is_plain(path, self._settings.pictures)
        )
        if not is_drawn and not self._settings.copy_media:
            return str(path)
        name = _name(shown) if is_drawn else f"{shown.sample_id}{path.suffix}"
        target = self._place / name
        if not target.exists():
            target.parent.mkdir(exist_ok=True)
            if is_drawn:
                target.write_bytes(encode_pictures(shown, self._settings.pictures)[0])
            else:
                shutil.copyfile(path, target)
        return f"{self._base}{_FOLDER}/{name}"


def _name(shown: Shown) -> str:
    parts = [shown.sample_id]
    if shown.collage:
        parts = ["collage", *shown.collage.samples]
    # What is in a file decides how it is read, and no trainer asks for more than a name of a picture.
    return f"{'-'.join(parts)}.png"


def tag(prompt: str, named: Named) -> str:
    """Return a prompt with the place of each file marked before it, unless it marks them itself.

    Example:
        >>> tag("Describe this image.", {"images": ["1.png"], "videos": [], "audios": []})
        '<image>Describe this image.'
    """
    marks = "".join(f"<{kind}>" * len(named[column]) for kind, column in KINDS.items())
    return prompt if any(f"<{kind}>" in prompt for kind in KINDS) else f"{marks}{prompt}"
