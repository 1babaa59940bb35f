"""Reliability: how far each score can be trusted on this workspace, from the user's own verdicts."""

from __future__ import annotations

import importlib.util
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Final

import numpy as np
import polars as pl

from workbench.alignment.calibration import FEWEST_OF_A_KIND, FEWEST_VERDICTS
from workbench.records import Verdict
from workbench.review.fresh import fresh_scores
from workbench.review.order import SUSPICION, queue_order
from workbench.review.rating import ANY, Evidence, Floats, Rating, rate, rate_slices
from workbench.review.remaining import (
    Looks,
    estimate_looks,
    latest_verdicts,
    read_looks,
    split_looks,
    weigh_looks,
)
from workbench.review.trust import Reliability
from workbench.store import Store

__all__ = ["BASELINES", "reliability"]

#: Orders that know nothing of the pair; a score that does not beat them detects what they do.
BASELINES: Final[dict[str, Callable[[pl.DataFrame], pl.Series]]] = {
    "caption length": lambda captions: captions["text"].str.len_chars(),
    "file size": lambda captions: captions["size_bytes"],
    "alphabetical": lambda captions: captions["text"].rank("ordinal"),
}
_SHORT_WORDS, _LONG_WORDS = 8, 20


def reliability(
    store: Store, *, scorer: str = SUSPICION, annotator: str | None = None, seed: int = 0
) -> Reliability:
    """Say how far each score can be trusted, by the verdicts that there are.

    With fewer than 50 verdicts that count, scores are only ranked: no probability, and the reason. Captions
    above the deepest ranked look count once, random looks for everything below; verdicts picked by hand count
    for nothing here, because nobody knows how they were chosen. A caption found misaligned without a named
    error counts under `any` and is left out of the single types.

    Args:
        store: the workspace.
        scorer: the order of the queue that was used.
        annotator: whose verdicts count; everybody's, the last on each caption, when left out.
        seed: the seed of the queue that was used.

    Returns:
        A row for each scorer and error type, trivial baselines beside, and the chances of every caption.

    Raises:
        UnknownNameError: for a scorer that has given no score.
    """
    order = queue_order(store, scorer)
    captions = _captions(store, order)
    latest = latest_verdicts(store, annotator)
    looks = read_looks(order["caption_id"].to_list(), latest, seed)
    whole = _evidence(captions, latest, looks, ANY)
    counted = int((whole.weights > 0).sum())
    reason = _reason(looks, whole, counted)
    ratings: list[tuple[Rating, Floats]] = []
    for name, error_type, suspicion in _orders(store, captions, order, latest):
        evidence = whole if error_type == ANY else _evidence(captions, latest, looks, error_type)
        is_calibrated = not reason and name not in BASELINES
        ratings.append((rate(name, suspicion, evidence, is_calibrated=is_calibrated), suspicion))
    return Reliability(
        table=pl.DataFrame([rating.row for rating, _ in ratings], infer_schema_length=None),
        estimate=estimate_looks(looks),
        slices=rate_slices(order["suspicion"].cast(pl.Float64).fill_null(np.nan).to_numpy(), whole, captions),
        probabilities=_probabilities(captions, ratings),
        bins=pl.DataFrame([point for rating, _ in ratings for point in rating.bins]),
        scorer=scorer,
        decided=int(looks.is_decided.sum()),
        counted=counted,
        at_random=int(whole.is_sampled.sum()),
        method=next((rating.method for rating, _ in ratings if rating.method), ""),
        reason=reason,
    )


def _reason(looks: Looks, whole: Evidence, counted: int) -> str:
    """Return why scores may only rank; "" when probabilities are allowed."""
    if counted < FEWEST_VERDICTS:
        left_out = int((looks.is_decided & ~looks.is_skipped).sum()) - counted
        beside = f" ({left_out} more were picked by hand or looked at in another order)" if left_out else ""
        return f"probabilities need {FEWEST_VERDICTS} verdicts, {counted} count{beside}"
    if not whole.is_sampled.any() and not looks.is_decided.all():
        return "nothing was looked at at random, so nothing is known below the top of the queue"
    if importlib.util.find_spec("sklearn") is None:
        return "probabilities need scikit-learn, which is not installed: pip install scikit-learn"
    return ""


