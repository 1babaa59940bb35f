"""Benchmark of caption intervals: shifted, stretched and swapped ones against clean ones of the same clips.

Clips of three acts, in a part of them two at once. Each caption tells one act and is tied to its interval.
"""

from __future__ import annotations

import json
import random
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from workbench.demo.acts import Performance
from workbench.demo.grammar import PROFILES
from workbench.demo.motion import write_clip
from workbench.demo.narration import narrate_act
from workbench.demo.sequences import make_sequence
from workbench.demo.sound import make_sound
from workbench.ingest import ingest
from workbench.metrics import Metric
from workbench.scoring.base import Run
from workbench.scoring.intervals import score_intervals
from workbench.statistics import auroc, bootstrap_bounds
from workbench.store import Store

__all__ = ["measure"]

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

CLIPS, QUICK_CLIPS = 60, 6
FRAMES_CLIPS = 12  # on which frames alone are tried: encoding a whole clip densely takes seconds
SHIFT_S = (0.5, 2.0)  # T1
STRETCH = (0.1, 0.3)  # T2, as a share of the length
NEAR_S = 0.2


def measure(seed: int, quick: bool) -> dict[str, Metric]:
    """Generate clips, spoil the intervals of their captions, and measure how well that is found.

    Args:
        seed: number of the world; another seed has other clips.
        quick: few clips, for tests.
    """
    with tempfile.TemporaryDirectory() as folder:
        store = _make_store(Path(folder), seed, QUICK_CLIPS if quick else CLIPS)
        rows = store.read("captions").join(
            store.read("samples").drop("added_at"), on="sample_id", maintain_order="left"
        )
        found = _measure_shifts(store, rows, seed)
        found |= _measure_stretches(store, rows, seed)
        found |= _measure_swaps(store, rows, seed)
    return found


