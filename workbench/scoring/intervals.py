"""The scorer `intervals`: does a caption's interval lie where its content is, and in the right order?

Three witnesses: moving things matched to the caption's words of colour and motion and, cut out, to the whole
caption by the encoder; frames of the whole picture by the encoder, where nothing moves; and boundaries.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import polars as pl

from workbench.alignment.boundaries import (
    assign_order,
    find_fault,
    nearest_s,
    overlap_share,
    overlaps_s,
)
from workbench.alignment.intervals import (
    Shift,
    best_shift,
    contrast,
    predict_interval,
    smooth_curves,
    snap_shift,
    standardise_curves,
)
from workbench.alignment.motions import Said, Weighed, activity_curves, read_said, weigh_things
from workbench.alignment.similarity import mid_rank
from workbench.errors import MediaError, WorkbenchError
from workbench.media.moving import Moving
from workbench.scoring.base import Run, undefined
from workbench.scoring.clips import Clip, curve_vectors, look_vectors, read_clip, texts_beside

__all__ = ["score_intervals"]

Floats = npt.NDArray[np.float64]
Vectors = npt.NDArray[np.float32]

_VERSION = "intervals-1"
_NOTHING = Moving((), np.zeros(0), False)
_FAULT = -1.0  # the value of an interval that cannot be: as bad as the worst that is measured
_SURE = 0.6  # trust in a moving thing from which the frames are not asked
_FRAMES_SHARE = 0.5  # height of a curve of frames against one of a moving thing that is sure
_RESIZE_GAIN = 0.08  # a new length must fit that much better than the best shift of the old one
_NEARLY_S = 0.15  # a shift smaller than this is no correction
_FAR_S = 0.4  # a boundary further than this from any candidate is worth a word


def score_intervals(run: Run, *, by_frames_alone: bool = False) -> pl.DataFrame:
    """Score every captioned interval of a video, and the order of the captions of each clip.

    Args:
        run: the run.
        by_frames_alone: leave out what moves, to see what the encoder's frames are worth by themselves.
    """
    rows = run.rows.filter(
        (pl.col("media") == "video")
        & (pl.col("kind") != "transcript")
        & pl.col("start_s").is_not_null()
        & pl.col("end_s").is_not_null()
    )
    parts = [undefined(rows.clear(), []).with_columns(error_type=pl.lit("interval"))]
    clips, failed = _read_clips(run, rows)
    parts.append(failed)
    if by_frames_alone:
        clips = [(replace(clip, moving=_NOTHING, candidates_s=np.zeros(0)), group) for clip, group in clips]
    for clip, group, weighed, frames in _with_vectors(run, clips):
        parts += _score_clip(clip, group, weighed, frames)
    whole = pl.concat(parts, how="diagonal_relaxed")
    return _with_percentiles(whole).with_columns(
        encoder_key=pl.lit(run.encoder.key), scorer_version=pl.lit(_VERSION)
    )


def _read_clips(run: Run, rows: pl.DataFrame) -> tuple[list[tuple[Clip, pl.DataFrame]], pl.DataFrame]:
    clips: list[tuple[Clip, pl.DataFrame]] = []
    failed = [undefined(rows.clear(), [])]
    for _, group in rows.group_by("sample_id", maintain_order=True):
        first = group.row(0, named=True)
        try:
            path = run.store.media_path(first["root"], first["path"])
            clip = read_clip(
                path, first["content_hash"], first["duration_s"] or 0.0, has_audio=bool(first["has_audio"])
            )
        except MediaError as error:
            failed.append(undefined(group, [f"could not be read: {str(error).rstrip('.')}"] * group.height))
            continue
        except WorkbenchError as error:
            if "install" in str(error):
                raise
            failed.append(undefined(group, [str(error).rstrip(".")] * group.height))
            continue
        clips.append((clip, group))
    return clips, pl.concat(failed, how="diagonal_relaxed").with_columns(error_type=pl.lit("interval"))


def _with_vectors(
    run: Run, clips: list[tuple[Clip, pl.DataFrame]]
) -> Iterator[tuple[Clip, pl.DataFrame, Weighed, Floats]]:
    """Give each clip its captions' weights of what moves, and curves of its frames (captions x T).

    Frames are the dear part, and what moves tells more: only clips with a caption whose thing is not sure
    have their frames encoded.
    """
    can_see = bool({"video", "image"} & run.encoder.media)
    texts = [texts_beside(run, group["text"].to_list()) for _, group in clips] if can_see else []
    looks: list[Vectors | None] = [None] * len(clips)
    if can_see:
        looks = [
            words @ look_vectors(run, clip).T if clip.moving.things else None
            for (clip, _), words in zip(clips, texts, strict=True)
        ]
    spread = _spread(looks)
    weights = [
        weigh_things(
            [read_said(text) for text in group["text"]],
            clip.moving.things,
            None if look is None else look / spread,
            places=_places(clip, group),
        )
        for (clip, group), look in zip(clips, looks, strict=True)
    ]
    unsure = (
        [index for index, weighed in enumerate(weights) if weighed.trust.min() < _SURE] if can_see else []
    )
    vectors = dict(zip(unsure, curve_vectors(run, [clips[index][0] for index in unsure]), strict=True))
    for index, ((clip, group), weighed) in enumerate(zip(clips, weights, strict=True)):
        seen = np.zeros((group.height, len(clip.times_s)))
        frames, times_s = vectors.get(index, (np.zeros((0, 1)), np.zeros(0)))
        if len(times_s) > 1:
            raw = standardise_curves(texts[index] @ frames.T)
            smooth = smooth_curves(raw, float(np.median(np.diff(times_s))))
            seen = np.array([np.interp(clip.times_s, times_s, curve) for curve in smooth])
        yield clip, group, weighed, seen


def _places(clip: Clip, group: pl.DataFrame) -> Floats:
    """Return how far the interval of each caption overlaps the time each thing moves."""
    spans = [thing.span_s(clip.step_s) for thing in clip.moving.things]
    intervals = group.select("start_s", "end_s").iter_rows()
    return np.array([[overlap_share((a, b), span) for span in spans] for a, b in intervals]).reshape(
        group.height, len(spans)
    )


def _spread(looks: list[Vectors | None]) -> float:
    """Return the spread of looks over the run, once what all captions and all things share is taken off."""
    parts = []
    for look in looks:
        if look is not None and min(look.shape) > 1:
            centred = look - look.mean(0)
            parts.append((centred - centred.mean(1, keepdims=True)).ravel())
    spread = float(np.concatenate(parts).std()) if parts else 0.0
    return max(spread, 0.02)


@dataclass(frozen=True)
class _Fit:
    """What was found of one captioned interval."""

    interval_s: tuple[float, float]
    shift: Shift
    moved_s: float
    suggested_s: tuple[float, float]
    gain: float
    trust: float
    signals: tuple[str, ...]
    apart_s: Floats


def _score_clip(clip: Clip, group: pl.DataFrame, weighed: Weighed, frames: Floats) -> list[pl.DataFrame]:
    spans = [(float(a), float(b)) for a, b in group.select("start_s", "end_s").iter_rows()]
    faults = [find_fault(*span, clip.duration_s) for span in spans]
    broken = group.filter(pl.Series([bool(fault) for fault in faults], dtype=pl.Boolean))
    parts = [_fault_rows(broken, [fault for fault in faults if fault])]
    keep = [index for index, fault in enumerate(faults) if not fault]
    if not keep:
        return parts
    sound = group[keep]
    curves = _curves(clip, weighed, frames)[keep]
    if not np.ptp(curves, axis=1).any():
        reason = "nothing in the clip moves or changes, or the encoder sees no pictures"
        return [*parts, undefined(sound, [reason] * sound.height).with_columns(error_type=pl.lit("interval"))]
    fits = [
        _fit(clip, curve, spans[index], weighed, index) for curve, index in zip(curves, keep, strict=True)
    ]
    parts.append(_interval_rows(clip, sound, fits))
    if len({fit.interval_s for fit in fits}) > 1:
        parts.append(_order_rows(clip, sound, fits, curves))
    return parts


def _curves(clip: Clip, weighed: Weighed, frames: Floats) -> Floats:
    """Blend what moves with what the frames show: a caption whose thing is sure needs no frames."""
    active = activity_curves(weighed, clip.moving.things, clip.times_s, clip.step_s)
    trust = weighed.trust[:, None]
    highest = np.abs(frames).max(1, keepdims=True)
    scaled = np.divide(frames, highest, out=np.zeros_like(frames), where=highest > 1e-9)
    return np.asarray(trust * active + (1 - trust) * _FRAMES_SHARE * scaled, np.float64)


def _fit(clip: Clip, curve: Floats, span: tuple[float, float], weighed: Weighed, row: int) -> _Fit:
    shift = best_shift(curve, clip.times_s, span, duration_s=clip.duration_s)
    trust = float(weighed.trust[row])
    # The ends of a thing's motion are boundaries themselves; a curve of frames is blurred and needs them.
    moved = shift.by_s if trust >= _SURE else snap_shift(shift, span, clip.candidates_s)
    suggested, gain = (span[0] + moved, span[1] + moved), shift.gain
    predicted = predict_interval(curve, clip.times_s)
    if predicted is not None:
        resized = contrast(curve, clip.times_s, *predicted)
        factor = (predicted[1] - predicted[0]) / (span[1] - span[0])
        if 0.5 <= factor <= 2.0 and resized > shift.best + _RESIZE_GAIN:
            suggested, gain = predicted, resized - shift.here
    signals = weighed.spoke[row] if trust >= _SURE else ("frames",)
    return _Fit(span, shift, moved, suggested, gain, trust, signals, nearest_s(span, clip.candidates_s))


def _interval_rows(clip: Clip, rows: pl.DataFrame, fits: list[_Fit]) -> pl.DataFrame:
    shared, gaps = overlaps_s([fit.interval_s for fit in fits])
    details = [
        json.dumps(
            {
                "shift_s": round(fit.moved_s, 3),
                "contrast": round(fit.shift.here, 4),
                "best_contrast": round(fit.shift.best, 4),
                "rank": round(fit.shift.rank, 4),
                "trust": round(fit.trust, 3),
                "overlap_s": round(float(shared[index]), 3),
                "gap_s": None if np.isnan(gaps[index]) else round(float(gaps[index]), 3),
                "start_to_candidate_s": _finite(fit.apart_s[0]),
                "end_to_candidate_s": _finite(fit.apart_s[1]),
                "signals": list(fit.signals),
            }
        )
        for index, fit in enumerate(fits)
    ]
    evidence = [_explain(clip, fit, read_said(text)) for fit, text in zip(fits, rows["text"], strict=True)]
    return rows.with_columns(
        error_type=pl.lit("interval"),
        value=pl.Series([-fit.gain for fit in fits], dtype=pl.Float64),
        evidence=pl.Series(evidence, dtype=pl.String),
        detail=pl.Series(details, dtype=pl.String),
        best_time_s=pl.Series([sum(fit.suggested_s) / 2 for fit in fits], dtype=pl.Float64),
        start_s=pl.Series([fit.suggested_s[0] for fit in fits], dtype=pl.Float64).round(3),
        end_s=pl.Series([fit.suggested_s[1] for fit in fits], dtype=pl.Float64).round(3),
    )


def _order_rows(clip: Clip, rows: pl.DataFrame, fits: list[_Fit], curves: Floats) -> pl.DataFrame:
    spans = [fit.interval_s for fit in fits]
    table = np.array([[contrast(curve, clip.times_s, *span) for span in spans] for curve in curves])
    places, _ = assign_order(table)
    own = np.diag(table)
    # What exchanging two captions would cost: below 0 it is a gain.
    costs = 0.5 * (own[:, None] + own[None, :] - table - table.T)
    np.fill_diagonal(costs, np.inf)
    values = costs.min(1)
    evidence = [
        f"fits {spans[place][0]:.1f}-{spans[place][1]:.1f} s better, the interval of “{_short(text)}”"
        if place != index
        else "fits its own interval better than those of the clip's other captions"
        for index, (place, text) in enumerate(
            zip(places.tolist(), rows["text"].gather(places).to_list(), strict=True)
        )
    ]
    return rows.with_columns(
        error_type=pl.lit("order"),
        value=pl.Series(values, dtype=pl.Float64),
        evidence=pl.Series(evidence, dtype=pl.String),
        detail=pl.Series([json.dumps({"place": int(p), "own": round(float(o), 4)})
                          for p, o in zip(places, own, strict=True)], dtype=pl.String),
        best_time_s=pl.Series([sum(spans[p]) / 2 for p in places], dtype=pl.Float64),
        start_s=pl.Series([spans[p][0] for p in places], dtype=pl.Float64),
        end_s=pl.Series([spans[p][1] for p in places], dtype=pl.Float64),
    )  # fmt: skip


def _explain(clip: Clip, fit: _Fit, said: Said) -> str:
    start_s, end_s = fit.suggested_s
    where = _where(fit, said)
    lengthened = abs((end_s - start_s) - (fit.interval_s[1] - fit.interval_s[0])) > _NEARLY_S
    if lengthened:
        text = f"fits {start_s:.1f}-{end_s:.1f} s better, {where}"
    elif abs(fit.moved_s) < _NEARLY_S:
        text = f"sits {where}"
    else:
        later = "later" if fit.moved_s > 0 else "earlier"
        text = f"fits {abs(fit.moved_s):.1f} s {later}: {start_s:.1f}-{end_s:.1f} s, {where}"
    far = [name for name, apart in zip(("start", "end"), fit.apart_s, strict=True) if apart > _FAR_S]
    if far and len(clip.candidates_s):
        text += f"; its {' and '.join(far)} lies where nothing begins or ends"
    return text


def _where(fit: _Fit, said: Said) -> str:
    if "frames" in fit.signals:
        return "by the frames alone, which is weak evidence"
    words = [*said.colours[:1]] if "colour" in fit.signals else []
    moves = {"bounce": "bounces", "rise": "rises", "fall": "falls", "fly": "flies by", "cross": "moves past"}
    verb = moves[said.motions[0]] if "motion" in fit.signals and said.motions else "moves"
    look = " that looks like what it names" if "look" in fit.signals else ""
    return f"where something{' ' + words[0] if words else ''} {verb}{look}".replace(
        f"{verb} that looks like what it names", f"that looks like what it names {verb}"
    )


def _fault_rows(rows: pl.DataFrame, faults: list[str]) -> pl.DataFrame:
    return rows.with_columns(
        error_type=pl.lit("interval"),
        value=pl.lit(_FAULT),
        evidence=pl.Series(faults, dtype=pl.String),
        detail=pl.lit(json.dumps({"fault": True})),
    )


def _with_percentiles(rows: pl.DataFrame) -> pl.DataFrame:
    """Rank the values within each error type; worst 0."""
    parts = []
    for _, group in rows.group_by("error_type", maintain_order=True):
        values = group["value"].cast(pl.Float64).to_numpy()
        ranks = np.full(len(values), np.nan)
        is_there = ~np.isnan(values)
        ranks[is_there] = mid_rank(values[is_there])
        parts.append(group.with_columns(percentile=pl.Series(ranks).fill_nan(None)))
    return pl.concat(parts, how="diagonal_relaxed") if parts else rows.with_columns(percentile=pl.lit(None))


def _finite(value: float) -> float | None:
    return round(float(value), 3) if np.isfinite(value) else None


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:39].rstrip() + "…"
