"""How far the people who judged agree, and how far what they said can be believed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Final

import polars as pl

from workbench.encoders import load
from workbench.pairs.accord import Agreement
from workbench.pairs.consistency import known_winners
from workbench.pairs.groups import annotator_groups, compare_groups, group_voices
from workbench.pairs.measures import measure_answers, measure_reviews, sweep_tolerances
from workbench.pairs.people import describe_annotators, describe_couples, tell_flip_rates
from workbench.pairs.ranking import list_cycles, rank_sources
from workbench.pairs.reliability import Weighed, pair_reliability, weigh_voices
from workbench.pairs.standing import standing_pairs
from workbench.pairs.voices import hear_voices
from workbench.preferences.agreement import Coefficient
from workbench.records import Judgement
from workbench.store import Store

__all__ = ["agreement", "pair_reliability"]

_MEASURES: Final[dict[str, pl.DataType]] = {
    "what": pl.String(),
    "name": pl.String(),
    "value": pl.Float64(),
    "low": pl.Float64(),
    "high": pl.Float64(),
    "units": pl.Int64(),
    "voices": pl.Int64(),
    "reason": pl.String(),
}
_FLIPS: Final[dict[str, pl.DataType]] = {
    "source": pl.String(),
    "value": pl.Float64(),
    "low": pl.Float64(),
    "high": pl.Float64(),
    "asked": pl.Int64(),
    "differed": pl.Float64(),
    "reason": pl.String(),
}
_VOICES: Final[dict[str, pl.DataType]] = {
    "pair_id": pl.String(),
    "annotator": pl.String(),
    "label": pl.String(),
    "belief": pl.Float64(),
}


def agreement(store: Store, *, criterion: str | None = None, encoder: str = "", seed: int = 0) -> Agreement:
    """Say how far people agree, how reliable each of them is, and how often a preference is turned round.

    Compares judgements on pairs, and verdicts where two people reviewed the same caption.

    Args:
        store: the workspace.
        criterion: the answers on this criterion alone; on each pair's own when left out.
        encoder: whose vectors compare corrections of one caption, such as `bridge`; "" for words alone.
        seed: of the intervals, which are by drawing pairs again.

    Returns:
        Coefficients with intervals, and a row a pair, person, couple of people, group, source of captions;
        what is undefined says why.

    Raises:
        MissingExtraError: when a package of the extra `pairs` is not installed.
        UnknownNameError: for an encoder that does not exist.
    """
    standing = standing_pairs(store, criterion=criterion)
    weighed = weigh_voices(store, criterion=criterion)
    judgements = _on_criterion(store, standing, criterion)
    known = known_winners(standing)
    groups = annotator_groups(store)
    said = group_voices(store, standing, criterion=criterion)
    verdicts = store.journal.voices()
    originals = dict(store.read("captions").select("caption_id", "text").iter_rows())
    voices = hear_voices(store, criterion=criterion)
    told = [
        *measure_answers(voices, seed=seed),
        *measure_reviews(verdicts, originals, load(encoder) if encoder else None, seed=seed),
    ]
    flips = tell_flip_rates(weighed, judgements, known)
    return Agreement(
        measures=_measures(told),
        pairs=pair_reliability(store, criterion=criterion),
        annotators=describe_annotators(weighed, groups, judgements, known, seed=seed),
        couples=describe_couples(weighed, seed=seed),
        flips=pl.DataFrame([asdict(one) for one in flips], schema=_FLIPS),
        groups=compare_groups(store, said, criterion=criterion, seed=seed),
        group_voices=said,
        sources=rank_sources(store, criterion=criterion, seed=seed),
        cycles=list_cycles(store, criterion=criterion),
        tolerances=sweep_tolerances(verdicts),
        voices=_believed(weighed),
    )


def _believed(weighed: Weighed | None) -> pl.DataFrame:
    if weighed is None:
        return pl.DataFrame(schema=_VOICES)
    return weighed.voices.select(_VOICES.keys())


def _on_criterion(store: Store, pairs: pl.DataFrame, criterion: str | None) -> list[Judgement]:
    """Return the judgements on the criterion asked for, or on each pair's own; repeats among them."""
    own = dict(pairs.select("pair_id", "criterion").iter_rows())
    return [
        one
        for one in store.journal.judgements()
        if one.pair_id in own and one.criterion == (criterion or own[one.pair_id])
    ]


def _measures(told: Iterable[tuple[str, Coefficient]]) -> pl.DataFrame:
    return pl.DataFrame([{"what": what} | asdict(one) for what, one in told], schema=_MEASURES)
