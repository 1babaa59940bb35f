"""Read a folder of media with a text file beside each."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from workbench.errors import IngestError
from workbench.media.content import MEDIA_EXTENSIONS

from .base import TEXT_LIMIT, BadRow, Row

__all__ = ["FolderReader"]


class FolderReader:
    """Reads media files and their sidecars: `dog.jpg` with `dog.txt`, or `dog.jpg.txt`, in any subfolder.

    Each line of a sidecar that is not blank is one caption. A media file without a sidecar comes as a row
    without text; a `.txt` without its media file, or that could belong to several, is refused. Hidden files,
    and files that are neither, are left alone. Links to folders are not followed.
    """

    def read(self, source: Path) -> Iterator[Row | BadRow]:
        """Yield the rows in the order of their paths; their number is the line in the sidecar."""
        is_any = False
        for folder, subfolders, names in os.walk(source):
            subfolders[:] = sorted(name for name in subfolders if not name.startswith("."))
            visible = sorted(name for name in names if not name.startswith("."))
            for row in _rows_of_folder(Path(folder), source, visible):
                is_any = True
                yield row
        if not is_any:
            raise IngestError(
                f"{source} holds no media file.", "Known extensions: " + " ".join(sorted(MEDIA_EXTENSIONS))
            )


def _rows_of_folder(folder: Path, source: Path, names: list[str]) -> Iterator[Row | BadRow]:
    media = [name for name in names if Path(name).suffix.lower() in MEDIA_EXTENSIONS]
    by_stem: dict[str, list[str]] = {}
    for name in media:
        by_stem.setdefault(Path(name).stem, []).append(name)
    captioned: set[str] = set()
    for name in names:
        if Path(name).suffix.lower() != ".txt":
            continue
        stem = Path(name).stem
        owners = [stem] if stem in media else by_stem.get(stem, [])
        relative = (folder / name).relative_to(source).as_posix()
        if len(owners) == 1:
            captioned.add(owners[0])
            owner = (folder / owners[0]).relative_to(source).as_posix()
            yield from _sidecar_rows(folder / name, owner)
        elif owners:
            reason = f"this text could belong to {' or '.join(owners)}; name it {owners[0]}.txt to say which."
            yield BadRow(None, relative, reason)
        else:
            yield BadRow(None, relative, f"there is no media file named {stem}.* beside this text.")
    for name in media:
        if name not in captioned:
            yield Row(1, (folder / name).relative_to(source).as_posix(), None)


def _sidecar_rows(sidecar: Path, owner: str) -> Iterator[Row | BadRow]:
    try:
        if not sidecar.is_file():
            yield BadRow(
                None, owner, f"the text file {sidecar.name} is not a regular file or its link is broken."
            )
            return
        # A caption has at most TEXT_LIMIT characters of at most 4 bytes; a sidecar a hundred of them.
        with sidecar.open("rb") as file:
            raw = file.read(TEXT_LIMIT * 400)
    except OSError as error:
        yield BadRow(None, owner, f"the text file {sidecar.name} cannot be read: {error.strerror}.")
        return
    text = raw.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "surrogateescape")
    found = [(number, line) for number, line in enumerate(text.splitlines(), start=1) if line.strip()]
    if not found:
        yield BadRow(1, owner, f"the caption is empty: nothing is written in {sidecar.name}.")
    for number, line in found:
        yield Row(number, owner, line)
