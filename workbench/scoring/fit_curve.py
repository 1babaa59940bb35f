"""Follow how well one caption fits a video, instant by instant: the curve behind its interval."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from workbench.alignment.intervals import best_shift, predict_interval, smooth_curves, standardise_curves
from workbench.errors import MediaError
from workbench.media.moving import Moving
from workbench.scoring.base import Run
from workbench.scoring.clips import Clip, curve_vectors, texts_beside
from workbench.store import Store

__all__ = ["FitCurve", "fit_curve"]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class FitCurve:
    """How well each instant of a clip fits a caption.

    Attributes:
        caption_id: the caption.
        times_s: float64 (T,), rising.
        values: float64 (T,), standard deviations of this clip; higher fits better, 0 is the clip's mean.
        best_s: where an interval of its length fits best, or where the curve lies high for a caption without
            one; None when the curve says nothing.
        encoder_key: what looked.
    """

    caption_id: str
    times_s: Floats
    values: Floats
    best_s: tuple[float, float] | None
    encoder_key: str


def fit_curve(store: Store, caption_id: str, *, encoder: str = "bridge", device: str = "auto") -> FitCurve:
    """Encode frames spread over the caption's clip and hold each against the caption.

    What fits the clip's other captions as well is taken off, so the curve tells them apart. Frames stand
    still: it is weak evidence for words of motion and none for words of sound. Vectors are kept, so the next
    caption of the clip costs only its text.

    Args:
        store: the workspace.
        caption_id: of a video.
        encoder: as for `workbench.scoring.score`.
        device: where it runs.

    Raises:
        MediaError: the caption is of no video, or the video cannot be read.
    """
    captions = store.read("captions").join(store.read("samples"), on="sample_id", how="left")
    own = captions.filter(pl.col("caption_id") == caption_id)
    if own.is_empty() or own["media"][0] != "video":
        raise MediaError(
            "Frames can be held against captions of videos only.", "Score sounds by an encoder that hears."
        )
    first = own.row(0, named=True)
    among = captions.filter(
        (pl.col("sample_id") == first["sample_id"])
        & (pl.col("kind") != "transcript")
        & (pl.col("caption_id") != caption_id)
    )
    run = Run(store, pl.concat([own, among]), encoder_name=encoder, device=device)
    duration_s = float(first["duration_s"] or 0.0)
    path = store.media_path(first["root"], first["path"])
    # Only path, content and length are asked of it here; what moves is the business of the scorer.
    nothing = np.zeros(0)
    clip = Clip(path, first["content_hash"], duration_s, nothing, 0.0, Moving((), nothing, False), nothing)
    [(frames, times_s)] = curve_vectors(run, [clip])
    if len(times_s) < 2:
        raise MediaError("No frames of this video could be encoded.", "See ws.score('similarity') for why.")
    raw = standardise_curves(texts_beside(run, run.rows["text"].to_list()) @ frames.T)
    values = smooth_curves(raw, float(np.median(np.diff(times_s))))[0]
    best_s = _best(values, times_s, (first["start_s"], first["end_s"]), duration_s)
    return FitCurve(caption_id, times_s, values, best_s, run.encoder.key)


def _best(
    values: Floats, times_s: Floats, interval: tuple[float | None, float | None], duration_s: float
) -> tuple[float, float] | None:
    start_s, end_s = interval
    if start_s is None or end_s is None or not 0 < end_s - start_s < duration_s:
        return predict_interval(values, times_s)
    if np.ptp(values) < 1e-9:
        return None
    by_s = best_shift(values, times_s, (start_s, end_s), duration_s=duration_s).by_s
    return start_s + by_s, end_s + by_s
