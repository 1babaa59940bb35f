"""Encode what has no vectors yet, with progress, keeping what is done when it is interrupted."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b

import numpy as np
import numpy.typing as npt
from tqdm import tqdm  # type: ignore[import-untyped]

from workbench.encoders.base import Encoder, Floats, TextEncoder
from workbench.encoders.feeding import MediaJob, encode_media
from workbench.encoders.shards import VectorShards

__all__ = ["encode_new_media", "encode_new_texts"]

_TEXTS_PER_STEP = 512  # captions between two looks at the progress bar


def encode_new_media(
    encoder: Encoder, jobs: Sequence[MediaJob], shards: VectorShards, *, progress: bool = True
) -> dict[str, str]:
    """Encode the files whose vectors are not in the shards; each content once.

    Returns:
        For each key that cannot be read, the reason.
    """
    distinct = {job.key: job for job in jobs if job.key not in shards}
    unread: dict[str, str] = {}
    with tqdm(total=len(distinct), desc="media", unit="file", disable=not progress or not distinct) as bar:
        try:
            for encoded in encode_media(encoder, list(distinct.values())):
                if encoded.vectors is None:
                    unread[encoded.job.key] = f"could not be read: {encoded.reason.rstrip('.')}"
                else:
                    shards.add(encoded.job.key, encoded.vectors, encoded.job.times_s)
                bar.update()
        finally:
            shards.flush()  # also on Ctrl+C: what was computed is not lost
    return unread


def encode_new_texts(
    encoder: TextEncoder, texts: Sequence[str], shards: VectorShards, *, progress: bool = True
) -> tuple[Floats, npt.NDArray[np.int64]]:
    """Encode the captions whose vectors are not in the shards; each text once.

    Returns:
        The vector of every caption, float32 (n, d), and in how many windows it was read.
    """
    keys = [blake2b(text.encode("utf-8", "replace"), digest_size=16).hexdigest() for text in texts]
    missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in shards}
    # Long and short ones apart: batches of like length waste little on padding.
    ordered = sorted(missing, key=lambda key: (len(missing[key]), key))
    with tqdm(
        total=len(ordered), desc="captions", unit="caption", disable=not progress or not ordered
    ) as bar:
        try:
            for first in range(0, len(ordered), _TEXTS_PER_STEP):
                step = ordered[first : first + _TEXTS_PER_STEP]
                found = encoder.encode_texts([missing[key] for key in step])
                for index, key in enumerate(step):
                    # The number of windows travels in the place of a time.
                    shards.add(key, found.vectors[index : index + 1], (float(found.windows[index]),))
                bar.update(len(step))
        finally:
            shards.flush()
    vectors, _, windows = shards.read(keys)
    return vectors, windows.astype(np.int64)
