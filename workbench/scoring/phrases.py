"""The scorer `phrases`: the least supported words of a caption, one row an error type, with their span."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from workbench.alignment.claims.parse import Reading, read_caption
from workbench.alignment.phrases import (
    CONTRASTED,
    Contrast,
    Support,
    Vocabulary,
    contrast_fits,
    plan_contrasts,
    rank_support,
)
from workbench.alignment.similarity import mid_rank
from workbench.scoring.base import Compared, Run, undefined

__all__ = ["score_phrases"]

_VERSION = "phrases-1"
_BLOCK: Final = 4096  # contrasts whose vectors are held at once, each with about six texts
_FROM_CAPTIONS: Final = 20  # below this many, ranks among claims of one type mean nothing

Floats = npt.NDArray[np.float32]


def score_phrases(run: Run) -> pl.DataFrame:
    """Score how well the media bear out each kind of claim; the span of the weakest claim is kept."""
    parts = []
    for media in run.media_kinds:
        compared, without = run.compare(media)
        parts += [without.with_columns(error_type=pl.lit(kind)) for kind in CONTRASTED]
        if compared is not None:
            parts.append(_measure(run, compared))
    whole = pl.concat(parts, how="diagonal_relaxed") if parts else undefined(run.rows, [])
    return whole.with_columns(encoder_key=pl.lit(run.encoder.key), scorer_version=pl.lit(_VERSION))


def _measure(run: Run, compared: Compared) -> pl.DataFrame:
    rows = compared.rows
    readings = [read_caption(text, lang) for text, lang in rows.select("text", "lang").iter_rows()]
    planned = _plan(rows, readings)
    flat = [contrast for contrasts in planned for contrast in contrasts]
    owner = np.repeat(np.arange(rows.height), [len(contrasts) for contrasts in planned])
    if not flat or rows.height < _FROM_CAPTIONS:
        return _without(rows, readings, planned)
    support = _weigh(run, compared, flat, owner)
    parts = [_without(rows, readings, planned)]
    for kind in CONTRASTED:
        chosen = np.array([contrast.claim.type == kind for contrast in flat])
        if chosen.any():
            parts.append(_weakest(rows, kind, flat, owner, support, np.flatnonzero(chosen)))
    return pl.concat(parts, how="diagonal_relaxed")


def _plan(rows: pl.DataFrame, readings: list[Reading]) -> list[list[Contrast]]:
    vocabulary = Vocabulary(readings)
    said: dict[str, set[str]] = {}
    for sample, reading in zip(rows["sample_id"], readings, strict=True):
        words = said.setdefault(sample, set())
        for claim in reading.claims:
            words |= {claim.words.lower(), claim.subject, claim.value, claim.object}
    return [
        plan_contrasts(text, reading, vocabulary, frozenset(said[sample]))
        for sample, text, reading in zip(rows["sample_id"], rows["text"], readings, strict=True)
    ]


def _weigh(run: Run, compared: Compared, flat: Sequence[Contrast], owner: npt.NDArray[np.int64]) -> Support:
    """Weigh the contrasts block by block: their vectors together would outgrow memory on a large set."""
    pooled = _pooled(compared)
    centred = pooled - pooled.mean(0)
    parts = [
        _fits(run, compared, centred[owner[at]], flat[at], owner[at])
        for at in (slice(first, first + _BLOCK) for first in range(0, len(flat), _BLOCK))
    ]
    left_out, swapped = (np.concatenate(side) for side in zip(*parts, strict=True))
    return rank_support(left_out, swapped, [contrast.claim.type for contrast in flat])


def _fits(
    run: Run,
    compared: Compared,
    centred: Floats,
    flat: Sequence[Contrast],
    owner: npt.NDArray[np.int64],
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    others = [text for contrast in flat for text in contrast.others]
    texts = list(dict.fromkeys([*(c.without for c in flat if c.without), *(c.phrase for c in flat), *others]))
    vectors = compared.map_texts(run.texts(texts)[0])
    place = {text: row for row, text in enumerate(texts)}
    without = np.zeros((len(flat), vectors.shape[1]), np.float32)
    for row, contrast in enumerate(flat):
        if contrast.without:
            without[row] = vectors[place[contrast.without]]
    return contrast_fits(
        centred,
        captions=compared.texts[owner],
        without=without,
        phrases=vectors[[place[contrast.phrase] for contrast in flat]],
        others=vectors[[place[text] for text in others]],
        other_counts=np.array([len(contrast.others) for contrast in flat], np.int64),
    )


def _pooled(compared: Compared) -> Floats:
    """Return the mean vector of what each caption speaks of: its photo, or the frames of its interval."""
    first, last = compared.pairing.first, compared.pairing.last
    if (last - first == 1).all():
        return compared.vectors[first]
    sums = np.vstack(
        [np.zeros_like(compared.vectors[:1]), np.cumsum(compared.vectors, axis=0, dtype=np.float64)]
    )
    return np.asarray((sums[last] - sums[first]) / (last - first)[:, None], np.float32)


def _weakest(
    rows: pl.DataFrame,
    kind: str,
    flat: Sequence[Contrast],
    owner: npt.NDArray[np.int64],
    support: Support,
    chosen: npt.NDArray[np.int64],
) -> pl.DataFrame:
    """Return one row a caption that makes claims of the kind: the least supported speaks for them.

    The least of many is low by chance, so its rank is taken as the smallest of n p-values (Šidák): a caption
    with six objects is not more suspicious than one with two.
    """
    order = chosen[np.lexsort((support.percentile[chosen], owner[chosen]))]
    captions, first, counts = np.unique(owner[order], return_index=True, return_counts=True)
    weakest = order[first]
    value = 1 - (1 - support.percentile[weakest]) ** counts
    claims = [flat[row].claim for row in weakest]
    told = [
        _tell(flat[row], float(support.percentile[row]), int(count))
        for row, count in zip(weakest, counts, strict=True)
    ]
    details = [
        json.dumps(
            {
                "left_out": _number(support.left_out[row]),
                "swapped": _number(support.swapped[row]),
                "rank_among_claims": _number(support.percentile[row]),
                "claims": int(count),
                "others": list(flat[row].others[:3]),
            }
        )
        for row, count in zip(weakest, counts, strict=True)
    ]
    speaking: pl.DataFrame = rows[captions.tolist()]
    return speaking.with_columns(
        error_type=pl.lit(kind),
        value=pl.Series(value),
        percentile=pl.Series(mid_rank(value)),
        start_char=pl.Series([claim.start for claim in claims], dtype=pl.Int32),
        end_char=pl.Series([claim.end for claim in claims], dtype=pl.Int32),
        start_s=pl.lit(None, pl.Float64),
        end_s=pl.lit(None, pl.Float64),
        evidence=pl.Series(told, dtype=pl.String),
        detail=pl.Series(details, dtype=pl.String),
    )


def _tell(contrast: Contrast, percentile: float, count: int) -> str:
    claim = contrast.claim
    among = f" the weakest of {count} such claims," if count > 1 else ""
    rivals = (
        f"; tried against {', '.join(repr(text) for text in contrast.others[:2])}" if contrast.others else ""
    )
    return (
        f"“{claim.words}”:{among} better borne out than {100 * percentile:.0f} % of the set's "
        f"{claim.type} claims{rivals}."
    )


def _number(value: float) -> float | None:
    return round(float(value), 4) if np.isfinite(value) else None


def _without(rows: pl.DataFrame, readings: list[Reading], planned: list[list[Contrast]]) -> pl.DataFrame:
    """Return the captions that make no claim of a kind, kind by kind, with the reason."""
    few = rows.height < _FROM_CAPTIONS
    parts = []
    for kind in CONTRASTED:
        reasons = []
        for reading, contrasts in zip(readings, planned, strict=True):
            if few:
                reasons.append(
                    f"claims are ranked among those of {_FROM_CAPTIONS} captions or more; give more"
                )
            elif any(contrast.claim.type == kind for contrast in contrasts):
                reasons.append("")
            else:
                reasons.append(reading.reason or f"the caption makes no {kind} claim that could be tested")
        parts.append(undefined(rows, reasons).with_columns(error_type=pl.lit(kind)))
    return pl.concat(parts, how="diagonal_relaxed")
