"""The scorer `claims`: what captions say, held against pixels, wording and each other; no weights."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

import polars as pl

from workbench.alignment.claims.checks import CONTRADICTED, SUPPORTED, Check
from workbench.alignment.claims.language import identify_language
from workbench.alignment.claims.looks import Look
from workbench.alignment.claims.parse import Reading, read_caption
from workbench.alignment.claims.pixels import check_pixels
from workbench.alignment.claims.siblings import check_siblings
from workbench.alignment.claims.wording import check_quotes, check_repeats, check_wording
from workbench.scoring.base import Run
from workbench.scoring.checked import score_rows
from workbench.scoring.looks import read_looks

__all__ = ["CLAIM_ERROR_TYPES", "score_claims"]

CLAIM_ERROR_TYPES: Final = ("object", "attribute", "relation", "count", "action", "other")
_VERSION = "claims-1"
_TIE = 0.3  # how sure a contradiction between two single captions is
_USUAL_SHARE = 0.8


def score_claims(run: Run) -> pl.DataFrame:
    """Score every caption by checks that need no weights, one row a caption and error type."""
    rows = run.rows
    readings = [_read(*row) for row in rows.select("kind", "text", "lang").iter_rows()]
    looks, unseen = _look(run, readings)
    checks: list[list[Check]] = [[] for _ in readings]
    _add_wording(run, checks)
    _add_siblings(rows, readings, checks)
    columns = rows.select("content_hash", "width", "height").iter_rows()
    for mine, reading, (content, width, height) in zip(checks, readings, columns, strict=True):
        if (look := looks.get(content)) is not None:
            seen = check_pixels(reading, look, width, height)
            mine[:] = [*_untied(mine, seen), *seen]
    contents = rows["content_hash"]
    reasons = [
        reading.reason or unseen.get(content, "") for reading, content in zip(readings, contents, strict=True)
    ]
    return score_rows(rows, checks, reasons, error_types=CLAIM_ERROR_TYPES, version=_VERSION)


def _read(kind: str, text: str, lang: str | None) -> Reading:
    if kind == "transcript":
        return Reading((), (), "a transcript says what is heard, not what is seen")
    return read_caption(text, lang)


def _look(run: Run, readings: Sequence[Reading]) -> tuple[dict[str, Look], dict[str, str]]:
    """Look at the pictures of which a caption says something that pixels can speak of."""
    says = [
        any(one.type == "scene" or one.kind == "colour" or one.type == "object" for one in reading.claims)
        for reading in readings
    ]
    rows = run.rows.filter(pl.Series(says, dtype=pl.Boolean) & (pl.col("media") == "image"))
    samples = rows.select("content_hash", "root", "path").unique("content_hash", maintain_order=True)
    return read_looks(run.store, samples, progress=run.progress)


def _add_wording(run: Run, checks: list[list[Check]]) -> None:
    """Add the checks of each text by itself: a description, in its language, of this sample alone?"""
    rows = run.rows
    usual = _usual_language(rows["text"].to_list())
    spread = dict(rows.group_by("text").agg(pl.col("sample_id").n_unique()).iter_rows())
    total = rows["sample_id"].n_unique()
    written = _written(run)
    columns = rows.select("kind", "text", "lang", "sample_id").iter_rows()
    for mine, (kind, text, lang, sample) in zip(checks, columns, strict=True):
        if kind == "transcript" or not text.strip():
            continue
        mine += check_wording(text, lang, usual)
        mine += check_repeats(text, spread[text], total)
        mine += check_quotes(text, written.get(sample, ()))


def _usual_language(texts: Sequence[str]) -> str:
    """Return the language of nearly all captions, from an even sample of them; "" where there is none."""
    step = max(1, len(texts) // 500)
    codes = Counter(code for text in texts[::step] if (code := identify_language(text).code))
    if not codes:
        return ""
    code, count = codes.most_common(1)[0]
    return code if count >= _USUAL_SHARE * codes.total() and count >= 5 else ""


def _written(run: Run) -> dict[str, list[str]]:
    """Return the text read in each sample: the attributes of its regions labelled "text"."""
    regions = run.store.read("regions").filter(pl.col("label").str.to_lowercase() == "text")
    written: dict[str, list[str]] = {}
    for sample, attributes in regions.select("sample_id", "attributes").iter_rows():
        written.setdefault(sample, []).extend(attributes or ())
    return written


def _add_siblings(rows: pl.DataFrame, readings: Sequence[Reading], checks: list[list[Check]]) -> None:
    """Add the checks of captions of one sample and interval against each other."""
    numbered = rows.with_row_index("place").select("place", "sample_id", "start_s", "end_s")
    groups = numbered.group_by("sample_id", "start_s", "end_s", maintain_order=True).agg("place")
    for places in groups["place"]:
        of_one = places.to_list()
        found = check_siblings([readings[place] for place in of_one])
        for place, mine in zip(of_one, found, strict=True):
            checks[place] += mine


def _untied(checks: Sequence[Check], seen: Sequence[Check]) -> list[Check]:
    """Drop what another single caption says against a claim that the picture bears out."""
    borne_out = {check.claim for check in seen if check.verdict == SUPPORTED and check.confidence >= _TIE}
    return [
        check
        for check in checks
        if check.verdict != CONTRADICTED or check.confidence > _TIE or check.claim not in borne_out
    ]
