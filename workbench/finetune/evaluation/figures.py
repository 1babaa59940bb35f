"""Pictures of a run card: thumbnails of what was captioned, and how far rewards can be trusted."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping
from typing import Final

import polars as pl

from workbench.errors import MediaError
from workbench.finetune.config import RunConfig
from workbench.finetune.pictures import pictures_of

__all__ = ["draw_reliability", "embed_picture", "thumbnail"]

_THUMBNAIL_PX: Final = 160
_SIDE: Final = 260
_EDGE: Final = 36


def embed_picture(row: Mapping[str, object]) -> str:
    """Return what a row shows as a small image within the page, or why there is none."""
    content = thumbnail(row)
    if content is None:
        return '<p class="quiet">no picture</p>'
    data = base64.b64encode(content).decode()
    return f'<img src="data:image/jpeg;base64,{data}" alt="what the captions speak of" loading="lazy">'


def thumbnail(row: Mapping[str, object]) -> bytes | None:
    """Return what a row shows as a small JPEG file; None where there is nothing, or it cannot be read."""
    try:
        pictures = pictures_of(row, RunConfig(frames=1))
    except MediaError:
        return None
    if not pictures:
        return None
    picture = pictures[0]
    picture.thumbnail((_THUMBNAIL_PX, _THUMBNAIL_PX))
    content = io.BytesIO()
    picture.save(content, "JPEG", quality=82)
    return content.getvalue()


def draw_reliability(bins: pl.DataFrame) -> str:
    """Draw chances said against shares found, both from one half to one, as SVG."""
    end = _SIDE + _EDGE

    def at(chance: float, share: float) -> str:
        x = _EDGE + _SIDE * (chance - 0.5) / 0.5
        return f"{x:.1f},{10 + _SIDE * (1 - share):.1f}"

    points = [at(said, found) for said, found, _ in bins.iter_rows()]
    dots = "".join(
        f'<circle cx="{x}" cy="{y}" r="3">'
        f"<title>said {said:.2f}, found {found:.2f}, {count} pairs</title></circle>"
        for (x, y), (said, found, count) in zip(
            (point.split(",") for point in points), bins.iter_rows(), strict=True
        )
    )
    ticks = "".join(
        f'<text x="{_EDGE + _SIDE * (said - 0.5) / 0.5:.0f}" y="{_SIDE + 26}" text-anchor="middle">'
        f"{said}</text>"
        for said in (0.5, 0.75, 1.0)
    ) + "".join(
        f'<text x="{_EDGE - 6}" y="{14 + _SIDE * (1 - share):.0f}" text-anchor="end">{share}</text>'
        for share in (0.0, 0.5, 1.0)
    )
    return (
        f'<svg viewBox="0 0 {end + 10} {_SIDE + 46}" width="{end + 10}" role="img" '
        'aria-label="How often an order is right, by how sure the rewards are">'
        f'<path class="axis" d="M{_EDGE},10V{_SIDE + 10}H{end}" fill="none"/>'
        f'<path class="ideal" d="M{at(0.5, 0.5)}L{at(1, 1)}"/>'
        f'<polyline class="found" points="{" ".join(points)}"/>{dots}{ticks}'
        f'<text x="{_EDGE + _SIDE / 2:.0f}" y="{_SIDE + 42}" text-anchor="middle">how sure</text></svg>'
    )
