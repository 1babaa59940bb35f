"""Benchmark of several cameras of one event: offsets of their clocks, closure, and labels that disagree.

Each event is filmed by three cameras: one straight on, one mirrored, one nearer, tilted and darker. Each
starts at its own time, hears its own noise, and is captioned by its own annotator.
"""

from __future__ import annotations

import json
import random
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageEnhance, ImageOps

from workbench.demo.acts import Performance
from workbench.demo.claims import Sentence
from workbench.demo.grammar import PROFILES
from workbench.demo.motion import write_clip
from workbench.demo.narration import corrupt_narration, narrate_act
from workbench.demo.sequences import make_sequence
from workbench.demo.sound import RATE_HZ, Samples, make_sound
from workbench.ingest import ingest
from workbench.metrics import Metric
from workbench.scoring.base import Run
from workbench.scoring.clips import read_clip
from workbench.scoring.views import measure_offset, score_views
from workbench.statistics import auroc, bootstrap_bounds
from workbench.store import Store

__all__ = ["measure"]

Floats = npt.NDArray[np.float64]

EVENTS, QUICK_EVENTS = 24, 3
CAMERAS = ("front", "mirror", "near")
LATEST_S = 1.2  # a camera starts up to so much after the first
SHIFT_S = (0.6, 1.5)  # M1 of intervals


def measure(seed: int, quick: bool) -> dict[str, Metric]:
    """Film events with three cameras, spoil a caption in half of them, and measure what is found.

    Args:
        seed: number of the world; another seed has other events.
        quick: few events, for tests.
    """
    count = QUICK_EVENTS if quick else EVENTS
    events = [_plan_event(number, seed * 10_000 + number) for number in range(count)]
    with tempfile.TemporaryDirectory() as folder:
        store = _make_store(Path(folder), events)
        rows = store.read("captions").join(
            store.read("samples").drop("added_at"), on="sample_id", maintain_order="left"
        )
        found = _measure_offsets(store, events)
        scores = score_views(Run(store, rows)).select("caption_id", "value")
    keys = rows.select("caption_id", "group", "view", "text", "start_s").join(scores, on="caption_id")
    values = {
        (group, view, text, start_s): value
        for group, view, text, start_s, value in keys.drop("caption_id").iter_rows()
        if value is not None
    }
    return found | _measure_captions(values, events)


@dataclass(frozen=True)
class _Line:
    """One caption of one camera, on that camera's clock, and what was done to it: "", "label", "interval"."""

    view: str
    text: str
    start_s: float
    end_s: float
    spoiled: str = ""


@dataclass(frozen=True)
class _Event:
    """One event: what happens, when each camera starts, and its captions."""

    name: str
    performance: Performance
    begins_s: tuple[float, ...]
    lines: tuple[_Line, ...]


def _plan_event(number: int, seed: int) -> _Event:
    """Plan one event; of three, one is clean, one has a false label in one camera, one a false interval."""
    rng = random.Random(f"event/{seed}")
    performance = make_sequence(seed, acts=2, together_share=0.2)
    begins = tuple(round(rng.uniform(0.0, LATEST_S), 3) for _ in CAMERAS)
    spoiled, which = ("", "label", "interval")[number % 3], (rng.randrange(3), rng.randrange(2))
    lines = []
    for camera, begin_s in enumerate(begins):
        profile = replace(rng.choice(PROFILES), colour_share=0.9)
        for place, act in enumerate(performance.acts):
            sentence = narrate_act(performance, place, profile, CAMERAS[camera])
            times = (max(0.0, act.start_s - begin_s), act.end_s - begin_s)
            what = spoiled if (camera, place) == which else ""
            lines.append(
                _spoil(_Line(CAMERAS[camera], sentence.text, *times, what), performance, sentence, rng)
            )
    return _Event(f"event_{number:03d}", performance, begins, tuple(lines))


def _spoil(line: _Line, performance: Performance, sentence: Sentence, rng: random.Random) -> _Line:
    """Return the line with its error (M1); without one where its words offer no handle."""
    if line.spoiled == "interval":
        by_s = rng.uniform(*SHIFT_S)
        return replace(line, start_s=line.start_s + by_s, end_s=line.end_s + by_s)
    if line.spoiled == "label":
        for error_type in ("attribute", "object", "count"):
            made = corrupt_narration(performance, sentence, error_type, str(rng.random()))
            if made is not None:
                return replace(line, text=made.sentence.text)
    return replace(line, spoiled="")


def _make_store(folder: Path, events: list[_Event]) -> Store:
    (folder / "media").mkdir()
    jobs = [
        (folder / "media" / f"{event.name}_{view}.mp4", event, camera)
        for event in events
        for camera, view in enumerate(CAMERAS)
    ]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda job: _film(*job), jobs))
    rows = [
        {
            "path": f"media/{event.name}_{line.view}.mp4",
            "text": line.text,
            "group": event.name,
            "view": line.view,
            "start_s": round(line.start_s, 3),
            "end_s": round(line.end_s, 3),
        }
        for event in events
        for line in event.lines
    ]
    (folder / "captions.jsonl").write_text("\n".join(map(json.dumps, rows)) + "\n", encoding="utf-8")
    store = Store.create(folder / "workspace")
    ingest(store, folder / "captions.jsonl", progress=False)
    return store


