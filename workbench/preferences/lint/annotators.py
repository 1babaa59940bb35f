"""Rules on judgements: sides, haste, haphazard answers, one voice among many, ties and quarrels."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

import polars as pl

from workbench.preferences.lint.base import Found, Rule, Unchecked, count_of, found_in
from workbench.preferences.lint.pairset import NOBODY, PairSet
from workbench.preferences.lint.style import share_bounds

__all__ = ["RULES"]

_FEWEST: Final = 20
_FEWEST_REPEATS: Final = 10
_NONE: Final = "there are no judgements"
_ONE_ANSWER: Final = 0.95


def _given(pairs: PairSet) -> pl.DataFrame:
    """The answers that count: of pairs in the set, first occasions, no skips."""
    heard = pairs.judgements.filter((pl.col("occasion") == 1) & (pl.col("answer") != "skip"))
    return heard.join(pairs.rows.select("pair_id"), on="pair_id", how="semi")


def _each(pairs: PairSet) -> Iterator[tuple[str, pl.DataFrame]]:
    for (name,), mine in _given(pairs).group_by("annotator", maintain_order=True):
        yield str(name), mine


def _by_annotator(
    pairs: PairSet, look: Callable[[str, pl.DataFrame], Found | None]
) -> list[Found] | Unchecked:
    if _given(pairs).is_empty():
        return Unchecked(_NONE)
    return [found for name, mine in _each(pairs) if (found := look(name, mine))]


def _rows(frame: pl.DataFrame) -> tuple[str, ...]:
    return tuple(frame["pair_id"].unique(maintain_order=True))


def _find_position_bias(pairs: PairSet) -> list[Found] | Unchecked:
    """Compare with a half how often each prefers the left side; with several people, intervals are wider."""
    placed = _given(pairs).filter((pl.col("answer") == "prefer") & (pl.col("left").fill_null("") != ""))
    if placed.is_empty():
        return Unchecked("no judgement says which caption was on the left")
    people = placed["annotator"].n_unique()
    found = []
    for (name,), mine in placed.group_by("annotator", maintain_order=True):
        on_left = mine.filter(pl.col("winner") == pl.col("left"))
        low, high = share_bounds(on_left.height, mine.height, 1 - (1 - pairs.settings.confidence) / people)
        if mine.height >= _FEWEST and not low <= 0.5 <= high:
            said = f"{name} prefers the left side in {count_of(on_left.height, mine.height, 'judgement')}"
            interval = f" (interval {low:.0%} to {high:.0%}).".replace("%", " %")
            found.append(Found(said + interval, _rows(mine), on_left.height / mine.height))
    return found


def _find_one_voice(pairs: PairSet) -> list[Found] | Unchecked:
    given = _given(pairs)
    by_whom = given["annotator"] if given.height else _makers(pairs)
    by_whom = by_whom.filter(by_whom != NOBODY)
    if by_whom.is_empty():
        return Unchecked("nobody is named as the annotator of a pair")
    if len(by_whom) < _FEWEST:
        return Unchecked(f"needs {_FEWEST} judgements or corrections; there are {len(by_whom)}")
    noun = "judgement" if given.height else "pair"
    top = by_whom.value_counts(sort=True).row(0)
    if top[1] <= pairs.settings.annotator_share * len(by_whom):
        return []
    message = f"{top[0]} made {count_of(top[1], len(by_whom), noun)}: the model learns one person's taste."
    return [Found(message, value=top[1] / len(by_whom))]


def _makers(pairs: PairSet) -> pl.Series:
    return pairs.rows.filter(pl.col("annotator").fill_null("") != "")["annotator"]


def _find_haste(pairs: PairSet) -> list[Found] | Unchecked:
    settings = pairs.settings
    if _given(pairs)["seconds"].count() == 0:
        return Unchecked("no judgement says how long it took")

    def look(name: str, mine: pl.DataFrame) -> Found | None:
        timed = mine.drop_nulls("seconds")
        quick = timed.filter(pl.col("seconds") < settings.quick_s)
        if timed.height < _FEWEST or quick.height <= settings.quick_share * timed.height:
            return None
        said = f"{name} answered in less than {settings.quick_s:g} s in"
        return Found(
            f"{said} {count_of(quick.height, timed.height, 'judgement')}.",
            _rows(quick),
            quick.height / timed.height,
        )

    return _by_annotator(pairs, look)


def _find_inconsistency(pairs: PairSet) -> list[Found] | Unchecked:
    """Compare each hidden repeat with the first answer of the same annotator."""
    heard = pairs.judgements.filter(pl.col("answer") != "skip").with_columns(pl.col("winner").fill_null(""))
    key = ["pair_id", "annotator", "criterion"]
    first = heard.filter(pl.col("occasion") == 1).select(*key, said="answer", won="winner")
    again = heard.filter(pl.col("occasion") > 1).join(first, on=key, how="inner")
    if again.is_empty():
        return Unchecked("no pair was judged again by the same annotator")
    found = []
    for (name,), mine in again.group_by("annotator", maintain_order=True):
        other = mine.filter((pl.col("answer") != pl.col("said")) | (pl.col("winner") != pl.col("won")))
        bar = pairs.settings.repeat_disagreement * mine.height
        if mine.height >= _FEWEST_REPEATS and other.height > bar:
            said = f"{name} answers otherwise in {count_of(other.height, mine.height, 'hidden repeat')}."
            found.append(Found(said, _rows(other), other.height / mine.height))
    return found


def _find_one_answer(pairs: PairSet) -> list[Found] | Unchecked:
    def look(name: str, mine: pl.DataFrame) -> Found | None:
        answer, count = mine["answer"].value_counts(sort=True).row(0)
        if answer == "prefer" or mine.height < _FEWEST or count < _ONE_ANSWER * mine.height:
            return None
        said = f"{name} answers {answer.replace('_', ' ')!r} in {count_of(count, mine.height, 'judgement')}."
        return Found(said, _rows(mine), count / mine.height)

    return _by_annotator(pairs, look)


def _find_share(answer: str, pairs: PairSet, bar: float) -> list[Found] | Unchecked:
    given = _given(pairs)
    if given.height < _FEWEST:
        return Unchecked(f"needs {_FEWEST} judgements; there are {given.height}")
    hit = given.filter(pl.col("answer") == answer)
    if hit.height <= bar * given.height:
        return []
    message = f"{count_of(hit.height, given.height, 'judgement')} say {answer.replace('_', ' ')!r}."
    return [Found(message, _rows(hit), hit.height / given.height)]


def _find_ties(pairs: PairSet) -> list[Found] | Unchecked:
    return _find_share("tie", pairs, pairs.settings.tie_share)


def _find_both_bad(pairs: PairSet) -> list[Found] | Unchecked:
    return _find_share("both_bad", pairs, pairs.settings.both_bad_share)


def _find_disputes(pairs: PairSet) -> list[Found] | Unchecked:
    judged = pairs.rows.filter(pl.col("status").is_in(["accepted", "disputed", "tie", "both_bad"]))
    if judged.is_empty():
        return Unchecked(_NONE)
    disputed = judged.filter(pl.col("status") == "disputed")
    if disputed.height <= pairs.settings.disputed_share * judged.height:
        return []
    return found_in(disputed, judged.height, "are disputed: people preferred different sides.")


RULES: Final = (
    Rule(
        "position_bias",
        "warning",
        "an annotator who prefers a side of the screen",
        "Weight that annotator's answers down, and have these pairs judged again.",
        _find_position_bias,
    ),
    Rule(
        "one_annotator",
        "warning",
        "one annotator behind most answers",
        "Ask others; report agreement on a part judged twice.",
        _find_one_voice,
    ),
    Rule(
        "answers_too_quick",
        "warning",
        "answers given faster than a caption is read",
        "Have these pairs judged again.",
        _find_haste,
    ),
    Rule(
        "repeats_disagree",
        "warning",
        "an annotator who answers the same pair otherwise",
        "Weight that annotator's answers down; make the criterion clearer.",
        _find_inconsistency,
    ),
    Rule(
        "one_answer_only",
        "warning",
        "an annotator who gives one answer to everything",
        "Ask whether the question was understood.",
        _find_one_answer,
    ),
    Rule(
        "many_ties",
        "note",
        "many ties",
        "Pair captions that differ more, or ask a sharper question.",
        _find_ties,
    ),
    Rule(
        "many_both_bad",
        "warning",
        "many pairs without a good caption",
        "Correct one side: a pair of two bad captions teaches the smaller fault.",
        _find_both_bad,
    ),
    Rule(
        "many_disputes",
        "warning",
        "many pairs on which people differ",
        "Have them judged once more, or leave them out.",
        _find_disputes,
    ),
)
