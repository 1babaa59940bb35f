"""A workspace for FiftyOne's tests: as many samples as wanted, with everything that goes over to it."""

from __future__ import annotations

import numpy as np
import polars as pl

from workbench.encoders.shards import VectorShards
from workbench.records import Interval, Span, Verdict, caption_hash, caption_id, sample_id, utc_now
from workbench.store import Store

__all__ = ["fill_for_fiftyone"]

_TYPES = ("object", "attribute", "relation")


def fill_for_fiftyone(store: Store, count: int, *, captions: int = 2, vectors: bool = True) -> list[str]:
    """Add images with captions, scores, flags with spans, verdicts and vectors; return the caption ids."""
    samples = [sample_id("photos", f"{n}.jpg") for n in range(count)]
    store.append(
        "samples",
        pl.DataFrame(
            {
                "sample_id": samples,
                "media": "image",
                "root": "photos",
                "path": [f"{n}.jpg" for n in range(count)],
                "content_hash": [f"content{n}" for n in range(count)],
                "size_bytes": 1000,
                "width": 64,
                "height": 48,
                "split": ["train" if n % 5 else "held" for n in range(count)],
            }
        ),
    )
    texts = [f"a red kite number {n}, said the {k}. ü" for n in range(count) for k in range(captions)]
    owners = [sample for sample in samples for _ in range(captions)]
    ids = [caption_id(owner, text) for owner, text in zip(owners, texts, strict=True)]
    hashes = [caption_hash(text) for text in texts]
    made = {"caption_id": ids, "sample_id": owners, "kind": "caption", "text": texts, "caption_hash": hashes}
    store.append("captions", pl.DataFrame(made).with_columns(lang=pl.lit("en"), source=pl.lit("web")))
    _score(store, ids, hashes)
    _flag(store, ids[:: 10 * captions])
    for number, one in enumerate(ids[:: 25 * captions]):
        store.journal.record(_verdict(one, number))
    if vectors:
        shards = VectorShards(store.vectors_folder("fake:1"))
        rng = np.random.default_rng(0)
        for n in range(count):
            shards.add(f"content{n}:whole", rng.normal(size=(1, 16)).astype(np.float32))
        shards.flush()
    return ids


def _score(store: Store, ids: list[str], hashes: list[str]) -> None:
    values = np.random.default_rng(1).random(len(ids))
    one = pl.DataFrame({"caption_id": ids, "caption_hash": hashes, "value": values, "percentile": values})
    rows = one.with_columns(
        error_type=pl.lit("wrong_pair"), encoder_key=pl.lit("fake:1"), evidence=pl.lit("made for a test"),
        scored_at=pl.lit(utc_now()),
    )  # fmt: skip
    store.append("scores", rows.with_columns(scorer=pl.lit("similarity")))
    without = pl.lit(None, pl.Float64)
    reason = pl.lit("too few neighbours")
    store.append(
        "scores",
        rows.with_columns(scorer=pl.lit("in-cluster"), value=without, percentile=without, reason=reason),
    )


def _flag(store: Store, ids: list[str]) -> None:
    rows = {
        "flag_id": [f"f{one}" for one in ids],
        "caption_id": ids,
        "error_type": [_TYPES[n % 3] for n in range(len(ids))],
        "rule": "worst",
        "value": [n / len(ids) for n in range(len(ids))],
        "start_char": 2,
        "end_char": 10,
    }
    store.append("flags", pl.DataFrame(rows))


def _verdict(caption: str, number: int) -> Verdict:
    annotator = "ana" if number % 4 else "ben"
    if number % 3 == 0:
        return Verdict(caption, "ok", annotator)
    return Verdict(
        caption,
        "misaligned",
        annotator,
        error_types=("object", "count"),
        spans=(Span(2, 5), Span(6, 10)),
        interval=Interval(0.5, 1.25),
        severity=2,
        note="not a kite — a drone",
        edited_text=f"a red drone, {number}" if number % 2 else "",
        offset_s=0.04,
        edited_interval=Interval(0.75, 1.5),
    )
