"""The vectors that scoring has kept, for FiftyOne's similarity and its map of the samples."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, Final

import numpy as np

from workbench.encoders.base import Floats
from workbench.encoders.shards import VectorShards
from workbench.errors import EncoderError
from workbench.store import Store

__all__ = ["MAP", "SIMILARITY", "Vectors", "draw_map", "find_vectors", "pack"]

#: The names of what is computed from the vectors, in FiftyOne's menus.
MAP: Final = "workbench_map"
SIMILARITY: Final = "workbench_similarity"
_LEAST_SAMPLES: Final = 3


@dataclass(frozen=True)
class Vectors:
    """One vector a medium, by one encoder.

    Attributes:
        encoder: the folder they were found in; names the encoder, its settings and its precision.
        by_content: content hash of the medium -> its vector, float32; the mean over the pictures of a video.
    """

    encoder: str = ""
    by_content: dict[str, Floats] = field(default_factory=dict)


def find_vectors(store: Store) -> Vectors:
    """Return the vectors of the encoder that has looked at most of the samples; none where nothing is scored.

    Raises:
        EncoderError: what is stored cannot be read.
    """
    wanted = set(store.read("samples")["content_hash"])
    best, most = Vectors(), 0
    for folder in sorted((store.path / "vectors").glob("*")):
        keys = _media_keys(folder / "manifest.json", wanted)
        if len(keys) > most:
            best, most = Vectors(folder.name, _means(VectorShards(folder), keys)), len(keys)
    return best


def pack(vector: Floats) -> bytes:
    """Return a vector as FiftyOne stores one."""
    from fiftyone.core.utils import serialize_numpy_array

    packed: bytes = serialize_numpy_array(vector.astype(np.float32))
    return packed


def draw_map(fiftyone: Any, dataset: Any, vectors: Vectors) -> bool:
    """Lay the samples out on a plane and index them for similarity; do nothing where nothing has changed.

    The plane is that of the two main directions (PCA) in the vectors; near on it is not always alike.

    Returns:
        Whether it was computed anew.
    """
    if dataset.media_type == "group":  # FiftyOne lays out one kind of media at a time
        return False
    contents, ids = dataset.exists("embedding").values(["content_hash", "id"])
    told = blake2b(
        json.dumps([vectors.encoder, sorted(zip(contents, ids, strict=True))]).encode()
    ).hexdigest()
    done = dataset.info.get(MAP)
    if len(contents) < _LEAST_SAMPLES or (done == told and dataset.has_brain_run(MAP)):
        return False
    import fiftyone.brain as brain

    shown = dataset.exists("embedding")
    for key in (MAP, SIMILARITY):
        if dataset.has_brain_run(key):
            dataset.delete_brain_run(key)
    points = _plane(np.stack([vectors.by_content[one] for one in contents]))
    brain.compute_visualization(shown, method="manual", points=points, brain_key=MAP, verbose=False)
    brain.compute_similarity(shown, embeddings="embedding", brain_key=SIMILARITY)
    dataset.info[MAP] = told
    dataset.save()
    return True


def _media_keys(manifest: Any, wanted: set[str]) -> list[str]:
    """Return one key a medium: content hash, a colon, and at which times it was looked at."""
    try:
        shards = json.loads(manifest.read_text("utf-8"))["shards"]
        listed = [
            key
            for name in shards
            for key in json.loads((manifest.parent / f"{name}.json").read_text("utf-8"))["keys"]
        ]
    except FileNotFoundError:
        return []
    except (OSError, ValueError, KeyError) as error:
        raise EncoderError(
            f"The stored vectors in {manifest.parent} cannot be read: {error}.",
            "Delete that folder; they are made again.",
        ) from error
    chosen: dict[str, str] = {}
    for key in listed:
        content, _, times = key.partition(":")
        if content in wanted and times and not times.startswith("curve"):
            chosen.setdefault(content, key)
    return list(chosen.values())


def _means(shards: VectorShards, keys: list[str]) -> dict[str, Floats]:
    rows, counts, _ = shards.read(keys)
    ends = np.cumsum(counts)
    parts = np.split(rows, ends[:-1])
    return {key.partition(":")[0]: part.mean(axis=0) for key, part in zip(keys, parts, strict=True)}


def _plane(rows: Floats) -> Floats:
    """Return the place of each row on the plane of the two main directions."""
    centred = rows - rows.mean(axis=0)
    # By the covariance of the columns: never larger than the vectors are long.
    _, directions = np.linalg.eigh(centred.T @ centred)
    return np.asarray(centred @ directions[:, :-3:-1], np.float32)
