"""Judge the segments of a transcript one by one: their length, their place on the sound, and who speaks.

Lengths and overlaps need no sound. With the speech signal an interval over silence shows; with the words laid
on the sound, a boundary that is off and a text that is not what is said.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from workbench.alignment.heard import Heard
from workbench.alignment.sphinx import locate_words
from workbench.alignment.transcripts import Clock
from workbench.media.speech import Speech

__all__ = [
    "FASTEST",
    "SLOWEST",
    "Finding",
    "Segment",
    "check_speakers",
    "find_untold",
    "judge_segment",
    "reading_rate",
]

Floats = npt.NDArray[np.float64]

#: Characters a second that people speak and can read; outside it the interval or the text is doubtful.
SLOWEST, FASTEST = 8.0, 25.0
_UNIT_S = 0.25  # an error of this size counts 1
_END_SLACK_S = 0.05  # a word's end is known less well than its beginning: it fades, and an echo follows
# Log likelihood a frame: right words lie at -3.3 to -1.4, others at -6 to -3.5, if they can be laid at all.
_WRONG_WORDS, _WORDS_WEIGHT = -3.2, 2.5
_WRONG_WORD, _WORD_WEIGHT = -5.0, 0.4  # of one word: the worst of a right segment lies at -3.7 to -2.7
_SILENT_SHARE = 0.15
_TOUCH_S = 0.05  # overlaps shorter than this come from rounding
_LEAST_GAP_S = 1.0


@dataclass(frozen=True)
class Segment:
    """One caption of a transcript; `is_whole` when it has no interval of its own but the whole sound."""

    text: str
    start_s: float
    end_s: float
    speaker: str = ""
    is_whole: bool = False


@dataclass(frozen=True)
class Finding:
    """What is wrong with a segment, if anything.

    Attributes:
        value: 0 is best; -1 weighs as much as a boundary that is off by a quarter of a second.
        evidence: one sentence.
        kind: the heaviest of what was found: `length`, `silence`, `words`, `word`,
            `boundary`, `rate`, `overlap`, "".
        start_s: where the segment should begin, if that can be said.
        end_s: where it should end.
        start_error_s: begins this much too late; negative is too early; NaN when it cannot be said.
        end_error_s: likewise of its end.
        start_char: first character of the word that fits worst, where one is doubted.
        end_char: the one after its last.
    """

    value: float
    evidence: str
    kind: str = ""
    start_s: float | None = None
    end_s: float | None = None
    start_error_s: float = float("nan")
    end_error_s: float = float("nan")
    start_char: int | None = None
    end_char: int | None = None


def judge_segment(
    segment: Segment, speech: Speech, clock: Clock, heard: Heard | None, *, is_laid: bool
) -> Finding:
    """Judge one segment of a transcript.

    Args:
        segment: as the transcript has it.
        speech: where somebody speaks.
        clock: what is wrong with the whole transcript's clock.
        heard: where its words were laid; None where they could not be.
        is_laid: whether it was tried to lay the words; without, only the edges of speech are known.

    Returns:
        The heaviest of what was found, with all of it in the evidence.
    """
    if segment.is_whole:
        words = _judge_words(segment.text, heard, is_laid)
        return words if words.evidence else Finding(0.0, _all_right(heard, is_laid))
    length_s = segment.end_s - segment.start_s
    if length_s <= 0:
        what = "has no length" if length_s == 0 else f"ends {-length_s:.2f} s before it begins"
        return _with_place(Finding(-8.0, f"The interval {what}.", "length"), heard)
    weighed = [
        _judge_place(segment, speech, clock, heard, is_laid),
        _judge_rate(segment, length_s),
        _judge_silence(segment, speech),
        _judge_words(segment.text, heard, is_laid),
    ]
    found = sorted((one for one in weighed if one.evidence), key=lambda one: one.value)
    place, words = weighed[0], weighed[-1]
    worst = found[0] if found else place
    said = " ".join(one.evidence for one in found) or _all_right(heard, is_laid)
    return Finding(
        worst.value, said, worst.kind if worst.value < 0 else "", place.start_s, place.end_s,
        place.start_error_s, place.end_error_s, words.start_char, words.end_char,
    )  # fmt: skip


def check_speakers(segments: Sequence[Segment]) -> list[Finding | None]:
    """Find speakers who would have to be in two places at once.

    Two speakers at the same time happens and is told; one speaker twice at the same time cannot be.

    Returns:
        One a segment, None where no speaker is given; value 0, or minus the seconds that overlap.

    Example:
        >>> twice = [Segment("a", 0, 2, "Ana"), Segment("b", 1.5, 3, "Ana")]
        >>> check_speakers(twice)[1].evidence
        'Ana would be saying two things at once, from 1.50 to 2.00 s.'
    """
    order = sorted(range(len(segments)), key=lambda number: segments[number].start_s)
    found: list[Finding | None] = [None] * len(segments)
    for place, number in enumerate(order):
        own = segments[number]
        if not own.speaker or own.is_whole:
            continue
        others = [segments[n] for n in order[:place] if segments[n].end_s - own.start_s > _TOUCH_S]
        for n in order[place + 1 :]:
            if own.end_s - segments[n].start_s <= _TOUCH_S:
                break
            others.append(segments[n])
        found[number] = _judge_company(own, [one for one in others if one.speaker and not one.is_whole])
    return found


def find_untold(segments: Sequence[Segment], speech: Speech, clock: Clock) -> Floats:
    """Return stretches of speech of a second or more that no segment covers, float64 (k, 2), in seconds."""
    told = speech.mask.copy()
    for segment in segments:
        start_s, end_s = clock.to_sound(np.array([segment.start_s, segment.end_s]))
        first, last = (max(0, round(t / speech.hop_s)) for t in (start_s - 0.3, end_s + 0.3))
        told[first:last] = False
    padded = np.concatenate([[False], told, [False]])
    edges = np.flatnonzero(padded[1:] != padded[:-1]).reshape(-1, 2).astype(np.float64) * speech.hop_s
    long: Floats = edges[edges[:, 1] - edges[:, 0] >= _LEAST_GAP_S]
    return long


def reading_rate(text: str, length_s: float) -> float:
    """Return characters a second, spaces included, as subtitle guidelines count.

    Example:
        >>> reading_rate("Hello there.", 1.0)
        12.0
    """
    return len(" ".join(text.split())) / length_s if length_s > 0 else float("inf")


def _judge_place(
    segment: Segment, speech: Speech, clock: Clock, heard: Heard | None, is_laid: bool
) -> Finding:
    place = (heard.start_s, heard.end_s) if heard else None if is_laid else _nearest(segment, speech, clock)
    if place is None:
        return Finding(0.0, "")
    start, end = segment.start_s - place[0], segment.end_s - place[1]
    size_s = max(abs(start), abs(end) - _END_SLACK_S)
    parts = []
    if abs(start) >= 0.1:
        parts.append(f"begins {abs(start):.2f} s {'late' if start > 0 else 'early'}")
    if abs(end) >= 0.15:
        parts.append(f"ends {abs(end):.2f} s {'late' if end > 0 else 'early'}")
    is_whole = bool(parts) and not clock.reason and str(clock) != "in time"
    whole = f" (the whole transcript: {clock})" if is_whole else ""
    said = f"The segment {' and '.join(parts)}{whole}." if parts else ""
    return Finding(-size_s / _UNIT_S, said, "boundary", place[0], place[1], start, end)


def _nearest(segment: Segment, speech: Speech, clock: Clock) -> tuple[float, float] | None:
    """Return the edges of speech nearest to where the transcript's clock puts the segment."""
    if not len(speech.intervals) or clock.reason:
        return None
    start_s, end_s = clock.to_sound(np.array([segment.start_s, segment.end_s]))
    starts, ends = speech.intervals[:, 0], speech.intervals[:, 1]
    start = float(starts[np.abs(starts - start_s).argmin()])
    later = ends[ends > start]
    return (start, float(later[np.abs(later - end_s).argmin()])) if len(later) else None