def _captions(store: Store, order: pl.DataFrame) -> pl.DataFrame:
    """Return the captions in the order of the queue with what they are sliced and ordered by."""
    words = pl.col("text").str.split(" ").list.len()
    longer = pl.when(words <= _LONG_WORDS).then(pl.lit("9 to 20 words")).otherwise(pl.lit("over 20 words"))
    texts = store.read("captions").select("caption_id", "text", "source", "lang")
    samples = store.read("samples").select("sample_id", "media", "group", "split", "size_bytes")
    return (
        order.select("caption_id", "sample_id")
        .join(texts, on="caption_id", how="left", maintain_order="left")
        .join(samples, on="sample_id", how="left", maintain_order="left")
        .with_columns(length=pl.when(words <= _SHORT_WORDS).then(pl.lit("up to 8 words")).otherwise(longer))
    )


def _evidence(captions: pl.DataFrame, latest: dict[str, Verdict], looks: Looks, error_type: str) -> Evidence:
    """Gather what the verdicts say of one error type."""
    ids = captions["caption_id"].to_list()
    types = [latest[key].error_types if key in latest else () for key in ids]
    is_known, is_sampled = split_looks(looks)
    is_bad, is_out = looks.is_bad, looks.is_skipped
    if error_type != ANY:
        is_bad = looks.is_bad & np.array([error_type in named for named in types], bool)
        is_out = is_out | (looks.is_bad & np.array([not named for named in types], bool))
    return Evidence(
        error_type=error_type,
        is_bad=is_bad,
        is_known=is_known,
        is_sampled=is_sampled,
        weights=np.where(is_out, 0.0, weigh_looks(looks)),
        is_out=is_out,
        sample=captions["sample_id"].to_numpy(),
    )


def _orders(
    store: Store, captions: pl.DataFrame, order: pl.DataFrame, latest: dict[str, Verdict]
) -> Iterator[tuple[str, str, Floats]]:
    """Yield every order to rate, by name, error type and suspicion: scorers first, then the baselines."""
    scores = fresh_scores(store).filter(pl.col("value").is_not_null())
    spoken = scores["error_type"].unique().to_list()
    counts = Counter(kind for verdict in latest.values() for kind in verdict.error_types)
    # A type that hardly anybody named would stand in the table with baselines alone.
    named = {kind for kind, count in counts.items() if count >= FEWEST_OF_A_KIND}
    yield str(SUSPICION), ANY, _aligned(captions, order)
    for error_type in (ANY, *sorted(named.union(spoken))):
        if error_type in spoken:
            yield SUSPICION, error_type, _aligned(captions, queue_order(store, error_type=error_type))
            for (name,), mine in (
                scores.filter(error_type=error_type).sort("scorer").group_by("scorer", maintain_order=True)
            ):
                doubt = pl.coalesce(-pl.col("percentile"), -pl.col("value"))
                yield str(name), error_type, _aligned(captions, mine.select("caption_id", suspicion=doubt))
        if error_type in named or error_type == ANY:
            for name, measure in BASELINES.items():
                yield name, error_type, measure(captions).cast(pl.Float64).fill_null(np.nan).to_numpy()


def _aligned(captions: pl.DataFrame, ranked: pl.DataFrame) -> Floats:
    both = captions.select("caption_id").join(
        ranked.select("caption_id", "suspicion"), on="caption_id", how="left", maintain_order="left"
    )
    return np.asarray(both["suspicion"].cast(pl.Float64).fill_null(np.nan).to_numpy(), np.float64)


def _probabilities(captions: pl.DataFrame, ratings: list[tuple[Rating, Floats]]) -> pl.DataFrame:
    """Return the chance of each error type for each caption, of all that speaks of the type together."""
    parts = [
        captions.select("caption_id").with_columns(
            error_type=pl.lit(str(rating.row["error_type"])),
            probability=pl.Series(rating.chances).fill_nan(None),
            suspicion=pl.Series(suspicion).fill_nan(None),
        )
        for rating, suspicion in ratings
        if rating.chances is not None and rating.row["scorer"] == SUSPICION
    ]
    columns: dict[str, pl.DataType] = {"caption_id": pl.String(), "error_type": pl.String()}
    columns |= {"probability": pl.Float64(), "suspicion": pl.Float64()}
    return pl.concat([pl.DataFrame(schema=columns), *parts]).drop_nulls("probability")
