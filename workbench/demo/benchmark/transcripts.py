"""Benchmark of transcripts on the spoken world: late, slow, off at a boundary, wrong text, wrong speaker.

The synthesiser (eSpeak NG) and the aligner (PocketSphinx) share nothing. Talks have two voices of several
accents, pauses of 0.12 to 1.2 s, room echo up to 0.4 s, and room noise from none to 10 dB under the speech;
every planted error is set against the untouched segments of the very same talks.
"""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import numpy.typing as npt

from workbench.alignment.hearing import Hearing, hear_transcript, lay_clock
from workbench.alignment.segments import Finding, Segment, check_speakers, reading_rate
from workbench.alignment.sphinx import SphinxAligner, can_align
from workbench.alignment.transcripts import RATE_MISTAKES
from workbench.demo.speech import RATE_HZ, Spoken, Talk, TalkPlan, make_talk
from workbench.demo.transcript_errors import (
    change_rate,
    change_words,
    move_boundaries,
    shift,
    swap_speaker,
    swap_texts,
)
from workbench.demo.voices import can_speak
from workbench.errors import MissingExtraError
from workbench.media.speech import find_speech
from workbench.metrics import Metric
from workbench.statistics import auroc, bootstrap_bounds

__all__ = ["measure"]

Floats = npt.NDArray[np.float64]

TALKS, QUICK_TALKS = 30, 3
LONG_TALKS, QUICK_LONG_TALKS = 40, 3
SEGMENTS, LONG_SEGMENTS = 12, 40
NOISES_DB = (None, 20.0, 15.0, 10.0)
ECHOES_S = (0.0, 0.2, 0.4)
MOST_SHIFT_S = 4.0
_PACE = 16.0  # characters a second in the middle of what speech has; the baseline's idea of normal


def measure(seed: int, quick: bool) -> dict[str, Metric]:
    """Make talks, spoil their transcripts, and measure how well that is found.

    Args:
        seed: number of the world; another seed has other talks.
        quick: few talks, for tests.

    Raises:
        MissingExtraError: the synthesiser or the aligner is not installed.
    """
    if not can_speak():
        raise MissingExtraError("Making the spoken world", "dev")
    if not can_align():
        raise MissingExtraError("Aligning a transcript with speech", "speech")
    talks = _make_talks(seed, QUICK_TALKS if quick else TALKS, SEGMENTS)
    long_talks = _make_talks(seed + 500_000, QUICK_LONG_TALKS if quick else LONG_TALKS, LONG_SEGMENTS)
    aligner = SphinxAligner()
    found = _measure_shift(talks, seed) | _measure_drift(long_talks, seed)
    found |= _measure_boundaries(talks, seed, aligner)
    found |= _measure_texts(talks, seed, aligner)
    return found | _measure_speakers(seed, QUICK_TALKS if quick else TALKS)


def _make_talks(seed: int, count: int, segments: int) -> list[Talk]:
    plans = []
    for number in range(count):
        rng = random.Random(f"plan/{seed}/{number}")
        plans.append(TalkPlan(segments, snr_db=rng.choice(NOISES_DB), echo_s=rng.choice(ECHOES_S)))
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(lambda at: make_talk(seed * 10_000 + at[0], at[1]), enumerate(plans)))


def _measure_shift(talks: list[Talk], seed: int) -> dict[str, Metric]:
    """S1: the whole transcript is late or early by up to 4 s; and a transcript of another talk."""
    rng = random.Random(f"shift/{seed}")
    errors_ms, no_evidence, foreign = [], [], []
    for number, talk in enumerate(talks):
        speech = find_speech(talk.samples, RATE_HZ)
        late_s = rng.uniform(-MOST_SHIFT_S, MOST_SHIFT_S)
        clock = lay_clock(_segments(shift(talk.segments, late_s)), speech)
        no_evidence.append(bool(clock.reason))
        if not clock.reason:
            errors_ms.append(1000 * abs(clock.shift_s - late_s))
        other = talks[(number + 1) % len(talks)]
        foreign.append(bool(lay_clock(_segments(other.segments), speech).reason))
    off = np.array(errors_ms)
    bounds = bootstrap_bounds(lambda at: float(np.median(off[at])), np.arange(len(off)))
    return {
        "transcript_shift_median_ms": Metric(float(np.median(off)), len(off), "ms", bounds.low, bounds.high),
        "transcript_shift_p90_ms": Metric(float(np.percentile(off, 90)), len(off), "ms"),
        "transcript_shift_no_evidence": _share(no_evidence, "share of shifted transcripts"),
        "transcript_foreign_no_evidence": _share(foreign, "share of transcripts of another talk"),
    }


def _measure_drift(talks: list[Talk], seed: int) -> dict[str, Metric]:
    """S2: each named frame-rate mistake in turn, and a shift of up to a second beside it."""
    rng = random.Random(f"drift/{seed}")
    names = list(RATE_MISTAKES)
    named, false, lengths_s = [], [], []
    for number, talk in enumerate(talks):
        speech = find_speech(talk.samples, RATE_HZ)
        lengths_s.append(talk.duration_s)
        name = names[number % len(names)]
        late_s = rng.uniform(-1, 1)
        spoiled = shift(change_rate(talk.segments, RATE_MISTAKES[name]), late_s)
        named.append(lay_clock(_segments(spoiled), speech).mistake == name)
        clean = lay_clock(_segments(shift(talk.segments, late_s)), speech)
        false.append(clean.rate != 1)
    return {
        "transcript_drift_named": _share(named, "share of planted frame-rate mistakes"),
        "transcript_drift_false": _share(false, "share of transcripts without drift"),
        "transcript_drift_talk_median_s": Metric(float(np.median(lengths_s)), len(lengths_s), "s"),
    }


