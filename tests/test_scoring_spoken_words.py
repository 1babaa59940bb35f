"""Word errors against what a speech model hears; the model here is a fake that hears what it is told."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl
import pytest

from workbench.demo.sound import encode_wav
from workbench.errors import EncoderError
from workbench.ingest import ingest
from workbench.scoring.base import Run
from workbench.scoring.spoken_words import score_spoken_words
from workbench.store import Store

pytest.importorskip("jiwer", reason="the extra [speech] is not installed")


class HearingReader:
    """Hears the same words in every sound."""

    rate_hz = 16_000
    key = "asr:fake"

    def __init__(self, source: str, device: str = "auto") -> None:
        self.source = source

    def read(self, samples: npt.NDArray[np.float32], language: str = "") -> str:
        return "a red dog runs"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setattr("workbench.scoring.spoken_words.SpeechReader", HearingReader)
    (tmp_path / "talk.wav").write_bytes(encode_wav(np.zeros(44_100, np.float32)))
    texts = ["A red dog runs.", "A red cat runs.", "...", "Late."]
    pl.DataFrame(
        [
            {"path": "talk.wav", "text": text, "kind": "transcript", "start_s": 0.0, "end_s": 1.0}
            for text in texts
        ]
    ).write_ndjson(tmp_path / "captions.jsonl")  # fmt: skip
    store = Store.create(tmp_path / "workspace")
    ingest(store, tmp_path / "captions.jsonl", progress=False)
    rows = store.read("captions").join(store.read("samples").drop("added_at"), on="sample_id")
    late = pl.when(pl.col("text") == "Late.").then(9.0).otherwise(0.0)
    rows = rows.with_columns(pl.col("start_s") + late, pl.col("end_s") + late)
    return Run(store, rows, encoder_name="asr:any")


def test_a_changed_word_costs_its_share_and_is_pointed_at(run: Run) -> None:
    found = {row["text"]: row for row in score_spoken_words(run).iter_rows(named=True)}
    assert found["A red dog runs."]["value"] == 0
    wrong = found["A red cat runs."]
    assert wrong["value"] == pytest.approx(-0.25)
    assert "A red cat runs."[wrong["start_char"] : wrong["end_char"]] == "cat"
    assert wrong["evidence"] == "'cat' is heard as 'dog'; 25 % of the words differ."
    assert wrong["percentile"] < found["A red dog runs."]["percentile"]


def test_what_has_no_words_or_no_sound_says_why(run: Run) -> None:
    found = {row["text"]: row for row in score_spoken_words(run).iter_rows(named=True)}
    assert found["..."]["reason"] == "the caption has no words"
    assert "outside the sound" in found["Late."]["reason"]


def test_without_a_model_it_says_how_to_give_one(run: Run) -> None:
    run.encoder_name = "bridge"
    with pytest.raises(EncoderError, match="encoder='asr:<id or folder>'"):
        score_spoken_words(run)
