"""What an encoder is: media and texts in, vectors out, under a key that says exactly how they were made."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from workbench.errors import EncoderError

__all__ = ["Encoder", "Floats", "Pixels", "TextEncoder", "TextVectors", "check_file"]

Floats = npt.NDArray[np.float32]
Pixels = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class TextVectors:
    """Vectors of captions, with how many windows each was read in.

    Attributes:
        vectors: float32 (n, d), unit rows.
        windows: int64 (n,), 1 where the caption fits the text tower's limit.
    """

    vectors: Floats
    windows: npt.NDArray[np.int64]


class TextEncoder(Protocol):
    """Turn captions into vectors.

    Attributes:
        text_key: model, revision, preprocessing and precision of the vectors; never compared across keys.
        token_limit: tokens the text tower reads at once; a longer caption is read in windows, never cut.
    """

    text_key: str
    token_limit: int

    def encode_texts(self, texts: Sequence[str]) -> TextVectors:
        """Encode captions; a long one is the mean of its windows' unit vectors."""
        ...


class Encoder(TextEncoder, Protocol):
    """Turn media and captions into vectors that can be compared.

    Attributes:
        key: as `text_key`, for the media side; stored with every score.
        space: `joint` when media and text vectors share a space and their product is a cosine; `bridge` when
            they must be joined on the set that is scored (see `workbench.alignment.cross_fit`).
        media: the kinds it sees, of image, video and audio; a video is seen by its frames.
        image_px: pixels of the side it wants; pictures are decoded at twice that or more.
        audio_rate_hz: sample rate it wants.
        audio_window_s: seconds of sound it hears at once.
    """

    key: str
    space: str
    media: frozenset[str]
    image_px: int
    audio_rate_hz: int
    audio_window_s: float

    def prepare_image(self, pixels: Pixels) -> Pixels:
        """Resize one upright RGB picture (h, w, 3) to what the tower takes; called in many threads."""
        ...

    def encode_images(self, images: Sequence[Pixels]) -> Floats:
        """Encode prepared pictures, one row each."""
        ...

    def encode_audio(self, clips: Sequence[Floats]) -> Floats:
        """Encode mono clips at `audio_rate_hz`, each at most `audio_window_s` long, one row each."""
        ...


def check_file(path: Path, sha256: str) -> Path:
    """Return the path of a weight file if its bytes are the ones recorded here.

    A package of weights on a registry can change hands; its code is pinned by version, its weights by this.

    Raises:
        EncoderError: when the file is missing or has other bytes.
    """
    if not path.is_file():
        raise EncoderError(f"The weight file {path} is not there.", "Reinstall the package that carries it.")
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    if digest.hexdigest() != sha256:
        raise EncoderError(
            f"The weight file {path} has SHA-256 {digest.hexdigest()}, not the recorded {sha256}.",
            "It is not loaded. Reinstall the pinned version of its package.",
        )
    return path
