"""The scorer `views`: do the captions of several cameras of one event agree, on a common clock?

Cameras of one event share a `group`. Their clocks are aligned by sound, or by what moves; then each caption
is held against those of every other camera, in time and in words.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt
import polars as pl

from workbench.alignment.motions import read_said
from workbench.alignment.similarity import mid_rank
from workbench.alignment.views import (
    Agreement,
    Offset,
    agree,
    align_clocks,
    closures,
    motion_offset,
    sound_offset,
)
from workbench.errors import MediaError
from workbench.media.audio import decode_audio
from workbench.scoring.base import Run, undefined
from workbench.scoring.clips import Clip, read_clip

__all__ = ["Cameras", "measure_offset", "score_views"]

Floats = npt.NDArray[np.float64]

_VERSION = "views-1"
_KEY = "sentences"  # of the scores: made with the sentence tower, whatever encoder the run has
_RATE_HZ = 16_000
_CLEAR = 1.3  # prominence from which the offset by sound is taken without looking at motion
_UNLIKE, _ALIKE = 0.3, 0.8  # cosines of sentence vectors that count as 0 and as 1
_CONFLICT = 0.35  # what is left of likeness when both name a colour, or a motion, and none is shared
_LONGEST_S = 600.0  # of sound compared; longer takes are compared by their beginning


@dataclass(frozen=True)
class Cameras:
    """The cameras of one event.

    Attributes:
        names: their views, or file names.
        clocks_s: float64 (n,), how much later each shows the same instant than the first; NaN when unknown.
        offsets: the measured offset of each pair.
        open_s: what is left when the offsets of three cameras are added up in a ring; 0 is right.
    """

    names: tuple[str, ...]
    clocks_s: Floats
    offsets: dict[tuple[int, int], Offset]
    open_s: dict[tuple[int, int, int], float]


def score_views(run: Run) -> pl.DataFrame:
    """Score every caption of a video that has a group with another camera in it."""
    rows = run.rows.filter(
        (pl.col("media") == "video") & (pl.col("kind") != "transcript") & pl.col("group").is_not_null()
    )
    parts = [undefined(rows.clear(), [])]
    for _, group in rows.group_by("group", maintain_order=True):
        if group["sample_id"].n_unique() < 2:
            reason = "its group has no other camera with captions"
            parts.append(undefined(group, [reason] * group.height))
        else:
            parts += _score_group(run, group)
    whole = pl.concat(parts, how="diagonal_relaxed")
    values = whole["value"].cast(pl.Float64).to_numpy() if "value" in whole.columns else np.zeros(0)
    ranks = np.full(len(values), np.nan)
    ranks[~np.isnan(values)] = mid_rank(values[~np.isnan(values)])
    return whole.with_columns(
        percentile=pl.Series(ranks, dtype=pl.Float64).fill_nan(None),
        error_type=pl.lit("cross_view"),
        encoder_key=pl.lit(_KEY),
        scorer_version=pl.lit(_VERSION),
    )


def measure_offset(one: tuple[Clip, bool], other: tuple[Clip, bool]) -> Offset | None:
    """Measure how much later the second clip shows the same instant: by sound where both have it and it is
    clear, else by what moves; None where neither says anything.

    Args:
        one: the clip, and whether it has sound.
        other: the same of the second.
    """
    heard = None
    if one[1] and other[1]:
        most = int(_LONGEST_S * _RATE_HZ)
        heard = sound_offset(
            decode_audio(one[0].path, _RATE_HZ)[:most], decode_audio(other[0].path, _RATE_HZ)[:most], _RATE_HZ
        )
    if heard is not None and heard.prominence >= _CLEAR:
        return heard
    step_s = max(one[0].step_s, other[0].step_s)
    curves = [_resample(clip, step_s) for clip, _ in (one, other)]
    seen = motion_offset(curves[0], curves[1], step_s)
    found = [offset for offset in (heard, seen) if offset is not None]
    return max(found, key=lambda offset: offset.prominence, default=None)


def _resample(clip: Clip, step_s: float) -> Floats:
    times = np.arange(0.0, clip.times_s[-1] + step_s / 2, step_s)
    return np.asarray(np.interp(times, clip.times_s, clip.moving.energy), np.float64)


def _score_group(run: Run, group: pl.DataFrame) -> list[pl.DataFrame]:
    samples = group["sample_id"].unique(maintain_order=True).to_list()
    firsts = [group.filter(pl.col("sample_id") == sample).row(0, named=True) for sample in samples]
    try:
        clips = [
            (
                read_clip(
                    run.store.media_path(first["root"], first["path"]),
                    first["content_hash"],
                    first["duration_s"] or 0.0,
                    has_audio=False,
                ),
                bool(first["has_audio"]),
            )
            for first in firsts
        ]
    except MediaError as error:
        reason = f"a camera of its group could not be read: {str(error).rstrip('.')}"
        return [undefined(group, [reason] * group.height)]
    names = tuple(str(first["view"] or first["path"].rsplit("/", 1)[-1]) for first in firsts)
    cameras = _align(names, clips)
    place = {sample: index for index, sample in enumerate(samples)}
    return _compare(run, group.with_columns(camera=pl.col("sample_id").replace_strict(place)), cameras)


def _align(names: tuple[str, ...], clips: list[tuple[Clip, bool]]) -> Cameras:
    offsets = {
        (a, b): offset
        for a, b in combinations(range(len(clips)), 2)
        if (offset := measure_offset(clips[a], clips[b])) is not None
    }
    ring = closures({pair: offset.offset_s for pair, offset in offsets.items()}, len(clips))
    return Cameras(names, align_clocks(offsets, len(clips)), offsets, ring)


def _compare(run: Run, group: pl.DataFrame, cameras: Cameras) -> list[pl.DataFrame]:
    """Hold each caption against those of every other camera."""
    likeness = _likeness(run, group)
    places = group["camera"].to_numpy()
    known = ~np.isnan(cameras.clocks_s[places])
    spans = [
        None if start is None or end is None else (start - cameras.clocks_s[at], end - cameras.clocks_s[at])
        for at, start, end in group.select("camera", "start_s", "end_s").iter_rows()
    ]
    reasons = ["" if there else "its camera's clock cannot be aligned: no shared sound or motion"
               for there in known]  # fmt: skip
    table = []
    for index in np.flatnonzero(known).tolist():
        met = []
        for camera in range(len(cameras.names)):
            others = np.flatnonzero((places == camera) & known)
            if camera != places[index] and len(others):
                found = agree(spans[index], [spans[o] for o in others], likeness[index, others])
                met.append((camera, int(others[found.partner]), found))
        table.append((index, met))
    valued = [(index, met) for index, met in table if met]
    for index in {index for index, met in table if not met}:
        reasons[index] = "no other camera of its group has captions that can be compared"
    rows = group[[index for index, _ in valued]]
    defined = rows.with_columns(
        value=pl.Series([float(np.mean([a.value for *_, a in met])) for _, met in valued], dtype=pl.Float64),
        evidence=pl.Series([_explain(met, group, cameras) for _, met in valued], dtype=pl.String),
        detail=pl.Series([_detail(met, cameras) for _, met in valued], dtype=pl.String),
        **_suggest(valued, spans, cameras, places),
    )
    return [undefined(group, reasons).drop("camera"), defined.drop("camera")]


_Met = list[tuple[int, int, Agreement]]


def _suggest(
    valued: list[tuple[int, _Met]],
    spans: list[tuple[float, float] | None],
    cameras: Cameras,
    places: npt.NDArray[np.int64],
) -> dict[str, pl.Series]:
    """Return the interval that the other cameras give each caption (their median), on its own clock."""
    starts: list[float | None] = []
    ends: list[float | None] = []
    for index, met in valued:
        partners = [span for _, other, _ in met if (span := spans[other]) is not None]
        if spans[index] is None or not partners:
            starts.append(None)
            ends.append(None)
            continue
        late_s = float(cameras.clocks_s[places[index]])
        start_s, end_s = np.median(np.array(partners), axis=0) + late_s
        starts.append(round(float(start_s), 3))
        ends.append(round(float(end_s), 3))
    return {"start_s": pl.Series(starts, dtype=pl.Float64), "end_s": pl.Series(ends, dtype=pl.Float64)}


def _likeness(run: Run, group: pl.DataFrame) -> Floats:
    """Return how alike the captions are, 0 to 1: sentence vectors, less where colours or motions conflict."""
    vectors, _ = run.sentences(group)
    cosines = np.asarray(vectors @ vectors.T, np.float64)
    alike = np.clip((cosines - _UNLIKE) / (_ALIKE - _UNLIKE), 0, 1)
    said = [read_said(text) for text in group["text"]]
    for i, one in enumerate(said):
        for j, other in enumerate(said):
            for mine, theirs in ((one.colours, other.colours), (one.motions, other.motions)):
                if mine and theirs and not set(mine) & set(theirs):
                    alike[i, j] *= _CONFLICT
    return alike


def _explain(met: _Met, group: pl.DataFrame, cameras: Cameras) -> str:
    camera, partner, found = min(met, key=lambda one: one[2].value)
    name, text = cameras.names[camera], group["text"][partner]
    if found.likeness < 0.5 and found.overlap >= 0.5:
        return f"camera {name} says of the same time: “{text}”"
    if found.overlap < 0.5 and found.likeness >= 0.5:
        apart = found.starts_apart_s
        return f"camera {name} has it {abs(apart):.1f} s {'later' if apart > 0 else 'earlier'}: “{text}”"
    if found.value < 0.5:
        return f"camera {name} has no caption like it; the nearest is “{text}”"
    return f"the {len(met)} other camera{'s' if len(met) > 1 else ''} agree{'' if len(met) > 1 else 's'}"


def _detail(met: _Met, cameras: Cameras) -> str:
    views = {
        cameras.names[camera]: {
            "value": round(found.value, 4),
            "overlap": round(found.overlap, 4),
            "likeness": round(found.likeness, 4),
            "start_apart_ms": round(1000 * found.starts_apart_s),
            "end_apart_ms": round(1000 * found.ends_apart_s),
        }
        for camera, _, found in met
    }
    offsets = {
        f"{cameras.names[a]} to {cameras.names[b]}": [
            round(1000 * o.offset_s, 1),
            round(o.prominence, 2),
            o.by,
        ]
        for (a, b), o in cameras.offsets.items()
    }
    ring = [round(1000 * left_s, 1) for left_s in cameras.open_s.values()]
    return json.dumps({"views": views, "offsets_ms": offsets, "closure_ms": ring})