def _measure_boundaries(talks: list[Talk], seed: int, aligner: SphinxAligner) -> dict[str, Metric]:
    """Segments moved, or their beginning or end alone, by 0.25 to 1 s."""
    rng = random.Random(f"boundary/{seed}")
    scores: list[float] = []
    lengths: list[float] = []
    paces: list[float] = []
    starts_ms: list[float] = []
    kinds: list[str] = []
    groups: list[int] = []
    began, heard_s = time.perf_counter(), 0.0
    for number, talk in enumerate(talks):
        spoiled, done = move_boundaries(talk.segments, rng)
        segments = _segments(spoiled)
        found = _hear(talk, segments, aligner)
        heard_s += talk.duration_s
        kinds += done
        groups += [number] * len(done)
        scores += [-one.value for one in found.findings]
        starts_ms += [
            1000 * abs(heard.start_s - true.start_s)
            for heard, true in zip(found.heard, talk.segments, strict=True)
            if heard
        ]
        lengths += [-(one.end_s - one.start_s) for one in segments]
        paces += [abs(reading_rate(one.text, one.end_s - one.start_s) - _PACE) for one in segments]
    seconds = time.perf_counter() - began
    is_wrong = np.array([bool(kind) for kind in kinds])
    group = np.array(groups)
    return {
        "transcript_boundary_auroc": _auroc(np.array(scores), is_wrong, group),
        "transcript_boundary_auroc_rate_alone": _auroc(np.array(paces), is_wrong, group),
        "transcript_boundary_auroc_length_alone": _auroc(np.array(lengths), is_wrong, group),
        "transcript_start_error_median_ms": Metric(float(np.median(starts_ms)), len(starts_ms), "ms"),
        "transcript_start_error_p90_ms": Metric(float(np.percentile(starts_ms, 90)), len(starts_ms), "ms"),
        "transcript_seconds_per_minute": Metric(60 * seconds / heard_s, len(talks), "s a minute of sound"),
    }


def _measure_texts(talks: list[Talk], seed: int, aligner: SphinxAligner) -> dict[str, Metric]:
    """S3: the texts of two segments exchanged; S4: a colour or a thing exchanged for another."""
    rng = random.Random(f"text/{seed}")
    found: dict[str, Metric] = {}
    for name in ("swap", "word"):
        scores: list[float] = []
        paces: list[float] = []
        wrong: list[bool] = []
        groups: list[int] = []
        for number, talk in enumerate(talks):
            spoiled, changed = (
                swap_texts(talk.segments, rng) if name == "swap" else change_words(talk.segments, rng)
            )
            segments = _segments(spoiled)
            scores += [-one.value for one in _hear(talk, segments, aligner).findings]
            paces += [abs(reading_rate(one.text, one.end_s - one.start_s) - _PACE) for one in segments]
            wrong += [bool(one) for one in changed]
            groups += [number] * len(changed)
        is_wrong, group = np.array(wrong), np.array(groups)
        found[f"transcript_{name}_auroc"] = _auroc(np.array(scores), is_wrong, group)
        found[f"transcript_{name}_auroc_rate_alone"] = _auroc(np.array(paces), is_wrong, group)
    return found


def _measure_speakers(seed: int, count: int) -> dict[str, Metric]:
    """S5: one of two people who speak at once is called by the other's name; overlaps as they are, beside."""
    rng = random.Random(f"speaker/{seed}")
    found, false = [], []
    for number in range(count):
        talk = make_talk(seed * 10_000 + 9_000 + number, TalkPlan(SEGMENTS, overlaps=2))
        spoiled, changed = swap_speaker(talk.segments, rng)
        values = [one.value if one else 0.0 for one in _speakers(spoiled)]
        found += [value < 0 for value, is_wrong in zip(values, changed, strict=True) if is_wrong]
        false += [one is not None and one.value < 0 for one in _speakers(talk.segments)]
    return {
        "transcript_speaker_found": _share(found, "share of impossible overlaps"),
        "transcript_speaker_false": _share(false, "share of segments, people speaking at once among them"),
    }


def _segments(transcript: Sequence[Spoken]) -> list[Segment]:
    return [Segment(one.text, one.start_s, one.end_s, one.speaker) for one in transcript]


def _speakers(transcript: Sequence[Spoken]) -> list[Finding | None]:
    return check_speakers(_segments(transcript))


def _hear(talk: Talk, segments: list[Segment], aligner: SphinxAligner) -> Hearing:
    return hear_transcript(segments, talk.samples, RATE_HZ, aligner)


def _share(values: list[bool], unit: str) -> Metric:
    held = np.array(values, np.float64)
    bounds = bootstrap_bounds(lambda at: float(held[at].mean()), np.arange(len(held)))
    return Metric(float(held.mean()), len(held), unit, bounds.low, bounds.high)


def _auroc(suspicion: Floats, is_wrong: npt.NDArray[np.bool_], group: npt.NDArray[np.int64]) -> Metric:
    bounds = bootstrap_bounds(lambda at: auroc(suspicion[at], is_wrong[at]), group)
    return Metric(auroc(suspicion, is_wrong), int(is_wrong.sum()), "AUROC", bounds.low, bounds.high)
