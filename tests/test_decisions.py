from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.decisions import Decision, read_decisions
from workbench.errors import DecisionError
from workbench.records import Interval


def only(line: bytes) -> Decision | DecisionError:
    ((number, said),) = read_decisions([line])
    assert number == 1
    return said


def test_a_line_carries_every_field() -> None:
    row = {
        "caption_id": "c1",
        "verdict": "misaligned",
        "error_types": ["object", "count"],
        "note": "two dogs",
        "edited_text": "a cat",
        "is_complete": False,
        "edited_interval": [1, 2.5],
        "offset_s": -0.08,
        "annotator": "ana",
        "key": "k",
    }
    assert only(json.dumps(row).encode()) == Decision(
        "c1",
        "misaligned",
        ("object", "count"),
        "two dogs",
        "ana",
        "k",
        "a cat",
        False,
        Interval(1.0, 2.5),
        -0.08,
    )


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"[1]", "A JSON list, not an object"),
        (b"nope", "Not JSON: 'nope'"),
        (b'{"verdict": "ok"}', "The line has no caption_id"),
        (b'{"caption_id": "c1", "verdict": ""}', "The line has no verdict"),
        (b'{"caption_id": 7, "verdict": "ok"}', "caption_id is 7"),
        (b'{"caption_id": "c1", "verdict": "ok", "error_types": "object"}', "error_types is 'object'"),
        (b'{"caption_id": "c1", "verdict": "misaligned", "is_complete": 1}', "is_complete is 1. Give true"),
        (b'{"caption_id": "c1", "verdict": "misaligned", "is_complete": true}', "and there is none"),
        (b'{"caption_id": "c1", "verdict": "misaligned", "edited_text": true}', "edited_text is True"),
        (b'{"caption_id": "c1", "verdict": "ok", "severe": 1}', "Unknown field 'severe'. Known: caption_id"),
        (b'{"caption_id": "c1", "verdict": "misaligned", "edited_interval": [1]}', "edited_interval is [1]"),
        (b'{"caption_id": "c1", "verdict": "misaligned", "edited_interval": [1, "2"]}', "is '2'"),
        (b'{"caption_id": "c1", "verdict": "misaligned", "offset_s": NaN}', "offset_s is nan. Give a number"),
        (b'\xff{"caption_id": "c1"}', "Not UTF-8 at byte 0"),
        (b"[" * 100_000, "Not JSON"),
    ],
)
def test_a_bad_line_says_what_is_wrong_with_it(line: bytes, reason: str) -> None:
    said = only(line)
    assert isinstance(said, DecisionError)
    assert reason in str(said)
    assert len(str(said)) < 300


def test_blank_lines_are_counted_and_a_byte_order_mark_is_passed_over() -> None:
    lines = [
        '\ufeff{"caption_id": "c1", "verdict": "ok"}\n'.encode(),
        b"\n",
        b'{"caption_id": "c2", "verdict": "ok"}',
    ]
    assert [number for number, _ in read_decisions(lines)] == [1, 3]


@given(st.binary(max_size=200))
def test_no_bytes_whatever_raise(line: bytes) -> None:
    for _, said in read_decisions(line.splitlines()):
        assert isinstance(said, Decision | DecisionError)
