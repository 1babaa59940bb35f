"""Stores filled by hand, for tests that need rows and no media."""

from __future__ import annotations

import polars as pl

from workbench.records import caption_hash, caption_id, sample_id, utc_now
from workbench.store import Store

__all__ = ["fill"]


def fill(store: Store, count: int) -> list[str]:
    """Add samples s0.. with a caption and a similarity score each; return the caption ids, worst first."""
    samples = [sample_id("photos", f"{n}.jpg") for n in range(count)]
    texts = [f"caption number {n}" for n in range(count)]
    captions = [caption_id(sample, text) for sample, text in zip(samples, texts, strict=True)]
    hashes = [caption_hash(text) for text in texts]
    store.append(
        "samples",
        pl.DataFrame(
            {
                "sample_id": samples,
                "media": "image",
                "root": "photos",
                "path": [f"{n}.jpg" for n in range(count)],
                "content_hash": [f"content{n}" for n in range(count)],
                "size_bytes": list(range(1000, 1000 + count)),
            }
        ),
    )
    store.append(
        "captions",
        pl.DataFrame(
            {
                "caption_id": captions,
                "sample_id": samples,
                "kind": "caption",
                "text": texts,
                "caption_hash": hashes,
            }
        ),
    )
    store.append(
        "scores",
        pl.DataFrame(
            {
                "caption_id": captions,
                "scorer": "similarity",
                "error_type": "wrong_pair",
                "value": [n / count for n in range(count)],
                "percentile": [n / count for n in range(count)],
                "evidence": "made for a test",
                "encoder_key": "fake",
                "content_hash": [f"content{n}" for n in range(count)],
                "caption_hash": hashes,
                "scored_at": utc_now(),
            }
        ),
    )
    return captions
