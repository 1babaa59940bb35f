"""Hold a whole transcript against its sound: the clock first, then every segment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from workbench.alignment.heard import Aligner, Heard, hear_segments
from workbench.alignment.segments import Finding, Segment, check_speakers, find_untold, judge_segment
from workbench.alignment.sphinx import split_words
from workbench.alignment.transcripts import Clock, fit_clock, match_patterns
from workbench.media.speech import Speech, find_speech

__all__ = ["Hearing", "hear_transcript", "lay_clock"]

Samples = npt.NDArray[np.float32]
Floats = npt.NDArray[np.float64]

_LEAST_CONTRAST_DB = 6.0
_LEAST_HEARD = 3
_SILENCE = "the sound has no contrast between speech and pause"


@dataclass(frozen=True)
class Hearing:
    """What came of holding a transcript against its sound.

    Attributes:
        clock: is the whole transcript late, or slow.
        findings: one a segment, in the order given.
        speakers: one a segment; None where it names no speaker.
        heard: one a segment; None where its words could not be laid, or this was not tried.
        untold: float64 (k, 2), stretches of speech that no segment covers.
    """

    clock: Clock
    findings: tuple[Finding, ...]
    speakers: tuple[Finding | None, ...]
    heard: tuple[Heard | None, ...]
    untold: Floats


def hear_transcript(
    segments: Sequence[Segment], samples: Samples, rate_hz: int, aligner: Aligner | None = None
) -> Hearing:
    """Judge a transcript: its clock, its segments and its speakers.

    Args:
        segments: in any order.
        samples: float32 mono at `rate_hz`, which must be the aligner's.
        rate_hz: their rate.
        aligner: what lays the words on the sound; None where there is none for this language. Boundaries then
            rest on the edges of speech alone, and a wrong text is not seen.

    Returns:
        Findings in the order of the segments.
    """
    speech = find_speech(samples, rate_hz)
    order = sorted(
        (n for n, one in enumerate(segments) if not one.is_whole and one.end_s > one.start_s),
        key=lambda n: segments[n].start_s,
    )
    placed = [segments[n] for n in order]
    clock = lay_clock(placed, speech)
    heard: list[Heard | None] = [None] * len(segments)
    if aligner is not None:
        for n, one in zip(order, _hear_placed(placed, samples, rate_hz, speech, clock, aligner), strict=True):
            heard[n] = one
        for n, segment in enumerate(segments):
            if segment.is_whole:
                heard[n] = _hear_whole(segment, samples, aligner)
        clock = _corrected(clock, placed, [heard[n] for n in order])
    findings = [
        judge_segment(
            segment, speech, clock, one, is_laid=aligner is not None and bool(split_words(segment.text))
        )
        for segment, one in zip(segments, heard, strict=True)
    ]
    return Hearing(
        clock,
        tuple(findings),
        tuple(check_speakers(segments)),
        tuple(heard),
        find_untold(segments, speech, clock),
    )


def lay_clock(segments: Sequence[Segment], speech: Speech) -> Clock:
    """Find whether a transcript is late or slow from the pattern of speech alone."""
    starts_s, ends_s = _times(segments)
    pattern = match_patterns(speech.mask, speech.hop_s, starts_s, ends_s)
    if speech.contrast_db < _LEAST_CONTRAST_DB:
        return Clock(np.nan, 1.0, np.inf, np.nan, 0, np.nan, "", pattern.correlation, _SILENCE)
    return fit_clock(starts_s, speech.intervals[:, 0], pattern)


def _hear_placed(
    segments: list[Segment], samples: Samples, rate_hz: int, speech: Speech, clock: Clock, aligner: Aligner
) -> list[Heard | None]:
    starts_s, ends_s = _times(segments)
    texts = [segment.text for segment in segments]
    if not texts:
        return []
    expected = clock.to_sound(starts_s), clock.to_sound(ends_s)
    return hear_segments(samples, rate_hz, speech, texts, *expected, aligner)


def _hear_whole(segment: Segment, samples: Samples, aligner: Aligner) -> Heard | None:
    words = aligner.align(samples, split_words(segment.text))
    if not words:
        return None
    score = float(np.average([word.score for word in words], weights=[w.end_s - w.start_s for w in words]))
    return Heard(words[0].start_s, words[-1].end_s, score, words)


def _corrected(clock: Clock, segments: list[Segment], heard: list[Heard | None]) -> Clock:
    """Take the clock from where the words were heard, when the pattern of speech gave none."""
    pairs = [(s.start_s, h.start_s) for s, h in zip(segments, heard, strict=True) if h is not None]
    if not clock.reason or len(pairs) < max(_LEAST_HEARD, len(segments) // 2):
        return clock
    told, known = np.array(pairs).T
    speechless = match_patterns(np.zeros(0, np.bool_), 0.01, told, told)
    return fit_clock(told, known, speechless, is_tied=True)


def _times(segments: Sequence[Segment]) -> tuple[Floats, Floats]:
    starts_s = np.array([segment.start_s for segment in segments], np.float64)
    return starts_s, np.array([segment.end_s for segment in segments], np.float64)
