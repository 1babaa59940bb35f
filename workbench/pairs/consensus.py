"""Order texts by how near they are to what others said of the same sample."""

from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl

from workbench.alignment.similarity import unit_rows
from workbench.encoders.base import TextEncoder
from workbench.encoders.passes import encode_new_texts
from workbench.encoders.shards import VectorShards
from workbench.pairs.verified import verified_captions
from workbench.store import Store

__all__ = ["FEWEST_UNVERIFIED", "agree_with_captions", "plain_text"]

#: Captions that nobody looked at count only where there are as many: one alone may be of another sample.
FEWEST_UNVERIFIED: Final = 2


def agree_with_captions(
    store: Store, texts: pl.DataFrame, *, encoder: TextEncoder | None = None
) -> pl.DataFrame:
    """Score each text by its mean likeness to the captions that its sample has.

    On 300 photos with three captions each (Flickr8k), a fourth one of the same photo was put before the
    likest caption of another photo in .90 of pairs by this, in .67 by similarity to the photo with the
    default encoder, and in .86 by the sum of both on 400 others. It cannot tell two true texts apart, nor
    see an error that the captions share.

    Captions that people verified count; where a sample has none, its captions that nobody found wrong, if
    there are two or more. A caption that is among the texts does not count, for any text of its sample:
    nothing is its own witness.

    Args:
        store: the workspace.
        texts: `sample_id` and `text` a row; other columns are kept.
        encoder: whose vectors tell likeness; the sentence tower by default.

    Returns:
        The rows with `score`, a mean cosine in [-1, 1], higher is nearer, null where no caption can be gone
        by, and `score_key`.
    """
    from workbench.encoders.text import SentenceEncoder

    witnesses = _witnesses(store, texts)
    chosen = encoder or SentenceEncoder()
    key = pl.lit(f"consensus:{chosen.text_key}")
    rows = texts.drop("score", "score_key", strict=False).with_columns(score_key=key)
    if witnesses.is_empty():
        return rows.with_columns(score=pl.lit(None, pl.Float64))
    shards = VectorShards(store.vectors_folder(chosen.text_key), rows_per_shard=8192)
    both = [*rows["text"].to_list(), *witnesses["text"].to_list()]
    vectors = unit_rows(encode_new_texts(chosen, both, shards, progress=False)[0])
    own, theirs = vectors[: rows.height], vectors[rows.height :]
    at: dict[str, list[int]] = {}
    for place, sample in enumerate(witnesses["sample_id"]):
        at.setdefault(sample, []).append(place)
    means = [
        float(np.mean(theirs[at[sample]] @ own[place])) if sample in at else None
        for place, sample in enumerate(rows["sample_id"])
    ]
    return rows.with_columns(score=pl.Series(means, dtype=pl.Float64))


def _witnesses(store: Store, texts: pl.DataFrame) -> pl.DataFrame:
    """Return the captions to go by, `sample_id` and `text`."""
    asked = texts.select("sample_id", plain=plain_text(pl.col("text"))).unique()
    whole = (pl.col("kind") != "transcript") & pl.col("start_s").is_null()

    def unasked(captions: pl.DataFrame) -> pl.DataFrame:
        told = captions.filter(whole).with_columns(plain=plain_text(pl.col("text")))
        told = told.join(asked, on=["sample_id", "plain"], how="anti", maintain_order="left")
        return told.filter(pl.col("sample_id").is_in(asked["sample_id"].unique().to_list()))

    verified = unasked(verified_captions(store))
    wrong = store.journal.frame().filter(pl.col("verdict") == "misaligned")
    others = unasked(store.read("captions").join(wrong, on="caption_id", how="anti", maintain_order="left"))
    others = others.join(verified, on="sample_id", how="anti", maintain_order="left")
    others = others.filter(pl.len().over("sample_id") >= FEWEST_UNVERIFIED)
    return pl.concat([verified.select("sample_id", "text"), others.select("sample_id", "text")])


def plain_text(text: pl.Expr) -> pl.Expr:
    """Return a text without what makes no other text of it: case, spaces, the last point."""
    return text.str.to_lowercase().str.replace_all(r"\s+", " ").str.strip_chars(" .")
