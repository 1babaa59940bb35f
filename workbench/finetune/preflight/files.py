"""What the files of a run are: whether they can be read, how large they are, and which are the same."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

import polars as pl

from workbench.errors import MediaError, MissingExtraError
from workbench.media import probe
from workbench.media.likeness import read_look

__all__ = ["MOST_LOOKS", "read_files"]

#: Reading how a picture looks takes milliseconds; past this many files only equal bytes are found.
MOST_LOOKS: Final = 2_000

_FILE: Final = {
    "media_id": pl.String(),
    "path": pl.String(),
    "kind": pl.String(),
    "content_hash": pl.String(),
    "look": pl.Binary(),
    "width": pl.Int64(),
    "height": pl.Int64(),
    "reason": pl.String(),
}


def read_files(rows: pl.DataFrame, *, with_looks: bool) -> pl.DataFrame:
    """Read every file that rows show, once.

    Args:
        rows: `ROW_SCHEMA`.
        with_looks: also how each looks, to find those that are the same picture saved again.

    Returns:
        `media_id` and `path`, `kind`, `content_hash`, `look`, `width` and `height` (upright, pixels), and
        `reason` where a file cannot be read.
    """
    named = rows.explode("paths").drop_nulls("paths").unique("paths", maintain_order=True)
    with_looks = with_looks and named.height <= MOST_LOOKS
    found = [
        _read(Path(path), str(media), duration_s, with_looks=with_looks)
        for path, media, duration_s in named.select("paths", "media", "duration_s").iter_rows()
    ]
    return pl.DataFrame(found, schema=_FILE)


def _read(path: Path, media: str, duration_s: float | None, *, with_looks: bool) -> dict[str, object]:
    known: dict[str, object] = {"media_id": str(path), "path": str(path), "kind": media}
    try:
        with path.open("rb") as opened:
            known["content_hash"] = hashlib.file_digest(opened, "blake2b").hexdigest()[:32]
        found = probe(path, media)
        known["width"], known["height"] = found.width, found.height
        if with_looks:
            known["look"] = _look(path, media, duration_s)
    except (MediaError, OSError) as error:
        known["reason"] = error.message if isinstance(error, MediaError) else str(error.strerror or error)
    return known


def _look(path: Path, media: str, duration_s: float | None) -> bytes | None:
    try:
        return read_look(path, media, duration_s=duration_s)
    except MissingExtraError:
        return None
