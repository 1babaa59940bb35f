"""How far the people who judged agree, and how far what they said can be believed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from functools import partial

import polars as pl

from workbench.pairs.accord import MEASURES, Agreement
from workbench.pairs.reliability import pair_reliability
from workbench.pairs.voices import hear_voices
from workbench.preferences.agreement import (
    COEFFICIENTS,
    Coefficient,
    bound,
    count_answers,
    krippendorff_alpha,
)
from workbench.store import Store

__all__ = ["agreement", "pair_reliability"]

_SIDES = ("first", "second", "tie", "both_bad")


def agreement(store: Store, *, criterion: str | None = None, seed: int = 0) -> Agreement:
    """Say how far people agree on the pairs they judged, and how far each of them can be believed.

    Answers are compared by caption, never by the side a caption was shown on, and never by which caption was
    proposed as the better one: a coding in which one answer is nearly always right would leave no room for
    agreement beyond chance.

    Args:
        store: the workspace.
        criterion: the answers on this criterion alone; on each pair's own when left out.
        seed: of the intervals, which are by drawing pairs again.

    Returns:
        Coefficients with 95 % intervals, and a row a pair; what is undefined says why.

    Raises:
        MissingExtraError: when a package of the extra `pairs` is not installed.
    """
    voices = hear_voices(store, criterion=criterion)
    told = [{"what": what} | asdict(one) for what, one in _of_answers(voices, seed)]
    return Agreement(
        measures=pl.DataFrame(told, schema=MEASURES, orient="row"),
        pairs=pair_reliability(store, criterion=criterion),
    )


def _of_answers(voices: pl.DataFrame, seed: int) -> Iterator[tuple[str, Coefficient]]:
    """Yield the coefficients of the answers, of their direction and of their strength."""
    counts = count_answers(voices["pair_id"].to_list(), voices["side"].to_list(), _SIDES)
    for name, measure in COEFFICIENTS.items():
        yield "answer", bound(name, measure, counts, seed=seed)
    for what, domain in (("direction", (-1, 0, 1)), ("degree", (-3, -2, -1, 0, 1, 2, 3))):
        said = voices.drop_nulls(what)
        placed = count_answers(said["pair_id"].to_list(), said[what].to_list(), domain)
        scale = "ordinal" if what == "direction" else "interval"
        measure = partial(krippendorff_alpha, scale=scale, domain=domain)
        yield what, bound(f"Krippendorff alpha, {scale}", measure, placed, seed=seed)
