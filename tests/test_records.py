"""Records refuse what cannot be, and ids stay the same for the same thing."""

from __future__ import annotations

from pathlib import Path

import pytest

from workbench.errors import DecisionError, UnknownNameError
from workbench.records import (
    Interval,
    Span,
    Verdict,
    caption_hash,
    caption_id,
    content_hash,
    sample_id,
)


def test_the_same_words_in_another_unicode_form_are_the_same_caption() -> None:
    assert caption_id("s1", "un café") == caption_id("s1", "un cafe\u0301")
    assert caption_hash("un café") == caption_hash("un cafe\u0301")


def test_parts_of_an_id_do_not_run_into_each_other() -> None:
    assert sample_id("ab", "c") != sample_id("a", "bc")


def test_a_moved_interval_makes_another_hash() -> None:
    assert caption_hash("a dog barks", 1.0, 2.0) != caption_hash("a dog barks", 1.0, 2.5)


def test_content_is_hashed_to_the_last_byte(tmp_path: Path) -> None:
    first, second = tmp_path / "1", tmp_path / "2"
    first.write_bytes(b"x" * (1 << 20) + b"a")
    second.write_bytes(b"x" * (1 << 20) + b"b")
    assert content_hash(first) != content_hash(second)


@pytest.mark.parametrize(
    ("fields", "error", "message"),
    [
        ({"verdict": "bad"}, UnknownNameError, "Known: misaligned, ok, skip"),
        ({"verdict": "ok", "error_types": ("object",)}, DecisionError, "cannot carry error types"),
        (
            {"verdict": "misaligned", "error_types": ("colour",)},
            UnknownNameError,
            "There is no error type 'colour'",
        ),
        ({"verdict": "ok", "annotator": ""}, DecisionError, "needs a caption and an annotator"),
        ({"verdict": "ok", "spans": (Span(3, 3),)}, DecisionError, r"span \(3, 3\) is empty"),
        ({"verdict": "ok", "interval": Interval(2.0, float("nan"))}, DecisionError, "not a stretch of time"),
        (
            {"verdict": "misaligned", "edited_interval": Interval(2.0, 1.0)},
            DecisionError,
            r"interval \(2.0, 1.0\) is not a stretch of time",
        ),
        (
            {"verdict": "ok", "edited_interval": Interval(1.0, 2.0)},
            DecisionError,
            "cannot carry a correction",
        ),
        ({"verdict": "ok", "offset_s": 0.12}, DecisionError, "cannot carry a correction"),
        ({"verdict": "misaligned", "offset_s": float("nan")}, DecisionError, "nan is no length of time"),
        ({"verdict": "ok", "severity": 4}, DecisionError, "severity 4 is not 1, 2 or 3"),
        ({"verdict": "ok", "stratum": "top"}, UnknownNameError, "Known: picked, random, worst"),
    ],
)
def test_a_verdict_that_cannot_be_is_refused(
    fields: dict[str, object], error: type[Exception], message: str
) -> None:
    given = {"caption_id": "c1", "verdict": "ok", "annotator": "ana"} | fields
    with pytest.raises(error, match=message):
        Verdict(**given)


def test_sound_that_was_found_to_fit_is_an_answer_and_no_correction() -> None:
    assert not Verdict("c1", "ok", "ana", offset_s=0.0).is_correction
    assert Verdict("c1", "misaligned", "ana", offset_s=-0.08).is_correction
