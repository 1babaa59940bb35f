"""Look at pictures for the checks of colour and light: once each, small, in threads, and keep what was seen.

What was seen is named by the content it was seen of, so a changed file is looked at again and an unchanged
one never; a damaged cache costs the time to look again.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import polars as pl
from PIL import Image
from tqdm import tqdm  # type: ignore[import-untyped]

from workbench.alignment.claims.looks import LOOK_VERSION, Look, measure_look
from workbench.errors import MediaError, WorkbenchError
from workbench.media.image import decode_image
from workbench.store import Store, write_atomically

__all__ = ["read_looks"]

_SIZE_PX = 144
_THREADS = min(4, (os.cpu_count() or 1) + 1)
_BATCH = 512  # pictures looked at between two writes: what a kill may cost


def read_looks(
    store: Store, samples: pl.DataFrame, *, progress: bool = False
) -> tuple[dict[str, Look], dict[str, str]]:
    """Return what is seen of each picture, and why some could not be looked at.

    Args:
        store: the workspace; the looks are kept in its cache.
        samples: rows with content_hash, root and path, of images.
        progress: show a bar on stderr.

    Returns:
        Looks by content hash, and reasons by content hash.
    """
    file = store.cache_folder("looks") / f"{LOOK_VERSION}.parquet"
    kept = _read(file)
    wanted = {
        content: (root, path)
        for content, root, path in samples.select("content_hash", "root", "path").iter_rows()
    }
    missing = {content: place for content, place in wanted.items() if content not in kept}
    failed: dict[str, str] = {}
    fresh: dict[str, bytes] = {}
    with ThreadPoolExecutor(_THREADS) as pool:
        seen = pool.map(lambda place: _look(store, *place), missing.values())
        shown = tqdm(
            zip(missing, seen, strict=True),
            total=len(missing),
            desc="looking",
            unit="picture",
            disable=not progress or not missing,
        )
        for content, found in shown:
            if isinstance(found, str):
                failed[content] = found
                continue
            fresh[content] = found.encode()
            if len(fresh) % _BATCH == 0:
                _write(file, kept | fresh)
    if fresh:
        kept = kept | fresh
        _write(file, kept)
    looks = ((content, Look.decode(kept[content])) for content in wanted if content in kept)
    return {content: look for content, look in looks if look is not None}, failed


def _look(store: Store, root: str, path: str) -> Look | str:
    try:
        pixels = decode_image(store.media_path(root, path), at_least_px=_SIZE_PX)
    except (MediaError, WorkbenchError, OSError) as error:
        return f"the picture cannot be looked at: {error}"
    image = Image.fromarray(pixels)
    image.thumbnail((_SIZE_PX, _SIZE_PX), Image.Resampling.BILINEAR)
    return measure_look(np.asarray(image))


def _read(file: Path) -> dict[str, bytes]:
    try:
        frame = pl.read_parquet(file)
    except (OSError, pl.exceptions.PolarsError):
        return {}
    if frame.columns != ["content_hash", "look"]:
        return {}
    rows: Iterable[tuple[str, bytes]] = frame.iter_rows()
    return {content: look for content, look in rows if Look.decode(look) is not None}


def _write(file: Path, looks: Mapping[str, bytes]) -> None:
    frame = pl.DataFrame(
        {"content_hash": list(looks), "look": list(looks.values())},
        schema={"content_hash": pl.String(), "look": pl.Binary()},
    )
    write_atomically(file, frame)
