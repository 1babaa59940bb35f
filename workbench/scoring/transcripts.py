"""The scorer `transcripts`: is what a transcript says heard when it says so, and by one voice at a time.

Everything measured of one sound with one transcript is kept by both contents, so a second run reads no media.
"""

from __future__ import annotations

import json
import math
import os
from dataclasses import asdict, dataclass
from hashlib import blake2b
from pathlib import Path

import numpy as np
import polars as pl
from tqdm import tqdm  # type: ignore[import-untyped]

from workbench.alignment.hearing import Hearing, hear_transcript
from workbench.alignment.segments import Finding, Segment
from workbench.alignment.similarity import mid_rank
from workbench.alignment.sphinx import SPHINX_RATE_HZ, SphinxAligner, can_align
from workbench.errors import MediaError, UnknownNameError
from workbench.media.audio import decode_audio
from workbench.scoring.base import WEIGHTS_FREE, Run, undefined

__all__ = ["score_transcripts"]

_VERSION = "transcripts-1"
_NO_SPEAKER = "the transcript names no speaker here"
_NO_SOUND = "the video has no sound"


@dataclass(frozen=True)
class _Judged:
    """What is said of one caption and error type."""

    value: float | None
    evidence: str
    detail: str = "{}"
    start_s: float | None = None
    end_s: float | None = None
    reason: str = ""
    start_char: int | None = None
    end_char: int | None = None


def score_transcripts(run: Run) -> pl.DataFrame:
    """Score every transcript caption of audio, and of video with sound, by where its words are heard.

    For `transcript` the value is 0 at best; -1 weighs as much as a boundary that is off by a quarter of a
    second, and words that are not said weigh -4 to -8. For `speaker` it is minus the seconds in which the
    speaker would be saying two things at once. English words are laid on the sound where the extra `speech`
    is installed; otherwise boundaries rest on speech and silence alone.
    """
    rows = run.rows.filter((pl.col("kind") == "transcript") & (pl.col("media") != "image"))
    rows = rows.sort("sample_id", maintain_order=True)
    folder = run.store.cache_folder("transcripts")
    aligner = SphinxAligner() if can_align() and rows.height else None
    transcript: list[_Judged] = []
    speaker: list[_Judged] = []
    groups = rows.partition_by("sample_id", maintain_order=True)
    for group in tqdm(groups, desc="transcripts", unit="file", disable=not run.progress):
        first, second = _judge_sample(run, folder, group, aligner)
        transcript += first
        speaker += second
    whole = pl.concat([_frame(rows, transcript, "transcript"), _frame(rows, speaker, "speaker")])
    return whole.with_columns(encoder_key=pl.lit(WEIGHTS_FREE), scorer_version=pl.lit(_version()))


def _judge_sample(
    run: Run, folder: Path, rows: pl.DataFrame, aligner: SphinxAligner | None
) -> tuple[list[_Judged], list[_Judged]]:
    root, path, content, has_audio = rows.select("root", "path", "content_hash", "has_audio").row(0)
    if not has_audio and rows["media"][0] == "video":
        return _without(rows, _NO_SOUND)
    is_english = all((lang or "en").lower().startswith("en") for lang in rows["lang"])
    used = aligner if is_english else None
    try:
        duration_s = rows["duration_s"][0] or math.inf
        segments = _segments(rows, duration_s)
        kept = folder / f"{_name(content, segments, used is not None)}.json"
        known = _read(kept, rows.height)
        if known is None:
            samples = decode_audio(run.store.media_path(root, path), SPHINX_RATE_HZ)
            known = _judge(hear_transcript(segments, samples, SPHINX_RATE_HZ, used), rows["text"].to_list())
            _write(kept, known)
    except (MediaError, UnknownNameError) as error:
        return _without(rows, error.message.rstrip("."))
    return known


def _segments(rows: pl.DataFrame, duration_s: float) -> list[Segment]:
    asked = rows.select("text", "start_s", "end_s", "speaker").iter_rows()
    return [
        Segment(text, 0.0, duration_s, speaker or "", is_whole=True)
        if start_s is None or end_s is None
        else Segment(text, start_s, end_s, speaker or "")
        for text, start_s, end_s, speaker in asked
    ]


