"""Keep the text maps of a workspace: one a text tower, named by what is in it."""

from __future__ import annotations

from hashlib import blake2b
from pathlib import Path

import numpy as np
import numpy.typing as npt

from workbench.errors import EncoderError
from workbench.store import Store

__all__ = ["keep_map", "read_map"]

Floats = npt.NDArray[np.float32]

_NAME = "map.safetensors"


def keep_map(store: Store, text_key: str, matrix: Floats) -> str:
    """Store the map of a text tower in place of any before; return the key of what is in it."""
    from safetensors.numpy import save_file

    key = _key_of(matrix)
    file = _file(store, text_key)
    fresh = file.with_name(f".{file.name}.new")
    save_file(
        {"matrix": np.ascontiguousarray(matrix)}, fresh, metadata={"text_key": text_key, "map_key": key}
    )
    fresh.replace(file)
    return key


def read_map(store: Store, text_key: str) -> tuple[Floats, str] | None:
    """Return the map of a text tower and its key; None before tuning.

    Raises:
        EncoderError: when the file cannot be read as a map.
    """
    file = _file(store, text_key)
    if not file.exists():
        return None
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        matrix = np.asarray(load_file(file)["matrix"], np.float32)
    except (SafetensorError, KeyError, OSError) as error:
        raise EncoderError(
            f"The text map {file} cannot be read: {error}.", "Tune again: ws.tune_scorer()."
        ) from error
    return matrix, _key_of(matrix)


def _file(store: Store, text_key: str) -> Path:
    return store.cache_folder(f"text-map-{text_key}") / _NAME


def _key_of(matrix: Floats) -> str:
    return blake2b(np.ascontiguousarray(matrix).tobytes(), digest_size=4).hexdigest()
