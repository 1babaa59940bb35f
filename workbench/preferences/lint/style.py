"""Rules on what a model could learn without looking: length, style, saying less, builders' habits."""

from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl

from workbench.preferences.lint.base import Found, LintSettings, Rule, Unchecked, count_of, found_in
from workbench.preferences.lint.leak import FEWEST_PAIRS, guess_blindly
from workbench.preferences.lint.pairset import PairSet

__all__ = ["RULES", "share_bounds"]

_FEWEST: Final = 20


def share_bounds(count: int, whole: int, confidence: float = 0.95) -> tuple[float, float]:
    """Return the exact interval of a share (Clopper and Pearson 1934).

    Example:
        >>> [round(one, 3) for one in share_bounds(80, 100)]
        [0.708, 0.873]
    """
    from scipy.stats import binomtest

    found = binomtest(count, whole).proportion_ci(confidence, method="exact")
    return float(found.low), float(found.high)


def _words(column: str) -> pl.Expr:
    return pl.col(column).str.split(" ").list.len()


def _find_length_bias(pairs: PairSet) -> list[Found] | Unchecked:
    """Compare the share of longer chosen texts with a half, among pairs of unequal length."""
    uneven = pairs.ordered.filter(_words("chosen_plain") != _words("rejected_plain"))
    if uneven.height < _FEWEST:
        return Unchecked(f"needs {_FEWEST} pairs of unequal length; there are {uneven.height}")
    longer = uneven.filter(_words("chosen_plain") > _words("rejected_plain"))
    share = longer.height / uneven.height
    low, high = share_bounds(longer.height, uneven.height, pairs.settings.confidence)
    bar = pairs.settings.longer_share
    if share > bar and low > 0.5:
        word, rows = "longer", longer
    elif share < 1 - bar and high < 0.5:
        word, rows = "shorter", uneven.join(longer, on="pair_id", how="anti")
    else:
        return []
    message = (
        (
            f"Chosen is the {word} one in {count_of(rows.height, uneven.height)} of unequal length"
            f" (95 % interval of longer: {low:.0%} to {high:.0%})."
        )
        .replace("%", " %")
        .replace("  %", " %")
    )
    return [Found(message, tuple(rows["pair_id"]), share)]


def _find_length_drift(pairs: PairSet) -> list[Found] | Unchecked:
    ordered = pairs.ordered
    if ordered.height < _FEWEST:
        return Unchecked(f"needs {_FEWEST} ordered pairs; there are {ordered.height}")
    means = ordered.select(chosen=_words("chosen_plain").mean(), rejected=_words("rejected_plain").mean())
    chosen, rejected = means.row(0)
    ratio, bar = chosen / rejected, pairs.settings.length_ratio
    if 1 / bar <= ratio <= bar:
        return []
    means_told = f"Chosen texts have {chosen:.1f} words on average, rejected ones {rejected:.1f}"
    return [Found(f"{means_told}: a ratio of {ratio:.2f}.", value=ratio)]


def _find_style_leak(pairs: PairSet) -> list[Found] | Unchecked:
    """Let a reader of words alone guess the sides of pairs it never saw; it looks at 5,000 at most."""
    grouped = pairs.ordered.join(
        pl.DataFrame({"pair_id": pairs.texts["pair_id"], "group": pairs.groups}).unique("pair_id"),
        on="pair_id",
        how="left",
        maintain_order="left",
    )
    settings = pairs.settings
    test = guess_blindly(
        grouped["chosen_text"].to_list(),
        grouped["rejected_text"].to_list(),
        grouped["group"].to_list(),
        seed=settings.seed,
        confidence=settings.confidence,
    )
    if test is None:
        return Unchecked(
            f"needs {FEWEST_PAIRS} ordered pairs of 5 samples or more; there are {grouped.height}"
        )
    if test.auroc <= settings.leak_auroc or test.bounds.low <= 0.5:
        return []
    chosen, rejected = (", ".join(map(repr, words)) for words in test.telling)
    message = (
        f"Words and length alone tell chosen from rejected: AUROC {test.auroc:.2f} "
        f"({test.bounds.low:.2f} to {test.bounds.high:.2f}, {test.pairs:,} pairs). "
        f"For chosen speak {chosen}; for rejected {rejected}."
    )
    return [Found(message, value=test.auroc)]


def _find_leaky_builders(pairs: PairSet) -> list[Found]:
    leaky = pairs.rows.filter(pl.col("is_leaky").fill_null(False))
    return [
        found
        for (name,), group in leaky.group_by("builder", maintain_order=True)
        for found in found_in(
            group, pairs.rows.height, f"are of the builder {name!r}, whose negatives words alone tell."
        )
    ]


