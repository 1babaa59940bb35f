"""Benchmark of sound against picture: known offsets in generated clips, with much in them to mislead.

Every plan of a clip is heard at several offsets, in sync among them, so a wrong clip and its control have the
very same picture. Noise is as loud as the impacts or up to 10 dB below; silent movers and foreign sounds are
in most clips; a fifth each at 29.97 Hz and at an uneven frame rate. A part is written to files and read back.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from workbench.alignment.av_sync import Sync, measure_sync
from workbench.demo.impact_files import frame_times_s, write_impact_file
from workbench.demo.impacts import ImpactClip, Kind, draw_impacts, make_impacts, sound_impacts
from workbench.media.motion import Motion, measure_motion
from workbench.media.onsets import measure_onsets
from workbench.metrics import Metric
from workbench.scoring.av_sync import read_sync
from workbench.statistics import auroc, bootstrap_bounds

__all__ = ["measure"]

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

DURATION_S = 6.0
NOTICED_S, NEAR_S = 0.060, 0.040
_SIZES_MS = ((0,), (20, 40, 60), (80,), (120, 200), (400, 1000))  # one of each is heard with every picture
_KINDS: tuple[Kind, ...] = ("foreign_sound", "no_sound", "still", "smooth")
_RATES_HZ = ((25.0, 0.0), (25.0, 0.0), (25.0, 0.0), (30_000 / 1001, 0.0), (25.0, 0.35))
_FULL, _QUICK = (60, 120, 12), (3, 4, 1)  # plans, clips without events, plans written to files


@dataclass(frozen=True)
class _Heard:
    """One clip measured: which plan, its truth, what was found, and what a trivial score would look at."""

    plan: int
    offset_s: float
    snr_db: float
    is_uneven: bool
    found: Sync
    size_bytes: int = 0
    seconds: float = 0.0


def measure(seed: int, quick: bool) -> dict[str, Metric]:
    """Generate clips with known offsets, measure each, and compare.

    Args:
        seed: of the clips; below 100 are those that constants were chosen on.
        quick: few clips, for tests.
    """
    plans, eventless, filed = _QUICK if quick else _FULL
    heard = [clip for plan in range(plans) for clip in _hear_plan(seed, plan)]
    empty = [_hear_eventless(seed, number) for number in range(eventless)]
    crowded = [_hear_crowded(seed, plans + plan) for plan in range(plans)]
    with tempfile.TemporaryDirectory() as folder:
        files = [clip for plan in range(filed) for clip in _hear_files(seed, plans + plan, Path(folder))]
    return (
        _measure_offsets(heard)
        | _measure_abstentions(heard, empty)
        | _measure_crowded(crowded)
        | _measure_files(files)
    )


def _hear_plan(seed: int, plan: int) -> Iterator[_Heard]:
    """Measure one picture with the sound of each of its offsets."""
    rng = np.random.default_rng([seed, plan, 17])
    times_s, is_uneven = _frame_times(plan)
    motion: Motion | None = None
    for sizes_ms in _SIZES_MS:
        offset_s = float(rng.choice(sizes_ms) * rng.choice((-1, 1)) / 1000)
        clip = make_impacts(seed * 1000 + plan, offset_s=offset_s, snr_db=float(rng.uniform(0, 10)))
        motion = motion or _see(clip, times_s)
        yield _Heard(plan, offset_s, clip.snr_db, is_uneven, _listen(clip, motion))


def _hear_crowded(seed: int, plan: int) -> _Heard:
    """Measure a clip with more to mislead than to go by: sharp silent movers, many foreign sounds, 0-3 dB."""
    rng = np.random.default_rng([seed, plan, 29])
    offset_s = float(rng.choice(np.concatenate(_SIZES_MS)) * rng.choice((-1, 1)) / 1000)
    clip = make_impacts(
        seed * 1000 + plan, offset_s=offset_s, snr_db=float(rng.uniform(0, 3)), is_crowded=True
    )
    return _Heard(plan, offset_s, clip.snr_db, False, _listen(clip, _see(clip, _frame_times(plan)[0])))


def _hear_eventless(seed: int, number: int) -> Sync:
    rng = np.random.default_rng([seed, number, 19])
    kind = _KINDS[number % len(_KINDS)]
    clip = make_impacts(seed * 1000 + 500 + number, snr_db=float(rng.uniform(0, 10)), kind=kind)
    return _listen(clip, _see(clip, _frame_times(number // len(_KINDS))[0]))


def _frame_times(plan: int) -> tuple[Floats, bool]:
    rate_hz, jitter = _RATES_HZ[plan % len(_RATES_HZ)]
    return frame_times_s(DURATION_S, rate_hz, jitter=jitter, seed=plan), jitter > 0


def _see(clip: ImpactClip, times_s: Floats) -> Motion:
    halved = (
        picture.reshape(120, 2, 160, 2).mean(axis=(1, 3)).astype(np.uint8)
        for picture in draw_impacts(clip, times_s)
    )
    return measure_motion(zip(times_s.tolist(), halved, strict=True))


def _listen(clip: ImpactClip, motion: Motion) -> Sync:
    onsets = measure_onsets(sound_impacts(clip))
    return measure_sync(motion.times_s, motion.abruptness, onsets.times_s, onsets.strength)


def _hear_files(seed: int, plan: int, folder: Path) -> Iterator[_Heard]:
    """Write one picture in sync and out of sync; half of the files carry the offset in a stream's start."""
    rng = np.random.default_rng([seed, plan, 23])
    times_s, is_uneven = _frame_times(plan)
    late_s = float(rng.choice((80, 120, 200, 400, 1000)) / 1000)
    clip = make_impacts(seed * 1000 + plan, snr_db=float(rng.uniform(0, 10)))
    for offset_s in (0.0, late_s):
        in_container = offset_s if plan % 2 else 0.0
        path = folder / f"{plan}-{offset_s}.{'mkv' if plan % 3 else 'mp4'}"
        sound = sound_impacts(replace(clip, offset_s=offset_s - in_container))
        write_impact_file(path, draw_impacts(clip, times_s), times_s, sound, sound_starts_s=in_container)
        size_bytes, start_s = path.stat().st_size, time.process_time()
        found = read_sync(path)
        seconds = time.process_time() - start_s
        yield _Heard(plan, offset_s, clip.snr_db, is_uneven, found, size_bytes, seconds)


