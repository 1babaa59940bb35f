"""The spoken world, its planted errors, and the aligner and the benchmark on it."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from workbench.alignment.heard import hear_segments
from workbench.alignment.sphinx import SphinxAligner, can_align, locate_words, spell_sounds, split_words
from workbench.demo.sound import RATE_HZ as WAV_RATE_HZ
from workbench.demo.sound import encode_wav
from workbench.demo.speech import RATE_HZ, Spoken, Talk, TalkPlan, make_talk
from workbench.demo.transcript_errors import (
    change_rate,
    change_words,
    move_boundaries,
    shift,
    swap_speaker,
    swap_texts,
)
from workbench.demo.voices import Utterance, can_speak, speak
from workbench.errors import MediaError, MissingExtraError
from workbench.ingest import ingest
from workbench.media.audio import resample
from workbench.media.speech import find_speech
from workbench.scoring import score
from workbench.store import Store

spoken = pytest.mark.skipif(not can_speak(), reason="espeakng-loader is not installed")
aligned = pytest.mark.skipif(not can_align(), reason="the extra [speech] is not installed")

LINE = (Spoken("A red dog runs.", 1.0, 2.0, "Ana"), Spoken("A blue cat sits.", 1.5, 3.5, "Ben"))


@pytest.fixture(scope="module")
def talk() -> Talk:
    return make_talk(11, TalkPlan(segments=6, snr_db=20))


@spoken
def test_a_seed_makes_the_same_talk_again(talk: Talk) -> None:
    again = make_talk(11, TalkPlan(segments=6, snr_db=20))
    assert np.array_equal(talk.samples, again.samples)
    assert talk.segments == again.segments
    assert make_talk(12, TalkPlan(segments=6)).segments != talk.segments


@spoken
def test_the_truth_of_a_talk_is_where_it_sounds(talk: Talk) -> None:
    still = make_talk(11, TalkPlan(segments=6, snr_db=None, echo_s=0))
    assert still.segments == talk.segments
    told = np.zeros(len(still.samples), bool)
    for one in still.segments:
        first, last = round(one.start_s * RATE_HZ), round(one.end_s * RATE_HZ)
        told[first:last] = True
        assert np.abs(still.samples[first : first + 160]).max() > 1e-4
    assert np.abs(still.samples[~told]).max() == 0


@spoken
def test_an_unknown_voice_is_refused() -> None:
    with pytest.raises(MediaError, match="no voice 'nobody'"):
        speak([Utterance("hello", "nobody")])


def test_without_the_synthesiser_the_install_line_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workbench.demo.voices.can_speak", lambda: False)
    with pytest.raises(MissingExtraError, match=r"caption-workbench\[dev\]"):
        speak([Utterance("hello")])


@spoken
@aligned
def test_words_are_heard_where_they_are_said_by_an_unrelated_model(talk: Talk) -> None:
    speech = find_speech(talk.samples, RATE_HZ)
    starts, ends = np.array([[one.start_s, one.end_s] for one in talk.segments]).T
    texts = [one.text for one in talk.segments]
    found = hear_segments(talk.samples, RATE_HZ, speech, texts, starts + 0.3, ends + 0.3, SphinxAligner())
    errors = [abs(one.start_s - true) for one, true in zip(found, starts, strict=True) if one]
    assert len(errors) >= 5
    assert np.median(errors) < 0.03


@aligned
def test_a_word_no_dictionary_has_is_spelled_and_silence_has_no_words() -> None:
    aligner = SphinxAligner()
    assert aligner.align(np.zeros(RATE_HZ, np.float32), []) is None
    assert aligner.align(np.zeros(800, np.float32), ["hello"]) is None
    assert aligner.align(np.zeros(RATE_HZ, np.float32), ["犬"]) is None
    assert spell_sounds("blorf") == "B L AO R F"
    assert split_words("1987 [laughs] cats, 115 dogs") == [
        "nineteen", "eighty", "seven", "cats", "one", "hundred", "fifteen", "dogs",
    ]  # fmt: skip
    assert locate_words("A cat.") == [("a", 0, 1), ("cat", 2, 5)]


def test_planted_errors_are_what_they_say() -> None:
    rng = random.Random(0)
    assert [one.start_s for one in shift(LINE, 0.5)] == [1.5, 2.0]
    assert change_rate(LINE, 2.0)[1].end_s == 7.0
    moved, kinds = move_boundaries(LINE * 20, rng)
    for one, true, kind in zip(moved, LINE * 20, kinds, strict=True):
        by_start, by_end = abs(one.start_s - true.start_s), abs(one.end_s - true.end_s)
        assert (by_start >= 0.25) == (kind in ("both", "start"))
        assert (by_end >= 0.25) == (kind in ("both", "end"))
    swapped, changed = swap_texts(LINE, rng)
    assert changed == (True, True)
    assert [one.text for one in swapped] == [LINE[1].text, LINE[0].text]
    words, put = change_words(LINE, rng, share=1.0)
    assert all(
        word in one.text and one.text != true.text for one, word, true in zip(words, put, LINE, strict=True)
    )
    speakers, both = swap_speaker(LINE, rng)
    assert both == (True, True)
    assert {one.speaker for one in speakers} == {"Ana"}
    apart = (LINE[0], replace(LINE[1], start_s=2.5))
    assert swap_speaker(apart, rng) == (apart, (False, False))


@spoken
@aligned
def test_the_scorer_finds_what_was_planted_and_reads_nothing_twice(talk: Talk, tmp_path: Path) -> None:
    (tmp_path / "media").mkdir()
    (tmp_path / "media" / "talk.wav").write_bytes(encode_wav(resample(talk.samples, RATE_HZ, WAV_RATE_HZ)))
    late = [replace(one, start_s=one.start_s + (n == 2) * 0.9, end_s=one.end_s + (n == 2) * 0.9)
            for n, one in enumerate(talk.segments)]  # fmt: skip
    pl.DataFrame(
        [
            {"path": "media/talk.wav", "text": one.text, "kind": "transcript", "start_s": one.start_s,
             "end_s": one.end_s, "speaker": one.speaker if n else None}
            for n, one in enumerate(late)
        ]
    ).write_ndjson(tmp_path / "captions.jsonl")  # fmt: skip
    store = Store.create(tmp_path / "workspace")
    ingest(store, tmp_path / "captions.jsonl", progress=False)
    summary = score(store, "transcripts", progress=False)
    assert summary.undefined == 1  # no speaker is named in the first
    rows = store.read("scores").filter(pl.col("error_type") == "transcript").sort("value")
    worst = rows.row(0, named=True)
    texts = dict(store.read("captions").select("caption_id", "text").iter_rows())
    assert texts[worst["caption_id"]] == late[2].text
    assert worst["value"] < -2
    assert worst["start_s"] == pytest.approx(talk.segments[2].start_s, abs=0.2)
    assert "late" in worst["evidence"]
    (tmp_path / "media" / "talk.wav").unlink()
    again = score(store, "transcripts", progress=False)
    assert (again.reused, again.undefined) == (summary.scored, 1)


@spoken
@aligned
def test_the_benchmark_measures_every_kind_of_error(monkeypatch: pytest.MonkeyPatch) -> None:
    from workbench.demo.benchmark import transcripts as benchmark

    monkeypatch.setattr(benchmark, "QUICK_TALKS", 1)
    monkeypatch.setattr(benchmark, "QUICK_LONG_TALKS", 1)
    monkeypatch.setattr(benchmark, "SEGMENTS", 5)
    found = benchmark.measure(3, True)
    assert found["transcript_shift_median_ms"].value <= 40
    assert {"transcript_boundary_auroc", "transcript_drift_named", "transcript_swap_auroc"} <= set(found)
    assert found["transcript_speaker_found"].value == 1
    assert found["transcript_speaker_false"].value == 0