def _find_deletions(pairs: PairSet) -> list[Found] | Unchecked:
    edits = pairs.rows.filter(pl.col("origin") == "edit")
    if edits.is_empty():
        return Unchecked("there are no corrections in the set")
    deleting = edits.filter(pl.col("completeness") == "deletes_only")
    if deleting.height <= pairs.settings.delete_only_share * edits.height:
        return []
    return found_in(deleting, edits.height, "only take words out: they teach to say less.", "correction")


def _find_unasked(pairs: PairSet) -> list[Found] | Unchecked:
    edits = pairs.rows.filter(pl.col("origin") == "edit")
    if edits.is_empty():
        return Unchecked("there are no corrections in the set")
    wanting = edits.filter(pl.col("completeness").is_in(["partial", "unknown"]))
    what = "were saved without the answer that nothing is missing."
    return found_in(wanting, edits.height, what, "correction")


def _find_silence(pairs: PairSet) -> list[Found] | Unchecked:
    """Count chosen texts that only leave out words of the rejected one, in every origin."""
    ordered = pairs.ordered
    if ordered.height < _FEWEST:
        return Unchecked(f"needs {_FEWEST} ordered pairs; there are {ordered.height}")
    shorter = [
        _is_within(chosen.split(), rejected.split())
        for chosen, rejected in zip(ordered["chosen_plain"], ordered["rejected_plain"], strict=True)
    ]
    hit = ordered.filter(pl.Series(shorter, dtype=pl.Boolean))
    if hit.height <= pairs.settings.delete_only_share * ordered.height:
        return []
    return found_in(hit, ordered.height, "prefer the rejected text with words left out, and nothing else.")


def _is_within(part: list[str], whole: list[str]) -> bool:
    """Say whether a list is another one with some of its items left out."""
    rest = iter(whole)
    return len(part) < len(whole) and all(word in rest for word in part)


def _find_length_taste(pairs: PairSet) -> list[Found] | Unchecked:
    """Compare with a half how often each annotator prefers the longer text."""
    is_longer = _words("chosen_plain") > _words("rejected_plain")
    uneven = pairs.texts.filter(_words("chosen_plain") != _words("rejected_plain"))
    lengths = uneven.select("pair_id", longer=pl.when(is_longer).then("chosen_id").otherwise("rejected_id"))
    heard = pairs.judgements.filter(pl.col("answer") == "prefer").join(lengths, on="pair_id", how="inner")
    if heard.is_empty():
        return Unchecked("there are no judgements on pairs of unequal length")
    return [
        found
        for (name,), mine in heard.group_by("annotator", maintain_order=True)
        if (found := _taste(str(name), mine, pairs.settings, heard["annotator"].n_unique()))
    ]


def _taste(name: str, mine: pl.DataFrame, settings: LintSettings, annotators: int) -> Found | None:
    longer = mine.filter(pl.col("winner") == pl.col("longer"))
    low, high = share_bounds(longer.height, mine.height, 1 - (1 - settings.confidence) / annotators)
    share = longer.height / mine.height
    if (
        mine.height < _FEWEST
        or low <= 0.5 <= high
        or 1 - settings.longer_share <= share <= settings.longer_share
    ):
        return None
    said = f"{name} prefers the longer text in {count_of(longer.height, mine.height, 'judgement')}."
    return Found(said, tuple(np.unique(mine["pair_id"].to_numpy())), share)


RULES: Final = (
    Rule(
        "length_bias",
        "warning",
        "chosen mostly longer, or mostly shorter",
        "Balance lengths, or train with a length-normalised loss.",
        _find_length_bias,
    ),
    Rule(
        "length_drift",
        "warning",
        "chosen longer or shorter on average",
        "Balance lengths: the model will drift the same way.",
        _find_length_drift,
    ),
    Rule(
        "annotator_prefers_length",
        "warning",
        "an annotator who goes by length",
        "Show that annotator pairs of equal length, or weight the answers down.",
        _find_length_taste,
    ),
    Rule(
        "style_leak",
        "warning",
        "sides that words alone tell apart",
        "Build negatives in the words of the good captions; balance the words named.",
        _find_style_leak,
    ),
    Rule(
        "leaky_builder",
        "warning",
        "pairs of a builder known to leak",
        "Use few of them, beside others.",
        _find_leaky_builders,
    ),
    Rule(
        "deletes_only",
        "warning",
        "corrections that only take words out",
        "Ask what is missing and add it; build omission negatives beside.",
        _find_deletions,
    ),
    Rule(
        "completeness_unknown",
        "note",
        "corrections that may leave something out",
        "Open them in Review and answer whether anything is missing.",
        _find_unasked,
    ),
    Rule(
        "chosen_says_less",
        "warning",
        "chosen texts that are rejected ones with words left out",
        "Add pairs whose chosen text says more (omission negatives).",
        _find_silence,
    ),
)