def _make_store(folder: Path, seed: int, count: int) -> Store:
    clips = [(f"clip_{number:04d}.mp4", make_sequence(seed * 10_000 + number)) for number in range(count)]
    (folder / "media").mkdir()
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda one: write_clip(folder / "media" / one[0], one[1], make_sound(one[1])), clips))
    lines = [json.dumps(row) for name, clip in clips for row in _caption_rows(name, clip)]
    (folder / "captions.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    store = Store.create(folder / "workspace")
    ingest(store, folder / "captions.jsonl", progress=False)
    return store


def _caption_rows(name: str, clip: Performance) -> list[dict[str, object]]:
    rng = random.Random(f"intervals/{clip.seed}")
    profile = rng.choice(PROFILES)
    return [
        {
            "path": f"media/{name}",
            "text": narrate_act(clip, number, profile, "0").text,
            "kind": "caption",
            "start_s": act.start_s,
            "end_s": act.end_s,
        }
        for number, act in enumerate(clip.acts)
    ]


def _measure_shifts(store: Store, rows: pl.DataFrame, seed: int) -> dict[str, Metric]:
    """T1: half the captions of every clip are moved by .5 to 2 s, as far as the clip has room."""
    rng = random.Random(f"shift/{seed}")
    moved = [_draw_shift(rng, *row) for row in rows.select("start_s", "end_s", "duration_s").iter_rows()]
    shifts = np.array([by_s if rng.random() < 0.5 else 0.0 for by_s in moved])
    spoiled = rows.with_columns(pl.col("start_s") + shifts, pl.col("end_s") + shifts)
    began = time.perf_counter()
    scores = _score(store, spoiled, "interval")
    clips = rows["sample_id"].n_unique()
    seconds = (time.perf_counter() - began) / clips
    tried = rows["sample_id"].unique(maintain_order=True).head(FRAMES_CLIPS)
    few = rows["sample_id"].is_in(tried.to_list()).to_numpy()
    alone = _score(store, spoiled.filter(pl.Series(few)), "interval", by_frames_alone=True)
    is_wrong = shifts != 0
    groups = rows["sample_id"].to_numpy()
    errors = np.abs(_found_shifts(scores) + shifts)
    hits = (errors <= NEAR_S)[is_wrong].astype(np.float64)
    bounds = bootstrap_bounds(lambda at: float(hits[at].mean()), groups[is_wrong])
    lengths = (rows["end_s"] - rows["start_s"]).to_numpy()
    return {
        "interval_auroc": _auroc(_suspicion(scores), is_wrong, groups),
        "interval_within_0p2s": Metric(
            float(hits.mean()), len(hits), "share of best shifts", bounds.low, bounds.high
        ),
        "interval_shift_error_median_ms": Metric(
            1000 * float(np.median(errors[is_wrong])), int(is_wrong.sum()), "ms"
        ),
        "interval_clean_left_alone": Metric(
            float((errors[~is_wrong] <= NEAR_S).mean()), int((~is_wrong).sum()), "share of clean intervals"
        ),
        "interval_seconds_per_clip": Metric(seconds, clips, "s, vectors included"),
        "interval_auroc_frames_alone": _auroc(_suspicion(alone), is_wrong[few], groups[few]),
        "interval_within_0p2s_frames_alone": Metric(
            float((np.abs(_found_shifts(alone) + shifts[few]) <= NEAR_S)[is_wrong[few]].mean()),
            int(is_wrong[few].sum()),
            "share of best shifts",
        ),
        **{
            f"interval_auroc_{name}": _auroc(values, is_wrong, groups)
            for name, values in _trivial(rows, lengths).items()
        },
    }


def _measure_stretches(store: Store, rows: pl.DataFrame, seed: int) -> dict[str, Metric]:
    """T2: half the captions of every clip are made longer or shorter by 10 to 30 % about their middle."""
    rng = random.Random(f"stretch/{seed}")
    shares = np.array([rng.choice((0, 0, -1, 1)) * rng.uniform(*STRETCH) for _ in range(rows.height)])
    half = (rows["end_s"] - rows["start_s"]).to_numpy() / 2 * shares
    starts = np.maximum(rows["start_s"].to_numpy() - half, 0.0)
    ends = np.minimum(rows["end_s"].to_numpy() + half, rows["duration_s"].to_numpy())
    spoiled = rows.with_columns(start_s=pl.Series(starts), end_s=pl.Series(ends))
    scores = _score(store, spoiled, "interval")
    groups = rows["sample_id"].to_numpy()
    return {
        "interval_stretch_auroc": _auroc(_suspicion(scores), shares != 0, groups),
        "interval_stretch_auroc_length": _auroc(ends - starts, shares != 0, groups),
    }


def _measure_swaps(store: Store, rows: pl.DataFrame, seed: int) -> dict[str, Metric]:
    """T3: in half the clips two captions exchange their texts; all captions of the other clips are clean."""
    rng = random.Random(f"swap/{seed}")
    texts, is_wrong = rows["text"].to_list(), np.zeros(rows.height, np.bool_)
    for _, group in rows.with_row_index("at").group_by("sample_id", maintain_order=True):
        places = group["at"].to_list()
        if len(places) < 2 or rng.random() < 0.5:
            continue
        one, other = rng.sample(places, 2)
        texts[one], texts[other] = texts[other], texts[one]
        is_wrong[[one, other]] = True
    spoiled = rows.with_columns(text=pl.Series(texts))
    scores = _score(store, spoiled, "order")
    groups = rows["sample_id"].to_numpy()
    starts = scores["start_s"].to_numpy()
    true = rows["start_s"].to_numpy()
    moved = np.abs(starts - true) > 1e-6
    return {
        "order_auroc": _auroc(_suspicion(scores), is_wrong, groups),
        "order_swaps_found": Metric(float(moved[is_wrong].mean()), int(is_wrong.sum()), "share of swapped"),
        "order_false_alarms": Metric(
            float(moved[~is_wrong].mean()), int((~is_wrong).sum()), "share of clean"
        ),
        "order_auroc_caption_length": _auroc(
            np.array([len(text) for text in texts], np.float64), is_wrong, groups
        ),
    }


def _draw_shift(rng: random.Random, start_s: float, end_s: float, duration_s: float) -> float:
    """Draw a shift that fits in the clip, to either side; 0 where none does."""
    room = {-1: start_s, 1: duration_s - end_s}
    sides = [side for side, left_s in room.items() if left_s >= SHIFT_S[0]]
    if not sides:
        return 0.0
    side = rng.choice(sides)
    return round(side * rng.uniform(SHIFT_S[0], min(SHIFT_S[1], room[side])), 2)


def _score(
    store: Store, rows: pl.DataFrame, error_type: str, *, by_frames_alone: bool = False
) -> pl.DataFrame:
    run = Run(store, rows)
    scores = score_intervals(run, by_frames_alone=by_frames_alone).filter(pl.col("error_type") == error_type)
    return rows.select("caption_id").join(
        scores.select("caption_id", "value", "detail", "start_s", "evidence"),
        on="caption_id",
        how="left",
        maintain_order="left",
    )


def _found_shifts(scores: pl.DataFrame) -> Floats:
    details = [json.loads(text) if text else {} for text in scores["detail"]]
    return np.array([float(detail.get("shift_s", 0.0)) for detail in details])


def _suspicion(scores: pl.DataFrame) -> Floats:
    """Return what is worse the higher it is; a caption without a value is as little suspicious as can be."""
    return -scores["value"].fill_null(1e9).to_numpy().astype(np.float64)


def _trivial(rows: pl.DataFrame, lengths_s: Floats) -> dict[str, Floats]:
    return {
        "caption_length": rows["text"].str.len_chars().to_numpy().astype(np.float64),
        "interval_length": lengths_s,
        "file_size": rows["size_bytes"].to_numpy().astype(np.float64),
    }


def _auroc(values: Floats, is_wrong: Bools, groups: Sequence[str] | npt.NDArray[np.str_]) -> Metric:
    bounds = bootstrap_bounds(lambda at: auroc(values[at], is_wrong[at]), groups)
    return Metric(auroc(values, is_wrong), int(is_wrong.sum()), "AUROC", bounds.low, bounds.high)
