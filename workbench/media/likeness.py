"""Tell whether two pictures are one picture resized, saved again or brightened, by how they look."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from workbench.errors import MissingExtraError

from .image import decode_image
from .video import frames_at

__all__ = ["ALIKE_BITS", "ALIKE_LIKENESS", "alike", "read_look"]

#: Two pictures are one when at most this many of the 64 bits of their perceptual hashes differ and their
#: thumbnails correlate at least this much. Either alone errs: the hash on scenes that share a background, the
#: thumbnail on little things that moved. On 480 drawn scenes three pairs passed, each the same place with
#: almost the same things; half size, JPEG quality 40 and 96 pixels at quality 60 always passed, 15 % brighter
#: mostly, and a crop of 2 % a side mostly not.
ALIKE_BITS: Final = 10
ALIKE_LIKENESS: Final = 0.985

_HASH_BYTES: Final = 8
_THUMBNAIL_PX: Final = 16
_BLOCK: Final = 4096


def read_look(path: Path | str, media: str, *, duration_s: float | None = None) -> bytes | None:
    """Read how a picture looks, or the frame in the middle of a video.

    Args:
        path: the file.
        media: `image`, `video` or `audio`.
        duration_s: of a video; its first frame is taken when it is not known.

    Returns:
        A perceptual hash of 8 bytes and 16 x 16 grey levels; None for audio, which has no look.

    Raises:
        MediaError: when the file cannot be read.
        MissingExtraError: without ImageHash.

    Source: the perceptual hash by cosine transform, as ImageHash has it.
    """
    if media == "audio":
        return None
    try:
        import imagehash
    except ImportError as error:
        raise MissingExtraError("Comparing pictures by how they look", "pairs") from error
    from PIL import Image

    if media == "image":
        pixels = decode_image(path, at_least_px=8 * _THUMBNAIL_PX)
    else:
        pixels = frames_at(path, [(duration_s or 0.0) / 2], at_least_px=8 * _THUMBNAIL_PX)[0].pixels
    picture = Image.fromarray(pixels)
    bits: npt.NDArray[np.bool_] = imagehash.phash(picture).hash
    grey = picture.convert("L").resize((_THUMBNAIL_PX, _THUMBNAIL_PX), Image.Resampling.BOX)
    return np.packbits(bits.ravel()).tobytes() + grey.tobytes()


def alike(looks: Sequence[bytes]) -> list[tuple[int, int]]:
    """Find the pictures that look the same, two at a time.

    Args:
        looks: as `read_look` returns them.

    Returns:
        Pairs of positions, the lower first: enough of them to tie together all that look the same.

    Example:
        >>> ramp = bytes(8) + bytes(range(256))
        >>> alike([ramp, bytes(8) + bytes(range(255, -1, -1)), bytes([1] * 8) + bytes(range(256)), ramp])
        [(0, 2), (0, 3)]
    """
    if not looks:
        return []
    # A thousand black frames are one look: they are tied to the first of them, not each to each.
    rows = np.frombuffer(b"".join(looks), np.uint8).reshape(len(looks), -1)
    _, first, kind = np.unique(rows, axis=0, return_index=True, return_inverse=True)
    found = [(int(first[k]), row) for row, k in enumerate(kind.ravel().tolist()) if first[k] != row]
    hashes = rows[first, :_HASH_BYTES]
    grey = rows[first, _HASH_BYTES:].astype(np.float32)
    grey -= grey.mean(axis=1, keepdims=True)
    grey /= np.maximum(np.linalg.norm(grey, axis=1, keepdims=True), 1e-6)
    for start in range(0, len(grey), _BLOCK):
        ones, others = np.nonzero(grey[start : start + _BLOCK] @ grey.T >= ALIKE_LIKENESS)
        ones += start
        differing = np.bitwise_count(hashes[ones] ^ hashes[others]).sum(axis=1)
        same = (differing <= ALIKE_BITS) & (ones < others)
        found.extend(zip(first[ones[same]].tolist(), first[others[same]].tolist(), strict=True))
    return sorted((min(two), max(two)) for two in found)
