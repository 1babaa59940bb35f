"""Rules on pairs beside each other: said twice, said almost twice, and said the other way round."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise
from typing import Final

import polars as pl

from workbench.errors import MissingExtraError
from workbench.preferences.lint.base import Found, Rule, Unchecked, count_of, found_in
from workbench.preferences.lint.pairset import PairSet

__all__ = ["RULES"]

_SAME_PAIR: Final = ("context", "chosen_plain", "rejected_plain", "criterion")
_MOST_IN_A_CONTEXT: Final = 400
_LONGEST_CYCLE: Final = 4
_MOST_CYCLES: Final = 1_000
_FEWEST_FOR_SHARES: Final = 20


def _find_duplicates(pairs: PairSet) -> list[Found]:
    repeats = pairs.compared.filter(~pl.struct(_SAME_PAIR).is_first_distinct())
    return found_in(repeats, pairs.compared.height, "say again what an earlier pair says.")


def _find_near_duplicates(pairs: PairSet) -> list[Found] | Unchecked:
    distinct = pairs.texts.unique(_SAME_PAIR, keep="first", maintain_order=True)
    try:
        near = [
            one
            for _key, group in distinct.group_by("context", "criterion", maintain_order=True)
            if 1 < group.height <= _MOST_IN_A_CONTEXT
            for one in _near_in(group, 100 * pairs.settings.alike)
        ]
    except ImportError:
        return Unchecked(str(MissingExtraError("Finding near-duplicates", "pairs")))
    rows = distinct.filter(pl.col("pair_id").is_in(near))
    return found_in(
        rows, pairs.texts.height, "differ from an earlier pair of their sample by a letter or two."
    )


def _near_in(group: pl.DataFrame, likeness: float) -> list[str]:
    """Return the pairs of one context whose both sides are near-duplicates of an earlier pair's."""
    from rapidfuzz import fuzz, process

    alike = [
        process.cdist(texts, texts, scorer=fuzz.ratio, score_cutoff=likeness)
        for texts in (group["chosen_plain"].to_list(), group["rejected_plain"].to_list())
    ]
    both = (alike[0] > 0) & (alike[1] > 0)
    ids = group["pair_id"].to_list()
    return [ids[at] for at in range(1, len(ids)) if both[at, :at].any()]


def _find_contradictions(pairs: PairSet) -> list[Found]:
    ordered = pairs.preferred.filter(pl.col("chosen_plain") != pl.col("rejected_plain"))
    turned = ordered.select(
        "context", "criterion", chosen_plain="rejected_plain", rejected_plain="chosen_plain"
    ).unique()
    hit = ordered.join(turned, on=list(_SAME_PAIR), how="semi", nulls_equal=True)
    return found_in(hit, ordered.height, "are contradicted by another pair, which prefers the other text.")


def _find_cycles(pairs: PairSet) -> list[Found] | Unchecked:
    """Find A over B over C over A; two texts that beat each other are `contradictory`."""
    try:
        import networkx
    except ImportError:
        return Unchecked(str(MissingExtraError("Finding cycles", "pairs")))
    rows: list[str] = []
    cycles = 0
    for _key, group in pairs.preferred.group_by("context", "criterion", maintain_order=True):
        if group.height < 3:
            continue
        edges: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
        for pair_id, chosen, rejected in group.select(
            "pair_id", "chosen_plain", "rejected_plain"
        ).iter_rows():
            edges[chosen, rejected].append(pair_id)
        for cycle in networkx.simple_cycles(networkx.DiGraph(list(edges)), length_bound=_LONGEST_CYCLE):
            if len(cycle) > 2 and cycles < _MOST_CYCLES:
                cycles += 1
                rows += [one for step in pairwise([*cycle, cycle[0]]) for one in edges[step]]
    if not cycles:
        return []
    more = " at least" if cycles == _MOST_CYCLES else ""
    message = (
        f"{len(set(rows)):,} pairs run in a circle (A over B, B over C, C over A):{more} {cycles:,} circles."
    )
    return [Found(message, tuple(dict.fromkeys(rows)), float(cycles))]


def _find_shared_texts(pairs: PairSet) -> list[Found]:
    shared = pairs.texts.filter(
        pl.struct("chosen_plain", "rejected_plain", "criterion").is_duplicated()
        & (pl.col("context").n_unique().over("chosen_plain", "rejected_plain", "criterion") > 1)
    )
    return found_in(shared, pairs.texts.height, "have both texts of a pair on another sample.")


def _find_busy_samples(pairs: PairSet) -> list[Found]:
    return _find_busy(pairs, "context", "answer one and the same sample and prompt")


def _find_busy_texts(pairs: PairSet) -> list[Found]:
    return _find_busy(pairs, "chosen_plain", "prefer one and the same text")


def _find_busy(pairs: PairSet, column: str, what: str) -> list[Found]:
    texts = pairs.texts
    if texts.height < _FEWEST_FOR_SHARES:
        return []
    most = pairs.settings.sample_share * texts.height
    busy = texts.filter((pl.len().over(column) > most) & (pl.len().over(column) > 2))
    return [
        Found(
            f"{count_of(group.height, texts.height)} {what}: {str(group['chosen_text'][0])[:60]!r}.",
            tuple(group["pair_id"]),
            group.height / texts.height,
        )
        for _key, group in busy.group_by(column, maintain_order=True)
    ]


RULES: Final = (
    Rule(
        "duplicate_pair",
        "warning",
        "a pair that is there twice",
        "Keep one of each, or say that it counts twice on purpose.",
        _find_duplicates,
    ),
    Rule(
        "near_duplicate_pair",
        "note",
        "a pair that is there almost twice",
        "Keep the better spelt one of each.",
        _find_near_duplicates,
    ),
    Rule(
        "contradictory",
        "error",
        "the same two texts preferred both ways",
        "Judge these again, or leave both out: together they teach nothing.",
        _find_contradictions,
    ),
    Rule(
        "circular",
        "warning",
        "preferences that run in a circle",
        "Judge the weakest link of each circle again.",
        _find_cycles,
    ),
    Rule(
        "same_texts_elsewhere",
        "note",
        "the same two texts on several samples",
        "Check that the captions say something of their own media.",
        _find_shared_texts,
    ),
    Rule(
        "one_sample_dominates",
        "warning",
        "one sample in many of the pairs",
        "Cap the pairs of a sample.",
        _find_busy_samples,
    ),
    Rule(
        "one_text_dominates",
        "warning",
        "one preferred text in many of the pairs",
        "Cap the pairs of a text: it would be learnt by heart.",
        _find_busy_texts,
    ),
)
