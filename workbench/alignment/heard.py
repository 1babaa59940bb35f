"""Find when each segment of a transcript is heard, by laying its words on the sound.

All segments are laid on the whole sound at once: one wrong boundary misleads nobody. Where that cannot
be done the sound is cut in two at a silence and each half is tried, down to the segments that cannot be laid
on their own stretch: their words are not those that are said.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
import numpy.typing as npt

from workbench.alignment.forced import WordTime
from workbench.alignment.sphinx import split_words
from workbench.media.speech import Speech

__all__ = ["Aligner", "Heard", "hear_segments"]

Samples = npt.NDArray[np.float32]
Floats = npt.NDArray[np.float64]

_MOST_S = 90.0  # laid at once; longer is cut at silences first
_LOOK_S = 1.2  # how far from the expected boundary a silence is looked for
_MARGIN_S = 0.35
_SNAP_S, _SILENT_SNAP_S = 0.15, 1.5
_SHORT, _LONE_S = 3, 0.3


class Aligner(Protocol):
    """Lays words on a sound."""

    key: str

    def align(
        self, samples: Samples, words: Sequence[str], *, is_patient: bool = False
    ) -> tuple[WordTime, ...] | None:
        """Return when each word is said, or None where they cannot be laid on it.

        A patient aligner follows unlikely paths further: slow, for the few that could not be laid.
        """
        ...


@dataclass(frozen=True)
class Heard:
    """When a segment is heard.

    Attributes:
        start_s: its first word begins; at the edge of a stretch of speech where one is near.
        end_s: its last word ends, likewise.
        score: mean log likelihood a frame against the best sound there; 0 is best.
        words: each word's own times.
        is_alone: it could only be laid on its own stretch of sound, not together with its neighbours.
    """

    start_s: float
    end_s: float
    score: float
    words: tuple[WordTime, ...]
    is_alone: bool = False


def hear_segments(
    samples: Samples, rate_hz: int, speech: Speech, texts: Sequence[str], starts_s: Floats, ends_s: Floats,
    aligner: Aligner,
) -> list[Heard | None]:  # fmt: skip
    """Find when each segment is heard.

    Args:
        samples: float32 mono at `rate_hz`, which must be the aligner's.
        rate_hz: their rate.
        speech: where somebody speaks in them.
        texts: of the segments, in the order of their beginnings.
        starts_s: float64 (k,), about where each begins, in the clock of the sound.
        ends_s: float64 (k,), about where it ends.
        aligner: what lays the words.

    Returns:
        One a segment; None where its words cannot be laid on the sound near it, or it has none.
    """
    words = [split_words(text) for text in texts]
    cuts = _Cuts(speech, starts_s, ends_s, len(samples) / rate_hz)
    found: list[Heard | None] = [None] * len(texts)
    waiting = [(0, len(texts))] if texts else []
    while waiting:
        first, last = waiting.pop()
        begin_s, end_s = cuts.before(first), cuts.before(last)
        is_short = end_s - begin_s <= _MOST_S
        laid = _lay(samples, rate_hz, begin_s, end_s, words[first:last], aligner) if is_short else None
        if laid is None and last - first == 1:
            begin_s = max(0.0, float(starts_s[first]) - _MARGIN_S)
            end_s = float(ends_s[first]) + _MARGIN_S
            for is_patient in (False, True):
                if laid is None:
                    laid = _lay(
                        samples, rate_hz, begin_s, end_s, words[first:last], aligner, is_patient=is_patient
                    )
        if laid is None and last - first > 1:
            middle = cuts.quietest(first, last)
            waiting += [(first, middle), (middle, last)]
            continue
        for number, own in enumerate(laid or [], start=first):
            found[number] = _heard(own, speech, last - first == 1) if own else None
    return _without_overshoot(found, starts_s, ends_s)


class _Cuts:
    """Where the sound may be cut between two segments: in the widest silence near the expected boundary."""

    def __init__(self, speech: Speech, starts_s: Floats, ends_s: Floats, duration_s: float) -> None:
        edges = speech.intervals
        quiet = np.stack([np.r_[0.0, edges[:, 1]], np.r_[edges[:, 0], duration_s]], axis=1)
        count = len(starts_s)
        self._at, self._width = np.zeros(count + 1), np.zeros(count + 1)
        for number in range(count + 1):
            low_s = ends_s[number - 1] if number else starts_s[0] - _LOOK_S
            high_s = starts_s[number] if number < count else ends_s[-1] + _LOOK_S
            self._at[number], self._width[number] = _widest(quiet, min(low_s, high_s), max(low_s, high_s))
        self._at = np.clip(self._at, 0.0, duration_s)

    def before(self, number: int) -> float:
        """Return where to cut before a segment; after the last one, where it ends."""
        return float(self._at[number])

    def quietest(self, first: int, last: int) -> int:
        """Return the segment of the middle before which the silence is widest."""
        size = last - first
        low, high = first + max(1, size // 4), last - max(1, size // 4)
        inner = np.arange(low, max(high, low) + 1)
        return int(inner[np.argmax(self._width[inner])])


def _widest(quiet: Floats, low_s: float, high_s: float) -> tuple[float, float]:
    begin = np.maximum(quiet[:, 0], low_s - _LOOK_S)
    end = np.minimum(quiet[:, 1], high_s + _LOOK_S)
    # Among silences of about the same width the one in the expected place is the right one.
    middle = (low_s + high_s) / 2
    away = np.maximum(0, np.maximum(begin - high_s, low_s - end))
    value = np.minimum(end - begin, 0.6) - 0.5 * away
    if not len(value) or (end - begin).max() <= 0:
        return middle, 0.0
    best = int(np.argmax(value))
    return float(begin[best] + end[best]) / 2, float(end[best] - begin[best])


def _lay(
    samples: Samples,
    rate_hz: int,
    begin_s: float,
    end_s: float,
    words: list[list[str]],
    aligner: Aligner,
    *,
    is_patient: bool = False,
) -> list[tuple[WordTime, ...]] | None:
    """Return the times of each segment's words in the whole sound, or None where they cannot be laid."""
    first = round(begin_s * rate_hz)
    every = [word for own in words for word in own]
    laid = aligner.align(samples[first : round(end_s * rate_hz)], every, is_patient=is_patient)
    if laid is None:
        return None
    begin_s, place, found = first / rate_hz, 0, []
    for own in words:
        times = laid[place : place + len(own)]
        place += len(own)
        found.append(tuple(WordTime(t.word, t.start_s + begin_s, t.end_s + begin_s, t.score) for t in times))
    return found


