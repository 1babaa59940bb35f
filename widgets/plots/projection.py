"""A map of the media: their vectors brought down to two numbers each, by a method that is stated.

PCA keeps the two directions of largest spread: the same every time, far apart means unlike, but clusters lie
over each other. UMAP keeps neighbours together: clusters part, but how far apart they lie means nothing. The
result is kept in the workspace's cache, by encoder, method and the vectors it was made of.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.util import find_spec
from io import BytesIO
from typing import Final

import numpy as np
import numpy.typing as npt

from widgets.plots.vectors import NoVectorsError, Vectors
from workbench.errors import MissingExtraError, UnknownNameError
from workbench.store import Store, write_atomically

__all__ = ["FULL", "METHODS", "Map", "make_map"]

Floats = npt.NDArray[np.float32]
#: The whole width of the plot, in the units that points are told in.
FULL: Final = 65535
#: Samples that UMAP is fitted on; the rest are placed among them.
_FITTED: Final = 20_000
METHODS: Final = {"pca": "PCA", "umap": "UMAP"}


@dataclass(frozen=True, slots=True)
class Map:
    """Where each sample lies.

    Attributes:
        method: a name of `METHODS`.
        told: what was done, in words.
        samples: (n,) the samples that have a place, as row numbers.
        x: (n,) from 0 to 65535.
        y: (n,) the same, upwards.
    """

    method: str
    told: str
    samples: npt.NDArray[np.int64] = field(repr=False)
    x: npt.NDArray[np.uint16] = field(repr=False)
    y: npt.NDArray[np.uint16] = field(repr=False)


def make_map(store: Store, vectors: Vectors, method: str = "pca", *, seed: int = 0) -> Map:
    """Return the map of these vectors: the one kept from before, or a new one.

    Raises:
        UnknownNameError: for a method that does not exist.
        MissingExtraError: for UMAP where its package is not installed.
        NoVectorsError: when fewer than three samples have a vector.
    """
    if method not in METHODS:
        raise UnknownNameError("way to lay out the map", method, METHODS)
    if method == "umap" and find_spec("umap") is None:
        raise MissingExtraError("A map by UMAP", "umap")
    samples = vectors.samples
    if len(samples) < 3:
        raise NoVectorsError(
            f"Only {len(samples)} samples have a vector; a map needs three or more.",
            'ws.score("similarity")',
        )
    file = store.cache_folder("plots") / f"{vectors.encoder[:80]}-{method}-{seed}-{vectors.stamp}.npz"
    kept = _read(file, samples)
    places, told = kept or _MAKERS[method](vectors, samples, seed)
    if kept is None:
        made = BytesIO()
        np.savez(made, samples=samples, places=places, told=np.array(told))
        write_atomically(file, made.getvalue())
    x, y = (_scaled(places[:, axis]) for axis in (0, 1))
    return Map(method, told, samples, x, y)


def _read(file: object, samples: npt.NDArray[np.int64]) -> tuple[Floats, str] | None:
    """Return what was kept; None where there is nothing, or it is of other samples, or cut off by a crash."""
    try:
        with np.load(str(file), allow_pickle=False) as kept:
            if np.array_equal(kept["samples"], samples):
                return kept["places"], str(kept["told"])
    except (OSError, ValueError, KeyError, EOFError):
        pass
    return None


def _by_pca(vectors: Vectors, samples: npt.NDArray[np.int64], _seed: int) -> tuple[Floats, str]:
    """Lay out by the two directions of largest spread; reads the shards twice and holds one at a time."""
    total, products, count = np.zeros(1), np.zeros(1), 0
    for _, rows in vectors.blocks():
        wide = rows.astype(np.float64)
        total, products, count = total + wide.sum(axis=0), products + wide.T @ wide, count + len(rows)
    mean = total / count
    spread, directions = np.linalg.eigh(products / count - np.outer(mean, mean))
    chosen = _signed(directions[:, ::-1][:, :2]).astype(np.float32)
    sums = np.zeros((len(samples), 2))
    counts = np.zeros(len(samples))
    for places, rows in vectors.blocks():
        at = np.searchsorted(samples, places)
        np.add.at(sums, at, (rows - mean.astype(np.float32)) @ chosen)
        np.add.at(counts, at, 1)
    share = float(spread[::-1][:2].sum() / max(float(spread.sum()), 1e-12))
    flat = (sums / np.maximum(counts, 1)[:, None]).astype(np.float32)
    return flat, f"PCA; the two axes hold {round(share * 100)} % of the spread"


def _signed(directions: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Point each direction so that its largest part is positive: an eigenvector's sign is chance."""
    largest = np.take_along_axis(directions, np.abs(directions).argmax(axis=0)[None], axis=0)
    return directions * np.where(largest < 0, -1.0, 1.0)


def _by_umap(vectors: Vectors, samples: npt.NDArray[np.int64], seed: int) -> tuple[Floats, str]:
    from umap import UMAP

    rows = vectors.means(samples)
    chosen = np.sort(np.random.default_rng(seed).permutation(len(rows))[:_FITTED])
    near = min(15, len(chosen) - 1)
    fitted = UMAP(n_neighbors=near, min_dist=0.1, metric="cosine", random_state=seed, n_jobs=1)
    # Its spectral start needs more neighbours than a handful of points has.
    if len(chosen) < 32:
        fitted.init = "random"
    flat = np.asarray(fitted.fit_transform(rows[chosen]), np.float32)
    told = f"UMAP, {near} neighbours, cosine, seed {seed}; distances between clusters mean nothing"
    if len(chosen) == len(rows):
        return flat, told
    places = np.asarray(fitted.transform(rows), np.float32)
    places[chosen] = flat
    return places, f"{told}; fitted on {len(chosen):,} samples, the rest placed among them"


_MAKERS: Final[dict[str, Callable[[Vectors, npt.NDArray[np.int64], int], tuple[Floats, str]]]] = {
    "pca": _by_pca,
    "umap": _by_umap,
}


def _scaled(values: Floats) -> npt.NDArray[np.uint16]:
    """Bring numbers to 0..65535, with a margin; a few far out are drawn at the edge."""
    low, high = np.quantile(values, [0.001, 0.999])
    margin = max(float(high - low), 1e-9) * 0.04
    share = (values - (low - margin)) / (high - low + 2 * margin)
    return np.asarray(np.clip(share, 0, 1) * FULL, np.uint16)
