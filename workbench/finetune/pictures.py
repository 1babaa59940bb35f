"""The pictures that a row of a run shows its model."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.finetune.config import RunConfig
from workbench.preferences.collage import read_collage
from workbench.records import Interval
from workbench.shown import PictureSettings, Shown
from workbench.shown.pictures import encode_pictures, why_no_pictures

if TYPE_CHECKING:
    from PIL import Image

__all__ = ["count_pictures", "pictures_of"]


def pictures_of(row: Mapping[str, object], config: RunConfig) -> list[Image.Image]:
    """Return what a row of `ROW_SCHEMA` or `FLAGGED_SCHEMA` shows, upright RGB: none for a pair of texts.

    Args:
        row: a pair or a flagged item.
        config: how many frames of a video, and how large.

    Raises:
        MediaError: when a file cannot be read.
    """
    from PIL import Image

    shown = _shown(row)
    if not shown.media or why_no_pictures(shown):
        return []
    files = encode_pictures(shown, PictureSettings(config.frames, config.picture_px))
    return [Image.open(io.BytesIO(file)).convert("RGB") for file in files]


def count_pictures(row: Mapping[str, object], config: RunConfig) -> int:
    """Return how many pictures `pictures_of` would give, without reading a file."""
    shown = _shown(row)
    if not shown.media or why_no_pictures(shown):
        return 0
    return config.frames if shown.media == "video" and not shown.collage else 1


def _shown(row: Mapping[str, object]) -> Shown:
    start_s, end_s, paths = row["start_s"], row["end_s"], row["paths"]
    has_interval = isinstance(start_s, float) and isinstance(end_s, float)
    return Shown(
        str(row["sample_id"]),
        str(row["media"]),
        tuple(Path(path) for path in paths) if isinstance(paths, list) else (),
        row["duration_s"] if isinstance(row["duration_s"], float) else None,
        read_collage(str(row.get("collage") or "")),
        Interval(start_s, end_s) if has_interval else None,  # type: ignore[arg-type]
        str(row["prompt"]),
    )