def _judge(hearing: Hearing, texts: list[str]) -> tuple[list[_Judged], list[_Judged]]:
    untold = [[round(float(a), 2), round(float(b), 2)] for a, b in hearing.untold]
    shared: dict[str, object] = {"clock": str(hearing.clock), "untold_s": untold[:20]}
    if not hearing.clock.reason:
        shared |= {
            "shift_s": round(hearing.clock.shift_s, 4),
            "rate": round(hearing.clock.rate, 6),
            "mistake": hearing.clock.mistake,
        }
    first = [
        _transcript(finding, heard.score if heard else None, shared)
        if text.strip()
        else _Judged(None, "", reason="the caption is empty")
        for finding, heard, text in zip(hearing.findings, hearing.heard, texts, strict=True)
    ]
    second = [_speaker(finding) for finding in hearing.speakers]
    return first, second


def _transcript(finding: Finding, score: float | None, shared: dict[str, object]) -> _Judged:
    numbers: dict[str, object] = {
        "kind": finding.kind,
        "start_error_s": _rounded(finding.start_error_s),
        "end_error_s": _rounded(finding.end_error_s),
        "words_score": _rounded(score),
    }
    return _Judged(
        finding.value, finding.evidence, json.dumps(numbers | shared), finding.start_s, finding.end_s,
        start_char=finding.start_char, end_char=finding.end_char,
    )  # fmt: skip


def _speaker(finding: Finding | None) -> _Judged:
    if finding is None:
        return _Judged(None, "", reason=_NO_SPEAKER)
    return _Judged(finding.value, finding.evidence, "{}", finding.start_s, finding.end_s)


def _frame(rows: pl.DataFrame, judged: list[_Judged], error_type: str) -> pl.DataFrame:
    """Return one row a caption, with a value or with the reason why there is none."""
    valued = [one for one in judged if one.value is not None]
    values = np.array([one.value for one in valued], np.float64)
    marked = rows.filter(pl.Series([one.value is not None for one in judged], dtype=pl.Boolean))
    marked = marked.with_columns(
        value=pl.Series(values, dtype=pl.Float64),
        percentile=pl.Series(mid_rank(values) if values.size else values, dtype=pl.Float64),
        evidence=pl.Series([one.evidence for one in valued], dtype=pl.String),
        detail=pl.Series([one.detail for one in valued], dtype=pl.String),
        start_s=pl.Series([one.start_s for one in valued], dtype=pl.Float64),
        end_s=pl.Series([one.end_s for one in valued], dtype=pl.Float64),
        start_char=pl.Series([one.start_char for one in valued], dtype=pl.Int32),
        end_char=pl.Series([one.end_char for one in valued], dtype=pl.Int32),
        reason=pl.lit(None, pl.String),
    )
    # A caption's own interval must not stand for a suggested one.
    without = undefined(rows, [one.reason for one in judged]).with_columns(
        start_s=pl.lit(None, pl.Float64), end_s=pl.lit(None, pl.Float64)
    )
    whole = pl.concat([marked, without], how="diagonal_relaxed")
    return whole.with_columns(error_type=pl.lit(error_type))


def _without(rows: pl.DataFrame, reason: str) -> tuple[list[_Judged], list[_Judged]]:
    return [_Judged(None, "", reason=reason)] * rows.height, [_Judged(None, "", reason=reason)] * rows.height


def _rounded(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else round(value, 4)


def _version() -> str:
    return f"{_VERSION} {SphinxAligner.key if can_align() else 'no aligner'}"


def _name(content: str, segments: list[Segment], is_laid: bool) -> str:
    what = json.dumps([_VERSION, content, is_laid, [asdict(one) for one in segments]])
    return blake2b(what.encode(), digest_size=16).hexdigest()


def _read(file: Path, count: int) -> tuple[list[_Judged], list[_Judged]] | None:
    try:
        first, second = json.loads(file.read_text())
        found = [_Judged(**one) for one in first], [_Judged(**one) for one in second]
    except (OSError, ValueError, TypeError):
        return None  # not there, or damaged: made again
    return found if len(found[0]) == len(found[1]) == count else None


def _write(file: Path, judged: tuple[list[_Judged], list[_Judged]]) -> None:
    fresh = file.with_name(f".{file.name}.{os.getpid()}.new")
    try:
        fresh.write_text(json.dumps([[asdict(one) for one in part] for part in judged]))
        os.replace(fresh, file)
    except OSError:
        fresh.unlink(missing_ok=True)  # a full or read-only disk costs time, not the score
