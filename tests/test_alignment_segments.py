"""Segments of a transcript one by one, and speakers who would say two things at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest

from tests.made_talks import RATE_HZ, make_rhythm, sound_of
from workbench.alignment.forced import WordTime
from workbench.alignment.hearing import Hearing, hear_transcript
from workbench.alignment.segments import Segment, check_speakers, reading_rate

TALK = make_rhythm(10)


class KnowingAligner:
    """Lays any words evenly on the loud parts of a sound, but for the words it was told are not said."""

    key = "knowing"

    def __init__(self, unsaid: str = "zzz") -> None:
        self.unsaid = unsaid
        self.calls = 0

    def align(
        self, samples: npt.NDArray[np.float32], words: Sequence[str], *, is_patient: bool = False
    ) -> tuple[WordTime, ...] | None:
        self.calls += 1
        if self.unsaid in words or not words:
            return None
        loud = np.flatnonzero(np.abs(samples) > 0.03) / RATE_HZ
        if not len(loud):
            return None
        at = loud[np.linspace(0, len(loud) - 1, len(words) + 1).astype(int)]
        return tuple(
            WordTime(word, float(a), float(b), -8.0 if word == "odd" else -2.0)
            for word, a, b in zip(words, at, at[1:], strict=False)
        )


@pytest.fixture(scope="module")
def sound() -> npt.NDArray[np.float32]:
    return sound_of(TALK)


def hear(segments: list[Segment], sound: npt.NDArray[np.float32], unsaid: str = "zzz") -> Hearing:
    return hear_transcript(segments, sound, RATE_HZ, KnowingAligner(unsaid))


def test_a_right_transcript_has_nothing_to_say(sound: npt.NDArray[np.float32]) -> None:
    found = hear_transcript(TALK, sound, RATE_HZ)
    assert all(one.value > -0.2 for one in found.findings)
    assert str(found.clock) == "in time"
    assert len(found.untold) == 0


def test_a_late_transcript_is_late_in_every_segment(sound: npt.NDArray[np.float32]) -> None:
    late = [replace(one, start_s=one.start_s + 0.6, end_s=one.end_s + 0.6) for one in TALK]
    found = hear_transcript(late, sound, RATE_HZ)
    assert all(one.kind == "boundary" and one.value == pytest.approx(-2.4, abs=0.3) for one in found.findings)
    assert "begins 0.6" in found.findings[0].evidence
    assert "the whole transcript: transcript late by 6" in found.findings[0].evidence
    assert found.findings[3].start_s == pytest.approx(TALK[3].start_s, abs=0.05)


def test_an_interval_without_length_or_over_silence_is_worst(sound: npt.NDArray[np.float32]) -> None:
    spoiled = list(TALK)
    spoiled[2] = replace(spoiled[2], end_s=spoiled[2].start_s)
    spoiled[4] = replace(spoiled[4], end_s=spoiled[4].start_s - 1)
    gap_s = TALK[7].start_s - TALK[6].end_s
    spoiled[6] = replace(spoiled[6], start_s=TALK[6].end_s + 0.05, end_s=TALK[6].end_s + gap_s - 0.05)
    found = hear_transcript(spoiled, sound, RATE_HZ).findings
    assert (found[2].kind, found[4].kind) == ("length", "length")
    assert "ends 1.00 s before it begins" in found[4].evidence
    assert "of the interval" in found[6].evidence
    assert max(found[n].value for n in (2, 4, 6)) < min(found[n].value for n in (0, 1, 8))


@pytest.mark.parametrize(("text", "word"), [("a" * 200, "fast"), ("a", "slow")])
def test_a_rate_nobody_speaks_at_is_told(sound: npt.NDArray[np.float32], text: str, word: str) -> None:
    spoiled = [replace(TALK[0], text=text), *TALK[1:]]
    found = hear_transcript(spoiled, sound, RATE_HZ).findings[0]
    assert found.kind == "rate"
    assert f"too {word} for speech" in found.evidence


def test_words_that_are_not_said_are_the_finding(sound: npt.NDArray[np.float32]) -> None:
    spoiled = [
        replace(one, text="something else entirely zzz") if n == 5 else one for n, one in enumerate(TALK)
    ]
    found = hear(spoiled, sound)
    assert found.findings[5].kind == "words"
    assert found.heard[5] is None
    assert found.heard[1] is not None
    assert min(range(10), key=lambda n: found.findings[n].value) == 5


def test_one_word_that_fits_badly_is_pointed_at(sound: npt.NDArray[np.float32]) -> None:
    text = "La la odd, la la la la"
    found = hear([replace(TALK[0], text=text)], sound_of(TALK[:1])).findings[0]
    assert text[found.start_char : found.end_char] == "odd"
    assert "'odd' fits badly" in found.evidence


def test_a_transcript_of_the_whole_sound_is_held_against_its_words_alone(
    sound: npt.NDArray[np.float32],
) -> None:
    whole = Segment("la la la", 0, 60, is_whole=True)
    assert hear([whole], sound).findings[0].value == 0
    assert hear([replace(whole, text="zzz")], sound).findings[0].kind == "words"


def test_speech_that_no_segment_covers_is_listed(sound: npt.NDArray[np.float32]) -> None:
    found = hear_transcript([*TALK[:4], *TALK[5:]], sound, RATE_HZ)
    assert len(found.untold) == 1
    middle = found.untold[0].mean()
    assert TALK[4].start_s < middle < TALK[4].end_s


def test_two_speakers_may_overlap_and_one_may_not() -> None:
    segments = [Segment("a", 0, 2, "Ana"), Segment("b", 1.5, 3, "Ben"), Segment("c", 2.5, 4, "Ben")]
    first, second, third = check_speakers(segments)
    assert first is not None
    assert second is not None
    assert third is not None
    assert first.value == 0
    assert "Ana and Ben speak at the same time for 0.50 s" in first.evidence
    assert second.value == third.value == pytest.approx(-0.5)
    assert (third.start_s, third.end_s) == (2.5, 3)


def test_a_speaker_is_judged_only_where_one_is_named() -> None:
    found = check_speakers([Segment("a", 0, 2), Segment("b", 1, 3, "Ben"), Segment("c", 2.98, 4, "Ben")])
    assert found[0] is None
    assert [one.value for one in found if one] == [0, 0]  # 20 ms come from rounding


def test_an_overlap_hidden_under_a_long_segment_is_found() -> None:
    segments = [Segment("a", 0, 10, "Ana"), Segment("b", 1, 2, "Ben"), Segment("c", 3, 4, "Ana")]
    assert [one.value for one in check_speakers(segments) if one] == [-1.0, 0, -1.0]


def test_nothing_takes_forever_to_read() -> None:
    assert reading_rate("abc", 0) == float("inf")
