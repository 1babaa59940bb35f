"""Rows of more than two captions in order: what pairs of one sample say together.

Captions are ranked from 1, the best. Equal ranks mean that neither is known to be better. Only orders that
the pairs really bear out are written: where captions of different rank were never held against each other,
not even through a third, and where preferences go round in a circle, the pairs are left out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import polars as pl

from workbench.export.pairs.base import ExportPair, PairSet, Written
from workbench.export.pairs.row_files import COMMON, ROW_ENDINGS, frame_of_rows, read_rows, write_rows

__all__ = ["CIRCLE", "UNKNOWN", "Listwise", "rank_captions"]

CIRCLE: Final = "its preferences go round in a circle"
UNKNOWN: Final = "the order of its captions is not wholly known"

_COLUMNS: Final[dict[str, pl.DataType]] = {
    **{name: kind for name, kind in COMMON.items() if name != "pair_id"},
    "prompt": pl.String(),
    "criterion": pl.String(),
    "completions": pl.List(pl.String()),
    "ranks": pl.List(pl.Int64()),
    "caption_ids": pl.List(pl.String()),
    "pair_ids": pl.List(pl.String()),
}

_Edge = tuple[str, str]


class Listwise:
    """One row for the captions of a sample that hang together by pairs, best first."""

    endings: tuple[str, ...] = ROW_ENDINGS

    def write(self, chosen: PairSet, place: Path, ending: str) -> Written:
        """Write one row a list."""
        left_out: Counter[str] = Counter()
        rows = []
        for pairs in _lists(chosen.fit(left_out)):
            ranks = rank_captions([(pair.chosen_id, pair.rejected_id) for pair in pairs])
            if isinstance(ranks, str):
                left_out[ranks] += len(pairs)
            else:
                rows.append(_row(pairs, ranks))
        frame = frame_of_rows(rows, _COLUMNS)
        write_rows(frame, place, ending)
        return Written(frame, left_out)

    def read_back(self, place: Path, ending: str) -> pl.DataFrame:
        """Return the rows that were written."""
        return read_rows(place, ending, _COLUMNS)


def rank_captions(edges: Iterable[_Edge]) -> dict[str, int] | str:
    """Rank captions by who was preferred to whom.

    Args:
        edges: (better, worse), each two at most once.

    Returns:
        Caption -> rank from 1, the best, where every caption is better than all of a later rank; or the
        reason why there are no such ranks.

    Example:
        >>> rank_captions([("a", "b"), ("b", "c"), ("a", "d"), ("d", "c")])
        {'a': 1, 'b': 2, 'd': 2, 'c': 3}
        >>> rank_captions([("a", "b"), ("b", "a")])
        'its preferences go round in a circle'
        >>> rank_captions([("a", "b"), ("b", "c"), ("d", "c")])
        'the order of its captions is not wholly known'
    """
    known = list(edges)
    captions = list(dict.fromkeys(caption for edge in known for caption in edge))
    beneath: dict[str, set[str]] = {caption: set() for caption in captions}
    for _ in captions:  # a chain is at most as long as there are captions
        for better, worse in known:
            beneath[better] |= {worse} | beneath[worse]
    if any(caption in beneath[caption] for caption in captions):
        return CIRCLE
    above = {caption: sum(caption in found for found in beneath.values()) for caption in captions}
    levels = sorted(set(above.values()))
    ranks = {caption: levels.index(above[caption]) + 1 for caption in captions}
    if any(other not in beneath[one] for one in captions for other in captions if ranks[one] < ranks[other]):
        return UNKNOWN
    return dict(sorted(ranks.items(), key=lambda item: item[1]))


def _lists(pairs: Iterable[ExportPair]) -> list[list[ExportPair]]:
    """Return the pairs that share captions, of one sample, prompt and criterion."""
    lists: list[list[ExportPair]] = []
    where: dict[tuple[str, str, str, str], list[ExportPair]] = {}
    for pair in pairs:
        keys = [
            (pair.sample_id, pair.shown.prompt, pair.criterion, caption)
            for caption in (pair.chosen_id, pair.rejected_id)
        ]
        met = [where[key] for key in keys if key in where]
        home = met[0] if met else []
        if not met:
            lists.append(home)
        for other in met[1:]:
            if other is not home:
                home.extend(other)
                lists = [one for one in lists if one is not other]
                where |= {key: home for key, one in where.items() if one is other}
        home.append(pair)
        where |= dict.fromkeys(keys, home)
    return lists


def _row(pairs: list[ExportPair], ranks: dict[str, int]) -> dict[str, object]:
    first = pairs[0]
    texts = {pair.rejected_id: pair.rejected for pair in pairs} | {
        pair.chosen_id: pair.chosen for pair in pairs
    }
    return {
        "sample_id": first.sample_id,
        "split": first.split,
        "prompt": first.shown.text_prompt,
        "criterion": first.criterion,
        "completions": [texts[caption] for caption in ranks],
        "ranks": list(ranks.values()),
        "caption_ids": list(ranks),
        "pair_ids": [pair.pair_id for pair in pairs],
    }
