"""The scorer `questions`: ask a model of the user's whether each claim of a shortlist is true."""

from __future__ import annotations

import json
from typing import Final, Protocol

import numpy as np
import numpy.typing as npt
import polars as pl

from workbench.alignment.claims.parse import read_caption
from workbench.alignment.questions import ASKED, Question, plan_questions, whole_question, worst_by_type
from workbench.alignment.similarity import mid_rank
from workbench.alignment.suspicion import rank_type
from workbench.encoders.base import Pixels
from workbench.errors import EncoderError, WorkbenchError
from workbench.media import decode_image, frames_at
from workbench.scoring.base import Run, undefined

__all__ = ["SHORTLIST", "score_questions"]

_VERSION = "questions-1"
#: The share of captions asked about: the most suspicious ones by the cheap scores. A question costs a forward
#: pass of a large model, so the rest is left out and says so.
SHORTLIST: Final = 0.2
_SIDE_PX = 448


class _Answering(Protocol):
    key: str

    def answer(self, picture: Pixels, questions: list[str]) -> npt.NDArray[np.float64]: ...


def score_questions(run: Run) -> pl.DataFrame:
    """Score captions of images and videos by a yes/no model, given as `encoder="vqa:<id or folder>"`.

    Raises:
        EncoderError: when no such model was given, or it cannot be loaded.
    """
    kind, _, source = run.encoder_name.partition(":")
    if kind != "vqa" or not source:
        raise EncoderError(
            f"The scorer 'questions' needs a model that answers; seen encoder={run.encoder_name!r}.",
            "Give a hub id or a folder: ws.score('questions', encoder='vqa:<id or folder>').",
        )
    from workbench.encoders.answering import YesNoModel

    model = YesNoModel(source, run.device)
    chosen = _shortlist(run)
    parts = [_left_out(run.rows, chosen)]
    for row in run.rows.filter(pl.col("caption_id").is_in(chosen)).iter_rows(named=True):
        parts.append(_ask(run, model, row))
    whole = pl.concat(parts, how="diagonal_relaxed")
    ranked = [_ranked(group) for _, group in whole.group_by("error_type", maintain_order=True)]
    return pl.concat(ranked).with_columns(encoder_key=pl.lit(model.key), scorer_version=pl.lit(_VERSION))


def _ranked(scores: pl.DataFrame) -> pl.DataFrame:
    """Give each score its rank among those that have a value."""
    valued = scores["value"].is_not_null()
    ranks = np.full(scores.height, np.nan)
    ranks[valued.to_numpy()] = mid_rank(scores["value"].drop_nulls().to_numpy())
    return scores.with_columns(percentile=pl.Series(ranks).fill_nan(None))


def _shortlist(run: Run) -> list[str]:
    """Return the captions to ask about: the worst by the scores there are; all where there are none."""
    seen = run.rows.filter(pl.col("media") != "audio")
    scores = run.store.read("scores").join(
        seen, on=["caption_id", "caption_hash", "content_hash"], how="semi"
    )
    ranked = rank_type(scores)
    if ranked.is_empty():
        return seen["caption_id"].to_list()
    return ranked["caption_id"].head(max(1, round(SHORTLIST * seen.height))).to_list()


def _left_out(rows: pl.DataFrame, chosen: list[str]) -> pl.DataFrame:
    asked = set(chosen)
    reasons = [
        ""
        if caption in asked
        else (
            "a sound cannot be shown to a model that sees"
            if media == "audio"
            else f"not among the {SHORTLIST:.0%} most suspicious captions that are asked about"
        )
        for caption, media in rows.select("caption_id", "media").iter_rows()
    ]
    return undefined(rows, reasons).with_columns(error_type=pl.lit("wrong_pair"))


def _ask(run: Run, model: _Answering, row: dict[str, object]) -> pl.DataFrame:
    """Ask about one caption; return a row for the whole and one for each type of claim."""
    base = pl.DataFrame([{name: row[name] for name in ("caption_id", "caption_hash", "content_hash")}])
    try:
        picture = _picture(run, row)
    except WorkbenchError as error:
        reason = f"could not be read: {error.message}"
        return undefined(base, [reason]).with_columns(error_type=pl.lit("wrong_pair"))
    text = str(row["text"])
    questions = plan_questions(read_caption(text, row["lang"] if isinstance(row["lang"], str) else None))
    answers = model.answer(picture, [whole_question(text), *(question.text for question in questions)])
    told = [_row("wrong_pair", float(answers[0]), f"Asked about the whole caption: yes {answers[0]:.0%}.")]
    for kind, place in worst_by_type(questions, answers[1:].tolist()).items():
        told.append(_claim_row(kind, questions[place], float(answers[1 + place])))
    return base.join(pl.DataFrame(told, infer_schema_length=None), how="cross")


def _claim_row(kind: str, question: Question, yes: float) -> dict[str, object]:
    assert kind in ASKED
    evidence = f"“{question.text}” yes {yes:.0%}."
    span = {"start_char": question.claim.start, "end_char": question.claim.end}
    return _row(kind, yes, evidence) | span | {"detail": json.dumps({"question": question.text, "yes": yes})}


def _row(kind: str, yes: float, evidence: str) -> dict[str, object]:
    return {
        "error_type": kind,
        "value": yes,
        "evidence": evidence,
        "start_char": None,
        "end_char": None,
        "detail": json.dumps({"yes": yes}),
    }


def _picture(run: Run, row: dict[str, object]) -> Pixels:
    """Return the picture, or the frame in the middle of the caption's interval."""
    path = run.store.media_path(str(row["root"]), str(row["path"]))
    if row["media"] == "image":
        return decode_image(path, at_least_px=_SIDE_PX)
    start_s, end_s = row["start_s"], row["end_s"]
    length_s = row["duration_s"] if isinstance(row["duration_s"], float) else 0.0
    middle_s = (
        (start_s + end_s) / 2 if isinstance(start_s, float) and isinstance(end_s, float) else length_s / 2
    )
    return frames_at(path, [middle_s])[0].pixels