def _film(path: Path, event: _Event, camera: int) -> None:
    """Write what one camera sees and hears from when it starts, to a second after the last act."""
    begin_s = event.begins_s[camera]
    performance = event.performance
    acts = tuple(
        replace(
            act,
            start_s=act.start_s - begin_s,
            end_s=act.end_s - begin_s,
            instants_s=tuple(instant_s - begin_s for instant_s in act.instants_s),
        )
        for act in performance.acts
    )
    seen = replace(performance, acts=acts, duration_s=performance.duration_s + 1.0 - begin_s)
    heard = make_sound(replace(performance, duration_s=performance.duration_s + 1.0))
    rng = np.random.default_rng(performance.seed * 10 + camera)
    write_clip(path, seen, _hear(heard, begin_s, rng), seen_by=_VIEWS[camera])


def _hear(sound: Samples, begin_s: float, rng: np.random.Generator) -> Samples:
    part = sound[round(begin_s * RATE_HZ) :] * np.float32(rng.uniform(0.4, 1.0))
    noise = rng.standard_normal(part.size, dtype=np.float32) * np.float32(0.01)
    return np.clip(part + noise, -1, 1).astype(np.float32)


def _nearer(image: Image.Image) -> Image.Image:
    width, height = image.size
    turned = image.rotate(3, resample=Image.Resampling.BILINEAR)
    part = turned.crop((round(width * 0.05), round(height * 0.06), round(width * 0.95), round(height * 0.97)))
    return ImageEnhance.Brightness(part.resize((width, height))).enhance(0.88)


_VIEWS: tuple[Callable[[Image.Image], Image.Image] | None, ...] = (None, ImageOps.mirror, _nearer)


def _measure_offsets(store: Store, events: list[_Event]) -> dict[str, Metric]:
    """Measure each pair of cameras by sound and picture, and by picture alone."""
    errors: dict[bool, list[float]] = {True: [], False: []}
    open_ms: list[float] = []
    paths = {
        str(path).rsplit("/", 1)[-1]: (store.media_path(root, path), duration_s)
        for root, path, duration_s in store.read("samples").select("root", "path", "duration_s").iter_rows()
    }
    for event in events:
        clips = [
            read_clip(*_file(paths, event, view), has_audio=False)
            for view in CAMERAS
        ]  # fmt: skip
        for with_sound in (True, False):
            found: dict[tuple[int, int], float] = {}
            for a, b in combinations(range(len(CAMERAS)), 2):
                offset = measure_offset((clips[a], with_sound), (clips[b], with_sound))
                true_s = event.begins_s[a] - event.begins_s[b]
                found[a, b] = offset.offset_s if offset else 0.0
                errors[with_sound].append(1000 * abs(found[a, b] - true_s))
            if with_sound:
                open_ms.append(1000 * abs(found[0, 1] + found[1, 2] - found[0, 2]))
    return {
        "view_offset_median_ms": _median(errors[True], "ms, by sound"),
        "view_offset_within_40ms": _share(errors[True], "share of pairs, by sound"),
        "view_offset_median_ms_motion": _median(errors[False], "ms, by motion alone"),
        "view_offset_within_40ms_motion": _share(errors[False], "share of pairs, by motion alone"),
        "view_closure_median_ms": _median(open_ms, "ms left in the ring of three"),
    }


def _file(paths: dict[str, tuple[Path, float]], event: _Event, view: str) -> tuple[Path, str, float]:
    path, duration_s = paths[f"{event.name}_{view}.mp4"]
    return path, path.name, duration_s


def _measure_captions(
    values: dict[tuple[str, str, str, float], float], events: list[_Event]
) -> dict[str, Metric]:
    """Tell spoiled captions from those of clean events."""
    table = [
        (
            event.name,
            line.spoiled,
            -values.get((event.name, line.view, line.text, round(line.start_s, 3)), 1e9),
            float(len(line.text)),
        )
        for event in events
        for line in event.lines
        if line.spoiled or not any(other.spoiled for other in event.lines)
    ]
    names = np.array([row[0] for row in table])
    suspicion = np.array([row[2] for row in table])
    lengths = np.array([row[3] for row in table])
    found = {}
    for kind, name in (("label", "view_label_auroc"), ("interval", "view_interval_auroc")):
        kept = np.array([row[1] in ("", kind) for row in table])
        is_wrong = np.array([row[1] == kind for row in table])[kept]
        found[name] = _auroc(suspicion[kept], is_wrong, names[kept])
        found[f"{name}_caption_length"] = _auroc(lengths[kept], is_wrong, names[kept])
    return found


def _auroc(values: Floats, is_wrong: npt.NDArray[np.bool_], groups: npt.NDArray[np.str_]) -> Metric:
    bounds = bootstrap_bounds(lambda at: auroc(values[at], is_wrong[at]), groups)
    return Metric(auroc(values, is_wrong), int(is_wrong.sum()), "AUROC", bounds.low, bounds.high)


def _median(values: list[float], unit: str) -> Metric:
    return Metric(float(np.median(values)), len(values), unit)


def _share(errors_ms: list[float], unit: str) -> Metric:
    return Metric(float((np.array(errors_ms) <= 40).mean()), len(errors_ms), unit)
