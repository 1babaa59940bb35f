"""Every coefficient that a workspace has answers for: on pairs judged and on captions reviewed twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Final

import polars as pl

from workbench.encoders.base import TextEncoder
from workbench.pairs.voices import SIDES
from workbench.preferences.agreement import (
    COEFFICIENTS,
    Coefficient,
    Counts,
    bound,
    count_answers,
    krippendorff_alpha,
)
from workbench.preferences.distances import (
    TOLERANCES_S,
    Floats,
    bound_distances,
    changed_words,
    cosine_distances,
    distances_between,
    interval_distance,
    set_distance,
    share_within,
    token_distance,
)
from workbench.records import Interval, Verdict

__all__ = ["measure_answers", "measure_reviews", "sweep_tolerances"]

#: Every two of so many answers are compared; of more, those on the first captions count.
_MOST: Final = 1500

Measured = Iterator[tuple[str, Coefficient]]


def measure_answers(voices: pl.DataFrame, *, seed: int = 0) -> Measured:
    """Yield what was compared and how far it agrees: the answers, their direction, and their strength.

    Answers are coded by caption, in the order of the ids, never by side and never by which caption was
    proposed as the better one: where one answer is nearly always right no agreement beyond chance is left.

    Args:
        voices: as `hear_voices` returns them.
        seed: of the intervals.
    """
    units = voices["pair_id"].to_list()
    counts = count_answers(units, voices["side"].to_list(), SIDES)
    for name, measure in COEFFICIENTS.items():
        yield "answer", bound(name, measure, counts, seed=seed)
    for what, scale, domain in (
        ("direction", "ordinal", (-1, 0, 1)),
        ("strength", "ordinal", tuple(range(-3, 4))),
        ("strength", "interval", tuple(range(-3, 4))),
    ):
        said = voices.drop_nulls("degree" if what == "strength" else "direction")
        answers = said["degree" if what == "strength" else "direction"].to_list()
        yield what, _alpha(said["pair_id"].to_list(), answers, domain, scale, seed)


def measure_reviews(
    verdicts: Sequence[Verdict],
    originals: dict[str, str],
    encoder: TextEncoder | None = None,
    *,
    seed: int = 0,
) -> Measured:
    """Yield how far people agree who reviewed the same captions: verdicts, errors, corrections, intervals.

    Args:
        verdicts: those that stand; a skip is none.
        originals: the text of each caption by its id.
        encoder: whose vectors compare corrections; without it they are compared by words alone.
        seed: of the intervals.
    """
    made = [one for one in verdicts if one.verdict != "skip"]
    ids = [one.caption_id for one in made]
    counts = count_answers(ids, [one.verdict for one in made], ("ok", "misaligned"))
    for name in ("Krippendorff alpha", "Gwet AC1", "share of equal answers"):
        yield "verdict", bound(name, COEFFICIENTS[name], counts, seed=seed)
    bad = [one for one in made if one.verdict == "misaligned"]
    named = [frozenset(one.error_types) for one in bad]
    yield "error types", _of_sets("set", [one.caption_id for one in bad], named, seed)
    graded = [one for one in bad if one.severity is not None]
    yield (
        "severity",
        _alpha(
            [one.caption_id for one in graded], [one.severity for one in graded], (1, 2, 3), "ordinal", seed
        ),
    )
    edited = _shared([one for one in bad if one.edited_text and one.caption_id in originals])
    yield from _measure_corrections(edited, originals, encoder, seed)
    yield "interval", _overlap(_shared([one for one in bad if one.interval]), seed)


def _measure_corrections(
    edited: list[Verdict], originals: dict[str, str], encoder: TextEncoder | None, seed: int
) -> Measured:
    ids, texts = [one.caption_id for one in edited], [one.edited_text for one in edited]
    changes = [changed_words(originals[key], text) for key, text in zip(ids, texts, strict=True)]
    yield "correction", _of_sets("changed words", ids, changes, seed)
    apart = distances_between(texts, token_distance)
    yield "correction", bound_distances("alpha, words of the text", ids, apart, seed=seed)
    if encoder is not None and texts:
        vectors = cosine_distances(encoder.encode_texts(texts).vectors)
        yield "correction", bound_distances("alpha, meaning of the text", ids, vectors, seed=seed)


def sweep_tolerances(verdicts: Sequence[Verdict]) -> pl.DataFrame:
    """Return the share of couples of people whose two ends of a stretch lie within each tolerance.

    Returns:
        `tolerance_s`, `share` (null when no caption has two stretches), `couples`.
    """
    timed = _shared([one for one in verdicts if one.interval])
    ids, stretches = _stretches(timed)
    rows = [(tolerance_s, *share_within(ids, stretches, tolerance_s)) for tolerance_s in TOLERANCES_S]
    schema = {"tolerance_s": pl.Float64(), "share": pl.Float64(), "couples": pl.Int64()}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _alpha(
    units: Sequence[object], answers: Sequence[object], domain: tuple[int, ...], scale: str, seed: int
) -> Coefficient:
    measure: Callable[[Counts], float] = partial(krippendorff_alpha, scale=scale, domain=domain)
    return bound(f"Krippendorff alpha, {scale}", measure, count_answers(units, answers, domain), seed=seed)


def _of_sets(name: str, ids: list[str], sets: list[frozenset[str]], seed: int) -> Coefficient:
    kept = _places_shared(ids)
    apart = distances_between([sets[place] for place in kept], set_distance)
    return bound_distances(f"alpha, {name}", [ids[place] for place in kept], apart, seed=seed)


def _overlap(timed: list[Verdict], seed: int) -> Coefficient:
    ids, stretches = _stretches(timed)
    apart: Floats = distances_between(stretches, interval_distance)
    return bound_distances("alpha, overlap in time", ids, apart, seed=seed)


def _stretches(timed: list[Verdict]) -> tuple[list[str], list[Interval]]:
    both = [(one.caption_id, one.interval) for one in timed if one.interval is not None]
    return [key for key, _ in both], [stretch for _, stretch in both]


def _shared(verdicts: list[Verdict]) -> list[Verdict]:
    kept = _places_shared([one.caption_id for one in verdicts])
    return [verdicts[place] for place in kept]


def _places_shared(ids: list[str]) -> list[int]:
    """Return the places of ids that come twice or more, at most so many; the whole of each id or nothing."""
    places: dict[str, list[int]] = {}
    for place, one in enumerate(ids):
        places.setdefault(one, []).append(place)
    kept: list[int] = []
    for group in places.values():
        if len(group) > 1 and len(kept) + len(group) <= _MOST:
            kept += group
    return kept