def _measure_offsets(heard: list[_Heard]) -> dict[str, Metric]:
    told = [clip for clip in heard if clip.found.offset_s is not None]
    errors = _errors_s(told)
    near, plans = np.abs(errors) < NEAR_S, np.array([clip.plan for clip in told])
    snr_db = np.array([clip.snr_db for clip in told])
    metrics = {
        "av_offset_median_ms": _bounded(lambda rows: _median_ms(errors[rows]), plans, "ms"),
        "av_offset_bias_ms": _bounded(lambda rows: float(np.median(errors[rows]) * 1000), plans, "ms"),
        "av_within_40ms": _bounded(lambda rows: float(near[rows].mean()), plans, "share of told"),
        "av_auroc_60ms": _rank(told, _strain_s(told)),
        "av_auroc_60ms_with_abstained": _rank(heard, _strain_s(heard)),
    }
    for low_db, high_db in ((0, 3), (3, 7), (7, 10)):
        is_here = (snr_db >= low_db) & (snr_db < high_db)
        name = f"av_within_40ms_snr_{low_db}_to_{high_db}_db"
        metrics[name] = Metric(_share(near[is_here]), int(is_here.sum()), "share of told")
    is_uneven = np.array([clip.is_uneven for clip in told])
    metrics["av_within_40ms_uneven_frames"] = Metric(
        _share(near[is_uneven]), int(is_uneven.sum()), "share of told"
    )
    return metrics


def _measure_abstentions(heard: list[_Heard], empty: list[Sync]) -> dict[str, Metric]:
    silent = np.array([found.offset_s is None for found in empty])
    abstained = np.array([clip.found.offset_s is None for clip in heard])
    plans = np.array([clip.plan for clip in heard])
    metrics = {
        "av_abstain_no_events": _bounded(
            lambda rows: float(silent[rows].mean()), np.arange(silent.size), "share"
        ),
        "av_abstain_with_events": _bounded(lambda rows: float(abstained[rows].mean()), plans, "share"),
    }
    for place, kind in enumerate(_KINDS):
        of_kind = silent[place :: len(_KINDS)]
        metrics[f"av_abstain_{kind}"] = Metric(_share(of_kind), of_kind.size, "share")
    return metrics


def _measure_crowded(crowded: list[_Heard]) -> dict[str, Metric]:
    told = [clip for clip in crowded if clip.found.offset_s is not None]
    errors = _errors_s(told)
    return {
        "av_crowded_within_40ms": Metric(_share(np.abs(errors) < NEAR_S), errors.size, "share of told"),
        "av_crowded_abstained": Metric(1 - len(told) / len(crowded), len(crowded), "share"),
    }


def _measure_files(files: list[_Heard]) -> dict[str, Metric]:
    told = [clip for clip in files if clip.found.offset_s is not None]
    errors = _errors_s(told)
    seconds = np.array([clip.seconds for clip in files])
    sizes = np.array([clip.size_bytes for clip in files], dtype=np.float64)
    return {
        "av_seconds_per_clip": Metric(float(np.median(seconds)), seconds.size, "CPU s for 6 s"),
        "av_files_offset_median_ms": Metric(_median_ms(errors), errors.size, "ms"),
        "av_files_within_40ms": Metric(_share(np.abs(errors) < NEAR_S), errors.size, "share of told"),
        "av_baseline_file_size_auroc": _rank(files, sizes),
        "av_baseline_duration_auroc": _rank(files, np.full(sizes.size, DURATION_S)),
    }


def _errors_s(told: list[_Heard]) -> Floats:
    return np.array([clip.found.offset_s - clip.offset_s for clip in told if clip.found.offset_s is not None])


def _strain_s(heard: list[_Heard]) -> Floats:
    """Return how far off each clip looks; one that was abstained from stands at the limit, undecided."""
    found = (clip.found.nearest_s for clip in heard)
    return np.array([NOTICED_S if nearest is None else abs(nearest) for nearest in found])


def _rank(heard: list[_Heard], suspicion: Floats) -> Metric:
    """Return the chance that a clip more than 60 ms off is more suspicious than one of at most 60 ms."""
    is_off = np.array([abs(clip.offset_s) > NOTICED_S + 1e-9 for clip in heard])
    plans = np.array([clip.plan for clip in heard])
    return _bounded(lambda rows: auroc(suspicion[rows], is_off[rows]), plans, "AUROC")


def _bounded(
    statistic: Callable[[npt.NDArray[np.intp]], float], groups: npt.NDArray[np.int64], unit: str
) -> Metric:
    """Return a number with its 95 % interval over plans: the clips of one picture stand or fall together."""
    if not groups.size:
        return Metric(float("nan"), 0, unit)
    bounds = bootstrap_bounds(statistic, groups)
    return Metric(statistic(np.arange(groups.size)), int(groups.size), unit, bounds.low, bounds.high)


def _median_ms(errors_s: Floats) -> float:
    return float(np.median(np.abs(errors_s)) * 1000) if errors_s.size else float("nan")


def _share(chosen: Bools) -> float:
    return float(chosen.mean()) if chosen.size else float("nan")
