"""Media as the pictures that a model of pictures takes: images, frames of a video, collages."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from workbench.media import decode_image, frame_times, frames_at
from workbench.media.image import PIXEL_LIMIT, image_size
from workbench.preferences.collage import draw_collage
from workbench.shown.base import PictureSettings, Shown

__all__ = ["NOT_FOUND", "NOT_READ", "SOUND", "encode_pictures", "is_plain", "why_no_pictures"]

SOUND: Final = "it is sound, and this format takes pictures"
NOT_FOUND: Final = "its media cannot be found"
NOT_READ: Final = "its media cannot be read"

#: Formats of a file that is passed on byte for byte when it is plain; whatever else is written anew.
_KEPT: Final = ("JPEG", "PNG", "WEBP")
_ORIENTATION_TAG: Final = 0x0112
_JPEG_QUALITY: Final = 95

_Pixels = npt.NDArray[np.uint8]


def why_no_pictures(shown: Shown) -> str:
    """Return why there is no picture to show, without reading a file; "" when there is."""
    if shown.media == "audio":
        return SOUND
    return "" if shown.paths else NOT_FOUND


def encode_pictures(shown: Shown, settings: PictureSettings) -> list[bytes]:
    """Return the pictures of one sample as files in memory, upright RGB.

    A plain photo keeps its very bytes. One that is turned, not RGB, or too large is written anew: as PNG,
    which loses nothing, unless it was a JPEG.

    Args:
        shown: a sample with an image or a video, or a collage.
        settings: how many frames, and how large.

    Returns:
        One picture for an image or a collage; `settings.frames` for a video, over its interval.

    Raises:
        MediaError: when a file cannot be read.
    """
    if shown.collage:
        pixels = [_pixels(path, shown, settings) for path in shown.paths]
        return [_encode(draw_collage(pixels, columns=shown.collage.columns), settings, "PNG")]
    if shown.media == "video":
        start_s, end_s = shown.interval or (0.0, shown.duration_s or 0.0)
        times = [start_s + time_s for time_s in frame_times(max(0.0, end_s - start_s), settings.frames)]
        return [_encode(frame.pixels, settings, "JPEG") for frame in frames_at(shown.paths[0], times)]
    return [_image(shown.paths[0], settings)]


def is_plain(path: Path, settings: PictureSettings) -> bool:
    """Say whether an image can be shown as it is: upright RGB, one picture, not too large.

    Raises:
        MediaError: when it cannot be read.
    """
    return _look(path, settings.picture_px)[1]


def _pixels(path: Path, shown: Shown, settings: PictureSettings) -> _Pixels:
    """Return one cell of a collage; of a video, the frame in its middle."""
    if shown.media == "video":
        return frames_at(path, [(shown.duration_s or 0.0) / 2])[0].pixels
    return decode_image(path, at_least_px=settings.picture_px)


def _image(path: Path, settings: PictureSettings) -> bytes:
    kind, stays = _look(path, settings.picture_px)
    if stays:
        return path.read_bytes()
    at_least_px = 2 * settings.picture_px if settings.picture_px else None
    return _encode(decode_image(path, at_least_px=at_least_px), settings, "JPEG" if kind == "JPEG" else "PNG")


def _look(path: Path, limit_px: int | None) -> tuple[str, bool]:
    """Return the format of an image file, and whether a reader that knows little takes it as it is."""
    from PIL import Image

    is_small = max(image_size(path)) <= (limit_px or PIXEL_LIMIT)  # refuses a file that is damaged
    with Image.open(path) as image:
        is_upright = image.getexif().get(_ORIENTATION_TAG, 1) == 1
        is_single = getattr(image, "n_frames", 1) == 1
        stays = image.format in _KEPT and image.mode == "RGB" and is_small and is_upright and is_single
        return str(image.format), stays


def _encode(pixels: _Pixels, settings: PictureSettings, kind: str) -> bytes:
    from PIL import Image

    picture: Image.Image = Image.fromarray(pixels)
    if settings.picture_px:
        picture.thumbnail((settings.picture_px, settings.picture_px), Image.Resampling.BICUBIC)
    content = io.BytesIO()
    picture.save(content, kind, **({"quality": _JPEG_QUALITY} if kind == "JPEG" else {}))
    return content.getvalue()
