"""Decode images to upright RGB arrays, and make thumbnails."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, UnidentifiedImageError

from workbench.errors import MediaError

__all__ = ["PIXEL_LIMIT", "decode_image", "encode_thumbnail", "image_size"]

PIXEL_LIMIT = 120_000_000
"""Largest image decoded: above a phone's 108 megapixels, below what fills memory (360 MB of RGB)."""

Pixels = npt.NDArray[np.uint8]

_ORIENTATION_TAG = 0x0112
_UPRIGHT: dict[int, Image.Transpose] = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
# What Pillow's decoders raise on damaged input, found by cutting and flipping bytes of each format.
_DECODE_ERRORS = (
    OSError,
    SyntaxError,
    ValueError,
    struct.error,
    EOFError,
    IndexError,
    KeyError,
    TypeError,
    OverflowError,
    ZeroDivisionError,
    AttributeError,
    RuntimeError,
    NotImplementedError,
)


def decode_image(path: Path | str, *, at_least_px: int | None = None, exact: bool = False) -> Pixels:
    """Decode an image to upright RGB.

    With `at_least_px` a JPEG is decoded at 1/2, 1/4 or 1/8 of its size, the smallest whose short side still
    has that many pixels: 9 times faster at 12 megapixels. Ask for twice the size you will resize to, and the
    result differs from a full decode by about 0.2 of 255 levels. Other formats come in full. Colour profiles
    are not applied; of an animation the first frame is taken.

    Args:
        path: the file; its content decides the format, not its name.
        at_least_px: pixels the short side must keep; None decodes in full.
        exact: decode in full whatever `at_least_px` says.

    Returns:
        uint8 (height, width, 3): EXIF orientation applied, alpha laid over white, 16-bit scaled to 8.

    Raises:
        MediaError: the image is damaged, cut off, unknown or larger than `PIXEL_LIMIT`.
    """
    with _Opened(path) as image:
        if at_least_px is not None and not exact:
            image.draft(None, (at_least_px, at_least_px))
        orientation = _orientation(image)
        image.load()
        rgb = _to_rgb(image)
        if orientation in _UPRIGHT:
            rgb = rgb.transpose(_UPRIGHT[orientation])
        return np.array(rgb, dtype=np.uint8)


def image_size(path: Path | str, *, check: bool = True) -> tuple[int, int]:
    """Read the upright (width, height) of an image.

    Args:
        path: the file.
        check: also decode it (a JPEG at 1/8 size, so the cost is small): a header says nothing of the rest.

    Returns:
        Width and height in pixels, after EXIF orientation.

    Raises:
        MediaError: as `decode_image`.
    """
    if check:
        _refuse_damaged_png(path)
    with _Opened(path) as image:
        width, height = image.size
        is_turned = _orientation(image) in (5, 6, 7, 8)
        if check:
            image.draft(None, (1, 1))
            image.load()
    return (height, width) if is_turned else (width, height)


def encode_thumbnail(pixels: Pixels, size_px: int = 256) -> bytes:
    """Encode a JPEG whose long side is at most `size_px`; a smaller image is not enlarged.

    Args:
        pixels: uint8 (height, width, 3) RGB.
        size_px: long side in pixels.

    Returns:
        JPEG bytes, quality 85.

    Example:
        >>> encode_thumbnail(np.zeros((300, 400, 3), np.uint8))[:2].hex()
        'ffd8'
    """
    image = Image.fromarray(pixels)
    image.thumbnail((size_px, size_px), Image.Resampling.BICUBIC, reducing_gap=2.0)
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=85)
    return buffer.getvalue()


class _Opened:
    """Open an image and turn whatever its decoder raises, there or in the block, into a plain MediaError."""

    def __init__(self, path: Path | str) -> None:
        self._path = Path(path)
        self._image: Image.Image | None = None

    def __enter__(self) -> Image.Image:
        try:
            self._image = Image.open(self._path)
        except UnidentifiedImageError:
            raise MediaError("the image format is not known or its first bytes are damaged.") from None
        except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
            raise _too_large(str(error)) from None
        except FileNotFoundError:
            raise MediaError("there is no such file.") from None
        except _DECODE_ERRORS as error:
            raise MediaError(_reason(error)) from error
        width, height = self._image.size
        if width * height > PIXEL_LIMIT:
            self._image.close()
            raise _too_large(f"{width} x {height}")
        if width < 1 or height < 1:
            raise MediaError(f"the image has no pixels ({width} x {height}).")
        return self._image

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if self._image is not None:
            self._image.close()
        if isinstance(error, (Image.DecompressionBombError, Image.DecompressionBombWarning)):
            raise _too_large(str(error)) from None
        if isinstance(error, MemoryError):
            raise MediaError("the image does not fit in memory.") from error
        if isinstance(error, _DECODE_ERRORS):
            raise MediaError(_reason(error)) from error


def _refuse_damaged_png(path: Path | str) -> None:
    # Pillow decodes past damage in a PNG's data; the checksums that each part carries tell.
    with _Opened(path) as image:
        if image.format == "PNG":
            image.verify()


def _too_large(seen: str) -> MediaError:
    return MediaError(
        f"the image is too large to decode safely: {seen.rstrip('.')}; "
        f"the limit is {PIXEL_LIMIT // 1_000_000} megapixels.",
        "Store a smaller copy.",
    )


def _reason(error: BaseException) -> str:
    text = str(error).strip().rstrip(".")
    if (
        "truncated" in text
        or "EOF" in text
        or isinstance(error, EOFError)
        or "unexpected end" in text.lower()
    ):
        return "the image is cut off: its data ends before the picture does."
    return f"the image is damaged ({text or type(error).__name__})."


def _orientation(image: Image.Image) -> int:
    """EXIF orientation 1-8; a broken EXIF block is no reason to refuse the picture: it counts as upright."""
    try:
        return int(image.getexif().get(_ORIENTATION_TAG, 1))
    except _DECODE_ERRORS:
        return 1


def _to_rgb(image: Image.Image) -> Image.Image:
    if image.mode.startswith(("I", "F")):
        return Image.fromarray(_scaled_to_8_bits(np.asarray(image), image.mode)).convert("RGB")
    if image.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in image.info:
        rgba = image.convert("RGBA")
        white = Image.new("RGBA", rgba.size, (255, 255, 255, 255))
        return Image.alpha_composite(white, rgba).convert("RGB")
    return image if image.mode == "RGB" else image.convert("RGB")


def _scaled_to_8_bits(values: npt.NDArray[np.generic], mode: str) -> Pixels:
    """Scale 16-bit integers and floats to 0-255. Pillow's own convert clips at 255: a white picture.

    Floats are taken as 0-1 where none is above 1, else as 0-255, else as 0-65535.
    """
    numbers = np.nan_to_num(values.astype(np.float32))
    top = float(numbers.max(initial=0.0))
    full = 65535.0
    if mode == "F" or (mode == "I" and top <= 255):
        full = 1.0 if top <= 1 and mode == "F" else 255.0 if top <= 255 else 65535.0
    scaled: Pixels = np.clip(numbers * (255.0 / full) + 0.5, 0, 255).astype(np.uint8)
    return scaled
