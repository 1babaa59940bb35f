"""Rules on what a pair asks of a model: too easy, too hard, ordered against the evidence, badly marked."""

from __future__ import annotations

from typing import Final

import polars as pl

from workbench.errors import MissingExtraError
from workbench.preferences.lint.base import Found, Rule, Unchecked, found_in
from workbench.preferences.lint.pairset import PairSet

__all__ = ["RULES"]

_FEWEST_MARGINS: Final = 20
_NO_FITS: Final = "no chosen caption has a fresh score of its alignment; run ws.score()"


def _find_too_hard(pairs: PairSet) -> list[Found] | Unchecked:
    """Find margins so near to 0 that noise decides the order; the unit is the set's median margin."""
    known = pairs.ordered.drop_nulls("margin")
    typical = _typical_margin(known)
    if typical is None:
        return Unchecked(f"needs {_FEWEST_MARGINS} pairs with a margin; there are {known.height}")
    close = known.filter(pl.col("margin").abs() < pairs.settings.close_margin * typical)
    return found_in(close, known.height, "are too hard: their margin is next to nothing.")


def _find_too_easy(pairs: PairSet) -> list[Found] | Unchecked:
    known = pairs.ordered.drop_nulls("margin")
    typical = _typical_margin(known)
    if typical is None:
        return Unchecked(f"needs {_FEWEST_MARGINS} pairs with a margin; there are {known.height}")
    wide = known.filter(pl.col("margin").abs() > pairs.settings.wide_margin * typical)
    return found_in(wide, known.height, "are too easy: their margin is many times the median.")


def _typical_margin(known: pl.DataFrame) -> float | None:
    if known.height < _FEWEST_MARGINS:
        return None
    median = known["margin"].abs().median()
    return median if isinstance(median, float) and median > 0 else None


def _find_against_margin(pairs: PairSet) -> list[Found] | Unchecked:
    known = pairs.ordered.drop_nulls("margin")
    if known.is_empty():
        return Unchecked("no pair has a margin")
    against = known.filter(pl.col("margin") < 0)
    return found_in(against, known.height, "are preferred against their own margin, which is below 0.")


def _find_unrelated(pairs: PairSet) -> list[Found] | Unchecked:
    try:
        from rapidfuzz import fuzz
    except ImportError:
        return Unchecked(str(MissingExtraError("Comparing texts", "pairs")))
    texts = pairs.ordered
    cutoff = 100 * pairs.settings.unrelated
    apart = [
        fuzz.token_sort_ratio(one, other) < cutoff
        for one, other in zip(texts["chosen_plain"], texts["rejected_plain"], strict=True)
    ]
    hit = texts.filter(pl.Series(apart, dtype=pl.Boolean))
    return found_in(hit, texts.height, "have sides with little in common, so that anything tells them apart.")


def _find_bad_chosen(pairs: PairSet) -> list[Found] | Unchecked:
    known = pairs.ordered.drop_nulls("chosen_fit")
    if known.is_empty():
        return Unchecked(_NO_FITS)
    # A caption that a person wrote or found fine is good whatever its score.
    unseen = known.filter(pl.col("chosen_verdict").is_null() & (pl.col("origin").fill_null("") != "edit"))
    poor = unseen.filter(pl.col("chosen_fit") < pairs.settings.low_fit)
    share = f"{pairs.settings.low_fit:.0%}".replace("%", " %")
    return found_in(
        poor, known.height, f"prefer an unverified caption in the lowest {share} of the alignment scores."
    )


def _find_better_rejected(pairs: PairSet) -> list[Found] | Unchecked:
    known = pairs.ordered.drop_nulls(["chosen_fit", "rejected_fit"])
    if known.is_empty():
        return Unchecked(_NO_FITS.replace("no chosen caption has", "no pair has on both sides"))
    better = known.filter(pl.col("rejected_fit") > pl.col("chosen_fit"))
    return found_in(better, known.height, "have a rejected caption that scores as better aligned.")


def _find_refuted(pairs: PairSet) -> list[Found] | Unchecked:
    return _find_verdict(pairs, "chosen", "misaligned", "prefer a caption that a person found misaligned.")


def _find_vindicated(pairs: PairSet) -> list[Found] | Unchecked:
    return _find_verdict(pairs, "rejected", "ok", "reject a caption that a person found fine.")


def _find_verdict(pairs: PairSet, side: str, verdict: str, what: str) -> list[Found] | Unchecked:
    known = pairs.ordered.drop_nulls(f"{side}_verdict")
    if known.is_empty():
        return Unchecked(f"no {side} caption has a verdict")
    return found_in(known.filter(pl.col(f"{side}_verdict") == verdict), pairs.ordered.height, what)


def _find_wrong_spans(pairs: PairSet) -> list[Found]:
    wrong = [
        not all(
            0 <= start < end <= len(row[f"{side}_text"] or "") for start, end in row[f"{side}_spans"] or []
        )
        for row in pairs.rows.iter_rows(named=True)
        for side in ("chosen", "rejected")
    ]
    either = [one or other for one, other in zip(wrong[::2], wrong[1::2], strict=True)]
    hit = pairs.rows.filter(pl.Series(either, dtype=pl.Boolean))
    return found_in(hit, pairs.rows.height, "mark characters that are not in the text.")


def _find_no_strength(pairs: PairSet) -> list[Found]:
    ordered = pairs.ordered
    if ordered["strength"].count() == 0:
        return []
    silent = ordered.filter(pl.col("strength").is_null())
    return found_in(silent, ordered.height, "do not say how strongly, where others do.")


RULES: Final = (
    Rule(
        "too_hard",
        "note",
        "margins next to nothing",
        "Have people judge them, or leave them out.",
        _find_too_hard,
    ),
    Rule(
        "too_easy",
        "note",
        "margins many times the usual",
        "Weight them down: easy pairs are overfitted.",
        _find_too_easy,
    ),
    Rule(
        "against_margin",
        "warning",
        "an order against the pair's own margin",
        "Judge them, or turn them round.",
        _find_against_margin,
    ),
    Rule(
        "unrelated_sides",
        "note",
        "sides with little in common",
        "Pair captions of the same sample that differ in one thing.",
        _find_unrelated,
    ),
    Rule(
        "chosen_not_good",
        "warning",
        "a chosen caption that is badly aligned itself",
        "Review the chosen captions: better than bad is not good.",
        _find_bad_chosen,
    ),
    Rule(
        "rejected_fits_better",
        "note",
        "a rejected caption that scores as better aligned",
        "Look at them: the score may be blind to the error, or the order wrong.",
        _find_better_rejected,
    ),
    Rule(
        "chosen_found_misaligned",
        "warning",
        "a chosen caption with the verdict misaligned",
        "Correct the caption, or leave the pair out.",
        _find_refuted,
    ),
    Rule(
        "rejected_found_ok",
        "warning",
        "a rejected caption with the verdict ok",
        "Look at them again: is it rejected for the criterion of this set?",
        _find_vindicated,
    ),
    Rule(
        "wrong_spans",
        "error",
        "spans that are not in the text",
        "Make the pair again: masks over such spans train the wrong tokens.",
        _find_wrong_spans,
    ),
    Rule(
        "strength_missing",
        "note",
        "pairs without a strength beside others with one",
        "Judge them with a strength, or train without margins.",
        _find_no_strength,
    ),
)