def _judge_rate(segment: Segment, length_s: float) -> Finding:
    rate = reading_rate(segment.text, length_s)
    if SLOWEST <= rate <= FASTEST or not segment.text.strip():
        return Finding(0.0, "")
    word = "fast" if rate > FASTEST else "slow"
    times_off = rate / FASTEST if rate > FASTEST else SLOWEST / max(rate, 0.1)
    said = f"{rate:.0f} characters a second is too {word} for speech."
    return Finding(-min(6.0, 0.5 + 2 * math.log2(times_off)), said, "rate")


def _judge_silence(segment: Segment, speech: Speech) -> Finding:
    share = speech.share(segment.start_s, segment.end_s)
    if share >= _SILENT_SHARE or not len(speech.mask):
        return Finding(0.0, "")
    said = f"Somebody speaks in only {100 * share:.0f} % of the interval."
    return Finding(-4.0 + 4 * share, said, "silence")


def _judge_words(text: str, heard: Heard | None, is_laid: bool) -> Finding:
    if not is_laid:
        return Finding(0.0, "")
    if heard is None:
        said = "The words cannot be laid on what is said here: another text, or another language."
        return Finding(-8.0, said, "words")
    weakest = min(range(len(heard.words)), key=lambda n: heard.words[n].score)
    word = heard.words[weakest]
    if heard.score < _WRONG_WORDS:
        said = f"The words fit badly what is said here, worst {word.word!r} at {word.start_s:.2f} s."
        return Finding(max(-8.0, _WORDS_WEIGHT * (heard.score - _WRONG_WORDS)), said, "words")
    value = _WORD_WEIGHT * (word.score - _WRONG_WORD)
    if value >= 0:
        return Finding(0.0, "")
    places = locate_words(text)
    _, start, end = places[weakest] if len(places) == len(heard.words) else ("", None, None)
    said = f"{word.word!r} fits badly what is heard at {word.start_s:.2f} s."
    return Finding(max(-4.0, value), said, "word", start_char=start, end_char=end)


def _judge_company(own: Segment, others: list[Segment]) -> Finding:
    shared = [(min(own.end_s, one.end_s) - max(own.start_s, one.start_s), one) for one in others]
    same = [(length_s, one) for length_s, one in shared if one.speaker == own.speaker and length_s > _TOUCH_S]
    if same:
        length_s, one = max(same, key=lambda pair: pair[0])
        begin_s = max(own.start_s, one.start_s)
        when = f"from {begin_s:.2f} to {begin_s + length_s:.2f} s"
        said = f"{own.speaker} would be saying two things at once, {when}."
        return Finding(-length_s, said, "overlap", begin_s, begin_s + length_s)
    if shared:
        length_s, one = max(shared, key=lambda pair: pair[0])
        said = f"{own.speaker} and {one.speaker} speak at the same time for {length_s:.2f} s; that happens."
        return Finding(0.0, said)
    return Finding(0.0, f"{own.speaker} says one thing at a time.")


def _with_place(finding: Finding, heard: Heard | None) -> Finding:
    if heard is None:
        return finding
    return Finding(finding.value, finding.evidence, finding.kind, heard.start_s, heard.end_s)


def _all_right(heard: Heard | None, is_laid: bool) -> str:
    if heard:
        return f"The words are heard from {heard.start_s:.2f} to {heard.end_s:.2f} s."
    return "Nothing was found; the words were not laid on the sound."
