"""How long `ws.score("all")` takes on 10,000 pairs whose vectors are kept, and whether it grows in line.

What is real: the workspace, its tables, the scorers, the join of both towers at their full width (1,664 and
384 columns), reading and writing of shards and scores. What is synthetic: captions from a small grammar,
vectors made from their words in place of a network's, and samples that share 64 small picture files. So the
time is that of scoring, not of encoding. Every size runs in a process of its own, held to two cores.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from workbench.encoders.base import TextVectors
from workbench.encoders.bridge import FEATURES
from workbench.encoders.text import SentenceEncoder
from workbench.metrics import Metric, write_results
from workbench.store import Store

__all__ = ["SyntheticEncoder", "fill", "main", "run_once"]

Floats = npt.NDArray[np.float32]

SIZES: Final = (10_000, 100_000)
_QUICK: Final = (1_000, 2_000)
_CORES = 2
_PICTURES = 64
_BLOCK = 4096  # vectors made at once
_WIDTH = SentenceEncoder.width

_COLOURS = "red green blue yellow black white brown grey pink orange".split()  # noqa: SIM905
_NOUNS = "dog cat horse man woman boy girl bird car bus bike ball kite boat chair bench tree cup".split()  # noqa: SIM905
_VERBS = "runs stands jumps sits waits plays rests turns".split()  # noqa: SIM905
_PLACES = "beach park street garden lake fence wall bridge field river market station".split()  # noqa: SIM905
_SLOTS = (_COLOURS, _NOUNS, _VERBS, _COLOURS, _PLACES)


class SyntheticEncoder:
    """Stand in for the bridge: the same widths and the same join, vectors from words and not from a network.

    Args:
        device: taken and left alone.
    """

    key = "synthetic:words:bridge-shaped:f32"
    text_key = "synthetic:words:f32"
    token_limit = 256
    space = "bridge"
    media = frozenset({"image"})
    width = FEATURES + _WIDTH
    image_px = 224
    audio_rate_hz = 16_000
    audio_window_s = 10.0

    def __init__(self, device: str = "auto") -> None:
        self.device = device

    def encode_texts(self, texts: Sequence[str]) -> TextVectors:
        """Add up a fixed random vector for each word."""
        rows = np.stack([np.sum([_word(word) for word in text.lower().split()], axis=0) for text in texts])
        unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        return TextVectors(unit.astype(np.float32), np.ones(len(texts), np.int64))


def main(arguments: list[str] | None = None) -> None:
    """Run the benchmark from the command line; without `--pairs` each size in a process of its own."""
    options = _parse(arguments)
    if options.pairs:
        print(json.dumps(run_once(options.pairs)))
        return
    metrics: dict[str, Metric] = {}
    runs = [_run_apart(size) for size in (_QUICK if options.quick else SIZES)]
    for found in runs:
        _collect(metrics, found)
    small, large = runs
    grown, cost = large["pairs"] / small["pairs"], large["seconds"] / small["seconds"]
    metrics["growth_of_pairs"] = Metric(grown, 2, "ratio")
    metrics["growth_of_seconds"] = Metric(cost, 2, "ratio")
    write_results("score_all", metrics, path=options.json)


def run_once(pairs: int) -> dict[str, float]:
    """Fill a workspace, score it twice, and time the second: vectors kept, no scores, nothing read."""
    import workbench
    from workbench.alignment.claims.parse import forget_readings
    from workbench.encoders import ENCODERS
    from workbench.schema import empty

    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:_CORES])
    # The dict of encoders is the product's; this process adds one that exists only for it.
    ENCODERS["synthetic"] = "benchmarks.score_all:SyntheticEncoder"
    with tempfile.TemporaryDirectory(prefix="score-all-") as folder:
        ws = workbench.create(Path(folder) / "ws")
        fill(ws.store, pairs, Path(folder) / "photos")
        start = time.perf_counter()
        ws.score("all", encoder="synthetic", device="cpu", progress=False)
        first = time.perf_counter() - start
        print(f"{pairs:,} pairs: first run {first:.0f} s; now with every vector kept", file=sys.stderr)
        ws.store.replace("scores", empty("scores"))
        forget_readings()
        start, busy = time.perf_counter(), time.process_time()
        done = ws.score("all", encoder="synthetic", device="cpu", progress=False)
        seconds, busy = time.perf_counter() - start, time.process_time() - busy
    print(done, file=sys.stderr)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    each = {f"seconds_{one.scorer}": one.seconds for one in done}
    found = {"pairs": float(pairs), "seconds": seconds, "first_seconds": first, "peak_gb": peak / 1e9}
    # On a machine that others use too, wall time says more about them: the time on both cores is beside it.
    found["core_seconds"] = busy
    return found | each | {"scored": float(sum(one.scored + one.reused for one in done))}


def fill(store: Store, pairs: int, folder: Path, *, seed: int = 0) -> None:
    """Put samples, captions and kept vectors into a store; every third photo has a second caption."""
    from PIL import Image

    from workbench.records import caption_hash, caption_id, utc_now

    random = np.random.default_rng(seed)
    folder.mkdir()
    for number in range(_PICTURES):
        pixels = np.kron(random.integers(0, 255, (8, 8, 3), np.uint8), np.ones((28, 28, 1), np.uint8))
        Image.fromarray(pixels).save(folder / f"{number}.jpg")
    root = store.add_root(folder)
    owner = np.concatenate([np.arange(pairs - pairs // 4), np.arange(0, 3 * (pairs // 4), 3)])[:pairs]
    count = int(owner.max()) + 1
    samples = [f"sample{number:07d}" for number in range(count)]
    texts = [f"{_sentence(random)} number {number}" for number in range(len(owner))]
    hashes = [f"content{number:07d}" for number in range(count)]
    now = utc_now()
    store.append(
        "samples",
        pl.DataFrame({"sample_id": samples, "content_hash": hashes}).with_columns(
            media=pl.lit("image"),
            root=pl.lit(root),
            path=pl.Series([f"{number % _PICTURES}.jpg" for number in range(count)]),
            width=pl.lit(224, pl.Int32),
            height=pl.lit(224, pl.Int32),
            size_bytes=pl.lit(4096, pl.Int64),
            added_at=pl.lit(now),
        ),
    )
    owners = [samples[at] for at in owner]
    store.append(
        "captions",
        pl.DataFrame({"sample_id": owners, "text": texts}).with_columns(
            caption_id=pl.Series([caption_id(*pair) for pair in zip(owners, texts, strict=True)]),
            caption_hash=pl.Series([caption_hash(text) for text in texts]),
            kind=pl.lit("caption"),
            lang=pl.lit("en"),
            added_at=pl.lit(now),
        ),
    )
    _fill_vectors(store, texts, owner, hashes, random)


def _fill_vectors(
    store: Store,
    texts: list[str],
    owner: npt.NDArray[np.int64],
    hashes: list[str],
    random: np.random.Generator,
) -> None:
    from workbench.encoders.shards import VectorShards

    encoder = SyntheticEncoder()
    vectors = encoder.encode_texts(texts).vectors
    for key in (encoder.text_key, SentenceEncoder.text_key):
        shards = VectorShards(store.vectors_folder(key), rows_per_shard=8192)
        for text, row in zip(texts, vectors, strict=True):
            shards.add(blake2b(text.encode(), digest_size=16).hexdigest(), row[None], (1.0,))
        shards.flush()
    first = np.unique(owner, return_index=True)[1]
    lift = random.normal(size=(_WIDTH, FEATURES)).astype(np.float32)
    shards = VectorShards(store.vectors_folder(encoder.key))
    for start in range(0, len(hashes), _BLOCK):
        some = hashes[start : start + _BLOCK]
        noise = 0.05 * random.normal(size=(len(some), _WIDTH))
        own = (vectors[first[start : start + _BLOCK]] + noise).astype(np.float32)
        media = np.hstack([np.maximum(own @ lift, 0.0), own])
        for digest, row in zip(some, media, strict=True):
            shards.add(f"{digest}:whole", row[None])
    shards.flush()


def _sentence(random: np.random.Generator) -> str:
    colour, noun, verb, other, place = (words[random.integers(len(words))] for words in _SLOTS)
    return f"a {colour} {noun} {verb} near the {other} {place}"


@cache
def _word(word: str) -> Floats:
    seed = int.from_bytes(blake2b(word.encode(), digest_size=8).digest(), "big")
    return np.asarray(np.random.default_rng(seed).normal(size=_WIDTH), np.float32)


def _run_apart(pairs: int) -> dict[str, float]:
    # Threads of the matrix library are counted once, when it is loaded: they are set from outside.
    threads = {
        name: str(_CORES) for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "POLARS_MAX_THREADS")
    }
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.score_all", "--pairs", str(pairs)],
        env=os.environ | threads,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def _collect(metrics: dict[str, Metric], found: dict[str, float]) -> None:
    pairs = int(found["pairs"])
    label = f"{pairs // 1000}k"
    units = {"peak_gb": "GB", "scored": "scores"}
    for name, value in found.items():
        if name != "pairs":
            metrics[f"{name}_{label}"] = Metric(value, pairs, units.get(name, "s"))


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.score_all", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--pairs", type=int, help="one size, in this process; prints its numbers as JSON")
    parser.add_argument("--quick", action="store_true", help=f"{_QUICK[0]:,} and {_QUICK[1]:,} pairs")
    parser.add_argument("--json", help="where the result goes, - for standard output")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
