"""Lessons: the user's verified captions with their media, and edits of them, as vectors."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from workbench.alignment.claims.parse import read_caption
from workbench.alignment.edits import Edit, plan_edits
from workbench.alignment.phrases import Vocabulary
from workbench.alignment.text_map import Lessons, TextSpace
from workbench.scoring.base import Compared, Run

__all__ = ["CORRECTION", "edit_by_rule", "fold_media", "plan_lessons", "prepare_lessons", "space_of"]

Floats = npt.NDArray[np.float32]

#: The kind of an edit that a person made; the others were made by rule.
CORRECTION: Final = "correction"


def prepare_lessons(
    run: Run, compared: Compared, is_verified: npt.NDArray[np.bool_]
) -> tuple[Lessons, list[str], int]:
    """Gather media, captions and edits as vectors; also the kind of each edit, and how many people made."""
    rows = compared.rows.filter(pl.Series(is_verified))
    planned = [(place, edit) for place, edits in enumerate(plan_lessons(run.rows, rows)) for edit in edits]
    texts = run.texts(rows["text"].to_list())[0]
    edits = run.texts([edit.text for _, edit in planned])[0] if planned else texts[:0]
    lessons = Lessons(
        media=fold_media(compared)[is_verified],
        texts=texts,
        sample=rows["sample_id"].rank("dense").cast(pl.Int64).to_numpy() - 1,
        edits=edits,
        edited=np.array([place for place, _ in planned], np.int64),
    )
    return lessons, [edit.kind for _, edit in planned], sum(edit.kind == CORRECTION for _, edit in planned)


def plan_lessons(whole: pl.DataFrame, rows: pl.DataFrame) -> list[list[Edit]]:
    """Return the edits of each caption: what a person corrected into it, else edits made by rule.

    Args:
        whole: every caption there is, for its words.
        rows: the captions to edit.
    """
    text_of = dict(whole.select("caption_id", "text").iter_rows())
    by_rule = edit_by_rule(whole, rows)
    before = [text_of.get(parent or "", "") for parent in rows["parent"]]
    return [
        [Edit(old, CORRECTION)] if old and old != text else edits
        for old, text, edits in zip(before, rows["text"], by_rule, strict=True)
    ]


def edit_by_rule(whole: pl.DataFrame, rows: pl.DataFrame) -> list[list[Edit]]:
    """Return captions of `rows` with one claim made false, in words that captions of `whole` use."""
    readings = [read_caption(text, lang) for text, lang in whole.select("text", "lang").iter_rows()]
    reading_of = dict(zip(whole["caption_id"], readings, strict=True))
    vocabulary = Vocabulary(readings)
    said: dict[str, set[str]] = {}
    for sample, reading in zip(whole["sample_id"], readings, strict=True):
        words = said.setdefault(sample, set())
        for claim in reading.claims:
            words |= {claim.words.lower(), claim.subject, claim.value, claim.object}
    return [
        plan_edits(text, reading_of[caption], vocabulary, frozenset(said.get(sample, ())))
        for caption, sample, text in rows.select("caption_id", "sample_id", "text").iter_rows()
    ]


def fold_media(compared: Compared, *, is_whole: bool = False) -> Floats:
    """Return the media of each caption in the space of `space_of`: frames averaged, roads added up.

    Args:
        compared: the captions and their media.
        is_whole: leave the roads of a join side by side, as `Compared.texts` are.
    """
    first, last = compared.pairing.first, compared.pairing.last
    sums = np.vstack([np.zeros_like(compared.vectors[:1]), np.cumsum(compared.vectors, axis=0, dtype=float)])
    media = (sums[last] - sums[first]) / (last - first)[:, None]
    joined = compared.joined
    if joined and not is_whole:
        roads = np.split(media, len(joined.roots), axis=1)
        media = sum(root * road for root, road in zip(joined.roots, roads, strict=True))
    return np.asarray(media, np.float32)


def space_of(compared: Compared) -> TextSpace:
    """Return how text vectors come into the space that the roads of a join share."""
    joined = compared.joined
    if joined:
        return TextSpace(joined.centre.reshape(-1), joined.whiten)
    return TextSpace.plain(compared.texts.shape[1])