def _heard(words: tuple[WordTime, ...], speech: Speech, is_alone: bool) -> Heard:
    lengths = [max(word.end_s - word.start_s, 0.01) for word in words]
    score = float(np.average([word.score for word in words], weights=lengths))
    start_s = _snap(_begin(words), speech.intervals, 0)
    start_s = min(start_s, words[min(1, len(words) - 1)].start_s)
    end_s = max(_snap(words[-1].end_s, speech.intervals, 1), words[max(-2, -len(words))].end_s)
    return Heard(start_s, max(end_s, start_s), score, words, is_alone)


def _begin(words: tuple[WordTime, ...]) -> float:
    """Return where a segment begins: a lone "a" before a pause was heard in something else."""
    if len(words) > 1 and len(words[0].word) <= _SHORT and words[1].start_s - words[0].end_s > _LONE_S:
        return words[1].start_s - 0.1
    return words[0].start_s


def _without_overshoot(found: list[Heard | None], starts_s: Floats, ends_s: Floats) -> list[Heard | None]:
    """End each segment where the next one begins, unless the transcript says that they overlap."""
    for number in range(len(found) - 1):
        own, after = found[number], found[number + 1]
        is_told_apart = ends_s[number] <= starts_s[number + 1]
        if own and after and is_told_apart and own.start_s < after.start_s < own.end_s:
            found[number] = replace(own, end_s=after.start_s)
    return found


def _snap(time_s: float, intervals: Floats, side: int) -> float:
    """Return the edge of speech next to a time, if one is near: it is known better than the word's.

    A beginning (side 0) or end (side 1) that lies in silence goes to where the speech it belongs to begins or
    ends; one that lies in speech moves less far.
    """
    if not len(intervals):
        return time_s
    is_silent = not ((intervals[:, 0] <= time_s) & (time_s <= intervals[:, 1])).any()
    edges_s = intervals[:, side]
    own = edges_s[edges_s >= time_s] if side == 0 else edges_s[edges_s <= time_s]
    if is_silent and len(own) and np.abs(own - time_s).min() <= _SILENT_SNAP_S:
        return float(own[np.abs(own - time_s).argmin()])
    near = float(edges_s[np.abs(edges_s - time_s).argmin()])
    return near if abs(near - time_s) <= _SNAP_S else time_s
